import { BrainError } from "../base/brain-error.ts";
import { throwIfCancelled } from "../base/progress.ts";

/** Something in the source that cannot be read. */
export interface ImportProblem {
  /** The file that it is in. */
  readonly file: string;
  /** Its line, from 1, where the format has lines and it is known. */
  readonly line?: number;
  /** What was expected, and what was found. */
  readonly message: string;
}

/** How many problems are listed; all are counted. */
const listedMax = 1000;

/** Takes down what an import meets: what is broken, and what it leaves out. */
export class ImportLog {
  readonly #skipsInvalid: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #problems: ImportProblem[] = [];
  readonly #ignored = new Map<string, number>();
  #problemCount = 0;

  constructor(options: { skipInvalid?: boolean; signal?: AbortSignal } = {}) {
    this.#skipsInvalid = options.skipInvalid ?? false;
    this.#signal = options.signal;
  }

  /** The first problems, at most 1,000. */
  get problems(): readonly ImportProblem[] {
    return this.#problems;
  }

  get problemCount(): number {
    return this.#problemCount;
  }

  /** What the source has and was not taken, with how often. */
  get ignored(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#ignored);
  }

  /** Throws `format-invalid`, or lists the problem where the import is to go on without. */
  reject(problem: ImportProblem): void {
    if (!this.#skipsInvalid) throw problemError(problem);
    this.#problemCount++;
    if (this.#problems.length < listedMax) this.#problems.push(problem);
  }

  ignore(what: string, count = 1): void {
    this.#ignored.set(what, (this.#ignored.get(what) ?? 0) + count);
  }

  throwIfCancelled(): void {
    throwIfCancelled(this.#signal, "The import");
  }
}

/** The problem as an error. */
export function problemError(problem: ImportProblem): BrainError {
  const { file, line, message } = problem;
  const place = line === undefined ? file : `${file}:${line}`;
  return new BrainError("format-invalid", `${place}: ${message}`, { details: { ...problem } });
}
