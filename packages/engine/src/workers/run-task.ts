import type { MergedHits, ScanHits } from "../index/flat/scan-hits.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { type BuildStep, runBuildStep } from "./build-step.ts";
import { type IndexSearchTask, runIndexSearchTask } from "./index-search-work.ts";
import { runScanTask, type ScanTask } from "./scan-work.ts";

/** A step of a build, on its way to a thread. */
export interface StepTask {
  readonly kind: "step";
  readonly step: BuildStep;
}

/** What a thread can do, as plain data. Exact vectors come with their memory. */
export type Task = ScanTask | IndexSearchTask | StepTask;

/** What a task of each kind answers. */
export interface TaskResults {
  readonly scan: ScanHits;
  readonly search: MergedHits;
  readonly step: unknown;
}

export type ResultOf<T extends Task> = TaskResults[T["kind"]];

/** A result, and the memory that goes to the other thread with it, instead of a copy. */
export interface TaskAnswer {
  readonly result: unknown;
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * Does a task of any kind. It may end early, with an error, when `stop[0]`, in shared memory, is no
 * longer 0.
 */
export type RunTask = (task: Task, stop: Int32Array) => TaskAnswer;

/** How a thread does the tasks of one kind. */
interface TaskKind<T, Result> {
  run(task: T, stop: Int32Array): Result;
  buffersOf?(result: Result): readonly ArrayBuffer[];
}

type TaskKinds = {
  readonly [K in Task["kind"]]: TaskKind<Extract<Task, { kind: K }>, TaskResults[K]>;
};

/** What does the tasks of one thread. */
export function createRunTask(kernels: Kernels): RunTask {
  const kinds: TaskKinds = {
    scan: {
      run: (task, stop) => runScanTask(kernels, task, stop),
      buffersOf: ({ counts, rows, scores }) => [counts.buffer, rows.buffer, scores.buffer],
    },
    search: {
      run: (task) => runIndexSearchTask(kernels, task),
      buffersOf: ({ counts, rows, scores, segments }) => [
        counts.buffer,
        rows.buffer,
        scores.buffer,
        segments.buffer,
      ],
    },
    step: { run: ({ step }) => runBuildStep(kernels, step) },
  };
  return (task, stop) => {
    // A task's kind names its own entry, which the compiler can't follow.
    const kind = kinds[task.kind] as TaskKind<Task, unknown>;
    const result = kind.run(task, stop);
    return { result, transfer: kind.buffersOf?.(result) ?? [] };
  };
}
