import type { IncomingHttpHeaders } from "node:http2";
import type { CallContext } from "../service/router.ts";
import { isKnownMethod } from "../service/router.ts";
import { MilvusService } from "../wire/gen/milvus_pb.ts";
import { acceptedCodings, isKnownCoding } from "./grpc-coding.ts";
import { GrpcError, grpcCodes } from "./grpc-error.ts";
import { parseGrpcTimeout } from "./grpc-timeout.ts";

/** What the headers of a call say. */
export interface GrpcRequest {
  /** A method of MilvusService, by its name. */
  readonly method: string;
  /** How long the client waits, if it says so. */
  readonly timeoutMs?: number;
  /** How its message may be compressed: `identity`, or another of {@link acceptedCodings}. */
  readonly coding: string;
  /** Whether it takes answers in that coding, which is not `identity`. */
  readonly takesCoding: boolean;
  readonly context: CallContext;
}

/** Of a call that this is no answer to in gRPC's own terms. */
export interface HttpRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const methodsByPath: ReadonlyMap<string, string> = new Map(
  MilvusService.methods
    .filter(({ name, methodKind }) => methodKind === "unary" && isKnownMethod(name))
    .map(({ name }) => [`/${MilvusService.typeName}/${name}`, name]),
);

/** gRPC with messages of protobuf, and parameters that mean nothing to us. */
const contentType = /^application\/grpc(?:\+proto)?[ \t]*(?:;|$)/i;

/** What is answered to requests that are not gRPC, as its protocol demands; undefined for those that are. */
export function httpRefusalOf(headers: IncomingHttpHeaders): HttpRefusal | undefined {
  if (!contentType.test(headers["content-type"] ?? "")) {
    return { status: 415, headers: { accept: "application/grpc" } };
  }
  // The header `te`, by which gRPC's clients find out bad proxies, is not asked for: Node ends calls
  // in which it is there and is not "trailers".
  if (headers[":method"] !== "POST") return { status: 405, headers: { allow: "POST" } };
  return undefined;
}

/**
 * Throws `GrpcError` for a method that is not served, such as those that stream, those whose responses
 * have no place for a status and those of other services; and for what else can't be met.
 */
export function readGrpcRequest(headers: IncomingHttpHeaders, peer: string): GrpcRequest {
  const path = headers[":path"] ?? "";
  const method = methodsByPath.get(path);
  if (method === undefined) {
    const text = `The server does not implement the method ${path}`;
    throw new GrpcError(grpcCodes.unimplemented, text);
  }
  const coding = textOf(headers, "grpc-encoding") || "identity";
  if (!isKnownCoding(coding)) {
    const text = `Received message compressed with unsupported encoding "${coding}"; supported are ${acceptedCodings}`;
    throw new GrpcError(grpcCodes.unimplemented, text);
  }
  const timeout = textOf(headers, "grpc-timeout");
  return {
    method,
    coding,
    takesCoding: coding !== "identity" && acceptsOf(headers).includes(coding),
    context: contextOf(headers, peer),
    ...(timeout !== "" && { timeoutMs: parseGrpcTimeout(timeout) }),
  };
}

function contextOf(headers: IncomingHttpHeaders, peer: string): CallContext {
  const { authorization = "" } = headers;
  const databaseName = textOf(headers, "dbname");
  return authorization === "" ? { databaseName, peer } : { databaseName, peer, authorization };
}

function acceptsOf(headers: IncomingHttpHeaders): readonly string[] {
  return textOf(headers, "grpc-accept-encoding").split(/[ ,]+/);
}

/** Of a header that comes several times Node makes one, or a list for those that it does not know. */
function textOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : (value?.[0] ?? "");
}
