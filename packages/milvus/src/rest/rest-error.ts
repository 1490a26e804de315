import { toMilvusError } from "../errors.ts";
import type { Status } from "../wire/gen/common_pb.ts";

/** The errors that only REST has: Milvus's codes and texts of its `merr` package. */
export const restErrorKinds = {
  needAuthenticate: { code: 1800, text: "user hasn't authenticated" },
  incorrectFormat: { code: 1801, text: "can only accept json format request" },
  missingParameters: { code: 1802, text: "missing required parameters" },
  invalidInsertData: { code: 1804, text: "fail to deal the insert data" },
  invalidSearchResult: { code: 1805, text: "fail to parse search result" },
  checkPrimaryKey: {
    code: 1806,
    text: "please check the primary key and its' type can only in [int, string]",
  },
} as const;

export type RestErrorName = keyof typeof restErrorKinds;

/** An error that a client gets as `{"code": ..., "message": ...}`. */
export class RestError extends Error {
  override readonly name = "RestError";
  readonly code: number;
  /** 200 for nearly all: clients of Milvus's REST API look at the code. */
  readonly httpStatus: number;

  constructor(code: number, message: string, httpStatus = 200) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

/** One of REST's own errors: `<text>, error: <reason>`. */
export function restError(name: RestErrorName, reason: string): RestError {
  const { code, text } = restErrorKinds[name];
  return new RestError(code, `${text}, error: ${reason}`);
}

/** Throws the error of a status, unless it says that all went well. */
export function checkStatus(status: Status | undefined): void {
  if (status === undefined || (status.code === 0 && status.errorCode === 0)) return;
  throw new RestError(status.code || status.errorCode, status.reason);
}

/** What a client gets for anything that was thrown here. */
export function toRestError(thrown: unknown): RestError {
  if (thrown instanceof RestError) return thrown;
  const error = toMilvusError(thrown);
  return new RestError(error.kind.code, error.message);
}

/** `WrapErrParameterInvalid` of Milvus: what a client sent, shortened, and what it should have. */
export function actualText(value: string): string {
  return value.length <= actualLength ? value : `${value.slice(0, actualLength)}...`;
}

const actualLength = 256;
