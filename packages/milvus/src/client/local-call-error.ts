import { Metadata, status } from "@grpc/grpc-js";
import { messageOf } from "@redkite/engine";
import { toMilvusError } from "../errors.ts";

/** A call that failed in this process, in the form in which the SDK gets failed gRPC calls. */
export class LocalCallError extends Error {
  override readonly name = "LocalCallError";
  /** A gRPC status code. */
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata = new Metadata();

  constructor(code: status, details: string, options?: { cause: unknown }) {
    super(`${code} ${status[code]}: ${details}`, options);
    this.code = code;
    this.details = details;
  }
}

/** The error of every call of a client whose database could not be opened. */
export function openingError(cause: unknown): LocalCallError {
  return new LocalCallError(status[toMilvusError(cause).kind.grpc], messageOf(cause), { cause });
}
