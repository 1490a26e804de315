import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { ConnectionServer } from "./port-listener.ts";

/** How long a client may take to send the head of a request. */
const headMsMax = 30_000;
/** How long it may take to send all of it: 128 MiB at 0.5 MB a second. */
const requestMsMax = 300_000;
/** How long a connection may wait for its next request. */
const idleMsMax = 60_000;

/** HTTP/1.1 on connections that it is given. It does not listen itself. */
export class HttpServer implements ConnectionServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How many requests a socket has that are not answered yet. */
  readonly #unanswered = new Map<Socket, number>();
  #isClosing = false;

  constructor(listener: RequestListener) {
    this.#server = createServer(
      { headersTimeout: headMsMax, requestTimeout: requestMsMax, keepAliveTimeout: idleMsMax },
      (request, response) => {
        const { socket } = request;
        this.#countRequest(socket, 1);
        response.once("close", () => this.#countRequest(socket, -1));
        listener(request, response);
      },
    );
    // Node begins to watch the times above when a server listens, and this one never does.
    this.#server.emit("listening");
  }

  accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#server.emit("connection", socket);
  }

  #countRequest(socket: Socket, change: number): void {
    const count = (this.#unanswered.get(socket) ?? 0) + change;
    if (count > 0) {
      this.#unanswered.set(socket, count);
      return;
    }
    this.#unanswered.delete(socket);
    if (this.#isClosing) socket.end();
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    this.#server.close();
    const closed = [...this.#sockets].map((socket) => {
      const done = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      if (!this.#unanswered.has(socket)) socket.destroy();
      return done;
    });
    const cutOff = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await Promise.all(closed);
    clearTimeout(cutOff);
  }
}
