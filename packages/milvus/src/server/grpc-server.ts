import type { Socket } from "node:net";
import {
  type ConnectionInjector,
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  status,
} from "@grpc/grpc-js";
import { MilvusService } from "../wire/gen/milvus_pb.ts";
import type { RequestHandler } from "./request-handler.ts";

/** Milvus 3.0's limits (`proxy.grpc.serverMaxRecvSize` and `serverMaxSendSize`). */
const receivedBytesMax = 128 * 1024 * 1024;
const sentBytesMax = 256 * 1024 * 1024;

/** Is told of every answered request. */
export type AnswerObserver = (method: string, response: Uint8Array, durationMs: number) => void;

/**
 * Milvus's gRPC service on connections that it is given. It does not listen itself, so that one
 * port can serve other protocols as well.
 *
 * Messages pass as bytes: the handler reads and writes them. RPCs that stream, and those of other
 * services, are answered UNIMPLEMENTED.
 */
export class GrpcServer {
  readonly #server: Server;
  readonly #injector: ConnectionInjector;
  readonly #sockets = new Set<Socket>();

  constructor(handler: RequestHandler, observe: AnswerObserver) {
    this.#server = new Server({
      "grpc.max_receive_message_length": receivedBytesMax,
      "grpc.max_send_message_length": sentBytesMax,
      "grpc.enable_channelz": 0,
    });
    for (const { name, methodKind } of MilvusService.methods) {
      if (methodKind !== "unary") continue;
      const path = `/${MilvusService.typeName}/${name}`;
      this.#server.register(path, unaryCall(name, handler, observe), toBuffer, toBuffer, "unary");
    }
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  /** Serves gRPC on a connection from which nothing has been read yet. */
  accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#injector.injectConnection(socket);
  }

  /** Lets running requests finish for up to `graceMs` milliseconds, then cuts them off. */
  async close(graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cutOff = setTimeout(() => {
        // grpc-js's forceShutdown() does not end connections that it did not accept itself.
        for (const socket of this.#sockets) socket.destroy();
      }, graceMs);
      this.#server.tryShutdown(() => {
        clearTimeout(cutOff);
        resolve();
      });
    });
  }
}

function unaryCall(
  method: string,
  handler: RequestHandler,
  observe: AnswerObserver,
): handleUnaryCall<Uint8Array, Uint8Array> {
  return (call, callback) => {
    const startMs = performance.now();
    const cancelled = new AbortController();
    call.on("cancelled", () => cancelled.abort());
    const context = {
      databaseName: databaseNameOf(call.metadata),
      peer: call.getPeer(),
      signal: cancelled.signal,
    };
    handler.handle(method, call.request, context).then(
      (response) => {
        callback(null, response);
        observe(method, response, performance.now() - startMs);
      },
      // A mistake of ours. The client hears of it, and the process lives on.
      (error: unknown) => callback({ code: status.INTERNAL, details: String(error) }),
    );
  };
}

function databaseNameOf(metadata: Metadata): string {
  return String(metadata.get("dbname")[0] ?? "");
}

/** The same bytes as the class that grpc-js works with, without a copy. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
