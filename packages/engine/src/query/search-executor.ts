import type { Bitset } from "../base/bitset.ts";
import { EngineError } from "../base/errors.ts";
import type { Metric } from "../base/metric.ts";
import { type MergedHits, mergeHits } from "../index/flat/scan-hits.ts";
import { checkFinite } from "../schema/check-column.ts";
import type { Field } from "../schema/collection-schema.ts";
import { type Column, isValid, type VectorColumn } from "../schema/column.ts";
import { keyAt } from "../schema/column-value.ts";
import { primaryKeyOf, vectorFieldsOf } from "../schema/define-schema.ts";
import { gatherColumn, type Picks } from "../schema/gather.ts";
import { limits } from "../schema/limits.ts";
import { type MatchingRows, matchRows } from "./matching-rows.ts";
import { planOutput } from "./output-plan.ts";
import { outputColumns } from "./query-executor.ts";
import type { ReadSource } from "./read-source.ts";
import type { SearchRequest, SearchResult } from "./request.ts";

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
  const keyField = primaryKeyOf(source.schema);
  const plan = planOutput(source.schema, request.outputFields ?? []);
  const fieldIds = [field.id, keyField.id, ...plan.fields.map(({ id }) => id)];
  const { matches, at } = await matchRows(source, request, fieldIds);
  const scan = { source, request, matches, field, metric, queryCount };
  const { counts, picks, scores } = await bestPerKey(scan, keyField, { k, offset });
  const views = matches.map(({ view }) => view);
  const keys = gatherColumn(
    keyField,
    views.map((view) => view.column(keyField.id)),
    picks,
  );
  return { counts, keys, scores, fields: outputColumns(plan, views, picks), at };
}

/** What every scan of one search has in common. */
interface Scan {
  readonly source: ReadSource;
  readonly request: SearchRequest;
  readonly matches: readonly MatchingRows[];
  readonly field: Field;
  readonly metric: Metric;
  readonly queryCount: number;
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
  scan: Scan,
  keyField: Field,
  { k, offset }: { k: number; offset: number },
): Promise<Hits> {
  const rowCount = scan.matches.reduce((total, { view }) => total + view.rowCount, 0);
  let fetch = Math.max(1, Math.min(k + offset, rowCount));
  const fetchMax = Math.min(rowCount, Math.floor(limits.searchHits / scan.queryCount));
  if (fetch > Math.max(1, fetchMax)) throw tooManyHits(scan.queryCount * fetch);
  for (;;) {
    const merged = await scanSegments(scan, fetch);
    const keys = scan.matches.map(({ view }) => view.column(keyField.id));
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

async function scanSegments(scan: Scan, k: number): Promise<MergedHits> {
  const { source, request, matches, field, metric, queryCount } = scan;
  const parts = matches.filter(({ view }) => view.rowCount > 0);
  const requests = parts.map(({ view, rows }) => {
    const column = view.column(field.id) as VectorColumn;
    return {
      vectors: column.values,
      dim: column.dim,
      rowStart: 0,
      rowEnd: view.rowCount,
      metric,
      queries: request.vectors,
      queryCount,
      k,
      ...allowedRows(rows, column),
    };
  });
  const hits = await source.pool.scan(requests, request.signal);
  const numbered = hits.map((part, i) => ({ hits: part, segment: matches.indexOf(parts[i]) }));
  return mergeHits(metric, numbered, queryCount, k);
}

/** The filter for a scan: rows that match and have a vector. Absent when those are all. */
function allowedRows(rows: Bitset, column: VectorColumn): { allowed?: Bitset } {
  if (column.validity === undefined) return rows.count() === rows.size ? {} : { allowed: rows };
  const allowed = rows.clone();
  rows.forEach((row) => {
    if (!isValid(column, row)) allowed.delete(row);
  });
  return { allowed };
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

function metricFor(source: ReadSource, field: Field, wanted: Metric | undefined): Metric {
  const metric = source.metricOf(field.name) ?? wanted ?? "COSINE";
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
