import { unreachable } from "../base/assert.ts";
import type { Metric } from "../base/metric.ts";
import { keySignOf } from "../index/flat/scan-hits.ts";
import type { CheckedRanker } from "./ranker.ts";

/** One search's hits for one vector, best first. */
export interface RankedList {
  readonly metric: Metric;
  /** The number of the row that each hit is: equal for equal keys, in all lists. */
  readonly rows: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/** Rows with the score that they have got from all lists. */
export interface FusedScores {
  /** By the number of the row. All numbers below the number of rows are there. */
  readonly scores: Float32Array;
  /** Whether the smaller score is the better. */
  readonly isAscending: boolean;
}

/** Makes the scores of several lists one, in 32-bit floats, as Milvus does. */
export function fuseLists(
  ranker: CheckedRanker,
  lists: readonly RankedList[],
  rowCount: number,
): FusedScores {
  switch (ranker.kind) {
    case "rrf":
      return { scores: sumOfRanks(ranker.k, lists, rowCount), isAscending: false };
    case "weighted": {
      const { weights, normalize } = ranker;
      const maps = scoreMaps(lists, { normalize, descending: false });
      return { scores: sumOfScores(weights, lists, { maps, rowCount }), ...orderOf(lists, maps) };
    }
    case "decay": {
      const maps = scoreMaps(lists, { normalize: ranker.normalize, descending: true });
      return { scores: combined(ranker.scoreMode, lists, { maps, rowCount }), isAscending: false };
    }
    default:
      return unreachable(ranker);
  }
}

function sumOfRanks(k: number, lists: readonly RankedList[], rowCount: number): Float32Array {
  const sums = new Float32Array(rowCount);
  for (const { rows } of lists) {
    for (let i = 0; i < rows.length; i++) sums[rows[i]] += Math.fround(1 / (k + i + 1));
  }
  return sums;
}

interface MappedScores {
  readonly maps: readonly ScoreMap[];
  readonly rowCount: number;
}

function sumOfScores(
  weights: readonly number[],
  lists: readonly RankedList[],
  { maps, rowCount }: MappedScores,
): Float32Array {
  const sums = new Float32Array(rowCount);
  for (const [list, { rows, scores }] of lists.entries()) {
    const weight = Math.fround(weights[list]);
    for (let i = 0; i < rows.length; i++) {
      sums[rows[i]] += Math.fround(weight * Math.fround(maps[list](scores[i])));
    }
  }
  return sums;
}

function combined(
  mode: "max" | "sum" | "avg",
  lists: readonly RankedList[],
  { maps, rowCount }: MappedScores,
): Float32Array {
  const totals = new Float32Array(rowCount);
  const counts = new Uint32Array(rowCount);
  for (const [list, { rows, scores }] of lists.entries()) {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const score = maps[list](scores[i]);
      const isFirst = counts[row]++ === 0;
      if (isFirst) totals[row] = score;
      else if (mode === "max") totals[row] = Math.max(totals[row], score);
      else totals[row] += score;
    }
  }
  return mode === "avg" ? totals.map((total, row) => total / counts[row]) : totals;
}

type ScoreMap = (score: number) => number;

const same: ScoreMap = (score) => score;
const nearnessOfDistance: ScoreMap = (distance) => 1 - (2 * Math.atan(distance)) / Math.PI;

/**
 * What the scores of each list are mapped with: to 0..1 where they are normalised; else distances are
 * turned into similarities where they meet similarities, or where the greater is to be the better.
 */
function scoreMaps(
  lists: readonly RankedList[],
  { normalize, descending }: { readonly normalize: boolean; readonly descending: boolean },
): readonly ScoreMap[] {
  if (normalize) return lists.map(({ metric }) => normalizer(metric));
  const isMixed = new Set(lists.map(({ metric }) => keySignOf(metric))).size > 1;
  return lists.map(({ metric }) =>
    (isMixed || descending) && keySignOf(metric) === 1 ? nearnessOfDistance : same,
  );
}

/** Scores of a metric to 0..1, greater is nearer. */
function normalizer(metric: Metric): ScoreMap {
  if (metric === "COSINE") return (score) => (1 + score) * 0.5;
  if (metric === "BM25") return (score) => (2 * Math.atan(score)) / Math.PI;
  if (keySignOf(metric) === 1) return nearnessOfDistance;
  return (score) => 0.5 + Math.atan(score) / Math.PI;
}

/** Only plain sums of distances keep the order of distances: the smallest is best. */
function orderOf(
  lists: readonly RankedList[],
  maps: readonly ScoreMap[],
): { readonly isAscending: boolean } {
  const isAscending = lists.every(
    ({ metric }, list) => keySignOf(metric) === 1 && maps[list] === same,
  );
  return { isAscending };
}
