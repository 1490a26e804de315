import fc from "fast-check";
import {
  type BytesColumn,
  type Column,
  type FixedArray,
  type FixedColumn,
  isValid,
  type ListColumn,
  type SparseColumn,
  type VectorColumn,
  type VectorElement,
} from "../../src/schema/column.ts";
import { createVectorArray, vectorAt } from "../../src/schema/vector-layout.ts";

const fixedValues: readonly ((length: number) => fc.Arbitrary<FixedArray>)[] = [
  (length) => fc.uint8Array({ minLength: length, maxLength: length, max: 1 }),
  (length) => fc.int8Array({ minLength: length, maxLength: length }),
  (length) => fc.int16Array({ minLength: length, maxLength: length }),
  (length) => fc.int32Array({ minLength: length, maxLength: length }),
  (length) => fc.bigInt64Array({ minLength: length, maxLength: length }),
  (length) => fc.float32Array({ minLength: length, maxLength: length }),
  (length) => fc.float64Array({ minLength: length, maxLength: length }),
];

/** A column of any layout, some with rows before and behind their own in the same memory. */
export function arbitraryColumn(rowCount: number): fc.Arbitrary<Column> {
  return fc.oneof(
    arbitraryFixedColumn(rowCount),
    arbitraryBytesColumn(rowCount),
    arbitraryListColumn(rowCount),
    arbitraryVectorColumn(rowCount),
    arbitrarySparseColumn(rowCount),
  );
}

export function arbitraryRowCount(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, 1, 8, 9), fc.nat({ max: 20 }));
}

export function arbitraryFixedColumn(rowCount: number): fc.Arbitrary<FixedColumn> {
  return fc
    .tuple(fc.constantFrom(...fixedValues), fc.nat({ max: 3 }), arbitraryValidity(rowCount))
    .chain(([valuesOf, before, validity]) =>
      valuesOf(before + rowCount).map((values) => ({
        layout: "fixed",
        rowCount,
        values: values.subarray(before),
        ...validity,
      })),
    );
}

export function arbitraryBytesColumn(rowCount: number): fc.Arbitrary<BytesColumn> {
  const rows = fc.array(fc.uint8Array({ maxLength: 9 }), {
    minLength: rowCount + 2,
    maxLength: rowCount + 2,
  });
  return fc.tuple(rows, fc.boolean(), arbitraryValidity(rowCount)).map(([all, isCut, validity]) => {
    const own = isCut
      ? all
      : all.map((row, i) => (i === 0 || i > rowCount ? row.subarray(0, 0) : row));
    const bytes = Uint8Array.from(own.flatMap((row) => [...row]));
    const offsets = offsetsOf(own.map((row) => row.length)).subarray(1, rowCount + 2);
    return { layout: "bytes", rowCount, offsets, bytes, ...validity };
  });
}

function arbitraryListColumn(rowCount: number): fc.Arbitrary<ListColumn> {
  const lengths = fc.array(fc.nat({ max: 3 }), {
    minLength: rowCount + 2,
    maxLength: rowCount + 2,
  });
  return fc.tuple(lengths, arbitraryValidity(rowCount)).chain(([all, validity]) => {
    const offsets = offsetsOf(all);
    const elementCount = offsets[offsets.length - 1];
    return fc
      .oneof(
        arbitraryFixedColumn(elementCount),
        arbitraryBytesColumn(elementCount),
        arbitraryVectorColumn(elementCount),
      )
      .map((elements) => ({
        layout: "list",
        rowCount,
        offsets: offsets.subarray(1, rowCount + 2),
        elements,
        ...validity,
      }));
  });
}

const vectorElements: readonly VectorElement[] = ["float32", "float16", "bfloat16", "int8", "bit"];

function arbitraryVectorColumn(rowCount: number): fc.Arbitrary<VectorColumn> {
  return fc
    .tuple(
      fc.constantFrom(...vectorElements),
      fc.integer({ min: 1, max: 5 }),
      arbitraryValidity(rowCount),
    )
    .chain(([element, size, validity]) => {
      const dim = element === "bit" ? size * 8 : size;
      const { byteLength } = createVectorArray({ element, dim }, rowCount);
      return fc.uint8Array({ minLength: byteLength, maxLength: byteLength }).map((bytes) => {
        const values = createVectorArray({ element, dim }, rowCount);
        new Uint8Array(values.buffer).set(bytes);
        return { layout: "vector", element, rowCount, dim, values, ...validity };
      });
    });
}

function arbitrarySparseColumn(rowCount: number): fc.Arbitrary<SparseColumn> {
  const lengths = fc.array(fc.nat({ max: 3 }), {
    minLength: rowCount + 2,
    maxLength: rowCount + 2,
  });
  return fc.tuple(lengths, arbitraryValidity(rowCount)).chain(([all, validity]) => {
    const offsets = offsetsOf(all);
    const count = offsets[offsets.length - 1];
    const bounds = { minLength: count, maxLength: count };
    return fc
      .record({ indices: fc.uint32Array(bounds), values: fc.float32Array(bounds) })
      .map((components) => ({
        layout: "sparse",
        rowCount,
        offsets: offsets.subarray(1, rowCount + 2),
        ...components,
        ...validity,
      }));
  });
}

function arbitraryValidity(rowCount: number): fc.Arbitrary<{ validity?: Uint8Array }> {
  const length = Math.ceil(rowCount / 8);
  return fc.oneof(
    fc.constant({}),
    fc.record({ validity: fc.uint8Array({ minLength: length, maxLength: length }) }),
  );
}

/** `lengths.length + 1` offsets, from 0. */
function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) offsets[i + 1] = offsets[i] + lengths[i];
  return offsets;
}

/** A column's values row by row, whatever its memory looks like: equal columns have equal rows. */
export function rowsOf(column: Column): {
  layout: string;
  hasValidity: boolean;
  rows: readonly unknown[];
} {
  const rows = Array.from({ length: column.rowCount }, (_, row) => ({
    isValid: isValid(column, row),
    value: valueAt(column, row),
  }));
  return { layout: column.layout, hasValidity: column.validity !== undefined, rows };
}

function valueAt(column: Column, row: number): unknown {
  switch (column.layout) {
    case "fixed":
      return column.values.slice(row, row + 1);
    case "vector":
      return { element: column.element, vector: bytesOf(vectorAt(column, row)) };
    case "sparse": {
      const { indices, values, offsets } = column;
      const own = [offsets[row], offsets[row + 1]] as const;
      return { indices: indices.slice(...own), values: values.slice(...own) };
    }
    case "bytes":
      return column.bytes.slice(column.offsets[row], column.offsets[row + 1]);
    case "list": {
      const { elements, offsets } = column;
      const count = offsets[row + 1] - offsets[row];
      return Array.from({ length: count }, (_, i) => ({
        isValid: isValid(elements, offsets[row] + i),
        value: valueAt(elements, offsets[row] + i),
      }));
    }
  }
}

/** A copy of the memory: numbers that are none are equal only there. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength).slice();
}
