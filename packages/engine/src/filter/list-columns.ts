import { assert } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { type BytesColumn, type FixedColumn, isValid, type ListColumn } from "../schema/column.ts";

/** The position of an element that is not there. */
const absent = -1;

/** The lengths of the arrays, as a column of Int32. */
export function lengthsOf(column: ListColumn, rowCount: number): FixedColumn {
  const { offsets, validity } = column;
  const values = new Int32Array(rowCount);
  for (let row = 0; row < rowCount; row++) values[row] = offsets[row + 1] - offsets[row];
  return { layout: "fixed", rowCount, values, ...(validity && { validity }) };
}

/** Element `index` of each array, as a column that is null where the array is null or too short. */
export function elementsAt(
  column: ListColumn,
  index: number,
  rowCount: number,
): FixedColumn | BytesColumn {
  const positions = new Int32Array(rowCount).fill(absent);
  const validity = new Uint8Array((rowCount + 7) >>> 3);
  for (let row = 0; row < rowCount; row++) {
    const position = column.offsets[row] + index;
    if (position >= column.offsets[row + 1] || !isValid(column, row)) continue;
    positions[row] = position;
    validity[row >>> 3] |= 1 << (row & 7);
  }
  const { elements } = column;
  assert(elements.layout !== "vector", "Filters do not look into arrays of vectors");
  return elements.layout === "fixed"
    ? { ...gatherFixed(elements, positions), validity }
    : { ...gatherBytes(elements, positions), validity };
}

/** Numbers other than Int64 come as doubles, which hold them exactly. */
function gatherFixed({ values }: FixedColumn, positions: Int32Array): FixedColumn {
  const rowCount = positions.length;
  if (values instanceof BigInt64Array) {
    const gathered = new BigInt64Array(rowCount);
    positions.forEach((position, row) => {
      if (position !== absent) gathered[row] = values[position];
    });
    return { layout: "fixed", rowCount, values: gathered };
  }
  const gathered = new Float64Array(rowCount);
  positions.forEach((position, row) => {
    if (position !== absent) gathered[row] = values[position];
  });
  return { layout: "fixed", rowCount, values: gathered };
}

function gatherBytes({ bytes, offsets }: BytesColumn, positions: Int32Array): BytesColumn {
  const rowCount = positions.length;
  const gatheredOffsets = new Uint32Array(rowCount + 1);
  positions.forEach((position, row) => {
    const length = position === absent ? 0 : offsets[position + 1] - offsets[position];
    gatheredOffsets[row + 1] = gatheredOffsets[row] + length;
  });
  const gathered = new Uint8Array(gatheredOffsets[rowCount]);
  positions.forEach((position, row) => {
    if (position === absent) return;
    gathered.set(bytes.subarray(offsets[position], offsets[position + 1]), gatheredOffsets[row]);
  });
  return { layout: "bytes", rowCount, offsets: gatheredOffsets, bytes: gathered };
}

/** The rows of arrays that have an element among the marked ones. */
export function rowsWithAny({ offsets }: ListColumn, marked: Bitset, rowCount: number): Bitset {
  const rows = new Bitset(rowCount);
  for (let row = 0; row < rowCount; row++) {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      if (!marked.has(i)) continue;
      rows.add(row);
      break;
    }
  }
  return rows;
}

/** The rows of arrays whose element `index` is marked. */
export function rowsWithAt(
  { offsets }: ListColumn,
  index: number,
  marked: Bitset,
  rowCount: number,
): Bitset {
  const rows = new Bitset(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const position = offsets[row] + index;
    if (position < offsets[row + 1] && marked.has(position)) rows.add(row);
  }
  return rows;
}
