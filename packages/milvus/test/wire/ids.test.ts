import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeIds, encodeIds } from "../../src/wire/ids.ts";
import { byteStrings, pieces } from "./field-model.ts";
import { oracleDecode, oracleEncode } from "./oracle.ts";

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe("decodeIds", () => {
  it("decodeIds reads Int64 keys to a fixed column", () => {
    fc.assert(
      fc.property(fc.array(int64), (keys) => {
        const bytes = oracleEncode("schema.IDs", { int_id: { data: keys.map(String) } });
        const values = BigInt64Array.from(keys);
        expect(decodeIds(bytes)).toEqual({ layout: "fixed", rowCount: keys.length, values });
      }),
    );
  });

  it("decodeIds reads VarChar keys to a bytes column", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 50 })), (keys) => {
        const column = decodeIds(oracleEncode("schema.IDs", { str_id: { data: keys } }));
        expect(column).toMatchObject({ layout: "bytes", rowCount: keys.length });
        if (column?.layout !== "bytes") return;
        expect(pieces(column).map((key) => Buffer.from(key).toString())).toEqual(keys);
      }),
    );
  });

  it("decodeIds answers undefined for ids of neither kind", () => {
    expect(decodeIds(new Uint8Array(0))).toBeUndefined();
  });
});

describe("encodeIds", () => {
  it("encodeIds writes Int64 keys as protobufjs does", () => {
    fc.assert(
      fc.property(fc.array(int64), (keys) => {
        const values = BigInt64Array.from(keys);
        const bytes = encodeIds({ layout: "fixed", rowCount: keys.length, values });
        const theirs = oracleEncode("schema.IDs", { int_id: { data: keys.map(String) } });
        expect(bytes).toEqual(theirs);
      }),
    );
  });

  it("encodeIds writes VarChar keys as protobufjs does", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 200 })), (keys) => {
        const strings = byteStrings(keys.map((key) => Buffer.from(key)));
        const bytes = encodeIds({ layout: "bytes", rowCount: keys.length, ...strings });
        expect(bytes).toEqual(oracleEncode("schema.IDs", { str_id: { data: keys } }));
      }),
    );
  });

  it("encodeIds writes a kind even when there are no keys", () => {
    const none = encodeIds({ layout: "fixed", rowCount: 0, values: new BigInt64Array(0) });
    expect(oracleDecode("schema.IDs", none)).toMatchObject({ int_id: { data: [] } });
  });

  it("encodeIds refuses columns that can't be keys", () => {
    const values = Int32Array.of(1);
    expect(() => encodeIds({ layout: "fixed", rowCount: 1, values })).toThrow(TypeError);
  });
});
