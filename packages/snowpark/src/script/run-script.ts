import { redact } from "../base/redact.ts";
import { SnowparkError } from "../base/snowpark-error.ts";
import type { SnowSession, SqlResult } from "../session/snow-session.ts";
import { literal } from "../sql/quote.ts";
import { type SqlStatement, splitStatements } from "../sql/split-statements.ts";
import { readPutStatement } from "./put-statement.ts";
import { readScriptCommand, type ScriptCommand } from "./script-command.ts";
import { contextAfterRun, contextAfterUse, type ScriptContext } from "./script-context.ts";
import { substituteSessionVariables, substituteVariables } from "./script-variables.ts";
import { type Assignment, readSetStatement } from "./set-statement.ts";

export interface ScriptOptions {
  /** For messages. */
  readonly fileName?: string;
  /** Values of `&name`. Giving any turns substitution on, as `-D` does for SnowSQL. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What must not be seen in events and errors. */
  readonly secrets?: readonly string[];
  /** Goes on after a statement that failed. */
  readonly continueOnError?: boolean;
  /** Runs nothing: tells what would be run, with which role. */
  readonly dryRun?: boolean;
  /** The role, warehouse, database and schema to begin with. */
  readonly context?: ScriptContext;
  /** Reads what `!source` names. Without, it is not supported. */
  readonly readSource?: (path: string, from: string) => Promise<string>;
  /** Milliseconds, for the times of statements. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ScriptEvent) => void;
}

/** Where a statement is: `file:line`. */
export interface ScriptPlace {
  readonly file: string;
  readonly line: number;
}

/** What happens while a script runs. Statements are redacted. */
export type ScriptEvent =
  | {
      readonly kind: "begin";
      readonly place: ScriptPlace;
      readonly statement: string;
      readonly role?: string;
    }
  | {
      readonly kind: "done";
      readonly place: ScriptPlace;
      readonly statement: string;
      /** None for what is done here: `USE`, `SET`, commands, and everything of a dry run. */
      readonly result?: SqlResult;
      readonly elapsedMs: number;
    }
  | {
      readonly kind: "failed";
      readonly place: ScriptPlace;
      readonly statement: string;
      readonly error: SnowparkError;
      readonly elapsedMs: number;
    }
  | { readonly kind: "print"; readonly text: string };

export interface ScriptOutcome {
  /** Statements that ran, those that failed included. */
  readonly ranCount: number;
  readonly failures: readonly { readonly place: ScriptPlace; readonly error: SnowparkError }[];
  /** Whether it came to its end, or to `!quit`. */
  readonly isComplete: boolean;
}

/** Scripts that `!source` each other end here. */
const maxSourceDepth = 16;

/**
 * Runs a script in the manner of SnowSQL, one statement after the other: its variables (`&name` after
 * `!set variable_substitution=true`, `!define`), session variables (`SET x = …`, `$x`), `USE`, `PUT`, `!source`,
 * `!quit`. `USE` and `SET` are kept here and sent along, so a script runs the same over every kind of session. It stops
 * at the first statement that fails, unless asked to go on.
 *
 * @throws SnowparkError `cancelled`; failures of statements are in the outcome.
 */
export async function runScript(
  script: string,
  session: SnowSession,
  options: ScriptOptions,
): Promise<ScriptOutcome> {
  return new ScriptRun(session, options).run(script);
}

type Ending = "end" | "quit" | "stopped";

class ScriptRun {
  readonly #session: SnowSession;
  readonly #options: ScriptOptions;
  readonly #variables: Map<string, string>;
  readonly #sessionVariables = new Map<string, string>();
  readonly #failures: { place: ScriptPlace; error: SnowparkError }[] = [];
  #context: ScriptContext;
  #substitutes: boolean;
  #stopsAtFailure: boolean;
  #ranCount = 0;

  constructor(session: SnowSession, options: ScriptOptions) {
    this.#session = session;
    this.#options = options;
    const variables = Object.entries(options.variables ?? {});
    this.#variables = new Map(variables.map(([name, value]) => [name.toLowerCase(), value]));
    this.#substitutes = variables.length > 0;
    this.#stopsAtFailure = options.continueOnError !== true;
    this.#context = options.context ?? {};
  }

  async run(script: string): Promise<ScriptOutcome> {
    const ending = await this.#runText(script, this.#options.fileName ?? "script", 0);
    return {
      ranCount: this.#ranCount,
      failures: this.#failures,
      isComplete: ending !== "stopped",
    };
  }

  async #runText(script: string, file: string, depth: number): Promise<Ending> {
    for (const part of splitStatements(script)) {
      this.#throwIfCancelled();
      const place = { file, line: part.line };
      const begin = this.#options.now();
      const shown = redact(part.text, this.#options.secrets);
      try {
        const ending = await this.#runPart(part, place, depth);
        if (ending !== "end") return ending;
      } catch (error) {
        if (!(error instanceof SnowparkError) || error.code === "cancelled") throw error;
        const elapsedMs = this.#options.now() - begin;
        const located = this.#locate(error, place, shown);
        this.#failures.push({ place, error: located });
        this.#emit({ kind: "failed", place, statement: shown, error: located, elapsedMs });
        if (this.#stopsAtFailure) return "stopped";
      }
    }
    return "end";
  }

  async #runPart(part: SqlStatement, place: ScriptPlace, depth: number): Promise<Ending> {
    const text = this.#substitutes ? substituteVariables(part.text, this.#variables) : part.text;
    if (part.kind === "command") return this.#runCommand(readScriptCommand(text), place, depth);
    if (!part.isTerminated) {
      throw new SnowparkError(
        "statement-failed",
        "A string, a quoted name or a comment is not closed",
      );
    }
    await this.#runStatement(text, place);
    return "end";
  }

  async #runCommand(command: ScriptCommand, place: ScriptPlace, depth: number): Promise<Ending> {
    switch (command.kind) {
      case "define":
        this.#variables.set(command.name, command.value);
        return "end";
      case "set-substitution":
        this.#substitutes = command.isOn;
        return "end";
      case "set-exit-on-error":
        this.#stopsAtFailure = command.isOn;
        return "end";
      case "set-display":
        return "end";
      case "print":
        this.#emit({ kind: "print", text: redact(command.text, this.#options.secrets) });
        return "end";
      case "source":
        return this.#runSource(command.path, place, depth);
      case "quit":
        return "quit";
    }
  }

  async #runSource(path: string, place: ScriptPlace, depth: number): Promise<Ending> {
    if (this.#options.readSource === undefined) {
      throw new SnowparkError("unsupported", "!source is not supported here");
    }
    if (depth === maxSourceDepth) {
      throw new SnowparkError(
        "invalid-configuration",
        `Scripts are nested more than ${maxSourceDepth} deep: does ${path} source itself?`,
      );
    }
    return this.#runText(await this.#options.readSource(path, place.file), path, depth + 1);
  }

  async #runStatement(text: string, place: ScriptPlace): Promise<void> {
    const statement = substituteSessionVariables(text, this.#sessionVariables);
    const begin = this.#options.now();
    const shown = redact(statement, this.#options.secrets);
    const { role } = this.#context;
    this.#emit({ kind: "begin", place, statement: shown, ...(role === undefined ? {} : { role }) });
    this.#ranCount += 1;
    const result = await this.#carryOut(statement);
    const elapsedMs = this.#options.now() - begin;
    this.#emit({
      kind: "done",
      place,
      statement: shown,
      elapsedMs,
      ...(result === undefined ? {} : { result }),
    });
  }

  async #carryOut(statement: string): Promise<SqlResult | undefined> {
    const used = contextAfterUse(statement, this.#context);
    if (used !== undefined) {
      this.#context = used;
      return undefined;
    }
    const assigned = readSetStatement(statement);
    if (assigned?.kind === "unset") {
      for (const name of assigned.names) this.#sessionVariables.delete(name);
      return undefined;
    }
    if (assigned?.kind === "set") {
      for (const assignment of assigned.assignments) {
        this.#sessionVariables.set(assignment.name, await this.#valueOf(assignment));
      }
      return undefined;
    }
    if (this.#options.dryRun === true) return undefined;
    const put = readPutStatement(statement);
    if (put !== undefined) {
      const { overwrite, compress } = put;
      const options = { ...this.#executeOptions(), overwrite, compress };
      return this.#session.put(put.file, put.stageFolder, options);
    }
    const result = await this.#session.execute(statement, this.#executeOptions());
    const message = firstCell(result) ?? "";
    this.#context = contextAfterRun(statement, message, this.#context);
    return result;
  }

  /** An expression is computed once, as the account does it, and is a text from then on. */
  async #valueOf({ expression, isLiteral }: Assignment): Promise<string> {
    if (isLiteral) return expression;
    if (this.#options.dryRun === true) return `(${expression})`;
    const value = firstCell(
      await this.#session.execute(`SELECT ${expression}`, this.#executeOptions()),
    );
    return value === undefined ? "NULL" : literal(value);
  }

  #executeOptions(): ScriptContext & { secrets?: readonly string[]; signal?: AbortSignal } {
    const { secrets, signal } = this.#options;
    return {
      ...this.#context,
      ...(secrets === undefined ? {} : { secrets }),
      ...(signal === undefined ? {} : { signal }),
    };
  }

  #locate(error: SnowparkError, { file, line }: ScriptPlace, statement: string): SnowparkError {
    const { role } = this.#context;
    return new SnowparkError(error.code, error.message, {
      statement,
      ...(role === undefined ? {} : { role }),
      ...error.details,
      step: `${file}:${line}`,
      cause: error,
    });
  }

  #throwIfCancelled(): void {
    if (this.#options.signal?.aborted === true) {
      throw new SnowparkError(
        "cancelled",
        `The script was given up after ${this.#ranCount} statements`,
      );
    }
  }

  #emit(event: ScriptEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** `undefined` for a null too. */
function firstCell({ rows }: SqlResult): string | undefined {
  const [value] = Object.values(rows[0] ?? {});
  return value ?? undefined;
}
