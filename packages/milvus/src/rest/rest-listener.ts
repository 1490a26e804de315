import type { IncomingMessage, ServerResponse } from "node:http";
import type { JsonValue } from "@redkite/engine";
import { AccessError } from "../access/access-error.ts";
import { milvusErrorKinds } from "../errors.ts";
import type { RequestHandler } from "../service/request-handler.ts";
import type { CallContext } from "../service/router.ts";
import { answerText } from "./answer-text.ts";
import { isJsonObject, propertyOf } from "./body-shape.ts";
import { jsonDepthMax } from "./json-depth.ts";
import { type LegacyRoute, legacyRoutes } from "./legacy-routes.ts";
import { openApi, openApiPath } from "./openapi.ts";
import { type BodyLimits, parseBody, readBody } from "./request-body.ts";
import { RestCall } from "./rest-call.ts";
import { actualText, RestError, restErrorKinds, toRestError } from "./rest-error.ts";
import type { RestRoute } from "./rest-route.ts";
import { restRoutes, routePrefix } from "./routes.ts";

export interface RestOptions {
  /** The version of Redkite, for the API's description. */
  readonly version: string;
  /** Is told of failures that are the server's own. */
  readonly onFailure?: (route: string, error: unknown) => void;
  /** Milliseconds until a request is given up, unless it says so itself. Default 30,000. */
  readonly timeoutMs?: number;
  /** Most bytes of a body. Default 64 MiB, as Milvus's messages. */
  readonly bodyBytesMax?: number;
}

/** The longest that a timer can wait. */
const timerMsMax = 2 ** 31 - 1;

/** The code of Milvus's `merr` package for a request that took too long. */
const timeoutCode = 10_001;

/**
 * Answers Milvus's REST APIs, v2 and the v1 of old, over a service: a route turns JSON into the messages of gRPC and
 * their answers into JSON, so checks, rights and meaning are those of gRPC. Never throws.
 */
export function createRestListener(
  service: RequestHandler,
  options: RestOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const listener = new RestListener(service, options);
  return (request, response) => {
    void listener.answer(request, response);
  };
}

const routes: ReadonlyMap<string, RestRoute> = new Map(
  restRoutes.map((route) => [`${routePrefix}${route.path}`, route]),
);

const legacyRuns: ReadonlyMap<string, LegacyRoute["run"]> = new Map(
  legacyRoutes.map(({ address, run }) => [address, run]),
);

class RestListener {
  readonly #service: RequestHandler;
  readonly #options: RestOptions;
  readonly #limits: BodyLimits;

  constructor(service: RequestHandler, options: RestOptions) {
    this.#service = service;
    this.#options = options;
    this.#limits = { bytes: options.bodyBytesMax ?? 64 * 1024 * 1024, depth: jsonDepthMax };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const cancelled = new AbortController();
    // Nobody waits for the answer any more, or it is given.
    response.once("close", () => cancelled.abort());
    const path = (request.url ?? "").split("?", 1)[0];
    try {
      const timeoutMs = timeoutMsOf(request, this.#options.timeoutMs ?? 30_000);
      send(response, await withTimeout(this.#replyTo(request, path, cancelled.signal), timeoutMs));
    } catch (error) {
      // The client has gone in the middle of its request.
      if (request.destroyed && !request.complete) return;
      const { code, message, httpStatus } = errorFor(error);
      if (code === milvusErrorKinds.serviceInternal.code) this.#options.onFailure?.(path, error);
      send(response, json({ code, message }, httpStatus));
    }
    cancelled.abort();
  }

  async #replyTo(request: IncomingMessage, path: string, signal: AbortSignal): Promise<Reply> {
    const { method = "" } = request;
    if (method === "OPTIONS") return { status: 204, type: "text/plain", text: "" };
    refuseForeignPages(request);
    const caller = contextOf(request, signal);
    // Who has not signed in learns nothing else, and has no body read.
    const signIn = await this.#service.authenticate(caller);
    const context = { ...caller, ...(signIn && { signIn }) };
    if (method === "GET" && path === openApiPath) return json(openApi(this.#options.version));
    const route = method === "POST" ? routes.get(path) : undefined;
    if (route !== undefined) {
      const body = await this.#bodyOf(request);
      return json({ code: 0, ...(await route.run(body, this.#callIn(request, body, context))) });
    }
    const legacy = legacyRuns.get(`${method} ${path}`);
    if (legacy !== undefined) {
      const body = method === "GET" ? queryOf(request) : await this.#bodyOf(request);
      return json({ code: 200, data: await legacy(body, this.#callIn(request, body, context)) });
    }
    // In the words of Milvus's HTTP library.
    return { status: 404, type: "text/plain", text: "404 page not found" };
  }

  async #bodyOf(request: IncomingMessage): Promise<JsonValue> {
    return parseBody(await readBody(request, this.#limits), this.#limits);
  }

  /** The call in the database that the body names. */
  #callIn(request: IncomingMessage, body: JsonValue, context: CallContext): RestCall {
    const databaseName = databaseOf(request, body);
    const int64AsText = /^(?:0|f|false)$/i.test(headerOf(request, "accept-type-allow-int64"));
    return new RestCall(this.#service, { ...context, databaseName }, { int64AsText });
  }
}

/** What is answered. */
interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function json(value: object, status = 200): Reply {
  return { status, type: "application/json; charset=utf-8", text: answerText(value) };
}

function errorFor(error: unknown): RestError {
  if (!(error instanceof AccessError)) return toRestError(error);
  if (error.kind === "denied") {
    // Milvus puts the text of its gRPC error here, which has none of its codes.
    const message = `rpc error: code = PermissionDenied desc = ${error.message}`;
    return new RestError(milvusErrorKinds.unexpected.code, message, 403);
  }
  const { code, text } = restErrorKinds.needAuthenticate;
  return new RestError(code, text, 401);
}

/** The pages that a browser may have loaded from this machine. */
const localOrigin = /^https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/**
 * Browsers send requests for any page that somebody looks at, to servers on their own machine too.
 * A page of elsewhere has to say who it is, so that none can read or drop what is in a database
 * that nobody has to sign in to.
 */
function refuseForeignPages(request: IncomingMessage): void {
  const authorization = authorizationOf(request);
  const page = pageOf(request);
  if (page === undefined || authorization !== undefined || localOrigin.test(page)) return;
  const { code, text } = restErrorKinds.needAuthenticate;
  throw new RestError(code, `${text}: a page of ${actualText(page)} has to sign in`, 401);
}

/**
 * The page that a request is of; undefined where there is none. Browsers leave `Origin` out where a
 * page asks its own server by GET. A page of elsewhere has this one for its own if its name is made
 * to lead to this machine: then it is the name that tells.
 */
function pageOf({ method, headers, socket }: IncomingMessage): string | undefined {
  const { origin, host } = headers;
  if (origin !== undefined || method !== "GET" || host === undefined) return origin;
  return isLoopback(socket.remoteAddress) ? `http://${host}` : undefined;
}

function isLoopback(address = ""): boolean {
  return address === "::1" || /^(?:::ffff:)?127\./.test(address);
}

function queryOf({ url = "" }: IncomingMessage): JsonValue {
  return Object.fromEntries(new URLSearchParams(url.split("?")[1] ?? ""));
}

/** The database of the body, of the header, or the default one. */
function databaseOf(request: IncomingMessage, body: JsonValue): string {
  const named = isJsonObject(body) ? propertyOf(body, "dbName") : undefined;
  return (typeof named === "string" && named) || headerOf(request, "db-name") || "default";
}

function contextOf(request: IncomingMessage, signal: AbortSignal): CallContext {
  const authorization = authorizationOf(request);
  const peer = request.socket.remoteAddress;
  return {
    databaseName: headerOf(request, "db-name"),
    signal,
    ...(peer === undefined ? {} : { peer }),
    ...(authorization === undefined ? {} : { authorization }),
  };
}

/**
 * Who asks. Snowflake's ingress takes `Authorization` for itself, so a token of Milvus's may come in a header of its own,
 * and is then the one that counts.
 */
function authorizationOf(request: IncomingMessage): string | undefined {
  const token = headerOf(request, "x-milvus-token");
  return token === "" ? request.headers.authorization : `Bearer ${token}`;
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

/** `Request-Timeout` is in seconds; what is no whole number is ignored, as by Milvus. */
function timeoutMsOf(request: IncomingMessage, initial: number): number {
  const text = headerOf(request, "request-timeout");
  if (!/^[+-]?\d+$/.test(text)) return initial;
  return Math.min(Math.max(Number(text) * 1_000, 0), timerMsMax);
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RestError(timeoutCode, "request timeout", 408)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Those of Milvus: pages of any origin may call it, if their caller signs in. */
const headers: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Credentials": "true",
  "Access-Control-Allow-Headers":
    "Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, accept, origin, " +
    "Cache-Control, X-Requested-With, X-Milvus-Token",
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH",
  "X-Content-Type-Options": "nosniff",
};

function send(response: ServerResponse, { status, type, text }: Reply): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader("Content-Type", type);
  // Other answers may come before the body has: what is left of it is not read.
  if (status !== 200) response.setHeader("Connection", "close");
  response.statusCode = status;
  response.end(text);
}
