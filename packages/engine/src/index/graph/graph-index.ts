import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { VectorIndex } from "../vector-index.ts";
import type { GraphCalibration } from "./graph-calibration.ts";
import type { RowCoding } from "./row-coding.ts";

/** Bits of a component of a code: 4 take half the memory and time of 7, and find almost as much. */
export type CodeBits = 4 | 7;

/** How a graph is built. */
export interface GraphParameters {
  /** Links of a node on an upper level, at least 2; twice as many on the lowest one. */
  readonly m: number;
  /** Candidates that are looked for while a row is inserted, at least 1. */
  readonly efConstruction: number;
  readonly codeBits: CodeBits;
  /** The source of all randomness, 32 bits. */
  readonly seed: number;
}

/**
 * A graph of the rows (Hierarchical Navigable Small World), which is walked on codes; the exact
 * vectors are needed for the last few candidates only.
 */
export interface GraphIndex extends VectorIndex, GraphParameters {
  readonly kind: "graph";
  readonly memory: WasmMemory;
  /** The address of the `Graph`: see graph-layout.ts. */
  readonly graph: number;
  readonly coding: RowCoding;
  readonly calibration: GraphCalibration;
}
