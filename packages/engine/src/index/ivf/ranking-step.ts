import { BoundedHeap } from "../../base/bounded-heap.ts";
import type { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { SharedVectors } from "../vector-index.ts";
import { RowRotation } from "./row-rotation.ts";
import { scratchParts } from "./scratch-parts.ts";
import { rowOfSample, type TrainingSet } from "./training-set.ts";

/** Takes some rows as queries, finds the samples that are nearest, and how the lists of these rank. */
export interface RankNeighboursStep {
  readonly kind: "ivf-rank-neighbours";
  readonly source: SharedVectors;
  readonly set: TrainingSet;
  /** What rows are scaled to under IP. */
  readonly queryNorm: number;
  /** Numbers of rows, none of which is a neighbour of itself. */
  readonly queries: readonly number[];
  /** How many nearest samples to find. */
  readonly depth: number;
  /** Penalties of the lists, for each way to rank them. */
  readonly penalties: readonly Float32Array[];
  /** Samples of each list. */
  readonly lengths: Uint32Array;
}

/** Of one query and one way to rank lists, for each of its nearest samples, the nearest first. */
export interface NeighbourRanks {
  /** How many lists rank before that of the sample. */
  readonly ranks: Uint32Array;
  /** How many samples these lists have. */
  readonly rowsBefore: Uint32Array;
}

/** Answers the ranks by each way, for each query. */
export function rankNeighbours(
  kernels: Kernels,
  step: RankNeighboursStep,
): readonly (readonly NeighbourRanks[])[] {
  const { source, set, queryNorm, depth, penalties, lengths } = step;
  const rotation = new RowRotation(kernels, set, { source, signs: set.quantizer.signs });
  const query = new QueryPlace(rotation, set);
  const assigned = rotation.memory.u32(set.assigned, set.sampleCount);
  return step.queries.map((row) => {
    rotation.loadRange(row, 1);
    if (set.metric === "IP") query.scaleTo(queryNorm);
    const lists = query.nearestSamples(depth, row).map((nearest) => assigned[nearest]);
    query.compareWithLists();
    return penalties.map((penalty) => query.rank(lists, penalty, lengths));
  });
}

/** A query that lies where rows are rotated to, and what follows from it. */
class QueryPlace {
  readonly #rotation: RowRotation;
  readonly #memory: IndexMemory;
  readonly #set: TrainingSet;
  readonly #places: Record<
    "code" | "square" | "distances" | "penalties" | "entries" | "probes",
    number
  >;

  constructor(rotation: RowRotation, set: TrainingSet) {
    const { memory } = rotation;
    const { codeBytes, sampleCount, listCount } = set;
    this.#rotation = rotation;
    this.#memory = memory;
    this.#set = set;
    this.#places = scratchParts(memory, "ivf-ranking", {
      code: codeBytes,
      square: 4,
      distances: 4 * Math.max(sampleCount, listCount),
      penalties: 4 * listCount,
      entries: 8 * listCount,
      probes: 12 * listCount,
    });
  }

  scaleTo(norm: number): void {
    const row = this.#memory.f32(this.#rotation.rotated, this.#set.paddedDim);
    const square = this.#square();
    if (square > 0) for (let i = 0; i < row.length; i++) row[i] *= norm / Math.sqrt(square);
  }

  /** The numbers of the nearest samples, the nearest first, without the one that is a given row. */
  nearestSamples(depth: number, except: number): number[] {
    const { codes, squares, norms, sampleCount, metric } = this.#set;
    this.#compare(codes, squares, sampleCount);
    const distances = this.#memory.f32(this.#places.distances, sampleCount);
    const sampleNorms = this.#memory.f32(norms, sampleCount);
    const heap = new BoundedHeap(depth);
    for (let i = 0; i < sampleCount; i++) {
      const key = metric === "IP" ? distances[i] - sampleNorms[i] : distances[i];
      if (key < heap.bound && rowOfSample(this.#set, i) !== except) heap.push(key, i);
    }
    return Array.from(heap.drain().ids);
  }

  compareWithLists(): void {
    const { quantizer, listCount } = this.#set;
    this.#compare(quantizer.codes, quantizer.squares, listCount);
  }

  /** How given lists rank, when the query has been compared with all. */
  rank(lists: readonly number[], penalties: Float32Array, lengths: Uint32Array): NeighbourRanks {
    const { quantizer, listCount, metric } = this.#set;
    const norms = metric === "IP" ? quantizer.norms : 0;
    const { distances, entries, probes } = this.#places;
    this.#memory.f32(this.#places.penalties, listCount).set(penalties);
    // biome-ignore format: a call of a kernel is one line
    this.#rotation.exports.rankLists(distances, listCount, listCount, this.#places.penalties, norms, this.#square(), entries, probes);
    const ranked = this.#memory.u32(probes, 3 * listCount);
    const rankOf = new Uint32Array(listCount);
    const rowsBefore = new Uint32Array(listCount);
    let rows = 0;
    for (let rank = 0; rank < listCount; rank++) {
      const list = ranked[3 * rank];
      rankOf[list] = rank;
      rowsBefore[list] = rows;
      rows += lengths[list];
    }
    return {
      ranks: Uint32Array.from(lists, (list) => rankOf[list]),
      rowsBefore: Uint32Array.from(lists, (list) => rowsBefore[list]),
    };
  }

  /** Distances of the query to all of these codes. */
  #compare(codes: number, squares: number, count: number): void {
    const { paddedDim, codeBytes, scale, quantizer } = this.#set;
    const { exports, rotated } = this.#rotation;
    const { code, square, distances } = this.#places;
    exports.quantize7(rotated, 1, paddedDim, quantizer.mean, scale, code, square, codeBytes);
    const [querySquare] = this.#memory.u32(square, 1);
    const unit = 1 / scale ** 2;
    // biome-ignore format: a call of a kernel is one line
    exports.codeDistances(code, querySquare, codes, squares, codeBytes, count, unit, distances);
  }

  /** The query's squared norm. */
  #square(): number {
    let square = 0;
    for (const x of this.#memory.f32(this.#rotation.rotated, this.#set.paddedDim)) square += x * x;
    return square;
  }
}
