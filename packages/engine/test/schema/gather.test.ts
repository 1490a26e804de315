import fc from "fast-check";
import { expect, test } from "vitest";
import type { Field } from "../../src/schema/collection-schema.ts";
import { type Column, type FixedArray, isValid } from "../../src/schema/column.ts";
import type { DataType } from "../../src/schema/data-type.ts";
import { gatherColumn } from "../../src/schema/gather.ts";
import { arbitraryColumn, rowsOf } from "../kit/arbitrary-columns.ts";

/** A column and rows of it to pick. */
const picked = fc.integer({ min: 1, max: 12 }).chain((rowCount) =>
  fc.record({
    column: arbitraryColumn(rowCount),
    // Runs of neighbours are copied at once.
    starts: fc.array(fc.nat({ max: rowCount - 1 }), { maxLength: 6 }),
    length: fc.integer({ min: 1, max: 4 }),
  }),
);

test("gatherColumn() answers the picked rows of columns of any layout, nulls among them", () => {
  fc.assert(
    fc.property(picked, ({ column, starts, length }) => {
      const rows = starts.flatMap((start) =>
        Array.from({ length: Math.min(length, column.rowCount - start) }, (_, i) => start + i),
      );
      const gathered = gatherColumn(fieldOf(column), [column], { from: rows.map(() => 0), rows });
      const all = rowsOf(column).rows;
      expect(rowsOf(gathered).rows).toEqual(rows.map((row) => all[row]));
      expect(rows.map((_, i) => isValid(gathered, i))).toEqual(
        rows.map((row) => isValid(column, row)),
      );
    }),
  );
});

const fixedTypes: Readonly<Record<string, DataType>> = {
  Uint8Array: "Bool",
  Int8Array: "Int8",
  Int16Array: "Int16",
  Int32Array: "Int32",
  BigInt64Array: "Int64",
  Float32Array: "Float",
  Float64Array: "Double",
};

const vectorTypes = {
  float32: "FloatVector",
  float16: "Float16Vector",
  bfloat16: "BFloat16Vector",
  int8: "Int8Vector",
  bit: "BinaryVector",
} as const;

function typeOf(values: FixedArray): DataType {
  return fixedTypes[values.constructor.name];
}

/** A field whose column it may be. */
function fieldOf(column: Column): Field {
  const rest = { id: 100, name: "f", description: "", primaryKey: false, autoId: false };
  const field = { ...rest, nullable: true };
  switch (column.layout) {
    case "fixed":
      return { ...field, type: typeOf(column.values) };
    case "bytes":
      return { ...field, type: "VarChar" };
    case "sparse":
      return { ...field, type: "SparseFloatVector" };
    case "vector":
      return { ...field, type: vectorTypes[column.element], dim: column.dim };
    case "list": {
      const { type, dim } = fieldOf(column.elements);
      if (column.elements.layout !== "vector")
        return { ...field, type: "Array", elementType: type };
      return { ...field, type: "ArrayOfVector", elementType: type, dim: dim ?? 0 };
    }
  }
}
