import { JoinedBytes } from "./joined-bytes.ts";
import { countElements } from "./packed-numbers.ts";
import {
  isScalarCase,
  readScalars,
  type ScalarCase,
  scalarCaseName,
  scalarCases,
  writeScalars,
} from "./scalars.ts";
import type { WireArrays, WireOther, WireScalars } from "./wire-field.ts";
import { WireReader, wireTypes } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

/**
 * Reads a `schema.ArrayArray`: one ScalarField per row. Protobuf merges messages that lie one after
 * the other, so the rows' values are joined as bytes and decoded at once.
 */
export function readArrays(message: Uint8Array): WireArrays {
  const offsets = new Uint32Array(countRows(message) + 1);
  const joined = new JoinedBytes();
  const cases = new Set<number>();
  let elementTypeId = 0;
  let rowCount = 0;
  const reader = new WireReader(message);
  while (reader.next()) {
    if (reader.field === 2) elementTypeId = reader.int32();
    else if (reader.field === 1) {
      const row = readRow(reader.message());
      cases.add(row.field);
      joined.append(row.message);
      rowCount++;
      offsets[rowCount] = offsets[rowCount - 1] + countOf(row);
    } else reader.skip();
  }
  return { kind: "array", elementTypeId, offsets, elements: elementsOf(cases, joined) };
}

function countRows(message: Uint8Array): number {
  const reader = new WireReader(message);
  let count = 0;
  while (reader.next()) {
    if (reader.field === 1) count++;
    reader.skip();
  }
  return count;
}

interface Row {
  /** The field number of the ScalarField's case; 0 when it has none. */
  readonly field: number;
  readonly message: Uint8Array;
}

const noMessage = new Uint8Array(0);

/** Arrays in arrays are only named, so that deep nesting can't exhaust the stack. */
function readRow(reader: WireReader): Row {
  let row: Row = { field: 0, message: noMessage };
  while (reader.next()) {
    const { field } = reader;
    if (isScalarCase(field)) row = { field, message: reader.bytes() };
    else {
      if (scalarCaseName(field) !== undefined) row = { field, message: noMessage };
      reader.skip();
    }
  }
  return row;
}

function countOf({ field, message }: Row): number {
  if (!isScalarCase(field)) return 0;
  const elementType = elementTypes[field];
  return elementType === wireTypes.bytes
    ? countRows(message)
    : countElements(new WireReader(message), elementType);
}

const elementTypes = {
  [scalarCases.bool]: wireTypes.varint,
  [scalarCases.int]: wireTypes.varint,
  [scalarCases.long]: wireTypes.varint,
  [scalarCases.float]: wireTypes.fixed32,
  [scalarCases.double]: wireTypes.fixed64,
  [scalarCases.string]: wireTypes.bytes,
  [scalarCases.bytes]: wireTypes.bytes,
  [scalarCases.json]: wireTypes.bytes,
  [scalarCases.geometry]: wireTypes.bytes,
  [scalarCases.geometryWkt]: wireTypes.bytes,
  [scalarCases.timestamptz]: wireTypes.varint,
} as const satisfies Record<ScalarCase, number>;

function elementsOf(cases: ReadonlySet<number>, joined: JoinedBytes): WireScalars | WireOther {
  const [field = 0] = cases;
  if (cases.size > 1) return { kind: "other", name: cases.has(0) ? "" : "mixed" };
  if (isScalarCase(field)) return readScalars(field, joined.bytes);
  return { kind: "other", name: scalarCaseName(field) ?? "" };
}

/** Writes rows of elements as the given field, a `schema.ArrayArray`. */
export function writeArrays(writer: WireWriter, field: number, data: WireArrays): void {
  const { offsets, elements } = data;
  const mark = writer.begin(field);
  for (let row = 0; row < offsets.length - 1; row++) {
    const rowMark = writer.begin(1);
    if (elements.kind !== "other") {
      writeScalars(writer, slice(elements, offsets[row], offsets[row + 1]));
    }
    writer.end(rowMark);
  }
  writer.int32(2, data.elementTypeId).end(mark);
}

function slice(data: WireScalars, start: number, end: number): WireScalars {
  switch (data.kind) {
    case "bool":
      return { kind: "bool", values: data.values.subarray(start, end) };
    case "int":
      return { kind: "int", values: data.values.subarray(start, end) };
    case "long":
    case "timestamptz":
      return { kind: data.kind, values: data.values.subarray(start, end) };
    case "float":
      return { kind: "float", values: data.values.subarray(start, end) };
    case "double":
      return { kind: "double", values: data.values.subarray(start, end) };
    default:
      return { ...data, offsets: data.offsets.subarray(start, end + 1) };
  }
}
