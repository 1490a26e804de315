import { describe, expect, test } from "vitest";
import { explain } from "../../src/base/known-errors.ts";

describe("explain", () => {
  test.each([
    ["JWT token is invalid. [1234]", "390144", /RSA_PUBLIC_KEY/],
    ["Incorrect username or password was specified.", "390100", /key pair/],
    ["Insufficient privileges to operate on account 'X'", "003001", /privilege/],
    ["Unschedulable due to insufficient memory resources.", undefined, /instanceFamily/],
    ["Readiness probe is failing at path: /healthz, port: 9091", undefined, /probe/],
    ["stage mount v1 not supported, please use v2 instead", undefined, /BCR-2449/],
    ["Object 'MILVUS' already exists.", "002002", /existing/],
    ["Compute pool 'X' does not exist or not authorized.", "002003", /same to both/],
    ["getaddrinfo ENOTFOUND my_org.snowflakecomputing.com", undefined, /hyphens/],
    ["Endpoints provisioning in progress... check back in a few minutes", undefined, /minutes/],
    ["invalid consent request", undefined, /default role/],
    ["Multi-factor authentication is required for this account.", "394507", /second factor/],
    [
      "the container milvus is PENDING: Readiness probe is failing, exited 3 times",
      undefined,
      /ended by itself/,
    ],
  ])("tells what to do about %s", (message, snowflakeCode, remedy) => {
    const details = snowflakeCode === undefined ? {} : { snowflakeCode };
    expect(explain({ message, details })).toMatch(remedy);
  });

  test("knows an error by its number where the text is new", () => {
    expect(explain({ message: "Etwas fehlt", details: { snowflakeCode: "392507" } })).toMatch(
      /no node/,
    );
  });

  test("says nothing about what it does not know", () => {
    expect(explain({ message: "The moon is full" })).toBeUndefined();
  });
});
