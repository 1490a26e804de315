import { splitStatements } from "../../sql/split-statements.ts";
import { isBlank, tokenize } from "../../sql/tokens.ts";
import type { AccountSession } from "../account/account-session.ts";
import type { RowsOutcome } from "../account/statement-result.ts";
import { type Exchange, isRecord, readJsonObject, sendJson, stringOf } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { PathParts, Route } from "../http/router.ts";
import type { SignIn } from "../sign-in/sign-in.ts";
import { SignInRefused } from "../sign-in/sign-in-refused.ts";
import { readBindings } from "../statements/bindings.ts";
import type { Query, QueryFailure } from "../statements/query.ts";
import type { QueryRunner } from "../statements/query-runner.ts";
import { wireColumn } from "../statements/result-column.ts";

export interface SqlApiOptions {
  readonly signIn: SignIn;
  readonly queries: QueryRunner;
  /** How long an answer may wait for its statement. Default 45,000 ms, as in an account. */
  readonly holdMs?: number;
}

/**
 * Version 2 of the SQL API: each request signs in for itself and keeps nothing. What changes a session (`USE`, `SET`,
 * `ALTER SESSION`) is refused unless it stands among several statements, and `PUT` and `GET` always.
 */
export class SqlApi {
  readonly routes: readonly Route[];
  readonly #options: SqlApiOptions;
  readonly #holdMs: number;

  constructor(options: SqlApiOptions) {
    this.#options = options;
    this.#holdMs = options.holdMs ?? 45_000;
    this.routes = [
      { method: "POST", path: /^\/api\/v2\/statements\/?$/, handle: (e) => this.#submit(e) },
      {
        method: "GET",
        path: /^\/api\/v2\/statements\/(?<handle>[^/]+)$/,
        handle: (exchange, parts) => this.#status(exchange, parts),
      },
      {
        method: "POST",
        path: /^\/api\/v2\/statements\/(?<handle>[^/]+)\/cancel$/,
        handle: (exchange, parts) => this.#cancel(exchange, parts),
      },
    ];
  }

  async #submit(exchange: Exchange): Promise<void> {
    const body = await readJsonObject(exchange.request);
    const session = await this.#session(exchange, body);
    const parameters = isRecord(body["parameters"]) ? body["parameters"] : {};
    const count = Number(parameters["MULTI_STATEMENT_COUNT"] ?? 1);
    const text = stringOf(body, "statement") ?? "";
    const refused = refusedStatement(text, count);
    if (refused !== undefined) throw new HttpFailure(422, failureBody(refused, null));
    const query = await this.#options.queries.run(session, {
      text,
      binds: readBindings(body["bindings"]),
      requestId: exchange.url.searchParams.get("requestId") ?? undefined,
      statementCount: count,
    });
    if (exchange.url.searchParams.get("async") === "true") return sendRunning(exchange, query);
    await this.#answer(exchange, query);
  }

  async #status(exchange: Exchange, parts: PathParts): Promise<void> {
    const query = await this.#find(exchange, parts);
    const partition = exchange.url.searchParams.get("partition");
    // Results here have one partition: they are small.
    if (partition !== null && partition !== "0") {
      throw new HttpFailure(
        400,
        failureBody(
          { code: "391912", sqlState: "22000", message: `There is no partition ${partition}` },
          query,
        ),
      );
    }
    await this.#answer(exchange, query);
  }

  async #cancel(exchange: Exchange, parts: PathParts): Promise<void> {
    const query = await this.#find(exchange, parts);
    query.cancel();
    const { id } = query;
    const message = "successfully canceled";
    sendJson(exchange, {
      code: "000604",
      sqlState: "57014",
      message,
      statementHandle: id,
      statementStatusUrl: statusUrl(query),
    });
  }

  async #answer(exchange: Exchange, query: Query): Promise<void> {
    const end = await query.settled(this.#holdMs);
    if (end === undefined) return sendRunning(exchange, query);
    if (end.kind === "failed") {
      return sendJson(exchange, failureBody(end.failure, query), { status: 422 });
    }
    if (end.outcome.kind !== "rows") throw new HttpFailure(500, "PUT got through the SQL API");
    sendJson(exchange, resultBody(query, end.outcome));
  }

  async #find(exchange: Exchange, { handle = "" }: PathParts): Promise<Query> {
    const session = await this.#session(exchange, {});
    const query = this.#options.queries.find(handle);
    if (query === undefined || query.user !== session.state.user) {
      throw new HttpFailure(404, { code: "391900", message: `Statement ${handle} is not known` });
    }
    return query;
  }

  async #session(exchange: Exchange, body: Record<string, unknown>): Promise<AccountSession> {
    const { headers } = exchange.request;
    const [, token = ""] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
    const declared = headers["x-snowflake-authorization-token-type"];
    const kind = typeof declared === "string" ? declared.toUpperCase() : guessedKind(token);
    const { signIn } = this.#options;
    const choice = {
      role: stringOf(body, "role"),
      warehouse: stringOf(body, "warehouse"),
      database: stringOf(body, "database"),
      schema: stringOf(body, "schema"),
    };
    try {
      if (kind === "KEYPAIR_JWT") return await signIn.byKeyPair(token, choice);
      if (kind === "OAUTH") return await signIn.byOauth(token, choice);
      if (kind === "PROGRAMMATIC_ACCESS_TOKEN") {
        return await signIn.byAccessToken({ token, user: undefined }, choice);
      }
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      throw new HttpFailure(401, { code: error.code, message: error.message });
    }
    throw new HttpFailure(400, { code: "390101", message: `Token type ${kind} is not simulated` });
  }
}

/** Without the header, an account tells the kinds apart by their form. */
function guessedKind(token: string): string {
  return token.split(".").length === 3 ? "KEYPAIR_JWT" : "PROGRAMMATIC_ACCESS_TOKEN";
}

/** The number is not documented; the rule is. */
function refusedStatement(text: string, count: number): QueryFailure | undefined {
  for (const statement of splitStatements(text)) {
    const [first, second] = tokenize(statement.text)
      .filter((token) => !isBlank(token))
      .map((token) => token.text.toUpperCase());
    const isTransfer = first === "PUT" || first === "GET";
    const changesSession =
      first === "USE" ||
      first === "SET" ||
      first === "UNSET" ||
      (first === "ALTER" && second === "SESSION");
    if (!isTransfer && !(changesSession && count === 1)) continue;
    return {
      code: "391911",
      sqlState: "0A000",
      message: `Statement type ${first} is not supported by the SQL API${isTransfer ? "" : " as a statement of its own"}.`,
    };
  }
  return undefined;
}

function statusUrl({ id }: Query): string {
  return `/api/v2/statements/${id}`;
}

function sendRunning(exchange: Exchange, query: Query): void {
  const body = {
    code: "333334",
    message:
      "Asynchronous execution in progress. Use provided query id to perform query monitoring and management.",
    statementHandle: query.id,
    statementStatusUrl: statusUrl(query),
  };
  sendJson(exchange, body, { status: 202 });
}

function failureBody({ code, sqlState, message }: QueryFailure, query: Query | null): unknown {
  return {
    code,
    sqlState,
    message,
    ...(query === null
      ? {}
      : {
          statementHandle: query.id,
          createdOn: query.startedAt,
          statementStatusUrl: statusUrl(query),
        }),
  };
}

function resultBody(query: Query, { columns, rows }: RowsOutcome): unknown {
  return {
    resultSetMetaData: {
      numRows: rows.length,
      format: "jsonv2",
      partitionInfo: [{ rowCount: rows.length, uncompressedSize: JSON.stringify(rows).length }],
      rowType: columns.map(wireColumn),
    },
    data: rows,
    code: "090001",
    sqlState: "00000",
    message: "Statement executed successfully.",
    statementHandle: query.id,
    ...(query.parts === undefined ? {} : { statementHandles: query.parts.map(({ id }) => id) }),
    statementStatusUrl: statusUrl(query),
    createdOn: query.startedAt,
  };
}
