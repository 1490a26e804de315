import { BrainError, messageOf } from "../base/brain-error.ts";
import type { ProgressListener } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { RunConfig, RunType } from "../runs/run-record.ts";
import { runsOf } from "../runs/run-store.ts";
import type { JsonValue } from "../schema/labels.ts";
import type { SampleCollection } from "../view/sample-collection.ts";

/** What is recorded of an analysis, if it has a key. */
export interface AnalysisRun {
  readonly brainKey: string | undefined;
  readonly overwrite: boolean | undefined;
  readonly type: RunType;
  readonly method: string;
  readonly config: RunConfig;
  readonly progress: ProgressListener | undefined;
}

/** What an analysis ends with. */
export interface AnalysisOutcome<Result> {
  readonly result: Result;
  /** What it found, to be loaded again; undefined where it is in a field of the samples. */
  readonly stored?: JsonValue | object;
  readonly summary: RunConfig;
  /** What of the configuration shows only with the input. */
  readonly config?: RunConfig;
  /** Stores values in the dataset, once all is computed. */
  readonly apply?: () => Promise<void>;
}

/**
 * Computes, and with a key records what was computed as a brain run, in one step when all is done. A run
 * that fails or is cancelled changes nothing but that its record says why.
 */
export async function runAnalysis<Result>(
  samples: SampleCollection<Dataset>,
  { brainKey: key, overwrite = false, type, method, config, progress }: AnalysisRun,
  compute: (progress: ProgressListener) => Promise<AnalysisOutcome<Result>>,
): Promise<Result> {
  if (key === undefined) {
    const { result, apply } = await compute(progress ?? (() => undefined));
    await apply?.();
    return result;
  }
  await refuseOtherType(samples.dataset, key, type);
  const view = JSON.parse(JSON.stringify(samples.stages));
  const run = await runsOf(samples.dataset).begin(
    { key, type, method, config, view },
    { overwrite },
  );
  try {
    const { result, stored, summary, apply, ...found } = await compute((state) => {
      run.progress(state);
      progress?.(state);
    });
    await apply?.();
    const text = stored === undefined ? undefined : JSON.stringify(stored);
    await run.complete({ ...config, ...found.config }, summary, text);
    return result;
  } catch (error) {
    await run.fail(messageOf(error));
    throw error;
  }
}

/** An index that was replaced by numbers would leave its vectors behind. */
async function refuseOtherType(dataset: Dataset, key: string, type: RunType): Promise<void> {
  const runs = await runsOf(dataset).list();
  const other = runs.find((run) => run.key === key && run.status === "completed");
  if (other === undefined || other.type === type) return;
  throw new BrainError(
    "run-exists",
    `Brain method run with key '${key}' already exists, and is of type ${other.type}; choose another key, or delete it first`,
    { details: { key, type: other.type } },
  );
}
