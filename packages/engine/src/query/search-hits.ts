import { EngineError } from "../base/errors.ts";
import { asMergedHits, type MergedHits, mergeHits } from "../index/flat/scan-hits.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column, FixedColumn, ListColumn } from "../schema/column.ts";
import { keyAt } from "../schema/column-value.ts";
import type { Picks } from "../schema/gather.ts";
import { limits } from "../schema/limits.ts";
import { rowOfElement } from "./found-elements.ts";
import type { MatchingRows } from "./matching-rows.ts";
import type { ReadSource } from "./read-source.ts";
import { planSearch, type SearchPlan, type VectorQuery } from "./search-plan.ts";

/** What the searches of one request have in common: they differ in how many hits they fetch. */
export interface HitSearch {
  readonly source: ReadSource;
  readonly signal: AbortSignal | undefined;
  readonly matches: readonly MatchingRows[];
  readonly vectorQuery: Omit<VectorQuery, "k">;
}

/** Rows that were found, those of one query after those of the other, each query's best first. */
export interface Hits {
  /** Hits of each query. */
  readonly counts: Uint32Array;
  /** Row and number of the view of each hit. */
  readonly picks: Picks;
  readonly scores: Float32Array;
  /** Of hits among the elements of lists: the number of each one in its row. */
  readonly elements?: Uint32Array;
  /** Of hits in groups: 1 where a group begins. */
  readonly groupStarts?: Uint8Array;
}

/** Which hits are wanted: the best `k` after the first `offset`. */
export interface HitWindow {
  readonly k: number;
  readonly offset: number;
}

/**
 * The hits after `offset`, each key once. Keys repeat only where an application inserted one twice;
 * then more hits are fetched until there are enough, or no more. Throws `limit-exceeded`.
 */
export function bestPerKey(search: HitSearch, keyField: Field, window: HitWindow): Promise<Hits> {
  const { matches } = search;
  const keys = matches.map(({ view }) => view.column(keyField.id));
  return bestOnce(search, window, {
    count: rowCountOf(matches),
    keyOf: (segment, row) => keyAt(keys[segment], row),
    hashOf: hashOfKeys(keys),
  });
}

/** What hits are, of which the same one may be there more than once. */
interface Candidates {
  /** How many there are at most. */
  readonly count: number;
  /** What is equal for hits that are the same. */
  keyOf(segment: number, row: number): bigint | string;
  /** The same for equal keys, and for few others; absent where it would take as long as the key. */
  readonly hashOf?: ((segment: number, row: number) => number) | undefined;
}

/** The low halves of integers. */
function hashOfKeys(keys: readonly Column[]): Candidates["hashOf"] {
  const halves: Int32Array[] = [];
  for (const { layout, values } of keys as readonly FixedColumn[]) {
    if (layout !== "fixed" || !(values instanceof BigInt64Array)) return undefined;
    halves.push(new Int32Array(values.buffer, values.byteOffset, 2 * values.length));
  }
  return (segment, row) => halves[segment][2 * row];
}

async function bestOnce(
  search: HitSearch,
  window: HitWindow,
  candidates: Candidates,
): Promise<Hits> {
  const { count } = candidates;
  const { queryCount } = search.vectorQuery;
  let fetch = Math.max(1, Math.min(window.k + window.offset, count));
  const fetchMax = Math.min(count, Math.floor(limits.searchHits / queryCount));
  if (fetch > Math.max(1, fetchMax)) throw tooManyHits(queryCount * fetch);
  for (;;) {
    const found = searchSegments(search, fetch);
    // Most searches are over by now: to wait for them would cost more than all of this function.
    const merged = found instanceof Promise ? await found : found;
    const { hits, isShort } = isWanted(merged, candidates, { ...window, fetch })
      ? { hits: asHits(merged), isShort: false }
      : dropRepeatedKeys(merged, candidates.keyOf, { ...window, fetch });
    if (!isShort || fetch >= fetchMax) return hits;
    fetch = Math.min(fetch * 2, fetchMax);
  }
}

/** Comparing each hash with all before it is faster than a set for so many. */
const comparedMax = 64;

/** Whether hits are just those of the window already, without any key twice. Almost always. */
function isWanted(
  { counts, segments, rows }: MergedHits,
  { hashOf }: Candidates,
  { fetch, k, offset }: HitWindow & { readonly fetch: number },
): boolean {
  if (hashOf === undefined || offset > 0 || fetch !== k || fetch > comparedMax) return false;
  for (let query = 0; query < counts.length; query++) {
    if (counts[query] < fetch) return false;
    const hashes: number[] = [];
    for (let i = query * fetch; i < (query + 1) * fetch; i++) {
      hashes.push(hashOf(segments[i], rows[i]));
    }
    if (hasRepeats(hashes)) return false;
  }
  return true;
}

function hasRepeats(hashes: readonly number[]): boolean {
  for (let i = 1; i < hashes.length; i++) {
    for (let j = 0; j < i; j++) if (hashes[i] === hashes[j]) return true;
  }
  return false;
}

function asHits({ counts, segments, rows, scores }: MergedHits): Hits {
  return { counts, picks: { from: segments, rows }, scores };
}

/** The hits after `offset` of a search among the elements of lists, each element of a key once. */
export async function bestElements(
  search: HitSearch,
  keyField: Field,
  window: HitWindow,
): Promise<Hits> {
  const { matches, vectorQuery } = search;
  const lists = matches.map(({ view }) => ({
    keys: view.column(keyField.id),
    // As those of arrays of vectors are.
    offsets: (view.column(vectorQuery.fieldId) as ListColumn).offsets,
    rowCount: view.rowCount,
  }));
  const found = await bestOnce(search, window, {
    count: lists.reduce((sum, { offsets, rowCount }) => sum + offsets[rowCount] - offsets[0], 0),
    keyOf: (segment, place) => {
      const { keys, offsets, rowCount } = lists[segment];
      const row = rowOfElement(offsets, rowCount, place);
      return `${place - offsets[row]} ${keyAt(keys, row)}`;
    },
  });
  const { from, rows: places } = found.picks;
  const rows = Uint32Array.from(places, (place, i) =>
    rowOfElement(lists[from[i]].offsets, lists[from[i]].rowCount, place),
  );
  const elements = Uint32Array.from(places, (place, i) => place - lists[from[i]].offsets[rows[i]]);
  return { ...found, picks: { from, rows }, elements };
}

/** Rows of all views, matching or not. */
export function rowCountOf(matches: readonly MatchingRows[]): number {
  return matches.reduce((total, { view }) => total + view.rowCount, 0);
}

function tooManyHits(found: number): EngineError {
  return new EngineError(
    "limit-exceeded",
    `search results exceed the maxOutputSize Limit: ${found} hits of all vectors together, at most ${limits.searchHits} are possible; search with fewer vectors at once, or a smaller limit`,
    { details: { found, max: limits.searchHits } },
  );
}

/** The best `k` rows of each query; a key may be among them more than once. */
export function searchSegments(search: HitSearch, k: number): MergedHits | Promise<MergedHits> {
  const { source, signal, matches, vectorQuery } = search;
  const { fieldId, metric, queries, queryCount, effort, range, elementFilter } = vectorQuery;
  const query = { fieldId, metric, queries, queryCount, k, effort, range, elementFilter };
  const plan = planSearch(matches, query);
  if (plan.scans.length > 0 || plan.indexed === undefined) {
    return runScans(plan, query, { pool: source.pool, signal });
  }
  const found = source.pool.searchIndexes(plan.indexed, signal);
  if (found instanceof Promise) return found.then((hits) => renumbered(hits, plan.indexedFrom));
  return renumbered(found, plan.indexedFrom);
}

async function runScans(
  { indexed: search, indexedFrom, scans, scannedFrom }: SearchPlan,
  { metric, queryCount, k }: VectorQuery,
  { pool, signal }: Pick<ReadSource, "pool"> & Pick<HitSearch, "signal">,
): Promise<MergedHits> {
  const parts: MergedHits[] = [];
  const [indexed, scanned] = await Promise.all([
    search && pool.searchIndexes(search, signal),
    pool.scan(scans, signal),
  ]);
  for (const [i, hits] of scanned.entries()) {
    parts.push(asMergedHits({ hits, segment: scannedFrom[i] }));
  }
  if (indexed !== undefined) parts.push(renumbered(indexed, indexedFrom));
  return mergeHits(metric, parts, queryCount, k);
}

/** Hits whose segments are numbered as the list says. */
function renumbered(hits: MergedHits, numbers: readonly number[]): MergedHits {
  if (numbers.every((number, i) => number === i)) return hits;
  return { ...hits, segments: hits.segments.map((segment) => numbers[segment]) };
}

function dropRepeatedKeys(
  merged: MergedHits,
  keyOf: Candidates["keyOf"],
  { fetch, k, offset }: HitWindow & { readonly fetch: number },
): { hits: Hits; isShort: boolean } {
  const { segments, rows, scores } = merged;
  const wanted = k + offset;
  const counts = new Uint32Array(merged.counts.length);
  const room = counts.length * Math.min(k, fetch);
  const picks = { from: new Uint32Array(room), rows: new Uint32Array(room) };
  const kept = new Float32Array(room);
  let end = 0;
  let isShort = false;
  for (let query = 0; query < counts.length; query++) {
    const seen = new Set<bigint | string>();
    const found = merged.counts[query];
    const start = end;
    for (let i = query * fetch; i < query * fetch + found && seen.size < wanted; i++) {
      const before = seen.size;
      seen.add(keyOf(segments[i], rows[i]));
      if (seen.size === before || seen.size <= offset) continue;
      picks.from[end] = segments[i];
      picks.rows[end] = rows[i];
      kept[end++] = scores[i];
    }
    counts[query] = end - start;
    if (seen.size < wanted && found === fetch) isShort = true;
  }
  return { hits: { counts, ...firstHits(picks, kept, end) }, isShort };
}

function firstHits(
  picks: { readonly from: Uint32Array; readonly rows: Uint32Array },
  scores: Float32Array,
  count: number,
): Pick<Hits, "picks" | "scores"> {
  if (count === scores.length) return { picks, scores };
  return {
    picks: { from: picks.from.subarray(0, count), rows: picks.rows.subarray(0, count) },
    scores: scores.slice(0, count),
  };
}

/** Hits in another order: of each query, those that `order` lists, by their places. */
export function reordered(hits: Hits, order: readonly (readonly number[])[]): Hits {
  const places = order.flat();
  const { from, rows } = hits.picks;
  return {
    counts: Uint32Array.from(order, ({ length }) => length),
    picks: {
      from: Uint32Array.from(places, (place) => from[place]),
      rows: Uint32Array.from(places, (place) => rows[place]),
    },
    scores: Float32Array.from(places, (place) => hits.scores[place]),
    ...(hits.groupStarts && {
      groupStarts: Uint8Array.from(places, (place) => hits.groupStarts?.[place] ?? 0),
    }),
  };
}

/** Calls `visit` with the places of each query's hits: `start` (included) to `end` (excluded). */
export function forEachQuery(
  { counts }: Hits,
  visit: (query: number, start: number, end: number) => void,
): void {
  let start = 0;
  for (let query = 0; query < counts.length; query++) {
    visit(query, start, start + counts[query]);
    start += counts[query];
  }
}
