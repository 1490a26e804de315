import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFieldData, encodeFieldData } from "../../src/wire/field-data.ts";
import { FieldDataSchema } from "../../src/wire/gen/schema_pb.ts";
import { WireError } from "../../src/wire/wire-reader.ts";
import { WireWriter } from "../../src/wire/wire-writer.ts";
import { fieldModels, modelOf, oracleField, wireFieldOf } from "./field-model.ts";
import { oracleDecode, oracleEncode, oracleEncodeUnpacked } from "./oracle.ts";

describe("decodeFieldData", () => {
  it("decodeFieldData reads what protobufjs writes, packed or not", () => {
    fc.assert(
      fc.property(fieldModels, (model) => {
        const packed = oracleEncode("schema.FieldData", oracleField(model));
        const unpacked = oracleEncodeUnpacked("schema.FieldData", oracleField(model));
        expect(modelOf(decodeFieldData(packed))).toEqual(model);
        expect(modelOf(decodeFieldData(unpacked))).toEqual(model);
      }),
    );
  });

  it("decodeFieldData joins chunks of one packed field", () => {
    const scalars = Buffer.concat([
      oracleEncode("schema.LongArray", { data: [1, -1] }),
      oracleEncodeUnpacked("schema.LongArray", { data: ["9223372036854775807"] }),
      oracleEncode("schema.LongArray", { data: ["-9223372036854775808", 0] }),
    ]);
    const bytes = nested(3, nested(3, scalars));
    expect(decodeFieldData(bytes).data).toEqual({
      kind: "long",
      values: BigInt64Array.of(1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0n),
    });
  });

  it("decodeFieldData passes over unknown fields, groups among them", () => {
    const known = oracleEncode("schema.FieldData", { field_name: "a", field_id: 7 });
    const group = [0xc3, 0x3e, 0x08, 0x01, 0x0b, 0x0c, 0xc4, 0x3e];
    const unknown = [...group, 0xc5, 0x3e, 1, 2, 3, 4, 0xc1, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8];
    const field = decodeFieldData(Uint8Array.from([...unknown, ...known, 0xc2, 0x3e, 1, 0]));
    expect(field).toMatchObject({ name: "a", fieldId: 7 });
  });

  it("decodeFieldData prefers the data's own valid_data to the field's", () => {
    const legacy = [0x3a, 2, 1, 1];
    const scalarValid = [0x8a, 0x01, 2, 1, 0];
    const vectorValid = [0x4a, 2, 0, 1];
    const scalars = Uint8Array.from([...legacy, ...nested(3, scalarValid)]);
    const vectors = Uint8Array.from([...nested(4, vectorValid), ...legacy]);
    expect(decodeFieldData(scalars).valid).toEqual(Uint8Array.of(1, 0));
    expect(decodeFieldData(vectors).valid).toEqual(Uint8Array.of(0, 1));
    expect(decodeFieldData(Uint8Array.from(legacy)).valid).toEqual(Uint8Array.of(1, 1));
  });

  it("decodeFieldData names data that it doesn't decode", () => {
    const other = (object: object) =>
      decodeFieldData(oracleEncode("schema.FieldData", object)).data;
    expect(other({})).toEqual({ kind: "other", name: "" });
    expect(other({ scalars: {} })).toEqual({ kind: "other", name: "" });
    expect(other({ vectors: { dim: 4 } })).toEqual({ kind: "other", name: "" });
    const structs = { struct_arrays: { fields: [{ struct_arrays: {} }] } };
    expect(other(structs)).toMatchObject({
      kind: "structs",
      fields: [{ data: { kind: "other", name: "struct_arrays" } }],
    });
    expect(other({ scalars: { mol_smiles_data: { data: ["CCO"] } } })).toEqual({
      kind: "other",
      name: "mol_smiles_data",
    });
  });

  it("decodeFieldData tells arrays whose rows are of several kinds, nested or without data", () => {
    const elements = (...rows: object[]) => {
      const object = { scalars: { array_data: { data: rows } } };
      const { data } = decodeFieldData(oracleEncode("schema.FieldData", object));
      return data.kind === "array" ? data.elements : data;
    };
    const ints = { int_data: { data: [1] } };
    expect(elements(ints, { bool_data: {} })).toEqual({ kind: "other", name: "mixed" });
    expect(elements(ints, {})).toEqual({ kind: "other", name: "" });
    expect(elements({ array_data: { data: [ints] } })).toEqual({
      kind: "other",
      name: "array_data",
    });
  });

  it("decodeFieldData refuses strings that are not UTF-8, each by itself", () => {
    const strings = (...parts: number[][]) =>
      decodeFieldData(
        nested(
          3,
          nested(
            6,
            parts.flatMap((part) => [...nested(1, part)]),
          ),
        ),
      );
    expect(() => strings([0xc3, 0xa9], [0x41])).not.toThrow();
    // "é" cut in two: valid only when joined.
    expect(() => strings([0xc3], [0xa9])).toThrow(WireError);
    expect(() => strings([0xff])).toThrow(WireError);
  });

  it("decodeFieldData refuses numbers that are cut off or too long", () => {
    const data = (scalarCase: number, packed: number[]) =>
      decodeFieldData(nested(3, nested(scalarCase, nested(1, packed))));
    for (const scalarCase of [1, 2, 3]) {
      expect(() => data(scalarCase, [1, 0x80])).toThrow(WireError);
      expect(() => data(scalarCase, [...new Array(10).fill(0x80), 1])).toThrow(WireError);
    }
    // Two rows that are whole floats only together.
    const row = (packed: number[]) => [...nested(1, nested(4, nested(1, packed)))];
    const rows = [...row([1, 2, 3]), ...row([4, 5, 6, 7, 8])];
    expect(() => decodeFieldData(nested(3, nested(8, rows)))).toThrow(WireError);
    expect(() => data(4, [1, 2, 3])).toThrow(WireError);
    expect(() => data(5, [1, 2, 3, 4])).toThrow(WireError);
  });
});

describe("encodeFieldData", () => {
  it("encodeFieldData writes what protobufjs and protobuf-es read as the same field", () => {
    fc.assert(
      fc.property(fieldModels, (model) => {
        const ours = encodeFieldData(wireFieldOf(model));
        const theirs = oracleEncode("schema.FieldData", oracleField(model));
        expect(oracleDecode("schema.FieldData", ours)).toEqual(
          oracleDecode("schema.FieldData", theirs),
        );
        expect(fromBinary(FieldDataSchema, ours)).toEqual(fromBinary(FieldDataSchema, theirs));
      }),
    );
  });

  it("encodeFieldData writes lengths in as few bytes as protobufjs, at every border", () => {
    for (const count of [0, 1, 25, 29, 30, 31, 32, 4_080, 4_090, 4_095, 4_096, 524_288]) {
      const values = new Array<number>(count).fill(1);
      const data = { kind: "floatVector", dim: 1, values: Float32Array.from(values) } as const;
      const field = { name: "v", typeId: 101, fieldId: 0, isDynamic: false, data };
      const theirs = oracleEncode("schema.FieldData", {
        type: 101,
        field_name: "v",
        vectors: { dim: 1, float_vector: { data: values } },
      });
      expect(Buffer.compare(encodeFieldData(field), theirs)).toBe(0);
    }
  });
});

function nested(field: number, content: ArrayLike<number>): Uint8Array {
  return new WireWriter().bytesElement(field, Uint8Array.from(content)).finish();
}
