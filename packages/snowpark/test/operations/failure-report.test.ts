import { describe, expect, it } from "vitest";
import { SnowparkError } from "../../src/base/snowpark-error.ts";
import { failureReport, failureText } from "../../src/operations/failure-report.ts";

describe("failureText()", () => {
  it("tells all that is known, what to do last", () => {
    const error = new SnowparkError("statement-failed", "Compute pool 'X' does not exist", {
      step: "service MILVUS",
      role: "MILVUS_OWNER",
      statement: "CREATE SERVICE\n  MILVUS",
      snowflakeCode: "002003",
      logLines: ["one", "two"],
      remedy: "Make it",
    });
    expect(failureText(error)).toBe(
      `Compute pool 'X' does not exist
  step:        service MILVUS
  role:        MILVUS_OWNER
  statement:   CREATE SERVICE MILVUS
  code:        002003
  last lines of the log:
    one
    two
  what to do:  Make it`,
    );
  });

  it("is the message alone where nothing else is known", () => {
    expect(failureText(new SnowparkError("not-found", "Nothing is there"))).toBe(
      "Nothing is there",
    );
  });
});

describe("failureReport()", () => {
  it("asks the catalogue what to do where the error does not say", () => {
    const error = new SnowparkError("statement-failed", "invalid consent request");
    expect(failureReport(error)).toMatchObject({
      code: "statement-failed",
      remedy: expect.stringContaining("DEFAULT_ROLE"),
    });
  });
});
