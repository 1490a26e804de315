import type { DenseMetric } from "../../base/metric.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { ProbeCurves } from "./probe-curves.ts";

/**
 * What the IVFs of all segments of a field have in common: the rotation of vectors and the centroids
 * of the lists. Never changes; plain data, as an index is.
 *
 * Under COSINE vectors are scaled to norm 1 first. Then they are padded with zeros and rotated at
 * random, so that the signs of their components tell about equally much. Centroids are also kept as
 * 7-bit codes, on which rows and queries are compared with them.
 */
export interface IvfQuantizer extends QuantizerShape {
  /** Tells it from all others, also from those of other processes. Below 2^53. */
  readonly id: number;
  readonly metric: DenseMetric;
  /** Levels of the 7-bit code per unit. */
  readonly scale: number;
  /** What queries are scaled to under IP, so that they compare well with the centroids. */
  readonly queryNorm: number;
  /** How many rows there were when it was trained. */
  readonly trainedRows: number;
  /** The mean squared distance of those rows to their centroids: it grows when the data moves. */
  readonly residualSquare: number;
  /** How many lists to look into for a recall. */
  readonly curves: ProbeCurves;
  readonly memory: WasmMemory;
  /** Where it lies in the memory: see {@link placesOf}. */
  readonly address: number;
}

export interface QuantizerShape {
  readonly dim: number;
  /** Components of a rotated vector, a multiple of 8. */
  readonly paddedDim: number;
  /** Bytes of a 7-bit code, a multiple of 32. */
  readonly codeBytes: number;
  readonly listCount: number;
}

/** Addresses of the parts of a quantizer. */
export interface QuantizerPlaces {
  /** The rotation's signs: `4 * paddedDim` floats. */
  readonly signs: number;
  /** The mean of the rotated rows. */
  readonly mean: number;
  /** `listCount` rows of `paddedDim` floats. */
  readonly centroids: number;
  /** Their codes, and the squares of these in levels. */
  readonly codes: number;
  readonly squares: number;
  /** Halves of the codes, with which rows are compared, and their squares. */
  readonly halves: number;
  readonly halfSquares: number;
  /** The squared norms of the centroids. */
  readonly norms: number;
  /** What is added to a list's gap when lists are ranked: see train-ivf.ts. */
  readonly penalties: number;
  /** The first byte behind all. */
  readonly end: number;
}

/** Fewer components make estimates that are too rough to be of use. */
const PADDED_DIM_MIN = 64;

export function quantizerShapeOf(dim: number, listCount: number): QuantizerShape {
  const paddedDim = Math.max(PADDED_DIM_MIN, 8 * Math.ceil(dim / 8));
  return { dim, paddedDim, codeBytes: 32 * Math.ceil(paddedDim / 32), listCount };
}

/** Where the parts of a quantizer lie that begins at `address`, a multiple of 64. */
export function placesOf(shape: QuantizerShape, address: number): QuantizerPlaces {
  const { paddedDim, codeBytes, listCount } = shape;
  const signs = address;
  const mean = signs + 16 * paddedDim;
  const centroids = mean + 4 * paddedDim;
  const codes = centroids + 4 * paddedDim * listCount;
  const squares = codes + codeBytes * listCount;
  const halves = squares + 4 * listCount;
  const halfSquares = halves + codeBytes * listCount;
  const norms = halfSquares + 4 * listCount;
  const penalties = norms + 4 * listCount;
  const end = penalties + 4 * listCount;
  return { signs, mean, centroids, codes, squares, halves, halfSquares, norms, penalties, end };
}
