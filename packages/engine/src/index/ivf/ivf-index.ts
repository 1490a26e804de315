import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { VectorIndex } from "../vector-index.ts";
import type { IvfQuantizer } from "./ivf-quantizer.ts";

/**
 * Lists of rows, one for each centroid, with a bit per component (RaBitQ: Gao and Long, "RaBitQ:
 * quantizing high-dimensional vectors with a theoretical error bound", SIGMOD 2024).
 *
 * A block is 32 slots for rows. Its codes come first: for each four components sixteen bytes, whose
 * low halves belong to the slots 0 to 15 and whose high halves to 16 to 31; bit j of a half tells
 * that component j of the residual r = x - c is not negative. Then 32 floats, the bases A, and 32
 * more, the slopes F. With s the signs, S = <s, q - mean>, f = |r|^2 / sum |r_i| and the query's
 * distance to the centroid as spread, the key of a row (its squared distance, or its inner product
 * times -1) is estimated as
 *
 *     gap + A + F * S,   L2: gap = |q - c|^2,  A = |r|^2 + 2 f <s, c - mean>,    F = -2 f
 *                        IP: gap = -<q, c>,    A = f <s, c - mean> - <c, r>,     F = -f
 *
 * with a standard deviation of about 0.6 * |F| * spread. (The paper's bound has the same form: f is
 * |r| / (w sqrt(dim)), where w, the cosine of a rotated residual and its signs, is always near 0.8.)
 *
 * Where one bit of few components tells too little, each slot also has a fine code: four bits per
 * component. The levels l of -7.5 to 7.5 take the place of the signs in all the formulas above: so
 * f = |r|^2 / <l, r>, and the deviation is about 0.32 * |F| * spread. The base and the slope follow
 * the code as two floats.
 *
 * The rows of a list are in consecutive slots. A short list shares a block with others, so that few
 * slots stay empty, but never lies in more blocks than it has to.
 */
export interface IvfIndex extends VectorIndex {
  readonly kind: "ivf";
  readonly quantizer: IvfQuantizer;
  readonly memory: WasmMemory;
  /** Where it lies in the memory: see {@link indexPlacesOf}. */
  readonly address: number;
  readonly blockCount: number;
}

/** Addresses of the parts of an index. */
export interface IndexPlaces {
  /** For each list its first slot and how many rows it has: two words. */
  readonly lists: number;
  /** For each slot the row's number in the segment. */
  readonly rowNumbers: number;
  readonly blocks: number;
  /** The fine codes of all slots: {@link fineBytesOf} each. */
  readonly fine: number;
  /** The first byte behind all. */
  readonly end: number;
}

export const blockRows = 32;

export function blockBytesOf(paddedDim: number): number {
  return 4 * paddedDim + 8 * blockRows;
}

/** Up to here scoring the rows that the signs leave would take longer than all else. Measured. */
const FINE_DIM_MAX = 256;

/** Bytes of a fine code and its two factors, a multiple of 16; 0 where there are no fine codes. */
export function fineBytesOf(paddedDim: number): number {
  if (paddedDim > FINE_DIM_MAX) return 0;
  const codeBytes = 16 * Math.floor(paddedDim / 32) + Math.min(16, paddedDim % 32);
  return 16 * Math.ceil((codeBytes + 8) / 16);
}

/** Bytes of what a build keeps of a row before its slot is known: its signs, base, slope and fine code. */
export function recordBytesOf(paddedDim: number): number {
  return paddedDim / 8 + 8 + fineBytesOf(paddedDim);
}

export function indexPlacesOf(
  { listCount, paddedDim }: IvfQuantizer,
  blockCount: number,
  address: number,
): IndexPlaces {
  const rowNumbers = address + 8 * listCount;
  // Blocks begin at a cache line.
  const blocks = 64 * Math.ceil((rowNumbers + 4 * blockRows * blockCount) / 64);
  const fine = 64 * Math.ceil((blocks + blockBytesOf(paddedDim) * blockCount) / 64);
  const end = fine + fineBytesOf(paddedDim) * blockRows * blockCount;
  return { lists: address, rowNumbers, blocks, fine, end };
}
