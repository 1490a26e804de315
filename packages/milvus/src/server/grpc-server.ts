import type { Socket } from "node:net";
import {
  type ConnectionInjector,
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { AccessError } from "../access/access-error.ts";
import type { RequestHandler } from "../service/request-handler.ts";
import { isKnownMethod } from "../service/router.ts";
import { MilvusService } from "../wire/gen/milvus_pb.ts";
import type { ConnectionServer } from "./port-listener.ts";

/** Milvus 3.0's limits (`proxy.grpc.serverMaxRecvSize` and `serverMaxSendSize`). */
const receivedBytesMax = 128 * 1024 * 1024;
const sentBytesMax = 256 * 1024 * 1024;

/**
 * Milvus's gRPC service on connections that it is given. It does not listen itself, so that one
 * port can serve other protocols as well.
 *
 * Messages pass as bytes: the handler reads and writes them. RPCs that stream, those whose responses
 * have no place for a status, and those of other services are answered UNIMPLEMENTED.
 */
export class GrpcServer implements ConnectionServer {
  readonly #server: Server;
  readonly #injector: ConnectionInjector;
  readonly #sockets = new Set<Socket>();

  constructor(handler: RequestHandler) {
    this.#server = new Server({
      "grpc.max_receive_message_length": receivedBytesMax,
      "grpc.max_send_message_length": sentBytesMax,
      "grpc.enable_channelz": 0,
    });
    for (const { name, methodKind } of MilvusService.methods) {
      if (methodKind !== "unary" || !isKnownMethod(name)) continue;
      const path = `/${MilvusService.typeName}/${name}`;
      this.#server.register(path, unaryCall(name, handler), toBuffer, toBuffer, "unary");
    }
    // TLS, where there is any, ends before connections come here.
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#injector.injectConnection(socket);
  }

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
): handleUnaryCall<Uint8Array, Uint8Array> {
  return (call, callback) => {
    const cancelled = new AbortController();
    call.on("cancelled", () => cancelled.abort());
    const authorization = textOf(call.metadata, "authorization");
    const context = {
      databaseName: textOf(call.metadata, "dbname"),
      ...(authorization === "" ? {} : { authorization }),
      peer: call.getPeer(),
      signal: cancelled.signal,
    };
    handler.handle(method, call.request, context).then(
      (response) => callback(null, response),
      (error: unknown) => callback(failureOf(error)),
    );
  };
}

function failureOf(error: unknown): Partial<ServiceError> {
  if (error instanceof AccessError) {
    const code = error.kind === "denied" ? status.PERMISSION_DENIED : status.UNAUTHENTICATED;
    return { code, details: error.message };
  }
  // A mistake of ours. The client hears of it, and the process lives on.
  return { code: status.INTERNAL, details: String(error) };
}

function textOf(metadata: Metadata, key: string): string {
  return String(metadata.get(key)[0] ?? "");
}

/** The same bytes as the class that grpc-js works with, without a copy. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
