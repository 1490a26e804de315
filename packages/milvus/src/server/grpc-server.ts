import { performServerHandshake, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { RequestHandler } from "../service/request-handler.ts";
import { type CallOwner, GrpcCall } from "./grpc-call.ts";
import { GrpcError, grpcCodes } from "./grpc-error.ts";
import { type GrpcLimits, initialGrpcLimits } from "./grpc-limits.ts";
import type { ConnectionServer } from "./port-listener.ts";

/** Connections are looked at so many times before a silent one is asked whether it is still there. */
const looksPerPing = 3;

/** A connection, and what was seen of it when it was last looked at. */
interface Connection extends CallOwner {
  readonly session: ServerHttp2Session;
  /** The calls that are under way, and at how many looks they were not whole yet. */
  readonly calls: Map<GrpcCall, number>;
  bytesRead: number;
  /** Looks in a row at which nothing had come. */
  silentLooks: number;
  /** Looks in a row at which there was no call. */
  idleLooks: number;
}

/**
 * Milvus's gRPC service on connections that it is given. It does not listen itself, so that one
 * port can serve other protocols as well. It speaks gRPC over Node's HTTP/2 by itself: grpc-js, which
 * can do much more than answer one message with another, takes 1.7 times the processor for a call.
 *
 * Node, and nghttp2 within it, end connections that flood it with settings, pings, resets or headers.
 */
export class GrpcServer implements ConnectionServer {
  readonly #handler: RequestHandler;
  readonly #connections = new Map<Socket, Connection>();
  readonly #watch: NodeJS.Timeout;
  readonly #limits: GrpcLimits;
  readonly #lookMs: number;
  #isClosing = false;
  #onLastClosed: () => void = () => undefined;

  constructor(handler: RequestHandler, limits: Partial<GrpcLimits> = {}) {
    this.#handler = handler;
    this.#limits = { ...initialGrpcLimits, ...limits };
    this.#lookMs = this.#limits.pingMs / looksPerPing;
    this.#watch = setInterval(() => this.#look(), this.#lookMs).unref();
  }

  accept(socket: Socket): void {
    if (this.#isClosing || socket.destroyed) {
      socket.destroy();
      return;
    }
    const session = performServerHandshake(socket, {
      settings: { maxConcurrentStreams: this.#limits.calls },
      // What waits to be read or sent counts, too: it would be large messages that end connections.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    });
    const connection: Connection = {
      session,
      handler: this.#handler,
      limits: this.#limits,
      peer: socket.remoteAddress ?? "unknown",
      heldBytes: 0,
      calls: new Map(),
      bytesRead: -1,
      silentLooks: 0,
      idleLooks: 0,
    };
    this.#connections.set(socket, connection);
    socket.once("close", () => {
      this.#connections.delete(socket);
      if (this.#connections.size === 0) this.#onLastClosed();
    });
    // Of clients that break the rules; Node ends their connection.
    session.on("error", () => undefined);
    session.on("stream", (stream, headers) => {
      const call = new GrpcCall(stream, connection);
      connection.calls.set(call, 0);
      stream.once("close", () => connection.calls.delete(call));
      void call.run(headers);
    });
  }

  /** Lets running calls finish for up to `graceMs` milliseconds, then cuts them off. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#watch);
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const cutOff = setTimeout(() => {
        for (const socket of this.#connections.keys()) socket.destroy();
      }, graceMs);
      this.#onLastClosed = () => {
        clearTimeout(cutOff);
        resolve();
      };
      // The client is told to make no more calls here, and those that there are go on.
      for (const { session } of this.#connections.values()) session.close();
    });
  }

  #look(): void {
    for (const [socket, connection] of this.#connections) {
      this.#lookAtCalls(connection);
      this.#lookAtSilence(socket, connection);
    }
  }

  /** Ends calls whose request does not come to an end, and connections without calls. */
  #lookAtCalls(connection: Connection): void {
    const { calls, session } = connection;
    connection.idleLooks = calls.size > 0 ? 0 : connection.idleLooks + 1;
    if (connection.idleLooks * this.#lookMs > this.#limits.idleMs) session.close();
    for (const [call, looks] of calls) {
      if (call.isReceived) continue;
      calls.set(call, looks + 1);
      if (looks * this.#lookMs <= this.#limits.requestMs) continue;
      call.fail(new GrpcError(grpcCodes.deadlineExceeded, "The request took too long to come"));
    }
  }

  /**
   * Asks clients from which nothing comes whether they are there, and ends their connections if they
   * do not answer. Node leaves those open, too, that have broken the rules of HTTP/2: it reads no more
   * of them, nor that the client has gone.
   */
  #lookAtSilence(socket: Socket, connection: Connection): void {
    const { session } = connection;
    const isSilent = socket.bytesRead === connection.bytesRead;
    connection.bytesRead = socket.bytesRead;
    connection.silentLooks = isSilent ? connection.silentLooks + 1 : 0;
    if (connection.silentLooks > looksPerPing) destroyUnlessHeard(socket);
    else if (connection.silentLooks === looksPerPing && !session.destroyed) {
      session.ping(() => undefined);
    }
  }
}

/** What has come while other work kept the event loop is read before, in the same turn of it. */
function destroyUnlessHeard(socket: Socket): void {
  const { bytesRead } = socket;
  setImmediate(() => {
    if (socket.bytesRead === bytesRead) socket.destroy();
  });
}
