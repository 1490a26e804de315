import { readArrays, writeArrays } from "./array-data.ts";
import { dataSize } from "./data-size.ts";
import { JoinedBytes } from "./joined-bytes.ts";
import { isScalarCase, readScalars, scalarCaseName, writeScalars } from "./scalars.ts";
import type { WireArrays, WireOther, WireScalars } from "./wire-field.ts";
import { type WireReader, wireTypes } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

/** `array_data`, the case of `schema.ScalarField` that holds ScalarFields itself. */
const arrayNumber = 8;

/** Newer than the SDK's definitions: `repeated bool valid_data`, which replaces FieldData's. */
const validDataNumber = 17;

export interface ScalarField {
  readonly data: WireScalars | WireArrays | WireOther;
  /** Packed bools of `valid_data`; empty when there are none. */
  readonly valid: Uint8Array;
}

/** Reads a `schema.ScalarField`. Of a oneof given twice, the last counts. */
export function readScalarField(reader: WireReader): ScalarField {
  const valid = new JoinedBytes();
  let data: ScalarField["data"] = { kind: "other", name: "" };
  while (reader.next()) {
    const { field } = reader;
    if (field === validDataNumber) valid.append(reader.elements(wireTypes.varint));
    else if (field === arrayNumber) data = readArrays(reader.bytes());
    else if (isScalarCase(field)) data = readScalars(field, reader.bytes());
    else {
      const name = scalarCaseName(field);
      if (name !== undefined) data = { kind: "other", name };
      reader.skip();
    }
  }
  return { data, valid: valid.bytes };
}

/** Writes a `schema.ScalarField` as the given field. */
export function writeScalarField(
  writer: WireWriter,
  field: number,
  data: WireScalars | WireArrays | WireOther,
): void {
  const mark = writer.begin(field, dataSize(data) + 8);
  if (data.kind === "array") writeArrays(writer, arrayNumber, data);
  else if (data.kind !== "other") writeScalars(writer, data);
  writer.end(mark);
}
