import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFieldData } from "../../src/wire/field-data.ts";
import { MilvusService } from "../../src/wire/gen/milvus_pb.ts";
import { decodeIds } from "../../src/wire/ids.ts";
import { decodeInsertRequest, decodeUpsertRequest } from "../../src/wire/insert-request.ts";
import { decodeMessage } from "../../src/wire/messages.ts";
import { decodePlaceholderGroup } from "../../src/wire/placeholder-group.ts";
import { WireError, WireReader } from "../../src/wire/wire-reader.ts";
import { WireWriter } from "../../src/wire/wire-writer.ts";
import { fieldModels, oracleField } from "./field-model.ts";
import { oracleEncode } from "./oracle.ts";

describe("WireReader", () => {
  it("WireReader reads back what WireWriter wrote", () => {
    const numbers = fc.record({
      int32: fc.integer(),
      uint32: fc.nat({ max: 2 ** 32 - 1 }),
      int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      bool: fc.boolean(),
      string: fc.string({ unit: "binary" }),
    });
    fc.assert(
      fc.property(numbers, (values) => {
        const writer = new WireWriter(1);
        writer.int32(1, values.int32).uint32(2, values.uint32).int64(3, values.int64);
        writer.int64(4, values.uint64).bool(5, values.bool).string(536_870_911, values.string);
        const read = { int32: 0, uint32: 0, int64: 0n, uint64: 0n, bool: false, string: "" };
        const reader = new WireReader(writer.finish());
        while (reader.next()) {
          if (reader.field === 1) read.int32 = reader.int32();
          else if (reader.field === 2) read.uint32 = reader.uint32();
          else if (reader.field === 3) read.int64 = reader.int64();
          else if (reader.field === 4) read.uint64 = reader.uint64();
          else if (reader.field === 5) read.bool = reader.bool();
          else read.string = reader.string();
        }
        expect(read).toEqual(values);
      }),
    );
  });

  it("WireReader refuses another wire type than asked for", () => {
    expect(() => at([0x08, 1]).string()).toThrow(WireError);
    expect(() => at([0x0a, 0]).int32()).toThrow(WireError);
    expect(() => at([0x0d, 0, 0, 0, 0]).bool()).toThrow(WireError);
    expect(() => at([0x09, 0, 0, 0, 0, 0, 0, 0, 0]).message()).toThrow(WireError);
  });

  it("WireReader refuses what is cut off", () => {
    expect(() => at([0x08, 0x80]).int32()).toThrow(WireError);
    expect(() => at([0x0a, 2, 65]).bytes()).toThrow(WireError);
    expect(() => at([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f]).bytes()).toThrow(WireError);
    expect(() => at([0x09, 0, 0, 0]).skip()).toThrow(WireError);
    expect(() => at([0x0b, 0x08, 1]).skip()).toThrow(WireError);
    expect(() => at([0x80])).toThrow(WireError);
  });

  it("WireReader refuses field number 0, unknown wire types and varints of 11 bytes", () => {
    expect(() => at([0x00, 1])).toThrow(WireError);
    expect(() => at([0x0e, 1]).skip()).toThrow(WireError);
    expect(() => at([0x0c]).skip()).toThrow(WireError);
    expect(() => at([0x08, ...new Array(10).fill(0x80), 1]).int64()).toThrow(WireError);
  });

  it("WireReader passes over groups nested a million deep", () => {
    const depth = 1_000_000;
    const bytes = new Uint8Array(2 * depth).fill(0x0b, 0, depth).fill(0x0c, depth);
    const reader = at(bytes);
    reader.skip();
    expect(reader.next()).toBe(false);
  });
});

describe("The decoders", () => {
  const decoders: ((bytes: Uint8Array) => unknown)[] = [
    decodeFieldData,
    decodeInsertRequest,
    decodeUpsertRequest,
    decodePlaceholderGroup,
    decodeIds,
    (bytes) => decodeMessage(MilvusService.method.search.input, bytes),
    (bytes) => decodeMessage(MilvusService.method.createCollection.input, bytes),
  ];

  it("The decoders answer or throw WireError for random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of decoders) expectAnswerOrWireError(decode, bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it("The decoders answer or throw WireError for damaged messages", () => {
    const damage = fc.record({ model: fieldModels, at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(damage, ({ model, at: position, byte }) => {
        const field = oracleField(model);
        const bytes = Uint8Array.from(
          oracleEncode("milvus.InsertRequest", { fields_data: [field, field], num_rows: 3 }),
        );
        bytes[position % bytes.length] = byte;
        for (const decode of decoders) {
          expectAnswerOrWireError(decode, bytes);
          expectAnswerOrWireError(decode, bytes.subarray(0, position % bytes.length));
        }
      }),
    );
  });

  it("The decoders survive fields that are nested 20,000 deep", () => {
    // FieldData > StructArrayField > FieldData ...: tags and lengths from the inside out.
    const headers: Uint8Array[] = [];
    let length = 0;
    for (let level = 0; level < 40_000; level++) {
      const tag = level % 2 === 0 ? 0x0a : 0x42;
      const header = new WireWriter(16).varintElement(tag, 0).varintElement(length, 0).finish();
      headers.push(header);
      length += header.length;
    }
    const field = Buffer.concat(headers.reverse());
    const request = new WireWriter().bytesElement(5, field).finish();
    expect(decodeInsertRequest(request).fieldsData[0].data.kind).toBe("structs");
    const decodeByDescriptor = () => decodeMessage(MilvusService.method.insert.input, request);
    expect(decodeByDescriptor).toThrow(WireError);
  });
});

function at(bytes: ArrayLike<number>): WireReader {
  const reader = new WireReader(Uint8Array.from(bytes));
  reader.next();
  return reader;
}

function expectAnswerOrWireError(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(WireError);
  }
}
