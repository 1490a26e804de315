import { checkSparseRow } from "../../schema/sparse-row.ts";
import type { SparseVector } from "./sparse-rows.ts";

/**
 * The part of a query that a search looks at. `dropRatio` (0 to below 1) of the values, the smallest,
 * are left out, those that equal the smallest kept one not, as in Milvus; so are zeros, which add
 * nothing. Throws `invalid-parameter` when the query is no sparse vector.
 */
export function prepareSparseQuery(query: SparseVector, dropRatio: number): SparseVector {
  checkSparseRow(query);
  const { indices, values } = query;
  const dropCount = Math.floor(dropRatio * values.length);
  const smallest = dropCount === 0 ? 0 : values.slice().sort()[dropCount];
  if (values.every((value) => value > 0 && value >= smallest)) return query;
  const kept = indices.map((_, i) => i).filter((i) => values[i] > 0 && values[i] >= smallest);
  return {
    indices: kept.map((i) => indices[i]),
    values: Float32Array.from(kept, (i) => values[i]),
  };
}
