import { distanceBetween, type SimilarityMetric } from "./similarity-metric.ts";
import {
  chunksOf,
  filterIdsMax,
  type IdFilter,
  searchHitsMax,
  type VectorCollection,
} from "./vector-collection.ts";
import type { VectorHit, VectorRow } from "./vector-row.ts";

/** How the distances to several queries become one: `mean` compares with the mean of the queries. */
export type Aggregation = "mean" | "post-mean" | "post-min" | "post-max";

export const aggregations: readonly Aggregation[] = ["mean", "post-mean", "post-min", "post-max"];

export interface NearestRequest {
  /** One or more. With the aggregation `mean` there is one: the mean. */
  readonly queries: readonly Float32Array[];
  readonly aggregation: Aggregation;
  readonly metric: SimilarityMetric;
  /** How many; undefined for all. */
  readonly k: number | undefined;
  /** Whether the farthest are wanted, farthest first. */
  readonly reverse: boolean;
  readonly ids: IdFilter;
  /** How many vectors there are. */
  readonly count: number;
  readonly searchParams?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The vectors of a collection that are nearest to the queries, or farthest from them, in order.
 *
 * A search of the collection's index does it wherever one can; what Milvus does not offer (more than
 * 16,384 hits, the farthest by length, means of distances) is computed here, exactly, from the
 * vectors, which are read page by page.
 */
export async function nearestVectors(
  collection: VectorCollection,
  request: NearestRequest,
): Promise<VectorHit[]> {
  const { queries, aggregation, metric, reverse, ids, count } = request;
  const available = ids.kind === "only" ? Math.min(ids.ids.length, count) : count;
  const k = Math.min(request.k ?? available, available);
  if (k === 0) return [];
  const isOneSearch =
    k <= searchHitsMax &&
    !(reverse && metric === "euclidean") &&
    // The nearest to any of the queries are among the nearest to each.
    (queries.length === 1 || (aggregation === "post-min" && !reverse));
  const best = new BestHits(k, reverse);
  if (!isOneSearch) {
    await scan(collection, request, best);
    return best.finish();
  }
  // For these metrics the least alike are the most alike to the opposite.
  const sought = reverse ? queries.map(opposite) : queries;
  for (const part of partsOf(ids)) {
    const lists = await collection.search(sought, {
      k,
      metric,
      ids: part,
      params: request.searchParams,
    });
    for (const hit of leastDistances(lists)) {
      best.add(reverse ? { ...hit, distance: 2 - hit.distance } : hit);
    }
  }
  return best.finish();
}

/** Filters of at most `filterIdsMax` ids, which together let the same rows pass. */
function* partsOf(ids: IdFilter): Generator<IdFilter> {
  if (ids.kind !== "only") yield ids;
  else for (const part of chunksOf(ids.ids, filterIdsMax)) yield { kind: "only", ids: part };
}

/** Each row once, with its least distance to any query. */
function leastDistances(lists: readonly (readonly VectorHit[])[]): Iterable<VectorHit> {
  if (lists.length === 1) return lists[0];
  const nearest = new Map<string, VectorHit>();
  for (const hit of lists.flat()) {
    const known = nearest.get(hit.id);
    if (known === undefined || hit.distance < known.distance) nearest.set(hit.id, hit);
  }
  return nearest.values();
}

async function scan(
  collection: VectorCollection,
  { queries, aggregation, metric, ids }: NearestRequest,
  best: BestHits,
): Promise<void> {
  const add = (rows: readonly VectorRow[]) => {
    for (const { id, sampleId, vector } of rows) {
      const distances = queries.map((query) => distanceBetween(metric, query, vector));
      best.add({ id, sampleId, distance: aggregate(distances, aggregation) });
    }
  };
  if (ids.kind === "only") {
    for (const part of chunksOf(ids.ids, 4_096)) add(await collection.get("pk", part));
    return;
  }
  const excluded = new Set(ids.kind === "not" ? ids.ids : []);
  for await (const rows of collection.scan(true)) add(rows.filter(({ id }) => !excluded.has(id)));
}

function aggregate(distances: readonly number[], aggregation: Aggregation): number {
  switch (aggregation) {
    case "post-min":
      return Math.min(...distances);
    case "post-max":
      return Math.max(...distances);
    default:
      return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  }
}

function opposite(vector: Float32Array): Float32Array {
  return vector.map((value) => -value);
}

/** The best `k` of many hits, in order; equal distances in the order of ids, so answers repeat. */
class BestHits {
  readonly #k: number;
  readonly #sign: number;
  #hits: VectorHit[] = [];

  constructor(k: number, reverse: boolean) {
    this.#k = k;
    this.#sign = reverse ? -1 : 1;
  }

  add(hit: VectorHit): void {
    this.#hits.push(hit);
    if (this.#hits.length >= 4 * this.#k + 1_024) this.#cut();
  }

  finish(): VectorHit[] {
    this.#cut();
    return this.#hits;
  }

  #cut(): void {
    this.#hits.sort(
      (a, b) => this.#sign * (a.distance - b.distance) || (a.id < b.id ? -1 : Number(a.id > b.id)),
    );
    this.#hits.length = Math.min(this.#hits.length, this.#k);
  }
}
