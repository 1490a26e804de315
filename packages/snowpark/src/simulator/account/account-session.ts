import { readStatement } from "./read-statement.ts";
import { type AccountParts, type SessionSettings, StatementContext } from "./statement-context.ts";
import type { SqlScalar } from "./statement-cursor.ts";
import { StatementError } from "./statement-error.ts";
import type { StatementOutcome } from "./statement-result.ts";
import { useDatabase, useRole, useSchema } from "./statements/use.ts";

/** What one statement is run with, instead of what the session has. */
export interface StatementOptions {
  readonly role?: string;
  readonly warehouse?: string;
  readonly database?: string;
  readonly schema?: string;
  /** For each `?` in turn. */
  readonly binds?: readonly SqlScalar[];
}

export type StatementResult = StatementOutcome & { readonly queryId: string };

/** A statement that was refused. */
export interface StatementFailure {
  readonly kind: "failure";
  readonly queryId: string;
  /** Such as `002003`. */
  readonly code: string;
  readonly sqlState: string;
  readonly message: string;
}

/** What a session has in use. */
export interface SessionState {
  readonly user: string;
  readonly role: string;
  readonly warehouse: string | null;
  readonly database: string | null;
  readonly schema: string | null;
}

/** A signed-in user's session. It runs one statement a call, and throws nothing. */
export class AccountSession {
  readonly #parts: AccountParts;
  readonly #settings: SessionSettings;
  readonly #nextQueryId: () => string;

  constructor(parts: AccountParts, settings: SessionSettings, nextQueryId: () => string) {
    this.#parts = parts;
    this.#settings = settings;
    this.#nextQueryId = nextQueryId;
  }

  get state(): SessionState {
    const { user, role, warehouse, database, schema } = this.#settings;
    return { user, role, warehouse, database, schema };
  }

  async execute(
    statement: string,
    options: StatementOptions = {},
  ): Promise<StatementResult | StatementFailure> {
    const queryId = this.#nextQueryId();
    try {
      await this.#parts.advance();
      const scope = { variables: this.#settings.variables, binds: options.binds ?? [] };
      const run = readStatement(statement, scope);
      const outcome = await run(this.#contextFor(options, queryId));
      return { ...outcome, queryId };
    } catch (error) {
      return failureOf(error, queryId);
    }
  }

  /** With options, what the statement changes of the session's settings goes with the statement. */
  #contextFor(options: StatementOptions, queryId: string): StatementContext {
    // The role in use may have been dropped by another session.
    const isRoleThere = this.#parts.objects.find("ROLE", [this.#settings.role]) !== undefined;
    if (!isRoleThere) this.#settings.role = "PUBLIC";
    const { role, warehouse, database, schema } = options;
    const isOwn = [role, warehouse, database, schema].every((one) => one === undefined);
    if (isOwn) return new StatementContext(this.#parts, this.#settings, queryId);
    const context = new StatementContext(this.#parts, { ...this.#settings }, queryId);
    if (role !== undefined) useRole(role, context);
    if (warehouse !== undefined) context.session.warehouse = warehouse;
    if (database !== undefined) useDatabase(database, context);
    if (schema !== undefined) useSchema([schema], context);
    return context;
  }
}

function failureOf(error: unknown, queryId: string): StatementFailure {
  if (error instanceof StatementError) {
    const { code, sqlState, message } = error;
    return { kind: "failure", queryId, code, sqlState, message };
  }
  // What a runtime, a store or a mistake of ours throws: a server answers such things, too, and lives on.
  const reason = error instanceof Error ? error.message : String(error);
  return {
    kind: "failure",
    queryId,
    code: "000603",
    sqlState: "XX000",
    message: `SQL execution internal error:\n${reason}`,
  };
}
