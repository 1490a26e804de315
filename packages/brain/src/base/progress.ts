import { BrainError } from "./brain-error.ts";

/** How far a long operation is. `total` is missing while it is not known. */
export interface Progress {
  readonly done: number;
  readonly total?: number;
}

/** Called now and then by long operations, in order, the last time with all done. */
export type ProgressListener = (progress: Progress) => void;

/** What every long operation takes. */
export interface LongOperationOptions {
  readonly progress?: ProgressListener;
  /** Aborted, the operation rejects with the code `cancelled` as soon as it can. */
  readonly signal?: AbortSignal;
}

/** Throws `cancelled`, naming what was under way, once the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted !== true) return;
  throw new BrainError("cancelled", `${what} was cancelled`, { cause: signal.reason });
}
