import { must } from "../base/assert.ts";
import type { SharedBinaryVectors } from "../index/binary/train-binary-centroids.ts";
import type { SparseRows } from "../index/sparse/sparse-rows.ts";
import type { SharedVectors } from "../index/vector-index.ts";
import type { DenseArray } from "../kernels/dense-rows.ts";
import { memoryOf } from "../kernels/vector-memory.ts";
import type { Field } from "../schema/collection-schema.ts";
import { isValid } from "../schema/column.ts";
import { infoOf } from "../schema/data-type.ts";
import type { SearchedColumn } from "../segment/segment-vectors.ts";

/** The vectors of a segment, as they can be sent to a thread. */
export type BuildSource =
  | { readonly kind: "dense"; readonly vectors: SharedVectors }
  | { readonly kind: "binary"; readonly vectors: SharedBinaryVectors }
  | { readonly kind: "sparse"; readonly rows: SparseRows };

/** What kind of vectors a field has; lists of them have no indexes. */
export function kindOf({ type }: Field): BuildSource["kind"] | "list" {
  if (type === "ArrayOfVector") return "list";
  if (type === "SparseFloatVector") return "sparse";
  return infoOf(type).element === "bit" ? "binary" : "dense";
}

/** The numbers of the rows that have a vector, in shared memory; `undefined` when all have one. */
export function presentRowsOf(column: SearchedColumn): Uint32Array | undefined {
  const { rowCount } = column;
  if (column.validity === undefined) return undefined;
  const rows: number[] = [];
  for (let row = 0; row < rowCount; row++) if (isValid(column, row)) rows.push(row);
  if (rows.length === rowCount) return undefined;
  const present = new Uint32Array(new SharedArrayBuffer(4 * rows.length));
  present.set(rows);
  return present;
}

/** The vectors of a column to build from. */
export function buildSourceOf(
  column: SearchedColumn,
  present: Uint32Array | undefined,
): BuildSource {
  const known = present && { present };
  switch (column.layout) {
    case "sparse": {
      const { offsets, indices, values } = column;
      return { kind: "sparse", rows: { offsets, indices, values } };
    }
    case "list":
      throw new TypeError("lists of vectors have no index");
    case "vector": {
      const { element, dim, values } = column;
      if (element === "bit") {
        // Of bits the values are bytes.
        const bits = { values: values as Uint8Array, rowBytes: dim / 8 };
        return { kind: "binary", vectors: { ...bits, ...known } };
      }
      const memory = must(memoryOf(values), "vectors in a vector memory");
      // Of bits alone the values are bytes without a sign.
      const dense = { element, values: values as DenseArray };
      return { kind: "dense", vectors: { ...dense, dim, memory, ...known } };
    }
  }
}
