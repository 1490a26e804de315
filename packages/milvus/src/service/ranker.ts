import type { Metric } from "@redkite/engine";
import { invalidParameter, refused } from "../errors.ts";

/** How the answers of several searches become one. */
export type Ranker = RrfRanker | WeightedRanker;

/** Reciprocal rank fusion (Cormack et al., 2009): each answer adds 1 / (k + rank), rank from 1. */
export interface RrfRanker {
  readonly kind: "rrf";
  /** Greater than 0, less than 16,384. */
  readonly k: number;
}

/** A weighted sum of the scores, each first mapped to 0..1 when `normalize` is set. */
export interface WeightedRanker {
  readonly kind: "weighted";
  /** One from 0 to 1 for each search. */
  readonly weights: readonly number[];
  readonly normalize: boolean;
}

/** One search's answer for one vector, best first. */
export interface RankedList<Key> {
  readonly metric: Metric;
  readonly keys: readonly Key[];
  readonly scores: ArrayLike<number>;
}

export interface FusedHit<Key> {
  readonly key: Key;
  readonly score: number;
}

const defaultRrfK = 60;
const rrfKLimit = 16_384;

/** What a request says about its ranker, as text and parsed JSON. */
export interface RankerParameters {
  /** `rrf` or `weighted`. `rrf` when absent, as in Milvus. */
  readonly strategy?: string;
  readonly k?: unknown;
  readonly weights?: unknown;
  readonly normalize?: boolean;
}

/** Checks the parameters with Milvus's texts. Throws `MilvusError`. */
export function makeRanker(parameters: RankerParameters, searchCount: number): Ranker {
  const { strategy = "rrf" } = parameters;
  switch (strategy) {
    case "rrf":
      return { kind: "rrf", k: checkK(parameters.k ?? defaultRrfK) };
    case "weighted":
      return {
        kind: "weighted",
        weights: checkWeights(parameters.weights, searchCount),
        normalize: parameters.normalize ?? false,
      };
    default:
      throw refused(`unsupported rank type ${strategy}`);
  }
}

/** The `limit` best after the first `offset`, best first. Equal scores: the smaller key first. */
export function fuse<Key extends bigint | string>(
  ranker: Ranker,
  lists: readonly RankedList<Key>[],
  window: { readonly offset: number; readonly limit: number },
): FusedHit<Key>[] {
  const scores = ranker.kind === "rrf" ? sumOfRanks(ranker, lists) : sumOfScores(ranker, lists);
  const hits = Array.from(scores, ([key, score]) => ({ key, score }));
  const direction = isAscending(ranker, lists) ? 1 : -1;
  hits.sort((a, b) => direction * (a.score - b.score) || (a.key < b.key ? -1 : 1));
  return hits.slice(window.offset, window.offset + window.limit);
}

function sumOfRanks<Key>(ranker: RrfRanker, lists: readonly RankedList<Key>[]): Map<Key, number> {
  const sums = new Map<Key, number>();
  for (const { keys } of lists) {
    keys.forEach((key, i) => {
      sums.set(key, Math.fround((sums.get(key) ?? 0) + Math.fround(1 / (ranker.k + i + 1))));
    });
  }
  return sums;
}

function sumOfScores<Key>(
  ranker: WeightedRanker,
  lists: readonly RankedList<Key>[],
): Map<Key, number> {
  const sums = new Map<Key, number>();
  const isMixed = new Set(lists.map((list) => list.metric === "L2")).size > 1;
  lists.forEach(({ keys, scores, metric }, list) => {
    const weight = Math.fround(ranker.weights[list]);
    const scoreOf = ranker.normalize ? normalizers[metric] : isMixed ? directions[metric] : same;
    keys.forEach((key, i) => {
      sums.set(key, Math.fround((sums.get(key) ?? 0) + weight * Math.fround(scoreOf(scores[i]))));
    });
  });
  return sums;
}

/** Only plain sums of distances keep the order of distances: the smallest is best. */
function isAscending<Key>(ranker: Ranker, lists: readonly RankedList<Key>[]): boolean {
  return (
    ranker.kind === "weighted" && !ranker.normalize && lists.every((list) => list.metric === "L2")
  );
}

type ScoreMap = (score: number) => number;

const same: ScoreMap = (score) => score;
const nearnessOfDistance: ScoreMap = (distance) => 1 - (2 * Math.atan(distance)) / Math.PI;

/** Scores to 0..1, greater is nearer. */
const normalizers: Readonly<Record<Metric, ScoreMap>> = {
  COSINE: (score) => (1 + score) * 0.5,
  IP: (score) => 0.5 + Math.atan(score) / Math.PI,
  L2: nearnessOfDistance,
};

/** Where distances meet similarities, Milvus turns the distances around and leaves the others. */
const directions: Readonly<Record<Metric, ScoreMap>> = {
  COSINE: same,
  IP: same,
  L2: nearnessOfDistance,
};

function checkK(k: unknown): number {
  if (typeof k !== "number" || !Number.isFinite(k)) {
    throw refused(`The type of rank param k should be float, but got ${JSON.stringify(k)}`);
  }
  if (k <= 0 || k >= rrfKLimit) {
    throw refused(`The rank params k should be in range (0, ${rrfKLimit})`);
  }
  return k;
}

function checkWeights(weights: unknown, searchCount: number): readonly number[] {
  if (!Array.isArray(weights)) throw refused("weights not found in rank_params");
  const numbers: number[] = [];
  for (const weight of weights) {
    if (typeof weight !== "number" || !(weight >= 0 && weight <= 1)) {
      throw refused("rank param weight should be in range [0, 1]");
    }
    numbers.push(weight);
  }
  if (numbers.length !== searchCount) {
    throw invalidParameter("the length of weights param mismatch with ann search requests", {
      expected: searchCount,
      actual: numbers.length,
    });
  }
  return numbers;
}
