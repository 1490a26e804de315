import { BrainError } from "../base/brain-error.ts";
import {
  type Aggregation,
  aggregations,
  type NearestRequest,
  nearestVectors,
} from "./nearest-vectors.ts";
import { combineQueries, type QueryEmbedder, queryVectors } from "./query-vectors.ts";
import { type Similarity, type SimilarityMetric, scoreOfDistance } from "./similarity-metric.ts";
import type { SimilarityQuery } from "./similarity-query.ts";
import type { IdFilter } from "./vector-collection.ts";
import type { VectorHit } from "./vector-row.ts";

export interface SearchOptions {
  /** How many, after the `offset`. Default: all. */
  readonly k?: number;
  /** How many of the best to pass over: pages of an order that stays the same. Default 0. */
  readonly offset?: number;
  /** Only what is at most this far; with `reverse`, at least. */
  readonly threshold?: number;
  /** Whether the least similar are wanted, least similar first. Default false. */
  readonly reverse?: boolean;
  /** Default "mean". */
  readonly aggregation?: Aggregation;
  /** What to stay away from. With the aggregation "mean" only. */
  readonly negative?: SimilarityQuery;
}

/** A sample or label that a search found. */
export interface SimilarityMatch extends Similarity {
  /** Of the label for an index of patches, else of the sample. */
  readonly id: string;
  readonly sampleId: string;
}

/** What a search looks in. */
export interface SearchTarget extends QueryEmbedder {
  readonly metric: SimilarityMetric;
  readonly ids: IdFilter;
  readonly searchParams?: Readonly<Record<string, unknown>> | undefined;
  /** Which of these the dataset still has. Asked only where `ids` does not say it. */
  existing(hits: readonly VectorHit[]): Promise<ReadonlySet<string>>;
}

/** What of an index is most like a query, or least, in order. */
export async function searchIndex(
  query: SimilarityQuery,
  target: SearchTarget,
  options: SearchOptions = {},
): Promise<SimilarityMatch[]> {
  checkOptions(options);
  const { k, offset = 0, threshold, reverse = false, aggregation = "mean", negative } = options;
  const wanted = await queryVectors(query, target);
  const unwanted = negative === undefined ? [] : await queryVectors(negative, target);
  const { collection, metric, ids, searchParams } = target;
  const request: NearestRequest = {
    queries: aggregation === "mean" ? [combineQueries(wanted, unwanted)] : wanted,
    aggregation,
    metric,
    k: k === undefined ? undefined : k + offset,
    reverse,
    ids,
    // Counting takes as long as searching: a list of ids says enough.
    count: ids.kind === "only" ? ids.ids.length : await collection.count(),
    searchParams,
  };
  const hits = await presentHits(request, target);
  return hits
    .slice(offset, k === undefined ? undefined : offset + k)
    .filter(({ distance }) => isWithin(distance, threshold, reverse))
    .map((hit) => ({ ...hit, score: scoreOfDistance(metric, hit.distance) }));
}

/**
 * Hits that the dataset still has: vectors of what was deleted must not take the places of others, so
 * more is asked for until there are enough.
 */
async function presentHits(request: NearestRequest, target: SearchTarget): Promise<VectorHit[]> {
  const { collection } = target;
  if (request.ids.kind === "only") return await nearestVectors(collection, request);
  const wanted = request.k ?? request.count;
  for (let k = wanted; ; k *= 2) {
    const hits = await nearestVectors(collection, { ...request, k });
    const existing = await target.existing(hits);
    const present = hits.filter(({ id }) => existing.has(id));
    if (present.length >= wanted || hits.length < k) return present.slice(0, wanted);
    // Whole views are searched where few are missing, and that is less than is indexed.
    if (k >= request.count) return present;
  }
}

function isWithin(distance: number, threshold: number | undefined, reverse: boolean): boolean {
  if (threshold === undefined) return true;
  return reverse ? distance >= threshold : distance <= threshold;
}

function checkOptions(options: SearchOptions): void {
  const { k, offset, threshold, aggregation = "mean", negative } = options;
  const fail = (message: string): never => {
    throw new BrainError("invalid-argument", message);
  };
  if (k !== undefined && !(Number.isInteger(k) && k > 0)) {
    fail(`Cannot find the ${k} most similar: k is a whole number above 0, or left out for all`);
  }
  if (offset !== undefined && !(Number.isInteger(offset) && offset >= 0)) {
    fail(`Cannot pass over ${offset} results: offset is a whole number from 0`);
  }
  if (threshold !== undefined && !Number.isFinite(threshold)) {
    fail(`Cannot use ${threshold} as threshold: it is a distance`);
  }
  if (!aggregations.includes(aggregation)) {
    fail(
      `Unsupported aggregation '${aggregation}'. Supported values are ${aggregations.join(", ")}`,
    );
  }
  if (negative !== undefined && aggregation !== "mean") {
    fail(`Cannot use negative examples with the aggregation '${aggregation}', only with 'mean'`);
  }
}
