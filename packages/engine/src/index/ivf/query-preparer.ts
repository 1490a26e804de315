import { must } from "../../base/assert.ts";
import type { WasmExports } from "../../kernels/exports/wasm-exports.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { floatOfOrder } from "./float-order.ts";
import { fineBytesOf } from "./ivf-index.ts";
import type { Probing } from "./ivf-plan.ts";
import { type IvfQuantizer, placesOf, type QuantizerPlaces } from "./ivf-quantizer.ts";
import { scratchParts } from "./scratch-parts.ts";

/** Words of a probe: a list, its gap and its spread. */
export const probeWords = 3;

/** What the scans of all indexes of one quantizer need of a query. */
export interface PreparedQuery {
  /** The table of sums, `4 * paddedDim` bytes. */
  readonly table: Uint8Array;
  readonly step: number;
  readonly offset: number;
  /** The best lists, best first. */
  readonly probes: Uint32Array;
  readonly probeCount: number;
  /** Keys are times this inside, which is not 1 under IP only. */
  readonly keyScale: number;
  /** The query as a fine code, where indexes have those, a level's worth and what sums are too large by. */
  readonly fine?: { readonly code: Uint8Array; readonly step: number; readonly shift: number };
}

/** Bytes of a query's fine code. */
export function fineQueryBytes(paddedDim: number): number {
  return 32 * Math.ceil(paddedDim / 32);
}

/** Prepares queries of one quantizer. Belongs to one thread. */
export class QueryPreparer {
  readonly #quantizer: IvfQuantizer;
  readonly #exports: WasmExports;
  readonly #places: QuantizerPlaces;
  readonly #scratch: Record<
    "row" | "rotated" | "code" | "distances" | "entries" | "probes" | "table" | "fine" | "scalars",
    number
  >;
  readonly #rowView: Float32Array;
  readonly #distanceView: Float32Array;
  readonly #probeView: Uint32Array;
  readonly #entryView: Uint32Array;
  readonly #tableView: Uint8Array;
  readonly #fineView: Uint8Array;
  /** The step and the offset of the table, and the square of the query's code. */
  readonly #floats: Float32Array;
  readonly #words: Uint32Array;

  readonly #lastQuery: Float32Array;
  #lastProbing: Probing = { most: 0, reach: 0 };
  #prepared: PreparedQuery | undefined;

  constructor(kernels: Kernels, quantizer: IvfQuantizer) {
    const memory = IndexMemory.over(quantizer.memory);
    const { dim, paddedDim, codeBytes, listCount } = quantizer;
    this.#quantizer = quantizer;
    this.#exports = must(kernels.exportsOver(memory.memory), "kernels in WebAssembly");
    this.#places = placesOf(quantizer, quantizer.address);
    const scratch = scratchParts(memory, "ivf-query", {
      row: 4 * dim,
      rotated: 4 * paddedDim,
      code: codeBytes,
      distances: 4 * listCount,
      entries: 8 * listCount,
      probes: 4 * probeWords * listCount,
      table: 4 * paddedDim,
      fine: fineQueryBytes(paddedDim),
      scalars: 24,
    });
    this.#scratch = scratch;
    this.#rowView = memory.f32(scratch.row, dim);
    this.#distanceView = memory.f32(scratch.distances, listCount);
    this.#entryView = memory.u32(scratch.entries, 2 * listCount);
    this.#probeView = memory.u32(scratch.probes, probeWords * listCount);
    this.#tableView = memory.u8(scratch.table, 4 * paddedDim);
    this.#fineView = memory.u8(scratch.fine, fineQueryBytes(paddedDim));
    this.#floats = memory.f32(scratch.scalars, 6);
    this.#words = memory.u32(scratch.scalars, 4);
    this.#lastQuery = new Float32Array(dim);
  }

  /** What it answers is good until the next call. The last query is not prepared again. */
  prepare(query: Float32Array, probing: Probing): PreparedQuery {
    const last = this.#prepared;
    if (
      last !== undefined &&
      isSameProbing(probing, this.#lastProbing) &&
      isSame(query, this.#lastQuery)
    ) {
      return last;
    }
    this.#lastQuery.set(query);
    this.#lastProbing = probing;
    const { metric, paddedDim, queryNorm } = this.#quantizer;
    const exports = this.#exports;
    let keyScale = 1;
    let querySquare = 0;
    if (metric === "IP") {
      const square = squareOf(query);
      keyScale = square > 0 && queryNorm > 0 ? queryNorm / Math.sqrt(square) : 1;
      querySquare = square * keyScale ** 2;
      for (let i = 0; i < query.length; i++) this.#rowView[i] = query[i] * keyScale;
    } else {
      this.#rowView.set(query);
    }
    const normalize = metric === "COSINE" ? 1 : 0;
    exports.padRows(
      this.#scratch.row,
      1,
      query.length,
      this.#scratch.rotated,
      paddedDim,
      normalize,
    );
    exports.rotate(this.#scratch.rotated, 1, paddedDim, this.#places.signs);
    const probeCount = this.#rankLists(probing, querySquare);
    exports.fillTable(
      this.#scratch.rotated,
      this.#places.mean,
      paddedDim,
      this.#scratch.table,
      this.#scratch.scalars,
    );
    const fine = this.#codeFine();
    this.#prepared = {
      table: this.#tableView,
      step: this.#floats[0],
      offset: this.#floats[1],
      probes: this.#probeView,
      probeCount,
      keyScale,
      ...(fine && { fine }),
    };
    return this.#prepared;
  }

  /** For each list the least reach with which a search for this query looks into it. */
  reachesOf(query: Float32Array): Float32Array {
    const { listCount } = this.#quantizer;
    this.prepare(query, { most: listCount, reach: Number.POSITIVE_INFINITY });
    // All entries are sorted now: keys in the high words, lists in the low ones.
    const reaches = new Float32Array(listCount);
    const nearest = Math.min(nearestLists, listCount);
    let mean = 0;
    for (let i = 0; i < nearest; i++) mean += floatOfOrder(this.#entryView[2 * i + 1]) / nearest;
    for (let i = 0; i < listCount; i++) {
      reaches[this.#entryView[2 * i]] = floatOfOrder(this.#entryView[2 * i + 1]) - mean;
    }
    return reaches;
  }

  #codeFine(): PreparedQuery["fine"] {
    const { paddedDim } = this.#quantizer;
    if (fineBytesOf(paddedDim) === 0) return undefined;
    const { rotated, fine, scalars } = this.#scratch;
    this.#exports.codeFineQuery(rotated, this.#places.mean, paddedDim, fine, scalars + 16);
    return { code: this.#fineView, step: this.#floats[4], shift: this.#floats[5] };
  }

  #rankLists(probing: Probing, querySquare: number): number {
    const { paddedDim, codeBytes, listCount, scale } = this.#quantizer;
    const { mean, codes, squares, centroids } = this.#places;
    const exports = this.#exports;
    const square = this.#scratch.scalars + 8;
    exports.quantize7(
      this.#scratch.rotated,
      1,
      paddedDim,
      mean,
      scale,
      this.#scratch.code,
      square,
      codeBytes,
    );
    // biome-ignore format: a call of a kernel is one line
    exports.codeDistances(this.#scratch.code, this.#words[2], codes, squares, codeBytes, listCount, scale ** -2, this.#scratch.distances);
    const probeCount = this.#rank(probing, querySquare);
    // Codes end where the data ends: for a query from outside they tell nothing.
    const best = this.#probeView[0];
    const guess = this.#distanceView[best];
    const distance = this.#scratch.scalars + 12;
    exports.exactDistances(
      this.#scratch.rotated,
      centroids + 4 * paddedDim * best,
      paddedDim,
      1,
      distance,
    );
    if (this.#floats[3] <= codeErrorMax * guess) return probeCount;
    exports.exactDistances(
      this.#scratch.rotated,
      centroids,
      paddedDim,
      listCount,
      this.#scratch.distances,
    );
    return this.#rank(probing, querySquare);
  }

  #rank(probing: Probing, querySquare: number): number {
    const { listCount, metric } = this.#quantizer;
    const { penalties, norms } = this.#places;
    const normsUsed = metric === "IP" ? norms : 0;
    // biome-ignore format: a call of a kernel is one line
    return this.#exports.rankLists(this.#scratch.distances, listCount, probing.most, probing.reach, penalties, normsUsed, querySquare, this.#scratch.entries, this.#scratch.probes);
  }
}

/** NEAREST_LISTS of kernels/assembly/ivf-query.ts. */
const nearestLists = 4;

/** Codes may say so much less than the distance is. */
const codeErrorMax = 1.05;

function isSameProbing(a: Probing, b: Probing): boolean {
  return a.most === b.most && a.reach === b.reach;
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function squareOf(vector: Float32Array): number {
  let square = 0;
  for (let i = 0; i < vector.length; i++) square += vector[i] * vector[i];
  return square;
}
