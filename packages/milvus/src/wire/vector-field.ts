import { readByteStrings, writeByteStringElements } from "./byte-strings.ts";
import { dataSize } from "./data-size.ts";
import { JoinedBytes } from "./joined-bytes.ts";
import { readFloatArray, writeFloats } from "./packed-numbers.ts";
import { readVectorArrays, writeVectorArrays } from "./vector-arrays.ts";
import { byteVectorNumbers, byteVectorsNumbered, vectorFieldNumbers } from "./vector-cases.ts";
import type { WireOther, WireSparseVectors, WireVectorArrays, WireVectors } from "./wire-field.ts";
import { WireReader, wireTypes } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

/** A case of `schema.VectorField`'s oneof that holds vectors. */
export type VectorData = WireVectors | WireSparseVectors | WireVectorArrays;

export interface VectorField {
  readonly data: VectorData | WireOther;
  /** Packed bools of `valid_data`; empty when there are none. */
  readonly valid: Uint8Array;
}

/** Reads a `schema.VectorField`. Floats are copied, the bytes of other dense vectors are a view. */
export function readVectorField(reader: WireReader): VectorField {
  const valid = new JoinedBytes();
  let dim = 0;
  let data: VectorField["data"] = { kind: "other", name: "" };
  while (reader.next()) {
    const { field } = reader;
    if (field === vectorFieldNumbers.dim) dim = Number(reader.int64());
    else if (field === vectorFieldNumbers.validData) {
      valid.append(reader.elements(wireTypes.varint));
    } else data = readCase(reader) ?? data;
  }
  // Fields come in any order: the dim may have followed. Arrays and sparse vectors have their own.
  const hasDim = data.kind === "floatVector" || "bytes" in data;
  const withDim = hasDim && data.kind !== "sparseFloatVector" ? { ...data, dim } : data;
  return { data: withDim, valid: valid.bytes };
}

function readCase(reader: WireReader): VectorData | undefined {
  const byteVectors = byteVectorsNumbered.get(reader.field);
  if (byteVectors !== undefined) return { kind: byteVectors, dim: 0, bytes: reader.bytes() };
  switch (reader.field) {
    case vectorFieldNumbers.floatVector:
      return { kind: "floatVector", dim: 0, values: readFloatArray(reader.message()) };
    case vectorFieldNumbers.sparseFloatVector:
      return readSparseVectors(reader.bytes());
    case vectorFieldNumbers.vectorArray:
      return readVectorArrays(reader.bytes());
    default:
      reader.skip();
      return undefined;
  }
}

/** Reads a `schema.SparseFloatArray`. */
function readSparseVectors(message: Uint8Array): WireSparseVectors {
  const reader = new WireReader(message);
  let dim = 0;
  while (reader.next()) {
    if (reader.field === 2) dim = Number(reader.int64());
    else reader.skip();
  }
  return { kind: "sparseFloatVector", dim, ...readByteStrings(message) };
}

/** Writes a `schema.VectorField` as the given field. */
export function writeVectorField(writer: WireWriter, field: number, data: VectorData): void {
  const size = dataSize(data);
  const mark = writer.begin(field, size + 12);
  writer.int64(vectorFieldNumbers.dim, BigInt(data.dim));
  switch (data.kind) {
    case "floatVector": {
      const arrayMark = writer.begin(vectorFieldNumbers.floatVector, size + 5);
      writeFloats(writer, 1, data.values);
      writer.end(arrayMark);
      break;
    }
    case "sparseFloatVector": {
      const arrayMark = writer.begin(vectorFieldNumbers.sparseFloatVector, size + 12);
      writeByteStringElements(writer, data);
      writer.int64(2, BigInt(data.dim)).end(arrayMark);
      break;
    }
    case "vectorArray":
      writeVectorArrays(writer, vectorFieldNumbers.vectorArray, data);
      break;
    default:
      writer.bytesElement(byteVectorNumbers[data.kind], data.bytes);
  }
  writer.end(mark);
}
