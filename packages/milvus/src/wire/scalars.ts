import { readByteStrings, readStrings, writeByteStrings } from "./byte-strings.ts";
import { dataSize } from "./data-size.ts";
import {
  readBoolArray,
  readDoubleArray,
  readFloatArray,
  readIntArray,
  readLongArray,
  writeDoubles,
  writeFloats,
  writeInts,
  writeLongs,
} from "./packed-numbers.ts";
import type { WireScalars } from "./wire-field.ts";
import { WireReader } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

/** The field numbers of `schema.ScalarField`'s cases that hold plain values. */
export const scalarCases = {
  bool: 1,
  int: 2,
  long: 3,
  float: 4,
  double: 5,
  string: 6,
  bytes: 7,
  json: 9,
  geometry: 10,
  timestamptz: 11,
  geometryWkt: 12,
} as const;

export type ScalarCase = (typeof scalarCases)[keyof typeof scalarCases];

const decodedCases: ReadonlySet<number> = new Set(Object.values(scalarCases));

/** The cases that are not decoded, by their names. */
const otherCases: Readonly<Record<number, string>> = {
  8: "array_data",
  13: "mol_data",
  14: "mol_smiles_data",
  15: "date_data",
  16: "time_data",
};

/** Whether `readScalars` reads the case with this field number. */
export function isScalarCase(field: number): field is ScalarCase {
  return decodedCases.has(field);
}

/** The name of a case that it doesn't read; undefined for what is no case. */
export function scalarCaseName(field: number): string | undefined {
  return otherCases[field];
}

/** Reads the message of a case: a `schema.BoolArray`, `IntArray` and so on. */
export function readScalars(scalarCase: ScalarCase, message: Uint8Array): WireScalars {
  switch (scalarCase) {
    case scalarCases.bool:
      return { kind: "bool", values: readBoolArray(new WireReader(message)) };
    case scalarCases.int:
      return { kind: "int", values: readIntArray(new WireReader(message)) };
    case scalarCases.long:
      return { kind: "long", values: readLongArray(new WireReader(message)) };
    case scalarCases.float:
      return { kind: "float", values: readFloatArray(new WireReader(message)) };
    case scalarCases.double:
      return { kind: "double", values: readDoubleArray(new WireReader(message)) };
    case scalarCases.string:
      return { kind: "string", ...readStrings(message) };
    case scalarCases.bytes:
      return { kind: "bytes", ...readByteStrings(message) };
    case scalarCases.json:
      return { kind: "json", ...readByteStrings(message) };
    case scalarCases.geometry:
      return { kind: "geometry", ...readByteStrings(message) };
    case scalarCases.geometryWkt:
      return { kind: "geometryWkt", ...readStrings(message) };
    case scalarCases.timestamptz:
      return { kind: "timestamptz", values: readLongArray(new WireReader(message)) };
  }
}

/** Writes values as their case of `schema.ScalarField`. */
export function writeScalars(writer: WireWriter, data: WireScalars): void {
  const field = scalarCases[data.kind];
  if ("bytes" in data) {
    writeByteStrings(writer, field, data);
    return;
  }
  const mark = writer.begin(field, dataSize(data) + 4);
  switch (data.kind) {
    case "bool":
    case "int":
      writeInts(writer, 1, data.values);
      break;
    case "long":
    case "timestamptz":
      writeLongs(writer, 1, data.values);
      break;
    case "float":
      writeFloats(writer, 1, data.values);
      break;
    case "double":
      writeDoubles(writer, 1, data.values);
      break;
  }
  writer.end(mark);
}
