import { SnowparkError } from "../base/snowpark-error.ts";
import { storedName } from "../sql/quote.ts";
import { type AccountAddress, accountUrl } from "./account-address.ts";
import { BearerTokens, type Credentials } from "./credentials.ts";
import { exchange, type HttpAnswer, objectOf, textOf } from "./http-exchange.ts";
import { ingressTokenByAssertion } from "./ingress-token.ts";
import { NativeSession } from "./native-session.ts";
import { registryLoginOf } from "./registry-login.ts";
import { resultOf } from "./result-rows.ts";
import type { SessionDependencies } from "./session-dependencies.ts";
import type {
  ExecuteOptions,
  PutOptions,
  RegistryLogin,
  SnowSession,
  SqlBind,
  SqlResult,
} from "./snow-session.ts";
import { type Cells, readFailure, readResultHead, readRows } from "./sql-api-answer.ts";
import {
  beginningOf,
  cancelledError,
  networkError,
  signInError,
  statementError,
} from "./statement-error.ts";

export interface SqlApiConnection extends AccountAddress {
  /** Needed with a key pair; with tokens, `whoAmI` finds it out. */
  readonly user?: string;
  readonly credentials: Credentials;
  /** These four as SQL has them, where `ExecuteOptions` give none. Without: the user's defaults. */
  readonly role?: string;
  readonly warehouse?: string;
  readonly database?: string;
  readonly schema?: string;
}

type Dependencies = Pick<
  SessionDependencies,
  "fetch" | "now" | "sleep" | "randomUuid" | "showRetry"
>;

const statementsPath = "/api/v2/statements";
const firstPollMs = 50;
const maxPollMs = 2_000;

/**
 * A session over Snowflake's SQL API: nothing but `fetch`, signed in with a key pair, a programmatic access token or
 * OAuth. The API keeps no state between statements and knows neither `USE` nor `PUT`. Each statement has an id by which
 * the server recognises a repetition, so statements are sent again after a lost connection and run once.
 */
export class SqlApiSession implements SnowSession {
  readonly account: string;
  readonly #url: URL;
  readonly #connection: SqlApiConnection;
  readonly #dependencies: Dependencies;
  readonly #tokens: BearerTokens;
  readonly #signInUploader: (() => Promise<SnowSession>) | undefined;
  #uploader: Promise<SnowSession> | undefined;
  #user: string | undefined;
  /** By their roles. */
  readonly #natives = new Map<string | undefined, Promise<NativeSession>>();

  /** @param signInUploader signs in to the same account with a session that has `PUT`, when one is asked for */
  constructor(
    connection: SqlApiConnection,
    dependencies: Dependencies,
    signInUploader?: () => Promise<SnowSession>,
  ) {
    this.#signInUploader = signInUploader;
    this.account = connection.account;
    this.#url = accountUrl(connection);
    this.#connection = { ...connection, ...storedNames(connection) };
    this.#dependencies = dependencies;
    this.#user = connection.user;
    this.#tokens = new BearerTokens(connection.credentials, {
      account: connection.account,
      user: connection.user,
      now: dependencies.now,
    });
  }

  /** Empty until {@link whoAmI} where the connection names no user. */
  get user(): string {
    return this.#user ?? "";
  }

  /** Signs in, which nothing before a first statement does, and finds out as whom. */
  async whoAmI(): Promise<string> {
    const { rows } = await this.execute("SELECT CURRENT_USER()");
    const [name] = Object.values(rows[0] ?? {});
    this.#user = name ?? this.#user;
    return this.user;
  }

  async execute(statement: string, options: ExecuteOptions = {}): Promise<SqlResult> {
    const role = options.role ?? this.#connection.role;
    const answer = await this.#submit(statement, options);
    const settled = await this.#settle(answer, options.signal);
    const secrets = [...(options.secrets ?? []), ...this.#tokens.secrets()];
    const asked = { statement, role, secrets };
    if (settled.status !== 200) throw this.#refusal(settled, asked);
    const head = readResultHead(objectOf(settled, this.#url.host));
    const parts = [head.rows];
    for (let partition = 1; partition < head.partitionCount; partition += 1) {
      const path = `${encodeURIComponent(head.handle)}?partition=${partition}`;
      parts.push(await this.#partition(path, asked, options.signal));
    }
    return resultOf(head.handle, head.columns, parts.flat());
  }

  async put(file: string, stageFolder: string, options?: PutOptions): Promise<SqlResult> {
    if (this.#signInUploader === undefined) {
      throw new SnowparkError("unsupported", `Cannot upload ${file}: the SQL API has no PUT`);
    }
    this.#uploader ??= this.#signInUploader();
    // A sign-in that failed is tried anew next time.
    this.#uploader.catch(() => {
      this.#uploader = undefined;
    });
    return (await this.#uploader).put(file, stageFolder, options);
  }

  async registryLogin(): Promise<RegistryLogin> {
    const { credentials } = this.#connection;
    if (credentials.kind === "programmatic-access-token") {
      return { username: this.#user ?? (await this.whoAmI()), password: credentials.token };
    }
    return registryLoginOf(await (await this.#nativeSession()).issueToken());
  }

  async ingressToken(ingressHost: string, role?: string): Promise<string> {
    if (this.#connection.credentials.kind !== "key-pair") {
      if (role === undefined) return this.#tokens.current();
      // The connection's own token has the user's default role, and the ingress refuses administrators' roles.
      return (await (await this.#nativeSession(role)).issueToken()).token;
    }
    return ingressTokenByAssertion(
      { accountUrl: this.#url, assertion: this.#tokens.current(), ingressHost, role },
      this.#dependencies,
    );
  }

  async close(): Promise<void> {
    const others = [...this.#natives.values(), this.#uploader];
    this.#natives.clear();
    this.#uploader = undefined;
    for (const other of others) await (await other?.catch(() => undefined))?.close();
  }

  async #submit(statement: string, options: ExecuteOptions): Promise<HttpAnswer> {
    const { signal } = options;
    if (signal?.aborted === true) throw cancelledError("The statement");
    const url = new URL(statementsPath, this.#url);
    url.searchParams.set("requestId", this.#dependencies.randomUuid());
    // Only a statement whose handle is known can be cancelled.
    if (signal !== undefined) url.searchParams.set("async", "true");
    const repeatedAt = new URL(url);
    repeatedAt.searchParams.set("retry", "true");
    const body = JSON.stringify({
      statement,
      role: options.role ?? this.#connection.role,
      warehouse: options.warehouse ?? this.#connection.warehouse,
      database: options.database ?? this.#connection.database,
      schema: options.schema ?? this.#connection.schema,
      ...(options.binds === undefined ? {} : { bindings: bindingsOf(options.binds) }),
    });
    // Without the signal: a statement that is on its way is awaited, so that it can be cancelled by its handle.
    return this.#send({ url, repeatedAt, method: "POST", body, pauseSignal: signal });
  }

  /** Waits for a statement that the server goes on with. */
  async #settle(first: HttpAnswer, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    let answer = first;
    let pauseMs = firstPollMs;
    while (answer.status === 202) {
      const handle = textOf(objectOf(answer, this.#url.host)["statementHandle"]) ?? "";
      const url = new URL(`${statementsPath}/${encodeURIComponent(handle)}`, this.#url);
      try {
        if (signal?.aborted === true) throw cancelledError("The statement");
        answer = await this.#send({ url, method: "GET", signal });
        if (answer.status === 202) await this.#dependencies.sleep(pauseMs, signal);
      } catch (error) {
        if (signal?.aborted !== true) throw error;
        await this.#cancel(url);
        throw cancelledError("The statement");
      }
      pauseMs = Math.min(pauseMs * 2, maxPollMs);
    }
    return answer;
  }

  async #cancel(statementUrl: URL): Promise<void> {
    try {
      await this.#send({ url: new URL(`${statementUrl.href}/cancel`), method: "POST" });
    } catch (error) {
      throw new SnowparkError(
        "cancelled",
        "The statement was given up, but could not be cancelled: it may still run",
        { cause: error },
      );
    }
  }

  async #partition(path: string, asked: Asked, signal?: AbortSignal): Promise<Cells[]> {
    const url = new URL(`${statementsPath}/${path}`, this.#url);
    const answer = await this.#send({ url, method: "GET", signal });
    if (answer.status !== 200) throw this.#refusal(answer, asked);
    return readRows(objectOf(answer, this.#url.host));
  }

  /** Sends with the current token; once more with a new one when it was refused and can be renewed. */
  async #send(request: Sendable): Promise<HttpAnswer> {
    const attempt = (): Promise<HttpAnswer> =>
      exchange(
        {
          ...request,
          headers: {
            authorization: `Bearer ${this.#tokens.current()}`,
            "x-snowflake-authorization-token-type": this.#tokens.type,
            accept: "application/json",
            "content-type": "application/json",
            "user-agent": "redkite-snowpark/1",
          },
        },
        this.#dependencies,
      );
    const answer = await attempt();
    return answer.status === 401 && this.#tokens.renew() ? attempt() : answer;
  }

  #refusal(answer: HttpAnswer, asked: Asked): SnowparkError {
    const { host } = this.#url;
    const { status } = answer;
    const failure = readFailure(answer);
    if (failure === undefined || !isOfStatement(status)) {
      return networkError(`${host} answered ${status}: ${beginningOf(answer.text, asked.secrets)}`);
    }
    if (status !== 401 && status !== 403) return statementError(failure, asked);
    const error = signInError(failure, asked.secrets);
    const skew = this.#clockSkew(answer);
    return skew === undefined
      ? error
      : new SnowparkError(error.code, error.message, { ...error.details, remedy: skew });
  }

  #clockSkew({ date }: HttpAnswer): string | undefined {
    const seconds = date === undefined ? 0 : Math.round((this.#dependencies.now() - date) / 1000);
    if (Math.abs(seconds) < maxSkewSeconds) return undefined;
    const direction = seconds > 0 ? "ahead of" : "behind";
    return `This machine's clock is ${Math.abs(seconds)} s ${direction} the server's: set it right.`;
  }

  /** A session of the drivers' protocol, kept until the end: tokens that it issues end with it. */
  #nativeSession(role?: string): Promise<NativeSession> {
    const known = this.#natives.get(role);
    if (known !== undefined) return known;
    const native = NativeSession.signIn(
      {
        url: this.#url,
        account: this.account,
        user: this.user,
        authenticator: nativeAuthenticators[this.#connection.credentials.kind],
        token: this.#tokens.current(),
        ...(role === undefined ? {} : { role }),
      },
      this.#dependencies,
    );
    this.#natives.set(role, native);
    // A sign-in that failed is tried anew next time.
    native.catch(() => this.#natives.delete(role));
    return native;
  }
}

const nativeAuthenticators = {
  "key-pair": "SNOWFLAKE_JWT",
  "programmatic-access-token": "PROGRAMMATIC_ACCESS_TOKEN",
  oauth: "OAUTH",
} as const;

/** What was asked for, for an error. */
interface Asked {
  readonly statement: string;
  readonly role: string | undefined;
  readonly secrets: readonly string[];
}

interface Sendable {
  readonly url: URL;
  readonly repeatedAt?: URL;
  readonly method: "GET" | "POST";
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  readonly pauseSignal?: AbortSignal | undefined;
}

const maxSkewSeconds = 60;

/** Of the other answers, a 404 means a wrong host, and what is over 500 will pass. */
function isOfStatement(status: number): boolean {
  return status >= 400 && status < 500 && status !== 404 && status !== 429;
}

type Place = Pick<SqlApiConnection, "role" | "warehouse" | "database" | "schema">;

/** The API takes names in the letters that are stored. */
function storedNames({ role, warehouse, database, schema }: Place): Place {
  const names = Object.entries({ role, warehouse, database, schema });
  return Object.fromEntries(
    names.flatMap(([key, name]) => (name === undefined ? [] : [[key, storedName(name)]])),
  );
}

interface Binding {
  readonly type: "TEXT" | "FIXED" | "REAL" | "BOOLEAN";
  readonly value: string | null;
}

function bindingsOf(binds: readonly SqlBind[]): Record<string, Binding> {
  return Object.fromEntries(binds.map((bind, index) => [String(index + 1), bindingOf(bind)]));
}

function bindingOf(bind: SqlBind): Binding {
  if (bind === null) return { type: "TEXT", value: null };
  if (typeof bind === "boolean") return { type: "BOOLEAN", value: String(bind) };
  if (typeof bind === "string") return { type: "TEXT", value: bind };
  return { type: Number.isInteger(bind) ? "FIXED" : "REAL", value: String(bind) };
}
