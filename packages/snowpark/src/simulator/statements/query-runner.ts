import { randomUUID } from "node:crypto";
import { splitStatements } from "../../sql/split-statements.ts";
import type { AccountSession } from "../account/account-session.ts";
import type { SqlScalar } from "../account/statement-cursor.ts";
import { queryResult } from "../account/statement-result.ts";
import type { Faults } from "../control/faults.ts";
import { Query, type QueryEnd } from "./query.ts";
import type { StatementLog } from "./statement-log.ts";

export interface QueryRequest {
  readonly text: string;
  readonly binds: readonly SqlScalar[];
  /** The client's own number: the same one again is the same query again. */
  readonly requestId: string | undefined;
  /** How many statements the text is to have; 0 for any number. */
  readonly statementCount: number;
}

export interface QueryRunnerOptions {
  readonly faults: Faults;
  readonly log: StatementLog;
  readonly now: () => number;
  /** Keeps the account's state. A statement is answered when it has been kept. */
  readonly save: () => Promise<void>;
}

/** Thrown where a fault is to cut the connection. */
export class DroppedConnection extends Error {
  override readonly name = "DroppedConnection";
}

/** Results are kept for so many queries; an account keeps them for a day. */
const queriesMax = 1_000;

/** Runs statements for both protocols, and remembers them for clients that ask again. */
export class QueryRunner {
  readonly #options: QueryRunnerOptions;
  readonly #queries = new Map<string, Query>();
  readonly #byRequest = new Map<string, Query>();

  constructor(options: QueryRunnerOptions) {
    this.#options = options;
  }

  find(id: string): Query | undefined {
    return this.#queries.get(id);
  }

  /** What a user sent with a number of its own. Others may have used the same. */
  findByRequest(user: string, requestId: string): Query | undefined {
    return this.#byRequest.get(requestKey(user, requestId));
  }

  /** Begins to run what a client sent, unless it runs already. Throws {@link DroppedConnection} where a fault says so. */
  async run(session: AccountSession, request: QueryRequest): Promise<Query> {
    const { requestId } = request;
    const { user } = session.state;
    const known = requestId === undefined ? undefined : this.findByRequest(user, requestId);
    if (known !== undefined) return known;
    const fault = this.#options.faults.nextStatement();
    if (fault.kind === "drop" && !fault.isExecuted) throw new DroppedConnection();
    const query = this.#begin(session);
    if (requestId !== undefined) this.#byRequest.set(requestKey(user, requestId), query);
    const failure =
      fault.kind === "fail"
        ? { code: fault.code, sqlState: "XX000", message: fault.message }
        : undefined;
    const run = failure
      ? this.#settle(query, session, { text: request.text, end: { kind: "failed", failure } })
      : this.#execute(query, session, request);
    void run.catch((error: unknown) => query.finish(endOf(error)));
    if (fault.kind === "drop") {
      await query.ended;
      throw new DroppedConnection();
    }
    return query;
  }

  #begin(session: AccountSession): Query {
    const query = new Query(randomUUID(), {
      user: session.state.user,
      startedAt: this.#options.now(),
    });
    this.#queries.set(query.id, query);
    if (this.#queries.size > queriesMax) this.#forgetOldest();
    return query;
  }

  #forgetOldest(): void {
    const [oldest] = this.#queries;
    if (oldest === undefined) return;
    this.#queries.delete(oldest[0]);
    for (const [key, query] of this.#byRequest) {
      if (query === oldest[1]) this.#byRequest.delete(key);
    }
  }

  async #execute(query: Query, session: AccountSession, request: QueryRequest): Promise<void> {
    const { statementCount, text } = request;
    const statements = splitStatements(text);
    const count = Math.max(statements.length, 1);
    if (statementCount !== 0 && statementCount !== count) {
      const message = `Actual statement count ${count} did not match the desired statement count ${statementCount}.`;
      const failure = { code: "000008", sqlState: "0A000", message };
      return this.#settle(query, session, { text, end: { kind: "failed", failure } });
    }
    if (count === 1) return this.#executeOne(query, session, request);
    const parts: Query[] = [];
    for (const { text: statement } of statements) {
      const part = this.#begin(session);
      parts.push(part);
      await this.#executeOne(part, session, { ...request, text: statement });
      if (part.end?.kind === "failed") return query.finish(part.end);
    }
    query.parts = parts;
    query.finish({
      kind: "done",
      outcome: queryResult(
        [{ name: "multiple statement execution", type: "text" }],
        [["Multiple statements executed successfully."]],
      ),
    });
  }

  async #executeOne(
    query: Query,
    session: AccountSession,
    { text, binds }: Pick<QueryRequest, "text" | "binds">,
  ): Promise<void> {
    const result = await session.execute(text, { binds });
    const end: QueryEnd =
      result.kind === "failure"
        ? { kind: "failed", failure: result }
        : { kind: "done", outcome: result };
    await this.#settle(query, session, { text, end });
  }

  /** Writes down and keeps what came of a statement, and only then lets it be answered. */
  async #settle(
    query: Query,
    session: AccountSession,
    { text, end }: { text: string; end: QueryEnd },
  ): Promise<void> {
    const { log, save } = this.#options;
    const { state } = session;
    const { user, role } = state;
    log.add({ user, role, text, ...(end.kind === "failed" ? { code: end.failure.code } : {}) });
    await save();
    query.context = state;
    query.finish(end);
  }
}

function requestKey(user: string, requestId: string): string {
  return JSON.stringify([user, requestId]);
}

/** What keeps a statement from being written down or kept. */
function endOf(error: unknown): QueryEnd {
  const message = `SQL execution internal error:\n${error instanceof Error ? error.message : error}`;
  return { kind: "failed", failure: { code: "300002", sqlState: "XX000", message } };
}
