import { must } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import type { Metric } from "../base/metric.ts";
import { asMergedHits, type MergedHits, mergeHits } from "../index/flat/scan-hits.ts";
import { checkSearchParameters, type SearchParameters } from "../index/search-parameters.ts";
import type { SearchEffort } from "../index/vector-index.ts";
import { vectorIndexTypeNamed } from "../index/vector-index-type.ts";
import { checkFinite } from "../schema/check-column.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { keyAt } from "../schema/column-value.ts";
import { primaryKeyOf, vectorFieldsOf } from "../schema/define-schema.ts";
import { gatherColumn, type Picks } from "../schema/gather.ts";
import { limits } from "../schema/limits.ts";
import { type MatchingRows, matchRows } from "./matching-rows.ts";
import { planOutput } from "./output-plan.ts";
import { outputColumns } from "./query-executor.ts";
import type { ReadSource } from "./read-source.ts";
import type { SearchRequest, SearchResult } from "./request.ts";
import { planSearch, type VectorQuery } from "./search-plan.ts";

/**
 * Answers a search: for each vector the `k` best rows after `offset`, each key once.
 * Throws `dimension-mismatch`, `metric-mismatch`, `limit-exceeded`, and what `matchRows` throws.
 */
export async function runSearch(source: ReadSource, request: SearchRequest): Promise<SearchResult> {
  const field = searchedField(source, request.field);
  const metric = metricFor(source, field, request.metric);
  const queryCount = checkVectors(field, request.vectors);
  const { k, offset = 0 } = request;
  checkTopK(k, offset);
  const { effort, range } = searchParameters(source, field, { request, metric });
  const vectorQuery = {
    fieldId: field.id,
    metric,
    queries: request.vectors,
    queryCount,
    effort: request.exhaustive === true ? exhaustiveEffort(effort, k + offset) : effort,
    ...(range && { range }),
  };
  const keyField = primaryKeyOf(source.schema);
  const plan = planOutput(source.schema, request.outputFields ?? []);
  const fieldIds = [field.id, keyField.id, ...plan.fields.map(({ id }) => id)];
  const { matches, at } = await matchRows(source, request, fieldIds);
  const search = { source, request, matches, vectorQuery };
  const { counts, picks, scores } = await bestPerKey(search, keyField, { k, offset });
  const views = matches.map(({ view }) => view);
  const keys = gatherColumn(
    keyField,
    views.map((view) => view.column(keyField.id)),
    picks,
  );
  return { counts, keys, scores, fields: outputColumns(plan, views, picks), at };
}

/** What the searches of one request have in common: they differ in how many hits they fetch. */
interface Search {
  readonly source: ReadSource;
  readonly request: SearchRequest;
  readonly matches: readonly MatchingRows[];
  readonly vectorQuery: Omit<VectorQuery, "k">;
}

interface Hits {
  readonly counts: Uint32Array;
  readonly picks: Picks;
  readonly scores: Float32Array;
}

/**
 * The hits after `offset`, each key once. Keys repeat only where an application inserted one twice;
 * then more hits are fetched until there are enough, or no more.
 */
async function bestPerKey(
  search: Search,
  keyField: Field,
  { k, offset }: { k: number; offset: number },
): Promise<Hits> {
  const { matches, vectorQuery } = search;
  const { queryCount } = vectorQuery;
  const rowCount = matches.reduce((total, { view }) => total + view.rowCount, 0);
  let fetch = Math.max(1, Math.min(k + offset, rowCount));
  const fetchMax = Math.min(rowCount, Math.floor(limits.searchHits / queryCount));
  if (fetch > Math.max(1, fetchMax)) throw tooManyHits(queryCount * fetch);
  for (;;) {
    const merged = await searchSegments(search, fetch);
    const keys = matches.map(({ view }) => view.column(keyField.id));
    const { hits, isShort } = dropRepeatedKeys(merged, keys, { fetch, k, offset });
    if (!isShort || fetch >= fetchMax) return hits;
    fetch = Math.min(fetch * 2, fetchMax);
  }
}

function tooManyHits(found: number): EngineError {
  return new EngineError(
    "limit-exceeded",
    `search results exceed the maxOutputSize Limit: ${found} hits of all vectors together, at most ${limits.searchHits} are possible; search with fewer vectors at once, or a smaller limit`,
    { details: { found, max: limits.searchHits } },
  );
}

async function searchSegments(search: Search, k: number): Promise<MergedHits> {
  const { source, request, matches, vectorQuery } = search;
  const { signal } = request;
  const plan = planSearch(matches, { ...vectorQuery, k });
  if (plan.scans.length === 0 && plan.indexed !== undefined) {
    return renumbered(await source.pool.searchIndexes(plan.indexed, signal), plan.indexedFrom);
  }
  const parts: MergedHits[] = [];
  const [indexed, scanned] = await Promise.all([
    plan.indexed && source.pool.searchIndexes(plan.indexed, signal),
    source.pool.scan(plan.scans, signal),
  ]);
  for (const [i, hits] of scanned.entries()) {
    parts.push(asMergedHits({ hits, segment: plan.scannedFrom[i] }));
  }
  if (indexed !== undefined) parts.push(renumbered(indexed, plan.indexedFrom));
  return mergeHits(vectorQuery.metric, parts, vectorQuery.queryCount, k);
}

/** Hits whose segments are numbered as the list says. */
function renumbered(hits: MergedHits, numbers: readonly number[]): MergedHits {
  if (numbers.every((number, i) => number === i)) return hits;
  return { ...hits, segments: hits.segments.map((segment) => numbers[segment]) };
}

function dropRepeatedKeys(
  merged: MergedHits,
  keys: readonly Column[],
  window: { fetch: number; k: number; offset: number },
): { hits: Hits; isShort: boolean } {
  const { fetch, k, offset } = window;
  const counts = new Uint32Array(merged.counts.length);
  const from: number[] = [];
  const rows: number[] = [];
  const scores: number[] = [];
  let isShort = false;
  for (let query = 0; query < counts.length; query++) {
    const seen = new Set<bigint | string>();
    const found = merged.counts[query];
    for (let i = query * fetch; i < query * fetch + found && seen.size < k + offset; i++) {
      const key = keyAt(keys[merged.segments[i]], merged.rows[i]);
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size <= offset) continue;
      from.push(merged.segments[i]);
      rows.push(merged.rows[i]);
      scores.push(merged.scores[i]);
      counts[query]++;
    }
    if (seen.size < k + offset && found === fetch) isShort = true;
  }
  return { hits: { counts, picks: { from, rows }, scores: Float32Array.from(scores) }, isShort };
}

function searchedField(source: ReadSource, name: string | undefined): Field {
  const fields = vectorFieldsOf(source.schema);
  if (name === undefined || name === "") {
    if (fields.length === 1) return fields[0];
    throw new EngineError(
      "invalid-parameter",
      "multiple anns_fields exist, please specify a anns_field in search_params",
      { details: { allowed: fields.map((field) => field.name) } },
    );
  }
  const field = fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return field;
  throw new EngineError(
    "field-not-found",
    `failed to get field schema by name: fieldName(${name}) not found`,
    { details: { field: name, allowed: fields.map((candidate) => candidate.name) } },
  );
}

/** How thorough the search is to be, by the type of the field's index. Throws `invalid-parameter`. */
function searchParameters(
  source: ReadSource,
  field: Field,
  { request, metric }: { request: SearchRequest; metric: Metric },
): SearchParameters {
  const { k, offset = 0, params, range, exhaustive = false } = request;
  const index = source.indexOf(field.name);
  const typeName = index?.type ?? "AUTOINDEX";
  const type = must(vectorIndexTypeNamed(typeName), `index type ${typeName}`);
  const listCount = index?.params["nlist"];
  return checkSearchParameters(type, metric, {
    // Iterators make such searches, and Milvus compares `ef` with their k as little.
    k: exhaustive ? 1 : k + offset,
    ...(params && { params }),
    ...(listCount !== undefined && { listCount: Number(listCount) }),
    ...(range && { range }),
  });
}

/** More lists than an IVF has. */
const allLists = 2 ** 31;

/** All lists, and as many candidates as hits: no part of an index is left out. */
function exhaustiveEffort(effort: SearchEffort, k: number): SearchEffort {
  const { candidateCount } = effort;
  if (candidateCount === undefined) return { ...effort, probeCount: allLists };
  return { ...effort, probeCount: allLists, candidateCount: Math.max(candidateCount, k) };
}

function metricFor(source: ReadSource, field: Field, wanted: Metric | undefined): Metric {
  const metric = source.indexOf(field.name)?.metric ?? wanted ?? "COSINE";
  if (wanted === undefined || wanted === metric) return metric;
  throw new EngineError("metric-mismatch", "metric type not match", {
    details: { field: field.name, expected: metric, actual: wanted },
  });
}

function checkVectors(field: Field, vectors: Float32Array): number {
  const dim = field.dim ?? 0;
  if (vectors.length === 0 || vectors.length % dim !== 0) {
    throw new EngineError(
      "dimension-mismatch",
      `vector dimension mismatch, expected vector size(byte) ${dim * 4}, actual ${vectors.length * 4}`,
      { details: { field: field.name, expected: dim, actual: vectors.length } },
    );
  }
  const count = vectors.length / dim;
  if (count > limits.searchVectors) {
    throw new EngineError(
      "limit-exceeded",
      `nq [${count}] is invalid, nq (number of search vector per search request) should be in range [1, ${limits.searchVectors}], but got ${count}`,
      { details: { found: count, max: limits.searchVectors } },
    );
  }
  checkFinite(vectors, field.name);
  return count;
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
