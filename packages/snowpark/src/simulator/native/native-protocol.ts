import { type Exchange, isRecord, readJsonObject, sendJson, stringOf } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { PathParts, Route } from "../http/router.ts";
import type { SignIn } from "../sign-in/sign-in.ts";
import { readBindings } from "../statements/bindings.ts";
import type { Query } from "../statements/query.ts";
import type { QueryRunner } from "../statements/query-runner.ts";
import {
  type AnswerSurroundings,
  answerOf,
  refusal,
  stillRunning,
  success,
} from "./native-answer.ts";
import { logIn, startBrowserSignIn } from "./native-login.ts";
import {
  masterSeconds,
  type NativeSession,
  SessionTokens,
  sessionSeconds,
} from "./session-tokens.ts";

export interface NativeProtocolOptions {
  readonly signIn: SignIn;
  readonly queries: QueryRunner;
  readonly now: () => number;
  /** Of this server and its object store. */
  readonly surroundings: () => AnswerSurroundings;
  /** How long an answer may wait for its statement. Default 45,000 ms, as in an account. */
  readonly holdMs?: number;
}

/** The protocol that Snowflake's drivers speak. */
export class NativeProtocol {
  readonly tokens: SessionTokens;
  readonly routes: readonly Route[];
  readonly #options: NativeProtocolOptions;
  readonly #holdMs: number;

  constructor(options: NativeProtocolOptions) {
    this.#options = options;
    this.#holdMs = options.holdMs ?? 45_000;
    this.tokens = new SessionTokens(options.now);
    const { signIn, surroundings } = options;
    this.routes = [
      post(/^\/session\/v1\/login-request$/, (exchange) =>
        logIn(exchange, { signIn, tokens: this.tokens }),
      ),
      post(/^\/session\/authenticator-request$/, (exchange) =>
        startBrowserSignIn(exchange, { signIn, origin: surroundings().origin }),
      ),
      post(/^\/session\/token-request$/, (exchange) => this.#renew(exchange)),
      post(/^\/session\/heartbeat$/, (exchange) => this.#heartbeat(exchange)),
      post(/^\/session$/, (exchange) => this.#close(exchange)),
      post(/^\/telemetry\/send$/, (exchange) => sendJson(exchange, success("Log Received"))),
      post(/^\/queries\/v1\/query-request$/, (exchange) => this.#query(exchange)),
      post(/^\/queries\/v1\/abort-request$/, (exchange) => this.#abortRequest(exchange)),
      post(/^\/queries\/(?<id>[^/]+)\/abort-request$/, (e, parts) => this.#abortQuery(e, parts)),
      get(/^\/queries\/(?<id>[^/]+)\/result$/, (e, parts) => this.#result(e, parts)),
      get(/^\/monitoring\/queries\/(?<id>[^/]+)$/, (e, parts) => this.#monitor(e, parts)),
    ];
  }

  async #query(exchange: Exchange): Promise<void> {
    const { session } = this.#session(exchange);
    const body = await readJsonObject(exchange.request);
    const parameters = isRecord(body["parameters"]) ? body["parameters"] : {};
    const query = await this.#options.queries.run(session, {
      text: stringOf(body, "sqlText") ?? "",
      binds: readBindings(body["bindings"]),
      requestId: exchange.url.searchParams.get("requestId") ?? undefined,
      statementCount: statementCount(parameters["MULTI_STATEMENT_COUNT"]),
    });
    if (body["asyncExec"] === true) return sendJson(exchange, stillRunning(query, "333334"));
    await this.#answer(exchange, query);
  }

  async #result(exchange: Exchange, parts: PathParts): Promise<void> {
    await this.#answer(exchange, this.#find(exchange, parts));
  }

  /** Waits for a while: a client that is told "not yet" asks again at once. */
  async #answer(exchange: Exchange, query: Query): Promise<void> {
    await query.settled(this.#holdMs);
    sendJson(exchange, answerOf(query, this.#options.surroundings()));
  }

  #monitor(exchange: Exchange, parts: PathParts): void {
    const query = this.#find(exchange, parts);
    const { end } = query;
    const status =
      end === undefined ? "RUNNING" : end.kind === "done" ? "SUCCESS" : "FAILED_WITH_ERROR";
    const failure = end?.kind === "failed" ? end.failure : undefined;
    sendJson(
      exchange,
      success({
        queries: [
          {
            id: query.id,
            status,
            state: status,
            startTime: query.startedAt,
            errorCode: failure?.code ?? null,
            errorMessage: failure?.message ?? null,
          },
        ],
      }),
    );
  }

  #find(exchange: Exchange, { id = "" }: PathParts): Query {
    const { session } = this.#session(exchange);
    const query = this.#options.queries.find(id);
    if (query === undefined || query.user !== session.state.user) {
      throw new HttpFailure(200, refusal("000612", "Result for query is not available"));
    }
    return query;
  }

  async #abortRequest(exchange: Exchange): Promise<void> {
    const { user } = this.#session(exchange).session.state;
    const body = await readJsonObject(exchange.request);
    const query = this.#options.queries.findByRequest(user, stringOf(body, "requestId") ?? "");
    query?.cancel();
    sendJson(
      exchange,
      query === undefined
        ? refusal("000605", "Identified SQL statement is not currently executing.")
        : success(null),
    );
  }

  #abortQuery(exchange: Exchange, parts: PathParts): void {
    this.#find(exchange, parts).cancel();
    sendJson(exchange, success(null));
  }

  #heartbeat(exchange: Exchange): void {
    this.#session(exchange);
    sendJson(exchange, success(null));
  }

  #close(exchange: Exchange): void {
    const native = this.#session(exchange);
    if (exchange.url.searchParams.get("delete") === "true") this.tokens.end(native);
    sendJson(exchange, success(null));
  }

  async #renew(exchange: Exchange): Promise<void> {
    const body = await readJsonObject(exchange.request);
    const type = stringOf(body, "requestType");
    if (type !== "RENEW" && type !== "ISSUE") {
      throw new HttpFailure(200, refusal("390102", `Request type ${type} is not simulated`));
    }
    const oldToken = stringOf(body, "oldSessionToken") ?? "";
    const renewed = this.tokens.renew(tokenOf(exchange), type, oldToken);
    if (renewed.kind === "expired") {
      throw new HttpFailure(
        200,
        refusal("390114", "Authentication token has expired.  The user must authenticate again."),
      );
    }
    if (renewed.kind === "unknown") throw invalidToken();
    sendJson(
      exchange,
      success({
        sessionToken: renewed.sessionToken,
        validityInSecondsST: sessionSeconds,
        masterToken: renewed.masterToken,
        validityInSecondsMT: masterSeconds,
        sessionId: renewed.sessionId,
      }),
    );
  }

  /** The session of a request. Throws 390112 for a token that can be renewed, 390104 for one that is none. */
  #session(exchange: Exchange): NativeSession {
    const found = this.tokens.find(tokenOf(exchange));
    if (found.kind === "expired") {
      throw new HttpFailure(
        200,
        refusal("390112", "Your session has expired. Please login again."),
      );
    }
    if (found.kind === "unknown") throw invalidToken();
    return found.native;
  }
}

function invalidToken(): HttpFailure {
  return new HttpFailure(401, refusal("390104", "Session token is not valid."));
}

function tokenOf({ request }: Exchange): string {
  const [, token = ""] =
    /^Snowflake +Token="([^"]*)"/i.exec(request.headers.authorization ?? "") ?? [];
  return token;
}

function statementCount(value: unknown): number {
  const count = Number(value ?? 1);
  return Number.isSafeInteger(count) && count >= 0 ? count : 1;
}

function post(path: RegExp, handle: Route["handle"]): Route {
  return { method: "POST", path, handle };
}

function get(path: RegExp, handle: Route["handle"]): Route {
  return { method: "GET", path, handle };
}
