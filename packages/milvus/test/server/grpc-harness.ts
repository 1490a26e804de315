// A client of HTTP/2 that can ask what those of gRPC never do, and a GrpcServer for it.
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { afterEach } from "vitest";
import type { GrpcLimits } from "../../src/server/grpc-limits.ts";
import { GrpcServer } from "../../src/server/grpc-server.ts";
import type { RequestHandler } from "../../src/service/request-handler.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export interface Running {
  readonly grpc: GrpcServer;
  readonly session: ClientHttp2Session;
}

export async function start(
  handler: Partial<RequestHandler> = {},
  limits: Partial<GrpcLimits> = {},
): Promise<Running> {
  const grpc = new GrpcServer(
    { authenticate: async () => undefined, handle: async (_method, bytes) => bytes, ...handler },
    limits,
  );
  const acceptor = createServer((socket) => grpc.accept(socket)).listen(0, "127.0.0.1");
  await once(acceptor, "listening");
  // A server that listens on TCP has an address of this form.
  const { port } = acceptor.address() as AddressInfo;
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  cleanups.push(async () => {
    session.destroy();
    acceptor.close();
    await grpc.close(0);
  });
  return { grpc, session };
}

export const path = "/milvus.proto.milvus.MilvusService/GetVersion";

export function open(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders = {},
  options = { endStream: false },
): ClientHttp2Stream {
  const initial = {
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  };
  const stream = session.request({ ...initial, ...headers }, options);
  stream.on("error", () => undefined);
  return stream;
}

export interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly rstCode: number;
}

/** All that comes for a call until its stream is closed. */
export async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  const chunks: Buffer[] = [];
  stream.on("response", (received) => {
    headers = received;
  });
  stream.on("trailers", (received) => {
    trailers = received;
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => stream.once("close", () => resolve()));
  return { headers, trailers, body: Buffer.concat(chunks), rstCode: stream.rstCode };
}

export function framed(message: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export async function call(
  session: ClientHttp2Session,
  bytes: Uint8Array,
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  const stream = open(session, headers);
  stream.end(bytes);
  return answerOf(stream);
}

/** The status of an answer, wherever it is. */
export function statusOf({ headers, trailers }: Answer): readonly [number, string] {
  const { "grpc-status": status, "grpc-message": message = "" } = { ...headers, ...trailers };
  return [Number(status), decodeURIComponent(String(message))];
}

export function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
