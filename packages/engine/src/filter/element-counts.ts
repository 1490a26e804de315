import { assert, unreachable } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import type { BytesColumn, FixedColumn, ListColumn } from "../schema/column.ts";
import type { MatchNode } from "./bound-node.ts";

/** The elements of the first `rowCount` arrays, one behind the other, as a column of their own. */
export function elementsOf(
  { elements, offsets }: ListColumn,
  rowCount: number,
): FixedColumn | BytesColumn {
  const [first, last] = [offsets[0], offsets[rowCount]];
  const count = last - first;
  assert(elements.layout !== "vector", "Vectors are not filtered by");
  if (elements.layout === "bytes") {
    return {
      layout: "bytes",
      rowCount: count,
      offsets: elements.offsets.subarray(first, last + 1),
      bytes: elements.bytes,
    };
  }
  return { layout: "fixed", rowCount: count, values: elements.values.subarray(first, last) };
}

/** Whether so many matching elements of so many are what is asked for. */
export function isEnough(
  { mode, threshold }: Pick<MatchNode, "mode" | "threshold">,
  count: number,
  length: number,
): boolean {
  switch (mode) {
    case "all":
      return count === length;
    case "any":
      return count > 0;
    case "least":
      return count >= threshold;
    case "most":
      return count <= threshold;
    case "exact":
      return count === threshold;
    default:
      return unreachable(mode);
  }
}

/** The rows that have enough of the matching elements, which count from `offsets[0]`. */
export function rowsWithEnough(
  node: Pick<MatchNode, "mode" | "threshold">,
  { offsets }: ListColumn,
  matching: Bitset,
  rowCount: number,
): Bitset {
  const rows = new Bitset(rowCount);
  const first = offsets[0];
  for (let row = 0; row < rowCount; row++) {
    let count = 0;
    for (let i = offsets[row]; i < offsets[row + 1]; i++) count += Number(matching.has(i - first));
    if (isEnough(node, count, offsets[row + 1] - offsets[row])) rows.add(row);
  }
  return rows;
}
