import { isSecretName, redact, redactedMark } from "../base/redact.ts";
import { SnowparkError } from "../base/snowpark-error.ts";
import type {
  ExecuteOptions,
  PutOptions,
  RegistryLogin,
  SnowSession,
  SqlResult,
  SqlRow,
} from "./snow-session.ts";

export interface Recorder {
  /** Takes a line of JSON, without its line end. */
  readonly write: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What must not be seen in the recording, beside what each statement names. */
  readonly secrets: readonly string[];
}

/**
 * A session that writes down what passes through another one: each statement with its role, its result or its error,
 * and how long it took, a line of JSON each. Secrets are replaced: those that are given, those that look like one, and
 * the cells of columns that hold one. Tokens and logins are never written.
 */
export class RecordingSession implements SnowSession {
  readonly #session: SnowSession;
  readonly #recorder: Recorder;

  constructor(session: SnowSession, recorder: Recorder) {
    this.#session = session;
    this.#recorder = recorder;
  }

  get account(): string {
    return this.#session.account;
  }

  get user(): string {
    return this.#session.user;
  }

  execute(statement: string, options: ExecuteOptions = {}): Promise<SqlResult> {
    return this.#record({ statement, ...shownOptions(options) }, options, () =>
      this.#session.execute(statement, options),
    );
  }

  put(file: string, stageFolder: string, options: PutOptions = {}): Promise<SqlResult> {
    return this.#record({ put: { file, stageFolder }, ...shownOptions(options) }, options, () =>
      this.#session.put(file, stageFolder, options),
    );
  }

  registryLogin(): Promise<RegistryLogin> {
    return this.#session.registryLogin();
  }

  ingressToken(ingressHost: string, role?: string): Promise<string> {
    return this.#session.ingressToken(ingressHost, role);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #record(
    request: object,
    options: ExecuteOptions,
    run: () => Promise<SqlResult>,
  ): Promise<SqlResult> {
    const begin = this.#recorder.now();
    const secrets = [...this.#recorder.secrets, ...(options.secrets ?? [])];
    const write = (answer: object): void => {
      const elapsedMs = this.#recorder.now() - begin;
      const entry = redactValue(
        { at: new Date(begin).toISOString(), ...request, elapsedMs, ...answer },
        secrets,
      );
      this.#recorder.write(JSON.stringify(entry));
    };
    try {
      const result = await run();
      write({ result: { ...result, rows: result.rows.map(withoutSecretCells) } });
      return result;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const known = error instanceof SnowparkError ? { code: error.code, ...error.details } : {};
      write({ error: { message, ...known } });
      throw error;
    }
  }
}

function shownOptions({ role, warehouse, database, schema, binds }: ExecuteOptions): object {
  return { role, warehouse, database, schema, binds };
}

function withoutSecretCells(row: SqlRow): SqlRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value !== null && isSecretName(name) ? redactedMark : value,
    ]),
  );
}

/** The same value with every text in it redacted, keys included, before JSON escapes anything. */
function redactValue(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return redact(value, secrets);
  if (Array.isArray(value)) return value.map((inner: unknown) => redactValue(inner, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      redact(key, secrets),
      redactValue(inner, secrets),
    ]),
  );
}
