import type { BinaryExports } from "./binary-exports.ts";
import type { CodeExports } from "./code-exports.ts";
import type { FlatExports } from "./flat-exports.ts";
import type { GraphExports } from "./graph-exports.ts";
import type { IntervalExports } from "./interval-exports.ts";
import type { IvfExports } from "./ivf-exports.ts";
import type { NarrowExports } from "./narrow-exports.ts";
import type { SparseExports } from "./sparse-exports.ts";

/** All that the WebAssembly module exports: `assembly/index.ts`, the same in every build. */
export interface WasmExports
  extends FlatExports,
    CodeExports,
    NarrowExports,
    IntervalExports,
    IvfExports,
    GraphExports,
    BinaryExports,
    SparseExports {}
