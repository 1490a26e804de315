import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SnowparkError } from "../base/snowpark-error.ts";
import { openIngress, upgradeIngress } from "./ingress.ts";

export interface ProxyOptions {
  /** The endpoint, as `ingressOrigin` gives it. */
  readonly origin: URL;
  /** A token for the ingress. It is asked again when it is about to expire, or no longer taken. */
  readonly ingressToken: () => Promise<string>;
  /** `user:password` for requests that bring none. */
  readonly databaseToken?: string;
  /** Of 127.0.0.1. 0 takes a free one. */
  readonly port: number;
  readonly now: () => number;
}

export interface RunningProxy {
  /** `http://127.0.0.1:<port>`. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Tokens are good for an hour; they are replaced well before. */
const tokenMsMax = 45 * 60_000;

/** Headers that belong to one connection, not to the message (RFC 9110 §7.6.1). */
const hopHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * A port of this machine behind which a service's endpoint is, with the sign-in to Snowflake done: for REST clients,
 * `curl` and browsers that cannot do it themselves. A client's own `Authorization` goes on as `X-Milvus-Token`, because
 * Snowflake takes `Authorization` for itself.
 *
 * Requests that a web page of another origin makes are refused: who opens a page must not hand it the database.
 *
 * @throws SnowparkError `network` when the port is taken.
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const proxy = new IngressProxy(options);
  const server = createServer((request, response) => void proxy.answer(request, response));
  server.on("upgrade", (request, socket, head) => void proxy.upgrade(request, socket, head));
  const port = await listen(server, options.port);
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    async close() {
      proxy.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server, wanted: number): Promise<number> {
  server.listen(wanted, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SnowparkError("network", `Cannot listen on 127.0.0.1:${wanted}: ${reason}`, {
      remedy: "Choose another port with --port, or 0 for a free one.",
      cause,
    });
  }
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : wanted;
}

class IngressProxy {
  readonly #options: ProxyOptions;
  readonly #tunnels = new Set<Duplex>();
  #token: { readonly text: Promise<string>; readonly since: number } | undefined;

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      if (!isOwn(request.headers)) {
        response.writeHead(403, { "content-type": "text/plain" });
        response.end("This proxy answers requests to its own address only\n");
        return;
      }
      const answer = await openIngress(this.#target(request), {
        method: request.method ?? "GET",
        headers: await this.#headers(request.headers),
        body: request,
        signal: gone.signal,
      });
      if (answer.statusCode === 401) this.#token = undefined;
      response.writeHead(answer.statusCode ?? 502, withoutHopHeaders(answer.headers));
      await pipeline(answer, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else {
        response.writeHead(502, { "content-type": "text/plain" });
        response.end(`No answer from the service: ${messageOf(error)}\n`);
      }
    }
  }

  async upgrade(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    // Ends that break off end each other below.
    client.on("error", () => undefined);
    try {
      if (!isOwn(request.headers)) {
        client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
        return;
      }
      const {
        answer,
        socket,
        head: first,
      } = await upgradeIngress(this.#target(request), {
        method: request.method ?? "GET",
        headers: {
          ...(await this.#headers(request.headers)),
          connection: "Upgrade",
          upgrade: request.headers.upgrade ?? "websocket",
        },
      });
      if (socket === undefined) {
        client.end(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n\r\n`);
        answer.resume();
        return;
      }
      client.write(responseHead(answer));
      if (first !== undefined) client.write(first);
      socket.write(head);
      this.#tunnel(client, socket);
    } catch (error) {
      client.end(`HTTP/1.1 502 Bad Gateway\r\n\r\n${messageOf(error)}\n`);
    }
  }

  close(): void {
    for (const end of this.#tunnels) end.destroy();
  }

  #tunnel(client: Duplex, service: Duplex): void {
    for (const [from, to] of [
      [client, service],
      [service, client],
    ] as const) {
      this.#tunnels.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#tunnels.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }

  #target(request: IncomingMessage): URL {
    const { origin } = this.#options;
    // The path is taken apart from the origin, so that "//elsewhere/" stays a path.
    return new URL(origin.origin + (request.url?.startsWith("/") ? request.url : "/"));
  }

  async #headers(from: IncomingHttpHeaders): Promise<OutgoingHttpHeaders> {
    const { host: _, authorization, origin, ...rest } = from;
    const own = rest["x-milvus-token"] ?? milvusToken(authorization);
    const token = own ?? this.#options.databaseToken;
    return {
      ...withoutHopHeaders(rest),
      // How a body without a length ends is said for each connection anew.
      ...(rest["transfer-encoding"] === undefined ? {} : { "transfer-encoding": "chunked" }),
      // A server that compares the two sees one address.
      ...(origin === undefined ? {} : { origin: this.#options.origin.origin }),
      authorization: `Snowflake Token="${await this.#currentToken()}"`,
      ...(token === undefined ? {} : { "x-milvus-token": token }),
    };
  }

  async #currentToken(): Promise<string> {
    const now = this.#options.now();
    if (this.#token === undefined || now - this.#token.since > tokenMsMax) {
      const text = this.#options.ingressToken();
      this.#token = { text, since: now };
      text.catch(() => {
        this.#token = undefined;
      });
    }
    return await this.#token.text;
  }
}

/** Whether a request is meant for this proxy, and of no page that another host served. */
function isOwn({ host = "", origin }: IncomingHttpHeaders): boolean {
  if (!/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(host)) return false;
  return origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`;
}

/** What Milvus's clients send: `Bearer user:password`, or `Basic` of its base64. */
function milvusToken(authorization: string | undefined): string | undefined {
  const [scheme, credentials] = authorization?.split(" ", 2) ?? [];
  if (scheme === undefined || credentials === undefined) return undefined;
  if (/^bearer$/i.test(scheme)) return credentials;
  return /^basic$/i.test(scheme) ? Buffer.from(credentials, "base64").toString() : undefined;
}

function withoutHopHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopHeaders.has(name)));
}

function responseHead({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
