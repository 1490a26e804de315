import { assert } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { createMergedHits, type MergedHits, mergeHits } from "../index/flat/scan-hits.ts";
import { adoptVectors, IndexSearchers } from "../index/index-searchers.ts";
import type { IndexedSearch, IndexedSegment } from "../index/indexed-search.ts";
import { copyQueries } from "../index/query-vectors.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { readRowSync } from "../storage/node-file-system.ts";
import { type ForegroundWork, splitByQueries } from "./foreground-work.ts";

/** How a pool searches indexes: several queries are shared out; of one query, the segments are. */
export const indexSearchWork: ForegroundWork<IndexedSearch, IndexSearchTask, MergedHits> = {
  check({ segments, queryCount, k }) {
    assert(queryCount >= 1, `${queryCount} queries`);
    for (const { indexes } of segments) assert(indexes.length > 0, "a segment with indexes");
    assert(k >= 1 && Number.isInteger(k), `k is ${k}`);
  },
  costNs: indexedSearchCost,
  isShared: () => true,
  split: (search, count) =>
    search.queryCount > 1 ? splitByQueries(search, count) : splitBySegments(search, count),
  taskOf: (search) => ({
    kind: "search",
    search: {
      ...search,
      queries: copyQueries(search.queries, { start: 0, end: search.queryCount }),
    },
  }),
  runHere: (kernels, search) => searchersOf(kernels).search(search),
  join(search, parts) {
    if (parts.length === 1) return parts[0];
    if (search.queryCount > 1) return concatenated(search, parts);
    return mergeHits(search.metric, parts, search.queryCount, search.k);
  },
};

/** A search, or a part of one, on its way to a thread. */
export interface IndexSearchTask {
  readonly kind: "search";
  readonly search: IndexedSearch;
}

export function runIndexSearchTask(kernels: Kernels, { search }: IndexSearchTask): MergedHits {
  adoptVectors(search);
  const segments = search.segments.map(withBitset);
  return searchersOf(kernels).search({ ...search, segments });
}

/** A message brings the members of a bitset, but not its class. */
function withBitset(segment: IndexedSegment): IndexedSegment {
  const { allowed } = segment;
  return allowed === undefined
    ? segment
    : { ...segment, allowed: new Bitset(allowed.size, allowed.words) };
}

/** About how long a search takes, in nanoseconds of one core. */
export function indexedSearchCost({ segments, queryCount }: IndexedSearch): number {
  let nanoseconds = 0;
  for (const { costNs } of segments) nanoseconds += costNs;
  return nanoseconds * queryCount;
}

/** Each thread has one, with the scratch memory that it keeps between searches. */
const searchers = new WeakMap<Kernels, IndexSearchers>();

function searchersOf(kernels: Kernels): IndexSearchers {
  let known = searchers.get(kernels);
  if (known === undefined) {
    known = new IndexSearchers(kernels, readRowSync);
    searchers.set(kernels, known);
  }
  return known;
}

function splitBySegments(search: IndexedSearch, count: number): readonly IndexedSearch[] {
  const { segments, firstSegment } = search;
  const length = Math.max(1, Math.ceil(segments.length / count));
  const parts: IndexedSearch[] = [];
  for (let start = 0; start < segments.length; start += length) {
    const part = segments.slice(start, start + length);
    parts.push({ ...search, segments: part, firstSegment: firstSegment + start });
  }
  return parts;
}

/** The hits of all queries from those of ranges of them. */
function concatenated({ queryCount, k }: IndexedSearch, parts: readonly MergedHits[]): MergedHits {
  const hits = createMergedHits(queryCount, k);
  let query = 0;
  for (const part of parts) {
    hits.counts.set(part.counts, query);
    hits.rows.set(part.rows, query * k);
    hits.scores.set(part.scores, query * k);
    hits.segments.set(part.segments, query * k);
    query += part.counts.length;
  }
  return hits;
}
