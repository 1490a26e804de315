import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { IngressTarget } from "../account/ingress.ts";
import { type Exchange, sendText } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { IngressAccount, IngressUser } from "./ingress-account.ts";
import {
  requestHeaders,
  responseHeaders,
  type ServiceHosts,
  sessionCookie,
  tokenOf,
} from "./ingress-headers.ts";

export interface IngressOptions {
  readonly account: IngressAccount;
  /** Who a token is, whatever kind it is. */
  readonly userOf: (token: string, host: string) => Promise<IngressUser | undefined>;
  /** The local port of a service's port, once it runs. */
  readonly portOf: (target: IngressTarget) => number | undefined;
  /** Where a browser without a session is sent; it comes back to `/sfc-endpoint/signed-in`. */
  readonly signInUrl: (host: string) => string;
  /** Ends connections on which nothing moves. Default 90,000 ms, as in an account. */
  readonly idleMsMax?: number;
}

interface Admitted {
  readonly user: string;
  readonly port: number;
  readonly hosts: ServiceHosts;
}

/** The public side of services: signs in, checks the service role, and hands HTTP and WebSockets to the local process. */
export class Ingress {
  readonly #options: IngressOptions;
  readonly #idleMsMax: number;

  constructor(options: IngressOptions) {
    this.#options = options;
    this.#idleMsMax = options.idleMsMax ?? 90_000;
  }

  /** The address in a host's first label, when it is one of an endpoint: `abcdef-myorg-myaccount`. */
  static addressOf(host: string | undefined, domain: string): string | undefined {
    const [name = ""] = (host ?? "").toLowerCase().split(":");
    const [address = "", ...rest] = name.split(".");
    const end = rest.join(".");
    return address !== "" && (end === "snowflakecomputing.app" || end === domain)
      ? address
      : undefined;
  }

  async handle(exchange: Exchange, address: string): Promise<void> {
    const { request, url } = exchange;
    if (request.method === "TRACE" || request.method === "CONNECT") {
      throw new HttpFailure(405, `${request.method} is not allowed`);
    }
    if (url.pathname === "/sfc-endpoint/signed-in") return await this.#beginSession(exchange);
    if (url.pathname === "/sfc-endpoint/logout") return this.#endSession(exchange);
    const token = tokenOf(request.headers);
    const wantsPage = request.headers.accept?.includes("text/html") === true;
    if (token === undefined && wantsPage && request.method === "GET") {
      const location = this.#options.signInUrl(request.headers.host ?? "");
      return sendText(exchange, "Sign in", { status: 302, headers: { location } });
    }
    await this.#pass(exchange, await this.#admit(request, address));
  }

  /** A WebSocket, or another protocol that a connection is upgraded to. */
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    { head, address }: { head: Buffer; address: string },
  ): void {
    this.#admit(request, address).then(
      (admitted) => this.#join(request, socket, { head, admitted }),
      (error: unknown) => {
        const status = error instanceof HttpFailure ? error.status : 500;
        socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      },
    );
  }

  /** Lets both sides of a connection speak as they want. */
  #join(
    request: IncomingMessage,
    socket: Duplex,
    { head, admitted }: { head: Buffer; admitted: Admitted },
  ): void {
    const upstream = connect({ host: "127.0.0.1", port: admitted.port }, () => {
      const headers: OutgoingHttpHeaders = {
        ...requestHeaders(request.headers, admitted),
        connection: "Upgrade",
        upgrade: request.headers.upgrade,
      };
      upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${headerLines(headers)}\r\n`);
      if (head.length > 0) upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.setTimeout(this.#idleMsMax, () => upstream.destroy());
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
    socket.on("close", () => upstream.destroy());
    upstream.on("close", () => socket.destroy());
  }

  async #admit(request: IncomingMessage, address: string): Promise<Admitted> {
    const { account, userOf, portOf } = this.#options;
    const token = tokenOf(request.headers);
    const user = token === undefined ? undefined : await userOf(token, hostOf(request));
    if (user === undefined) {
      throw new HttpFailure(401, {
        code: "390303",
        message: token === undefined ? "No token was given" : "Invalid OAuth access token",
      });
    }
    const target = account.enter(address, user);
    if (target.kind === "refusal") throw new HttpFailure(target.status, target.message);
    const port = portOf(target);
    if (port === undefined) throw new HttpFailure(503, "No instance of the service is ready");
    const hosts = { shown: request.headers.host ?? "", local: `localhost:${port}` };
    return { user: user.user, port, hosts };
  }

  #pass({ request, response }: Exchange, admitted: Admitted): Promise<void> {
    return new Promise((resolve, reject) => {
      const upstream = httpRequest({
        host: "127.0.0.1",
        port: admitted.port,
        method: request.method,
        path: request.url,
        headers: requestHeaders(request.headers, admitted),
        timeout: this.#idleMsMax,
        agent: false,
      });
      upstream.on("timeout", () => upstream.destroy(new HttpFailure(504, "The service was idle")));
      upstream.on("error", (error) =>
        reject(
          error instanceof HttpFailure
            ? error
            : new HttpFailure(503, `The service does not answer: ${error.message}`),
        ),
      );
      upstream.on("response", (answer) => {
        response.writeHead(
          answer.statusCode ?? 502,
          responseHeaders(answer.headers, admitted.hosts),
        );
        answer.pipe(response);
        answer.on("error", () => response.destroy());
        response.on("close", resolve);
      });
      request.pipe(upstream);
      response.on("close", () => upstream.destroy());
    });
  }

  async #beginSession(exchange: Exchange): Promise<void> {
    const token = exchange.url.searchParams.get("token") ?? "";
    if ((await this.#options.userOf(token, hostOf(exchange.request))) === undefined) {
      throw new HttpFailure(401, "Sign in again");
    }
    sendText(exchange, "Signed in", {
      status: 302,
      headers: {
        location: "/",
        "set-cookie": `${sessionCookie}=${token}; Path=/; HttpOnly; SameSite=Lax`,
      },
    });
  }

  #endSession(exchange: Exchange): void {
    const headers = { "set-cookie": `${sessionCookie}=; Path=/; Max-Age=0` };
    sendText(exchange, "Signed out", { headers });
  }
}

function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? "").toLowerCase();
}

function headerLines(headers: OutgoingHttpHeaders): string {
  return Object.entries(headers)
    .flatMap(([name, value]) => [value].flat().map((each) => [name, each] as const))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}
