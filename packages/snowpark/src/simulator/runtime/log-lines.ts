import type { LogLine } from "../account/surroundings.ts";

/** As much as Snowflake's own `SYSTEM$GET_SERVICE_LOGS` keeps is more; this is enough to see why a program ended. */
const linesMax = 1_000;
/** A program that writes no line break does not fill the memory. */
const lineLengthMax = 16_384;

/** The last thousand lines that a program wrote, and those of its run before. */
export class LogLines {
  readonly #now: () => number;
  #current: LogLine[] = [];
  #previous: readonly LogLine[] = [];
  #rest = "";

  constructor(now: () => number) {
    this.#now = now;
  }

  get current(): readonly LogLine[] {
    if (this.#rest === "") return this.#current;
    return [...this.#current, { writtenAt: this.#now(), text: this.#rest }];
  }

  get previous(): readonly LogLine[] {
    return this.#previous;
  }

  /** Takes what the program wrote; lines may come in parts. */
  write(text: string): void {
    const lines = `${this.#rest}${text}`.split("\n");
    this.#rest = (lines.pop() ?? "").slice(-lineLengthMax);
    const writtenAt = this.#now();
    for (const line of lines) {
      this.#current.push({ writtenAt, text: line.replace(/\r$/, "").slice(0, lineLengthMax) });
    }
    if (this.#current.length > linesMax) this.#current = this.#current.slice(-linesMax);
  }

  /** The program is started again. */
  restart(): void {
    this.#previous = this.current;
    this.#current = [];
    this.#rest = "";
  }
}
