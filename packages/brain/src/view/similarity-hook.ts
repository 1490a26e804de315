import { parseStages } from "./parse-stage.ts";
import type { SampleSource } from "./sample-source.ts";
import type { Stage, StageParams } from "./stage.ts";

/** What `sortBySimilarity` asks for. */
export type SimilarityRequest = Omit<StageParams["sortBySimilarity"], "stages">;

/**
 * Finds what is similar among the samples or patches that the stages leave, and answers the stages that
 * select and order it; mostly one, `select` with `ordered`.
 */
export type SimilaritySearch = (
  source: SampleSource,
  stages: readonly Stage[],
  request: SimilarityRequest,
) => Promise<readonly Stage[]>;

let search: SimilaritySearch | undefined;

/**
 * Gives all views the search that `sortBySimilarity` needs. Views know nothing of indexes and models,
 * which stand above them.
 */
export function provideSimilaritySearch(provided: SimilaritySearch): void {
  search = provided;
}

/** The stages with the results of their similarity searches in them, each search made once. */
export async function resolveSimilarity(
  source: SampleSource,
  stages: readonly Stage[],
): Promise<readonly Stage[]> {
  const resolved: Stage[] = [];
  for (const stage of stages) {
    if (stage.kind === "concat") {
      const params = { stages: await resolveSimilarity(source, stage.params.stages) };
      resolved.push({ ...stage, params });
    } else if (stage.kind === "sortBySimilarity" && stage.params.stages === undefined && search) {
      const found = parseStages(await search(source, resolved, stage.params));
      resolved.push({ ...stage, params: { ...stage.params, stages: found } });
    } else {
      resolved.push(stage);
    }
  }
  return resolved;
}
