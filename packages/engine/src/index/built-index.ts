import type { BinaryIvf } from "./binary/binary-ivf.ts";
import type { GraphIndex } from "./graph/graph-index.ts";
import type { IvfIndex } from "./ivf/ivf-index.ts";
import type { MinHashLsh } from "./minhash/min-hash-lsh.ts";
import type { SparseInverted } from "./sparse/sparse-inverted.ts";

/** An index of dense vectors. */
export type DenseIndex = IvfIndex | GraphIndex;

/** An index of any kind that there is. */
export type BuiltIndex = DenseIndex | BinaryIvf | MinHashLsh | SparseInverted;
