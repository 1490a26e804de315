import type { Http2Stream } from "node:http2";
import type { Socket } from "node:net";
import {
  type ConnectionInjector,
  type handleUnaryCall,
  type Metadata,
  ResponderBuilder,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { AccessError } from "../access/access-error.ts";
import type { RequestHandler } from "../service/request-handler.ts";
import { type CallContext, isKnownMethod } from "../service/router.ts";
import { MilvusService } from "../wire/gen/milvus_pb.ts";
import type { ConnectionServer } from "./port-listener.ts";

/** Milvus 3.0's limits (`proxy.grpc.serverMaxRecvSize` and `serverMaxSendSize`). */
const receivedBytesMax = 128 * 1024 * 1024;
const sentBytesMax = 256 * 1024 * 1024;

/** Calls of one connection at a time; clients wait with more. */
const callsMax = 1_000;
/** How often a client is asked whether it is still there. It has a third of this to answer. */
const initialPingMs = 60_000;
/** How long a connection may be without a call. Clients make another one by themselves. */
const idleMsMax = 30 * 60_000;

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
  /** With the number of bytes that had come when they were last looked at. */
  readonly #sockets = new Map<Socket, number>();
  readonly #watch: NodeJS.Timeout;

  /** `pingMs` milliseconds lie between two questions to a client whether it is still there. */
  constructor(handler: RequestHandler, { pingMs = initialPingMs }: { pingMs?: number } = {}) {
    this.#server = new Server({
      "grpc.max_receive_message_length": receivedBytesMax,
      "grpc.max_send_message_length": sentBytesMax,
      "grpc.max_concurrent_streams": callsMax,
      "grpc.keepalive_time_ms": pingMs,
      "grpc.keepalive_timeout_ms": pingMs / 3,
      "grpc.max_connection_idle_ms": idleMsMax,
      "grpc.enable_channelz": 0,
      interceptors: [signInFirst(handler)],
    });
    for (const { name, methodKind } of MilvusService.methods) {
      if (methodKind !== "unary" || !isKnownMethod(name)) continue;
      const path = `/${MilvusService.typeName}/${name}`;
      this.#server.register(path, unaryCall(name, handler), toBuffer, toBuffer, "unary");
    }
    guardStreams(this.#server);
    // TLS, where there is any, ends before connections come here.
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#watch = setInterval(() => this.#endSilent(), 2 * pingMs).unref();
  }

  accept(socket: Socket): void {
    this.#sockets.set(socket, -1);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#injector.injectConnection(socket);
  }

  /**
   * Ends connections on which nothing came, no answer to a ping either. Node leaves those open that
   * have broken the rules of HTTP/2: it reads no more of them, nor that the client has gone.
   */
  #endSilent(): void {
    for (const [socket, bytesRead] of this.#sockets) {
      if (socket.bytesRead === bytesRead) socket.destroy();
      else this.#sockets.set(socket, socket.bytesRead);
    }
  }

  async close(graceMs: number): Promise<void> {
    clearInterval(this.#watch);
    await new Promise<void>((resolve) => {
      const cutOff = setTimeout(() => {
        // grpc-js's forceShutdown() does not end connections that it did not accept itself.
        for (const socket of this.#sockets.keys()) socket.destroy();
      }, graceMs);
      this.#server.tryShutdown(() => {
        clearTimeout(cutOff);
        resolve();
      });
    });
  }
}

/**
 * Lets a stream that grpc-js stumbles over end alone. It answers those that are no calls, or to a
 * method that there is not, without looking whether the client has taken them back; Node throws
 * then, and any stranger could end the process so.
 */
function guardStreams(server: Server): void {
  const handle: unknown = Reflect.get(server, "_streamHandler");
  if (typeof handle !== "function") throw new TypeError("grpc-js has no _streamHandler any more");
  Reflect.set(
    server,
    "_streamHandler",
    (interceptors: unknown, stream: Http2Stream, headers: unknown) => {
      try {
        handle.call(server, interceptors, stream, headers);
      } catch {
        stream.destroy();
      }
    },
  );
}

/** Asks who calls before any of the request is read: strangers can't make us hold 128 MiB a call. */
function signInFirst(handler: RequestHandler): ServerInterceptor {
  return (_method, call) => {
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, proceed) => {
        handler.authenticate(contextOf(metadata, call.getPeer())).then(
          () => proceed(metadata),
          (error: unknown) => call.sendStatus(failureOf(error)),
        );
      })
      .build();
    const responder = new ResponderBuilder().withStart((start) => start(listener)).build();
    return new ServerInterceptingCall(call, responder);
  };
}

function unaryCall(
  method: string,
  handler: RequestHandler,
): handleUnaryCall<Uint8Array, Uint8Array> {
  return (call, callback) => {
    const cancelled = new AbortController();
    let isAnswered = false;
    // It comes at the end of every call, also of one that was answered; to abort costs much.
    call.on("cancelled", () => {
      if (!isAnswered) cancelled.abort();
    });
    const context = { ...contextOf(call.metadata, call.getPeer()), signal: cancelled.signal };
    handler.handle(method, call.request, context).then(
      (response) => {
        isAnswered = true;
        callback(null, response);
      },
      (error: unknown) => {
        isAnswered = true;
        callback(failureOf(error));
      },
    );
  };
}

/** `peer` is the client's address and its port, of which every connection has another one. */
function contextOf(metadata: Metadata, peer: string): CallContext {
  const authorization = textOf(metadata, "authorization");
  return {
    databaseName: textOf(metadata, "dbname"),
    ...(authorization === "" ? {} : { authorization }),
    peer: peer.replace(/:\d+$/, ""),
  };
}

function failureOf(error: unknown): Pick<ServiceError, "code" | "details"> {
  if (error instanceof AccessError) {
    const code = error.kind === "denied" ? status.PERMISSION_DENIED : status.UNAUTHENTICATED;
    return { code, details: error.message };
  }
  // A mistake of ours. The client hears of it, and the process lives on. grpc-js would throw for
  // halves of characters, which this replaces.
  return { code: status.INTERNAL, details: Buffer.from(String(error)).toString() };
}

function textOf(metadata: Metadata, key: string): string {
  return String(metadata.get(key)[0] ?? "");
}

/** The same bytes as the class that grpc-js works with, without a copy. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
