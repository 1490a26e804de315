import { redact } from "../../base/redact.ts";

/** A statement that clients sent, fit to be shown. */
export interface LoggedStatement {
  /** From 1 since the simulator began. */
  readonly number: number;
  readonly user: string;
  readonly role: string;
  /** Without its secrets. */
  readonly text: string;
  /** Snowflake's number of the error, when it was refused. */
  readonly code?: string;
}

const entriesMax = 10_000;

/** What statements were sent, in order. The oldest go when there are more than ten thousand. */
export class StatementLog {
  #entries: LoggedStatement[] = [];
  #count = 0;

  add(statement: Omit<LoggedStatement, "number">): void {
    this.#count += 1;
    this.#entries.push({ ...statement, number: this.#count, text: redact(statement.text) });
    if (this.#entries.length > entriesMax) this.#entries = this.#entries.slice(-entriesMax);
  }

  get entries(): readonly LoggedStatement[] {
    return this.#entries;
  }
}
