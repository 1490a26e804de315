import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Exchange, sendFailure } from "./http/exchange.ts";
import { HttpFailure } from "./http/http-failure.ts";
import { dispatch, type Route } from "./http/router.ts";
import { Ingress } from "./ingress/ingress.ts";
import { DroppedConnection } from "./statements/query-runner.ts";

/** What a server serves, once all its parts are there. */
export interface Served {
  readonly routes: readonly Route[];
  readonly ingress: Ingress;
  /** What the hosts of endpoints end in, without the port. */
  readonly ingressDomain: string;
  /** Whether this request is to be answered 503. */
  readonly isUnavailable: (exchange: Exchange) => boolean;
}

/** Names by which clients come here; any other is a page that makes a browser ask for it (DNS rebinding). */
const ownHost =
  /^(?:127\.0\.0\.1|localhost|\[::1\]|[a-z0-9.-]+\.(?:localhost|snowflakecomputing\.(?:com|app)))(?::\d+)?$/i;

/** One port for everything: endpoints by their host, the rest by its path. */
export class SimulatorServer {
  readonly #server: Server;
  readonly #report: (error: unknown) => void;
  readonly #sockets = new Set<Socket>();
  #served: Served | undefined;

  /** `report` hears of what no rule foresaw. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
    this.#server = createServer((request, response) => void this.#handle(request, response));
    // Services of an account answer for as long as they want; the ingress has its own limit.
    this.#server.requestTimeout = 0;
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Begins to answer. Before, as the port is needed to make the parts, requests are told to come later. */
  serve(served: Served): void {
    this.#served = served;
  }

  /** Listens on 127.0.0.1 and returns the port: the wanted one, or another when that is taken and may be another. */
  async listen(port: number, mayDiffer: boolean): Promise<number> {
    try {
      return await this.#listen(port);
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || !mayDiffer) throw error;
      return this.#listen(0);
    }
  }

  #listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => {
        this.#server.off("error", reject);
        const address = this.#server.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let exchange: Exchange | undefined;
    try {
      exchange = { request, response, url: urlOf(request) };
      await this.#answer(exchange);
    } catch (error) {
      this.#fail(error, exchange ?? { request, response, url: new URL("http://localhost/") });
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const served = this.#served;
    if (served === undefined) throw new HttpFailure(503, "The simulator is starting");
    const { host } = exchange.request.headers;
    if (host !== undefined && !ownHost.test(host)) {
      throw new HttpFailure(421, `This simulator is not ${host}`);
    }
    const address = Ingress.addressOf(host, served.ingressDomain);
    if (address !== undefined) return served.ingress.handle(exchange, address);
    if (served.isUnavailable(exchange)) throw new HttpFailure(503, "Service unavailable");
    await dispatch(served.routes, exchange);
  }

  #fail(error: unknown, exchange: Exchange): void {
    if (error instanceof HttpFailure) {
      sendFailure(exchange, error);
    } else if (error instanceof DroppedConnection || exchange.request.destroyed) {
      exchange.request.socket.destroy();
    } else {
      this.#report(error);
      const message = error instanceof Error ? error.message : "Failed";
      sendFailure(exchange, new HttpFailure(500, message));
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { host } = request.headers;
    const served = this.#served;
    const address = served && Ingress.addressOf(host, served.ingressDomain);
    if (served === undefined || address === undefined) {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
    } else {
      served.ingress.upgrade(request, socket, { head, address });
    }
  }
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(`http://localhost${request.url}`);
  } catch {
    throw new HttpFailure(400, `No path: ${request.url}`);
  }
}
