import { assert } from "../../base/assert.ts";
import { BoundedHeap } from "../../base/bounded-heap.ts";
import { isAscending, type Metric } from "../../base/metric.ts";

/**
 * Per query up to k rows, best first, ties by the smaller row. The hits of query q begin at `q * k`; what lies after the first `counts[q]` is undefined.
 */
export interface ScanHits {
  readonly counts: Uint32Array<ArrayBuffer>;
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly scores: Float32Array<ArrayBuffer>;
}

/** Hits of several segments. `segments` lies parallel to `rows`. */
export interface MergedHits extends ScanHits {
  readonly segments: Uint32Array<ArrayBuffer>;
}

/** Hits of one scan, and the number of the segment that it scanned. */
export interface SegmentHits {
  readonly hits: ScanHits;
  readonly segment: number;
}

/** Room for the hits of `queryCount` queries in several segments, without any. */
export function createMergedHits(queryCount: number, k: number): MergedHits {
  return { ...createHits(queryCount, k), segments: new Uint32Array(queryCount * k) };
}

/** Room for the hits of one query, in the arrays that a heap of k has for its own. */
export function mergedHitsOver({ ids, keys }: BoundedHeap): MergedHits {
  return {
    counts: new Uint32Array(1),
    rows: ids,
    scores: keys,
    segments: new Uint32Array(ids.length),
  };
}

/** Hits of one segment as those of several. */
export function asMergedHits({ hits, segment }: SegmentHits): MergedHits {
  return { ...hits, segments: new Uint32Array(hits.rows.length).fill(segment) };
}

/** Room for the hits of `queryCount` queries, without any. */
export function createHits(queryCount: number, k: number): ScanHits {
  return {
    counts: new Uint32Array(queryCount),
    rows: new Uint32Array(queryCount * k),
    scores: new Float32Array(queryCount * k),
  };
}

/** What a score is multiplied with so that the smaller one is the better one, and back. */
export function keySignOf(metric: Metric): 1 | -1 {
  return isAscending(metric) ? 1 : -1;
}

/** Empties the heap of one query into its hits. */
export function writeHits(
  hits: ScanHits,
  query: number,
  { heap, sign }: { heap: BoundedHeap; sign: 1 | -1 },
): void {
  const k = hits.rows.length / hits.counts.length;
  const { keys, ids } = heap.drain();
  hits.counts[query] = ids.length;
  hits.rows.set(ids, query * k);
  for (let i = 0; i < keys.length; i++) hits.scores[query * k + i] = sign * keys[i];
}

/**
 * The best k per query of several scans, of other segments or of other rows of one segment. All
 * have hits for the same queries and k. Of equal scores the one of the earlier part is the better:
 * give parts in ascending order of segment and row.
 */
export function mergeHits(
  metric: Metric,
  parts: readonly MergedHits[],
  queryCount: number,
  k: number,
): MergedHits {
  if (parts.length === 1) return parts[0];
  const merged = createMergedHits(queryCount, k);
  const heap = new BoundedHeap(k);
  const sign = keySignOf(metric);
  // A heap's id names a part and a place in it, so that the order of ids is that of the parts.
  assert(parts.length * k <= 2 ** 32, `${parts.length} parts of ${k} hits`);
  for (let q = 0; q < queryCount; q++) {
    for (let p = 0; p < parts.length; p++) {
      offer(heap, parts[p], {
        first: q * k,
        count: parts[p].counts[q],
        idBase: p * k,
        sign,
      });
    }
    const { keys, ids } = heap.drain();
    merged.counts[q] = ids.length;
    for (let i = 0; i < ids.length; i++) {
      const part = parts[Math.floor(ids[i] / k)];
      const from = q * k + (ids[i] % k);
      const at = q * k + i;
      merged.rows[at] = part.rows[from];
      merged.scores[at] = sign * keys[i];
      merged.segments[at] = part.segments[from];
    }
  }
  return merged;
}

/** Offers one query's hits of one part: best first, so that the first failure is the last try. */
function offer(
  heap: BoundedHeap,
  hits: ScanHits,
  { first, count, idBase, sign }: { first: number; count: number; idBase: number; sign: 1 | -1 },
): void {
  for (let i = 0; i < count; i++) {
    const key = sign * hits.scores[first + i];
    if (key > heap.bound) break;
    heap.push(key, idBase + i);
  }
}
