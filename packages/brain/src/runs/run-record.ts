import { BrainError } from "../base/brain-error.ts";
import type { Progress } from "../base/progress.ts";
import type { JsonValue } from "../schema/labels.ts";

/** What kind of computation a run is. */
export type RunType =
  | "similarity"
  | "exact_duplicates"
  | "near_duplicates"
  | "uniqueness"
  | "representativeness"
  | "outliers"
  | "leaky_splits"
  | "visualization"
  | "clustering";

/**
 * `running` in this process; `failed` also for a run whose process ended in the middle. A failed run
 * leaves its key free.
 */
export type RunStatus = "running" | "completed" | "failed";

/** What a run was told to do, without credentials. */
export type RunConfig = Readonly<Record<string, JsonValue>>;

/** A computation on a dataset, under a key by which its results are found again. */
export interface RunInfo {
  readonly key: string;
  readonly type: RunType;
  /** Which of several ways, such as "milvus". */
  readonly method: string;
  readonly status: RunStatus;
  /** The release of this package that began it. */
  readonly version: string;
  readonly createdAt: Date;
  readonly lastModifiedAt: Date;
  readonly config: RunConfig;
  /** How far it is, while it runs. */
  readonly progress?: Progress;
  /** Why it failed. */
  readonly error?: string;
  /** What it found beside its results, such as which samples were skipped. */
  readonly summary?: RunConfig;
}

/** What is stored of a run. */
export interface RunRecord {
  /** Of this attempt: a new one under the same key has another. */
  readonly id: string;
  readonly type: RunType;
  readonly method: string;
  readonly status: RunStatus;
  readonly version: string;
  readonly config: RunConfig;
  /** The samples that it was computed for, as a serialised view. */
  readonly view: JsonValue;
  readonly error?: string;
  readonly summary?: RunConfig;
}

const keyPattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Throws `invalid-argument` for what can't be a run's key. */
export function checkRunKey(key: string): void {
  if (keyPattern.test(key)) return;
  throw new BrainError(
    "invalid-argument",
    `Invalid brain key "${key}": keys must be valid variable names, of letters, digits and _`,
    { details: { key } },
  );
}
