import { dataSize } from "./data-size.ts";
import { JoinedBytes } from "./joined-bytes.ts";
import { countElements, readFloatArray, writeFloats } from "./packed-numbers.ts";
import { byteVectorNumbers, byteVectorsNumbered, vectorFieldNumbers } from "./vector-cases.ts";
import type { WireOther, WireVectorArrays, WireVectors } from "./wire-field.ts";
import { WireReader, wireTypes } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

/**
 * Reads a `schema.VectorArray`: one VectorField per row. The rows' vectors are joined as bytes and
 * decoded at once. Arrays in arrays and sparse vectors are refused as of another kind.
 */
export function readVectorArrays(message: Uint8Array): WireVectorArrays {
  const offsets = new Uint32Array(countRows(message) + 1);
  const joined = new JoinedBytes();
  const cases = new Set<number>();
  let dim = 0;
  let elementTypeId = 0;
  let rowCount = 0;
  const reader = new WireReader(message);
  while (reader.next()) {
    if (reader.field === 1) dim = Number(reader.int64());
    else if (reader.field === 3) elementTypeId = reader.int32();
    else if (reader.field === 2) {
      const row = readRow(reader.message());
      cases.add(row.field);
      joined.append(row.content);
      rowCount++;
      offsets[rowCount] = offsets[rowCount - 1] + lengthOf(row);
    } else reader.skip();
  }
  return {
    kind: "vectorArray",
    dim,
    elementTypeId,
    offsets,
    elements: elementsOf(cases, joined, dim),
  };
}

function countRows(message: Uint8Array): number {
  const reader = new WireReader(message);
  let count = 0;
  while (reader.next()) {
    if (reader.field === 2) count++;
    reader.skip();
  }
  return count;
}

interface Row {
  /** The number of the VectorField's case; 0 when it has none that may be an element. */
  readonly field: number;
  readonly content: Uint8Array;
}

const noContent = new Uint8Array(0);

function readRow(reader: WireReader): Row {
  let row: Row = { field: 0, content: noContent };
  while (reader.next()) {
    const { field } = reader;
    const isElement = field === vectorFieldNumbers.floatVector || byteVectorsNumbered.has(field);
    if (isElement) row = { field, content: reader.bytes() };
    else reader.skip();
  }
  return row;
}

/** In floats, or in bytes for the other vectors. */
function lengthOf({ field, content }: Row): number {
  if (field !== vectorFieldNumbers.floatVector) return content.length;
  return countElements(new WireReader(content), wireTypes.fixed32);
}

function elementsOf(
  cases: ReadonlySet<number>,
  joined: JoinedBytes,
  dim: number,
): WireVectors | WireOther {
  const [field = 0] = cases;
  if (cases.size > 1) return { kind: "other", name: "mixed" };
  if (field === vectorFieldNumbers.floatVector) {
    // Protobuf merges messages that lie one after the other.
    return { kind: "floatVector", dim, values: readFloatArray(new WireReader(joined.bytes)) };
  }
  const kind = byteVectorsNumbered.get(field);
  if (kind === undefined) return { kind: "other", name: "" };
  return { kind, dim, bytes: joined.bytes };
}

/** Writes rows of vectors as the given field, a `schema.VectorArray`. */
export function writeVectorArrays(
  writer: WireWriter,
  field: number,
  { dim, elementTypeId, offsets, elements }: WireVectorArrays,
): void {
  const mark = writer.begin(field, dataSize(elements) + 12 * offsets.length);
  writer.int64(1, BigInt(dim));
  for (let row = 0; row < offsets.length - 1; row++) {
    const rowMark = writer.begin(2, 4 * (offsets[row + 1] - offsets[row]) + 12);
    writer.int64(vectorFieldNumbers.dim, BigInt(dim));
    if (elements.kind !== "other") writeRow(writer, elements, offsets[row], offsets[row + 1]);
    writer.end(rowMark);
  }
  writer.int32(3, elementTypeId).end(mark);
}

function writeRow(writer: WireWriter, elements: WireVectors, start: number, end: number): void {
  if (elements.kind !== "floatVector") {
    writer.bytesElement(byteVectorNumbers[elements.kind], elements.bytes.subarray(start, end));
    return;
  }
  const values = elements.values.subarray(start, end);
  const mark = writer.begin(vectorFieldNumbers.floatVector, values.byteLength + 5);
  writeFloats(writer, 1, values);
  writer.end(mark);
}
