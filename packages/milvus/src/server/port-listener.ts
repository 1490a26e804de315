import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { type ListenAddress, listen, stopListening } from "./listen.ts";
import type { TlsMaterial } from "./tls-material.ts";

/** What every HTTP/2 client says first. No request of HTTP/1.1 begins with these three letters. */
const http2Opening = Buffer.from("PRI");

/** How long a client may take to say its first words, or to finish the TLS handshake. */
const openingMsMax = 10_000;

/** Connections at a time. Those beyond are closed at once. */
const connectionsMax = 10_000;

/** Serves connections of one protocol that another listener has accepted. */
export interface ConnectionServer {
  /** Serves a connection of which nothing has been consumed. */
  accept(socket: Socket): void;
  /** Lets running requests finish for up to `graceMs` milliseconds, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

export interface PortProtocols {
  /** gRPC. */
  readonly http2: ConnectionServer;
  /** REST. */
  readonly http1: ConnectionServer;
}

/**
 * One port for gRPC and REST. With TLS the protocol is what client and server agreed on (ALPN);
 * without, it shows in the first bytes that a client sends.
 */
export class PortListener {
  readonly #protocols: PortProtocols;
  readonly #acceptor: Server | TlsServer;
  /** Connections that have not told their protocol yet; with TLS, all that are open. */
  readonly #opening = new Set<Socket>();
  #isClosing = false;

  constructor(protocols: PortProtocols, tls?: TlsMaterial) {
    this.#protocols = protocols;
    // A client of HTTP/1.1 may close its side when it has asked, and is answered still.
    const options = { noDelay: true, keepAlive: true };
    if (tls === undefined) {
      this.#acceptor = createServer({ ...options, allowHalfOpen: true }, (socket) =>
        this.#sniff(socket),
      );
      this.#acceptor.maxConnections = connectionsMax;
      return;
    }
    const server = createTlsServer(
      {
        ...options,
        ...tls,
        // gRPC's clients offer HTTP/2 alone; those that offer both, as curl and browsers do, mean REST.
        ALPNProtocols: ["http/1.1", "h2"],
        handshakeTimeout: openingMsMax,
        requestCert: tls.ca !== undefined,
        rejectUnauthorized: tls.ca !== undefined,
      },
      (socket) => this.#hand(socket, socket.alpnProtocol === "h2"),
    );
    server.on("connection", (socket) => this.#track(socket));
    // The client hears the alert. Strangers who knock on the port are nothing to report.
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    server.maxConnections = connectionsMax;
    this.#acceptor = server;
  }

  /** Throws `ServerError`. */
  listen(address: ListenAddress): Promise<ListenAddress> {
    return listen(this.#acceptor, address, "gRPC and REST");
  }

  /** New connections use this key and these certificates. Throws on those that OpenSSL refuses. */
  renewTls(tls: TlsMaterial): void {
    if ("setSecureContext" in this.#acceptor) this.#acceptor.setSecureContext(tls);
  }

  /** Stops to accept, and lets running requests finish for up to `graceMs` milliseconds. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const stopped = stopListening(this.#acceptor);
    await Promise.all([this.#protocols.http1.close(graceMs), this.#protocols.http2.close(graceMs)]);
    for (const socket of this.#opening) socket.destroy();
    await stopped;
  }

  #track(socket: Socket): void {
    this.#opening.add(socket);
    socket.once("close", () => this.#opening.delete(socket));
    socket.on("error", ignore);
  }

  #sniff(socket: Socket): void {
    this.#track(socket);
    socket.setTimeout(openingMsMax, () => socket.destroy());
    let opening = Buffer.alloc(0);
    const read = () => {
      const bytes: Buffer | null = socket.read();
      if (bytes === null) return;
      opening = Buffer.concat([opening, bytes]);
      const compared = Math.min(opening.length, http2Opening.length);
      const isHttp2 = opening.compare(http2Opening, 0, compared, 0, compared) === 0;
      // So few bytes may still become either.
      if (isHttp2 && compared < http2Opening.length) return;
      socket.off("readable", read);
      socket.off("end", giveUp);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.unshift(opening);
      this.#hand(socket, isHttp2);
    };
    const giveUp = () => socket.destroy();
    socket.on("readable", read);
    socket.once("end", giveUp);
  }

  #hand(socket: Socket, isHttp2: boolean): void {
    this.#opening.delete(socket);
    if (this.#isClosing) {
      socket.destroy();
      return;
    }
    socket.off("error", ignore);
    // Nothing can follow on a connection of HTTP/2 whose client has closed its side.
    if (isHttp2) socket.allowHalfOpen = false;
    const { http1, http2 } = this.#protocols;
    (isHttp2 ? http2 : http1).accept(socket);
  }
}

/** A connection that fails before it has asked anything leaves nobody to tell. */
function ignore(): void {}
