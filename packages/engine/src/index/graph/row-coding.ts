import type { DenseMetric } from "../../base/metric.ts";
import type { WasmExports } from "../../kernels/exports/wasm-exports.ts";
import type { IndexMemory } from "../../kernels/index-memory.ts";

/**
 * How rows become codes whose distances order them as the metric does. For L2 they are the rows,
 * and for COSINE the rows scaled to norm 1, less the mean of all. For IP they are the rows, and the
 * distance is one that shrinks as the product grows: not a metric, but graphs of it serve (Morozov
 * and Babenko, "Non-metric similarity graphs for maximum inner product search", 2018), and better
 * than those of the usual reduction to L2, in whose codes few long rows leave the others no room.
 *
 * All is rotated at random, so that no component is much larger than the others and one scale of
 * the codes fits all; and so that a vector of few components is spread over many, whose codes
 * together tell more values apart than each can.
 */
export interface RowCoding {
  readonly metric: DenseMetric;
  readonly dim: number;
  /** Components of a coded row, and bytes of its 7-bit code: a multiple of 64. */
  readonly paddedDim: number;
  /** Steps of the 7-bit code per unit. */
  readonly scale: number;
  /** The addresses of `paddedDim` floats, subtracted from all rows, and of the rotation's signs. */
  readonly mean: number;
  readonly signs: number;
}

export function paddedDimOf(dim: number): number {
  return 64 * Math.ceil(dim / 64);
}

/** Allocates the signs of a rotation: -1 or 1, four for each component. */
export function writeSigns(memory: IndexMemory, paddedDim: number, seed: number): number {
  const count = 4 * paddedDim;
  const address = memory.allocate(4 * count);
  const signs = memory.f32(address, count);
  // Mulberry32, of whose words one bit is taken each.
  let state = seed | 0;
  for (let i = 0; i < count; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    signs[i] = (word ^ (word >>> 14)) < 0 ? -1 : 1;
  }
  return address;
}

/** Where rows lie that are to be coded. */
export interface RowPlaces {
  /** `count` rows of `dim` floats. */
  readonly row: number;
  readonly count: number;
  /** Room for as many rows of `paddedDim` floats. */
  readonly paddedRow: number;
}

/** Scales, pads and rotates rows. They lie at `paddedRow` then. */
export function rotateRows(
  exports: WasmExports,
  { metric, dim, paddedDim, signs }: Omit<RowCoding, "scale">,
  { row, count, paddedRow }: RowPlaces,
): void {
  exports.padRows(row, count, dim, paddedRow, paddedDim, metric === "COSINE" ? 1 : 0);
  exports.rotate(paddedRow, count, paddedDim, signs);
}

/** Where a query is coded. */
export interface QueryPlace {
  readonly row: number;
  /** The `dim` floats there. */
  readonly rowView: Float32Array;
  readonly paddedRow: number;
  /** The `paddedDim` floats there. */
  readonly paddedView: Float32Array;
  readonly code: number;
  readonly square: number;
}

/** Codes a query. */
export function codeQuery(
  exports: WasmExports,
  coding: RowCoding,
  query: Float32Array,
  place: QueryPlace,
): void {
  const { metric, paddedDim, mean } = coding;
  const { row, paddedRow, code, square } = place;
  place.rowView.set(query);
  rotateRows(exports, coding, { row, count: 1, paddedRow });
  // The order of products does not change with the query's length: this one makes most of the codes.
  const scale = metric === "IP" ? scaleFor(place.paddedView) : coding.scale;
  exports.quantize7(paddedRow, 1, paddedDim, mean, scale, code, square, paddedDim);
}

/** The scale by which the largest component just fits a code. */
function scaleFor(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest > 0 ? 63 / largest : 1;
}
