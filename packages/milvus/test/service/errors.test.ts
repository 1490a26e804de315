import { EngineError, type EngineErrorCode } from "@redkite/engine";
import { describe, expect, it } from "vitest";
import { invalidParameter, MilvusError, refused, toStatus, unsupported } from "../../src/errors.ts";

interface Expectation {
  readonly code: EngineErrorCode;
  readonly message: string;
  readonly details: Record<string, string | number>;
  readonly status: { readonly code: number; readonly errorCode: number; readonly reason: string };
}

// Legacy codes (Milvus's common.ErrorCode): 1 UnexpectedError, 4 CollectionNotExists,
// 5 IllegalArgument, 15 MetaFailed, 25 IndexNotExist, 56 NotReadyServe.
const expectations: Expectation[] = [
  {
    code: "collection-not-found",
    message: "collection not found",
    details: { database: "default", collection: "x" },
    status: {
      code: 100,
      errorCode: 4,
      reason: "collection not found[database=default][collection=x]",
    },
  },
  {
    code: "collection-not-loaded",
    message: "collection not loaded",
    details: { collection: "x" },
    status: { code: 101, errorCode: 1, reason: "collection not loaded[collection=x]" },
  },
  {
    code: "partition-not-found",
    message: "partition not found",
    details: { partition: "p", collection: "x" },
    status: { code: 200, errorCode: 15, reason: "partition not found[partition=p]" },
  },
  {
    code: "index-not-found",
    message: "index not found",
    details: { collection: "c" },
    status: { code: 700, errorCode: 25, reason: "index not found[collection=c]" },
  },
  {
    code: "database-not-found",
    message: "database not found",
    details: { database: "d" },
    status: { code: 800, errorCode: 1, reason: "database not found[database=d]" },
  },
  {
    code: "database-name-invalid",
    message: "the first character of a database name must be an underscore or letter",
    details: { database: "1a" },
    status: {
      code: 802,
      errorCode: 1,
      reason:
        "the first character of a database name must be an underscore or letter: invalid database name[database=1a]",
    },
  },
  {
    code: "alias-conflict",
    message: "alias and collection name conflict",
    details: { database: "default", alias: "a" },
    status: {
      code: 1601,
      errorCode: 1,
      reason: "alias and collection name conflict[database=default][alias=a]",
    },
  },
  {
    code: "alias-exists",
    message: "a is alias to another collection: c",
    details: { database: "default", alias: "a" },
    status: {
      code: 1602,
      errorCode: 1,
      reason: "a is alias to another collection: c: alias already exist[database=default][alias=a]",
    },
  },
  {
    code: "field-name-invalid",
    message: "Invalid field name: 1. the first character of a field name must be ...",
    details: { field: "1" },
    status: {
      code: 1701,
      errorCode: 1,
      reason:
        "Invalid field name: 1. the first character of a field name must be ...: field name invalid[field=1]",
    },
  },
  {
    code: "metric-mismatch",
    message: "metric type not match",
    details: { field: "v", expected: "COSINE", actual: "IP" },
    status: {
      code: 1100,
      errorCode: 5,
      reason: "metric type not match: invalid parameter[expected=COSINE][actual=IP]",
    },
  },
  {
    code: "schema-mismatch",
    message: "the num_rows (0) of field (ttl) is not equal to passed num_rows (10)",
    details: { field: "ttl", expected: 10, actual: 0 },
    status: {
      code: 1100,
      errorCode: 5,
      reason:
        "the num_rows (0) of field (ttl) is not equal to passed num_rows (10): invalid parameter[expected=10][actual=0]",
    },
  },
  {
    code: "limit-exceeded",
    message: "maximum vector field's number should be limited to 10",
    details: { found: 11, max: 10 },
    status: {
      code: 65_535,
      errorCode: 1,
      reason: "maximum vector field's number should be limited to 10",
    },
  },
];

describe("toStatus()", () => {
  it.each(expectations)("maps $code to $status.code", ({ code, message, details, status }) => {
    const found = toStatus(new EngineError(code, message, { details }));
    expect(found).toMatchObject(status);
    expect(found.detail).toBe(status.reason);
    expect(found.extraInfo).toEqual({ is_input_error: "true" });
    expect(found.retriable).toBe(false);
  });

  it("does not blame the request for what the disk did", () => {
    const found = toStatus(new EngineError("io", "Cannot write log.wal: no space left on device"));
    expect(found).toMatchObject({
      code: 1001,
      reason: "Cannot write log.wal: no space left on device: IO failed",
      extraInfo: {},
    });
  });

  it("says that a closed database may be tried again", () => {
    const found = toStatus(new EngineError("closed", "the database is closed"));
    expect(found).toMatchObject({
      code: 1,
      errorCode: 56,
      retriable: true,
      reason: "service not ready: the database is closed",
    });
  });

  it("answers code 5 for anything that it does not know", () => {
    expect(toStatus(new TypeError("x is undefined"))).toMatchObject({
      code: 5,
      errorCode: 1,
      reason: "service internal error: x is undefined",
      extraInfo: {},
    });
    expect(toStatus("thrown text").reason).toBe("service internal error: thrown text");
  });

  it("shows errors of the service as they are", () => {
    expect(toStatus(invalidParameter("bad", { expected: 1, actual: 2 }))).toMatchObject({
      code: 1100,
      errorCode: 5,
      reason: "bad: invalid parameter[expected=1][actual=2]",
    });
    expect(toStatus(refused("no"))).toMatchObject({ code: 65_535, errorCode: 1, reason: "no" });
    expect(toStatus(unsupported("range search (radius)"))).toMatchObject({
      code: 3000,
      reason: "range search (radius) is not supported by Redkite yet: unsupported operation",
    });
    const changed = new MilvusError("schemaMismatch");
    expect(toStatus(changed)).toMatchObject({ code: 109, errorCode: 62 });
  });
});
