import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { RunConfig, RunType } from "../runs/run-record.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { type AnalysisOptions, checkAnalysisOptions, inputConfigOf } from "./analysis-options.ts";
import { runAnalysis } from "./analysis-run.ts";
import { checkValueField, storeItemValues } from "./item-values.ts";
import { itemsConfigOf, readItemVectors } from "./item-vectors.ts";
import { NeighborLists } from "./neighbor-lists.ts";

/** An analysis that gives each item a number, which is stored in a field. */
export interface ScoreAnalysis {
  readonly type: RunType;
  readonly method: string;
  /** For messages. */
  readonly what: string;
  readonly field: string;
  /** What the option is called that names the field. */
  readonly fieldOption: string;
  readonly config?: RunConfig;
  /** Its other options, for messages. */
  readonly otherOptions?: readonly string[];
  /** The number of each position. */
  compute(lists: NeighborLists, options: LongOperationOptions): Promise<Float64Array>;
}

/**
 * Computes the numbers and stores them, with a run whose key is the field's name where no other is given.
 * Items without a vector lose the number that they had; those outside the collection keep it.
 */
export async function scoreItems(
  samples: SampleCollection<Dataset>,
  analysis: ScoreAnalysis,
  options: AnalysisOptions,
): Promise<ReadonlyMap<string, number>> {
  const { field, fieldOption, type, method, what } = analysis;
  checkAnalysisOptions(what, options, [fieldOption, ...(analysis.otherOptions ?? [])]);
  const { brainKey = field, overwrite, progress, signal, ...input } = options;
  const config = { ...inputConfigOf(input), [fieldOption]: field, ...analysis.config };
  const run = {
    type,
    method,
    config,
    brainKey,
    // The field's own run goes with the values that it wrote.
    overwrite: overwrite ?? options.brainKey === undefined,
    progress,
  };
  const target = { field, type: "float" } as const;
  checkValueField(samples, options.patchesField, target);
  return await runAnalysis(samples, run, async (progress) => {
    const long = { progress, ...(signal === undefined ? {} : { signal }) };
    const items = await readItemVectors(samples, { ...input, ...long });
    const { table, patchesField, missingIds } = items;
    checkValueField(samples, patchesField, target);
    const scores = await NeighborLists.use(table, (lists) => analysis.compute(lists, long));
    const result = new Map(table.ids.map((id, position) => [id, scores[position]]));
    const values = new Map<string, number | null>([
      ...missingIds.map((id): [string, null] => [id, null]),
      ...result,
    ]);
    const apply = async (): Promise<void> =>
      await storeItemValues(samples.dataset, patchesField, { ...target, values });
    const summary = { count: result.size, missingCount: missingIds.length };
    return { result, summary, apply, config: itemsConfigOf(items) };
  });
}
