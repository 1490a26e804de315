import type { Timestamp } from "../base/clock.ts";
import { EngineError } from "../base/errors.ts";
import { isListMetric, type Metric } from "../base/metric.ts";
import { checkIsolation } from "../filter/check-isolation.ts";
import { type BoundFilter, elementFilterOf } from "../filter/filter.ts";
import type { Field } from "../schema/collection-schema.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { gatherColumn } from "../schema/gather.ts";
import { limits } from "../schema/limits.ts";
import type { SegmentView } from "../segment/segment.ts";
import { type BoostPlan, boostHits, planBoost } from "./boost-hits.ts";
import { groupedHits } from "./group-hits.ts";
import { checkGroupSize, type GroupPlan, groupOutputs, planGroups } from "./group-plan.ts";
import { matchRows } from "./matching-rows.ts";
import { orderHits } from "./order-hits.ts";
import { type OrderKey, orderKeysOf, searchOrder } from "./order-rows.ts";
import { type OutputPlan, planOutput } from "./output-plan.ts";
import { outputColumns } from "./query-executor.ts";
import type { ReadSource } from "./read-source.ts";
import type { SearchRequest, SearchResult } from "./request.ts";
import { bestElements, bestPerKey, type HitSearch, type Hits } from "./search-hits.ts";
import { searchQueries } from "./search-queries.ts";
import { oneVector, searchVectorsOf } from "./search-vectors.ts";
import { exhaustiveEffort, metricFor, searchedField, searchParameters } from "./searched-field.ts";

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
  readonly groups?: GroupPlan;
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

/** What is wanted of hits beside what their request says. */
export interface HitNeeds {
  /** Fields of their rows. */
  readonly fieldIds: readonly number[];
  /** How they are grouped, instead of by the request's `groupBy`. */
  readonly groups?: GroupPlan;
  /** Whether hits may be elements of rows, of which a row may have several. Default false. */
  readonly takesElements?: boolean;
}

/** Carries out a search up to its hits. */
export async function findHits(
  source: ReadSource,
  request: SearchRequest,
  needs: HitNeeds,
): Promise<FoundHits & { readonly metric: Metric }> {
  const field = searchedField(source, request.field);
  const { k, offset = 0 } = request;
  checkTopK(k, offset);
  const plan = planHits(source, field, { request, needs });
  const vectors = await searchVectorsOf(source, field, request);
  const { metric } = plan;
  const isOfElements = field.type === "ArrayOfVector" && !isListMetric(metric);
  if (isOfElements) checkElementSearch(request, needs);
  const queries = searchQueries(field, vectors, metric);
  const { queryCount } = queries;
  const keyField = primaryKeyOf(source.schema);
  const needed = [field.id, keyField.id, ...needs.fieldIds, ...plan.fieldIds];
  const { isolatedKey } = source;
  const { matches, at, filter } = await matchRows(source, request, needed, (given) => {
    if (isolatedKey !== undefined) checkIsolation(given, isolatedKey.id);
    checkElementFilter(given, isOfElements ? field.struct : undefined);
  });
  const views = matches.map(({ view }) => view);
  const shared = { source, signal: request.signal, matches };
  const search: HitSearch = { ...shared, vectorQuery: { ...plan.query, ...queries } };
  const { groups, boost } = plan;
  if (isOfElements) {
    const elementFilter = filter && elementFilterOf(filter);
    const vectorQuery = { ...search.vectorQuery, ...(elementFilter && { elementFilter }) };
    const hits = await bestElements({ ...search, vectorQuery }, keyField, { k, offset });
    return { hits, views, at, metric };
  }
  if (groups !== undefined) {
    const searchFor = (query: number): HitSearch => {
      if (queryCount === 1) return search;
      const one = searchQueries(field, oneVector(vectors, query, queryCount), metric);
      return { ...shared, vectorQuery: { ...plan.query, ...one } };
    };
    const grouping = { keyField, window: { k, offset }, searchFor };
    const hits = await groupedHits(search, groups, grouping);
    return { hits, views, at, metric, groups };
  }
  if (boost === undefined) {
    return { hits: await bestPerKey(search, keyField, { k, offset }), views, at, metric };
  }
  const best = await bestPerKey(search, keyField, { k: k + offset, offset: 0 });
  const hits = boostHits(best, boost, { views, metric, window: { k, offset } });
  return { hits, views, at, metric };
}

/** What would have to know that a row may be met several times, by different elements. */
function checkElementSearch(
  { boost, exhaustive = false }: SearchRequest,
  { groups, takesElements = false }: HitNeeds,
): void {
  if (takesElements && !exhaustive && boost === undefined && groups === undefined) return;
  throw new EngineError(
    "unsupported",
    "A search among the elements of an array of structs takes no boost, order, aggregation, iterator or hybrid search; search plainly, or by a MAX_SIM metric",
  );
}

function checkElementFilter(
  filter: BoundFilter | undefined,
  searchedStruct: string | undefined,
): void {
  const elementFilter = filter && elementFilterOf(filter);
  if (elementFilter === undefined || elementFilter.struct === searchedStruct) return;
  throw invalid(
    "element_filter is only supported for element-level search on vector sub-fields of the same struct array; use MATCH_ANY/MATCH_* for row-level vector search",
  );
}

interface HitPlan {
  readonly metric: Metric;
  readonly query: Pick<HitSearch["vectorQuery"], "fieldId" | "metric" | "effort" | "range">;
  readonly groups: GroupPlan | undefined;
  readonly boost: BoostPlan | undefined;
  /** What grouping and boost read. */
  readonly fieldIds: readonly number[];
}

function planHits(
  source: ReadSource,
  field: Field,
  { request, needs }: { readonly request: SearchRequest; readonly needs: HitNeeds },
): HitPlan {
  const { schema } = source;
  const { k, offset = 0, groupBy, boost: asked, exhaustive = false } = request;
  const metric = metricFor(source, field, request.metric);
  const { effort, range } = searchParameters(source, field, { request, metric });
  checkGroupSize(groupBy?.size);
  const groups = needs.groups ?? (groupBy && planGroups(schema, field, groupBy));
  const boost = asked && planBoost(schema, asked, source.filterOptions());
  if (groups !== undefined && range !== undefined) {
    throw invalid("Not allowed to do range-search when doing search-group-by");
  }
  if (groups !== undefined && boost !== undefined) {
    throw invalid("don't support use segment scorer with group_by or search_iterator");
  }
  return {
    metric,
    query: {
      fieldId: field.id,
      metric,
      effort: exhaustive ? exhaustiveEffort(effort, k + offset) : effort,
      ...(range && { range }),
    },
    groups,
    boost,
    fieldIds: [...(groups?.paths ?? []).map((path) => path.field.id), ...(boost?.fieldIds ?? [])],
  };
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-parameter", message);
}

function checkTopK(k: number, offset: number): void {
  const max = limits.resultWindow;
  if (!Number.isInteger(k) || k < 1 || k > max) {
    throw new EngineError(
      "limit-exceeded",
      `topk [${k}] is invalid, it should be in range [1, ${max}], but got ${k}`,
      { details: { found: k, max } },
    );
  }
  if (!Number.isInteger(offset) || offset < 0 || k + offset > max) {
    const isRange = Number.isInteger(offset) && offset >= 0;
    throw new EngineError(
      "limit-exceeded",
      isRange
        ? `topk+offset [${k + offset}] is invalid, it should be in range [1, ${max}], but got ${k + offset}`
        : `offset [${offset}] is invalid, it should be in range [1, ${max}]`,
      { details: { found: offset, max } },
    );
  }
}
