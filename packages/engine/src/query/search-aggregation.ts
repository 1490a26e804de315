import { EngineError } from "../base/errors.ts";
import { limits } from "../schema/limits.ts";
import type { AggregateSearchRequest, AggregateSearchResult } from "./aggregate-search-request.ts";
import { type AggregationLevel, planLevels } from "./aggregation-plan.ts";
import { BucketBuilder } from "./build-buckets.ts";
import { planGroups } from "./group-plan.ts";
import { planOutput } from "./output-plan.ts";
import type { ReadSource } from "./read-source.ts";
import { rowsOfSearch } from "./result-rows.ts";
import { answerOf, fieldsOfAnswer, findHits } from "./search-executor.ts";
import { searchedField } from "./searched-field.ts";

/**
 * Answers a search as buckets. The hits are those of a grouping search by the fields of all levels,
 * for as many groups as there can be buckets of the last level, each full. Throws what `runSearch`
 * throws, and `invalid-parameter` with Milvus's texts.
 */
export async function runSearchAggregation(
  source: ReadSource,
  request: AggregateSearchRequest,
): Promise<AggregateSearchResult> {
  const { aggregation, ...search } = request;
  const levels = planLevels(source.schema, aggregation);
  const groupSize = Math.max(1, ...levels.map(({ topHits }) => topHits?.size ?? 1));
  const k = levels.reduce((product, { searchSize }) => product * searchSize, 1);
  checkEntries(k * groupSize);
  const fields = levels.flatMap((level) => level.fields.map(({ name }) => name));
  const groups = {
    ...planGroups(source.schema, searchedField(source, request.field), { fields }),
    size: groupSize,
    strict: true,
  };
  const output = planOutput(source.schema, request.outputFields ?? []);
  const fieldIds = [...fieldsOfAnswer(output, []), ...levels.flatMap(fieldsOfLevel)];
  const found = await findHits(source, { ...search, k }, { fieldIds, groups });
  checkEntries(k * groupSize * found.hits.counts.length);
  const answer = answerOf(source, found, { output, order: [] });
  const builder = new BucketBuilder(levels, found, rowsOfSearch(answer).flat());
  return { buckets: builder.bucketsOfQueries(), at: found.at };
}

function checkEntries(entries: number): void {
  if (entries <= limits.aggregationEntries) return;
  throw new EngineError(
    "invalid-parameter",
    "number of search_aggregation result entries is too large",
    { details: { found: entries, max: limits.aggregationEntries } },
  );
}

function fieldsOfLevel({ metrics, topHits }: AggregationLevel): number[] {
  return [
    ...metrics.flatMap(({ source }) => (typeof source === "object" ? source.id : [])),
    ...(topHits?.sort ?? []).flatMap((order) => ("row" in order ? order.row.path.field.id : [])),
  ];
}
