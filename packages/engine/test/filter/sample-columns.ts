import { wkbOfWkt } from "../../src/geometry/well-known.ts";
import type { CollectionSchema, Field } from "../../src/schema/collection-schema.ts";
import type { BytesColumn, Column, FixedArray, FixedColumn } from "../../src/schema/column.ts";
import { type DataType, infoOf } from "../../src/schema/data-type.ts";

/** A value of a row as the tests write it; JSON fields take JSON text, Geometry fields WKT. */
export type Cell = boolean | number | bigint | string | readonly Cell[] | null;

const encoder = new TextEncoder();

/** A field with everything that filters look at; the rest is filled in. */
export function field(id: number, name: string, type: DataType, extra: Partial<Field> = {}): Field {
  const rest = { description: "", primaryKey: false, autoId: false, nullable: true };
  return { id, name, type, ...rest, ...extra };
}

export function schemaOf(fields: readonly Field[]): CollectionSchema {
  const dynamicField = fields.some(({ name }) => name === "$meta");
  const names = new Set(fields.flatMap(({ struct }) => (struct === undefined ? [] : [struct])));
  const structs = [...names].map((name, i) => {
    return { id: 900 + i, name, description: "", nullable: true };
  });
  return { description: "", fields, dynamicField, structs };
}

/** The column of a field with these values. Offsets and buffers do not begin at 0: they need not. */
export function columnOf({ type, elementType }: Field, cells: readonly Cell[]): Column {
  const validity = cells.includes(null) ? { validity: validityOf(cells) } : {};
  if (type !== "Array") return { ...plainColumn(type, cells), ...validity };
  const lists = cells.map((cell) => (Array.isArray(cell) ? (cell as readonly Cell[]) : []));
  const offsets = offsetsOf(
    lists.map((list) => list.length),
    1,
  );
  const elements = plainColumn(elementType ?? "Int64", [1, ...lists.flat()]);
  return { layout: "list", rowCount: cells.length, offsets, elements, ...validity };
}

function plainColumn(type: DataType, cells: readonly Cell[]): FixedColumn | BytesColumn {
  const rowCount = cells.length;
  if (infoOf(type).layout !== "bytes") {
    return { layout: "fixed", rowCount, values: numbersOf(type, [null, ...cells]).subarray(1) };
  }
  const texts = cells.map((cell) => {
    if (cell === null) return new Uint8Array(0);
    return type === "Geometry" ? wkbOfWkt(String(cell)) : encoder.encode(String(cell));
  });
  const offsets = offsetsOf(
    texts.map((text) => text.length),
    2,
  );
  const bytes = new Uint8Array(offsets[rowCount]);
  texts.forEach((text, i) => {
    bytes.set(text, offsets[i]);
  });
  return { layout: "bytes", rowCount, offsets, bytes };
}

function numbersOf(type: DataType, cells: readonly Cell[]): FixedArray {
  const isBig = type === "Int64" || type === "Timestamptz";
  const numbers = cells.map((cell) => (isBig ? 0 : Number(cell ?? 0)));
  switch (type) {
    case "Bool":
      return Uint8Array.from(numbers);
    case "Int8":
      return Int8Array.from(numbers);
    case "Int16":
      return Int16Array.from(numbers);
    case "Int32":
      return Int32Array.from(numbers);
    case "Int64":
    case "Timestamptz":
      return BigInt64Array.from(cells.map((cell) => BigInt((cell ?? 0) as bigint)));
    case "Float":
      return Float32Array.from(numbers);
    default:
      return Float64Array.from(numbers);
  }
}

function offsetsOf(lengths: readonly number[], first: number): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  offsets[0] = first;
  lengths.forEach((length, i) => {
    offsets[i + 1] = offsets[i] + length;
  });
  return offsets;
}

function validityOf(cells: readonly Cell[]): Uint8Array {
  const validity = new Uint8Array((cells.length + 7) >>> 3);
  cells.forEach((cell, i) => {
    if (cell !== null) validity[i >>> 3] |= 1 << (i & 7);
  });
  return validity;
}
