import { must } from "../base/assert.ts";
import type { Timestamp } from "../base/clock.ts";
import type { Metric } from "../base/metric.ts";
import { elementFilterOf } from "../filter/filter.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { gatherColumn } from "../schema/gather.ts";
import type { SegmentView } from "../segment/segment.ts";
import { boostHits } from "./boost-hits.ts";
import { groupedHits } from "./group-hits.ts";
import { type GroupPlan, groupOutputs } from "./group-plan.ts";
import { checkSearchFilter, type HitNeeds, type HitPlan, planHits } from "./hit-plan.ts";
import { type MatchedRows, matchRows } from "./matching-rows.ts";
import { orderHits } from "./order-hits.ts";
import { type OrderKey, orderKeysOf, searchOrder } from "./order-rows.ts";
import { type OutputPlan, planOutput } from "./output-plan.ts";
import { outputColumns } from "./query-executor.ts";
import type { ReadSource } from "./read-source.ts";
import type { SearchRequest, SearchResult, SearchVectors } from "./request.ts";
import { bestElements, bestPerKey, type HitSearch, type Hits } from "./search-hits.ts";
import { type SearchQueries, searchQueries } from "./search-queries.ts";
import { oneVector, searchVectorsOf } from "./search-vectors.ts";

/**
 * Answers a search: for each vector the `k` best rows after `offset`, each key once, or the best of
 * the `k` best groups. Throws `dimension-mismatch`, `metric-mismatch`, `limit-exceeded`,
 * `invalid-parameter`, and what `matchRows` throws.
 */
export async function runSearch(source: ReadSource, request: SearchRequest): Promise<SearchResult> {
  const order = orderKeysOf(source.schema, request.orderBy, searchOrder);
  const output = planOutput(source.schema, request.outputFields ?? []);
  const fieldIds = fieldsOfAnswer(output, order);
  const found = await findHits(source, request, { fieldIds, takesElements: order.length === 0 });
  return answerOf(source, found, { output, order });
}

/** What an answer shows of hits. */
export interface AnswerPlan {
  readonly output: OutputPlan;
  readonly order: readonly OrderKey[];
}

/** The fields that an answer needs of the rows of its hits. */
export function fieldsOfAnswer(output: OutputPlan, order: readonly OrderKey[]): number[] {
  return [...output.fields, ...order.map(({ path }) => path.field)].map(({ id }) => id);
}

/** Hits, and the views that their rows are of. */
export interface FoundHits {
  readonly hits: Hits;
  readonly views: readonly SegmentView[];
  readonly at: Timestamp;
  /** Absent for hits that are not grouped. */
  readonly groups?: GroupPlan | undefined;
}

/** The answer that shows hits. */
export function answerOf(
  source: ReadSource,
  { hits: given, views, at, groups }: FoundHits,
  { output, order }: AnswerPlan,
): SearchResult {
  const hits = order.length === 0 ? given : orderHits(given, order, views);
  const { counts, picks, scores } = hits;
  const keyField = primaryKeyOf(source.schema);
  const keys = gatherColumn(
    keyField,
    views.map((view) => view.column(keyField.id)),
    picks,
  );
  const fields = outputColumns(output, views, picks);
  const { elements } = hits;
  if (groups === undefined) {
    return { counts, keys, scores, fields, ...(elements && { elements }), at };
  }
  return { counts, keys, scores, fields, groupValues: groupOutputs(groups, views, picks), at };
}

/** Carries out a search up to its hits. Throws what `planHits` and `matchRows` throw. */
export async function findHits(
  source: ReadSource,
  request: SearchRequest,
  needs: HitNeeds,
): Promise<FoundHits & { readonly metric: Metric }> {
  const plan = planHits(source, request, needs);
  // Nearly always nothing is to be waited for, and a search takes no longer than some waits.
  const given = searchVectorsOf(source, plan.field, request);
  const vectors = given instanceof Promise ? await given : given;
  const queries = searchQueries(plan.field, vectors, plan.metric);
  const found = matchRows(source, request, plan.fieldIds, (filter) =>
    checkSearchFilter(source, plan, filter),
  );
  const matched = found instanceof Promise ? await found : found;
  const search = hitSearchOf(source, matched, { request, plan, queries });
  const hits = await hitsOf(search, plan, vectors);
  const views = matched.matches.map(({ view }) => view);
  return { hits, views, at: matched.at, metric: plan.metric, groups: plan.groups };
}

function hitSearchOf(
  source: ReadSource,
  { matches, filter }: MatchedRows,
  {
    request: { signal },
    plan: { field, metric, effort, range, isOfElements },
    queries: { queries, queryCount },
  }: {
    readonly request: SearchRequest;
    readonly plan: HitPlan;
    readonly queries: SearchQueries;
  },
): HitSearch {
  const elementFilter = isOfElements && filter !== undefined ? elementFilterOf(filter) : undefined;
  const fieldId = field.id;
  const vectorQuery = { fieldId, metric, queries, queryCount, effort, range, elementFilter };
  return { source, signal, matches, vectorQuery };
}

function hitsOf(search: HitSearch, plan: HitPlan, vectors: SearchVectors): Promise<Hits> {
  const { field, keyField, metric, isOfElements, groups, boost } = plan;
  if (isOfElements) return bestElements(search, keyField, plan);
  if (groups === undefined && boost === undefined) return bestPerKey(search, keyField, plan);
  if (groups === undefined) return boostedHits(search, plan);
  const { vectorQuery } = search;
  const { queryCount } = vectorQuery;
  const searchFor = (query: number): HitSearch => {
    if (queryCount === 1) return search;
    const one = searchQueries(field, oneVector(vectors, query, queryCount), metric);
    return { ...search, vectorQuery: { ...vectorQuery, ...one } };
  };
  return groupedHits(search, groups, { keyField, window: plan, searchFor });
}

async function boostedHits(search: HitSearch, plan: HitPlan): Promise<Hits> {
  const { keyField, metric, k, offset } = plan;
  const best = await bestPerKey(search, keyField, { k: k + offset, offset: 0 });
  const views = search.matches.map(({ view }) => view);
  return boostHits(best, must(plan.boost, "a boost"), { views, metric, window: { k, offset } });
}
