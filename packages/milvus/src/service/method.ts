import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { Database } from "@redkite/engine";
import type { AccessControl } from "../access/access-control.ts";
import { invalidParameter } from "../errors.ts";
import { decodeMessage } from "../wire/messages.ts";
import { WireError } from "../wire/wire-reader.ts";
import type { SearchIterators } from "./search-iterators.ts";

/** What a method may use to carry out one request. */
export interface Call {
  readonly database: Database;
  /** The database that the caller works in: that of the request, else of its metadata. */
  readonly databaseName: string;
  /** Who asks: root where nobody need sign in. */
  readonly user: string;
  /** Users, roles and grants. */
  readonly access: AccessControl;
  /** The version of Redkite. */
  readonly version: string;
  readonly iterators: SearchIterators;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/** A method of MilvusService: bytes of the request in, bytes of the response out. */
export type Method = (request: Uint8Array, call: Call) => Promise<Uint8Array>;

/** Methods by their names in MilvusService. */
export type MethodTable = Readonly<Record<string, Method>>;

/** A method whose messages are read and written by their descriptors. */
export function method<I extends DescMessage, O extends DescMessage>(
  input: I,
  output: O,
  run: (request: MessageShape<I>, call: Call) => MessageInitShape<O> | Promise<MessageInitShape<O>>,
): Method {
  return methodWith(input, async (request, call) =>
    toBinary(output, create(output, await run(request, call))),
  );
}

/** A method whose response is large, and written by a codec of its own. */
export function methodWith<I extends DescMessage>(
  input: I,
  run: (request: MessageShape<I>, call: Call) => Promise<Uint8Array>,
): Method {
  return async (bytes, call) => {
    const request = decodeRequest(() => decodeMessage(input, bytes));
    const databaseName = databaseNameOf(request) || call.databaseName;
    return run(request, { ...call, databaseName });
  };
}

/** Runs a decoder; bytes that it can't read are the caller's mistake. Throws `MilvusError`. */
export function decodeRequest<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw invalidParameter(`cannot decode the request: ${error.message}`);
  }
}

function databaseNameOf(request: object): string {
  return "dbName" in request && typeof request.dbName === "string" ? request.dbName : "";
}
