import { dataSize } from "./data-size.ts";
import { JoinedBytes } from "./joined-bytes.ts";
import { readFloatArray, writeFloats } from "./packed-numbers.ts";
import type { WireFloatVectors, WireOther, WireOtherVectors } from "./wire-field.ts";
import { type WireReader, wireTypes } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

const dimNumber = 1;
const floatVectorNumber = 2;

/** The numbers of the other cases of `schema.VectorField`'s oneof. */
const otherCaseNumbers: Readonly<Record<WireOtherVectors["kind"], number>> = {
  binaryVector: 3,
  float16Vector: 4,
  bfloat16Vector: 5,
  sparseFloatVector: 6,
  int8Vector: 7,
  vectorArray: 8,
};

const otherCases: ReadonlyMap<number, WireOtherVectors["kind"]> = new Map(
  // Object.entries forgets the type of the keys.
  Object.entries(otherCaseNumbers).map(([kind, n]) => [n, kind as WireOtherVectors["kind"]]),
);

/** Newer than the SDK's definitions: `repeated bool valid_data`, which replaces FieldData's. */
const validDataNumber = 9;

export type VectorCase = WireFloatVectors | WireOtherVectors | WireOther;

export interface VectorField {
  readonly data: VectorCase;
  /** Packed bools of `valid_data`; empty when there are none. */
  readonly valid: Uint8Array;
}

/** Reads a `schema.VectorField`. Floats are copied, the bytes of other vectors are a view. */
export function readVectorField(reader: WireReader): VectorField {
  const valid = new JoinedBytes();
  let dim = 0;
  let data: VectorCase = { kind: "other", name: "" };
  while (reader.next()) {
    const other = otherCases.get(reader.field);
    if (reader.field === dimNumber) dim = Number(reader.int64());
    else if (reader.field === validDataNumber) valid.append(reader.elements(wireTypes.varint));
    else if (reader.field === floatVectorNumber) {
      data = { kind: "floatVector", dim, values: readFloatArray(reader.message()) };
    } else if (other !== undefined) data = { kind: other, dim, bytes: reader.bytes() };
    else reader.skip();
  }
  // Fields come in any order: the dim may have followed.
  return { data: data.kind === "other" ? data : { ...data, dim }, valid: valid.bytes };
}

/** Writes a `schema.VectorField` as the given field. */
export function writeVectorField(
  writer: WireWriter,
  field: number,
  data: WireFloatVectors | WireOtherVectors,
): void {
  const size = dataSize(data);
  const mark = writer.begin(field, size + 12);
  writer.int64(dimNumber, BigInt(data.dim));
  if (data.kind === "floatVector") {
    const arrayMark = writer.begin(floatVectorNumber, size + 5);
    writeFloats(writer, 1, data.values);
    writer.end(arrayMark);
  } else writer.bytesElement(otherCaseNumbers[data.kind], data.bytes);
  writer.end(mark);
}
