import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { checkEncoding } from "../../src/wire/check-encoding.ts";
import { SearchRequestSchema } from "../../src/wire/gen/milvus_pb.ts";
import { FieldDataSchema } from "../../src/wire/gen/schema_pb.ts";
import { WireError } from "../../src/wire/wire-reader.ts";
import { WireWriter } from "../../src/wire/wire-writer.ts";

const { field } = SearchRequestSchema;

function check(...bytes: number[]): void {
  checkEncoding(SearchRequestSchema, Uint8Array.from(bytes));
}

describe("checkEncoding()", () => {
  it("takes what encoders write: messages in messages, maps, oneofs, packed numbers", () => {
    const search = create(SearchRequestSchema, {
      collectionName: "films",
      nq: 3n,
      guaranteeTimestamp: 2n ** 64n - 1n,
      searchInput: { case: "placeholderGroup", value: Uint8Array.of(1) },
      exprTemplateValues: { year: { val: { case: "floatVal", value: 0.5 } } },
      subReqs: [{ dsl: "a > 1" }],
    });
    expect(() =>
      checkEncoding(SearchRequestSchema, toBinary(SearchRequestSchema, search)),
    ).not.toThrow();
    const column = create(FieldDataSchema, {
      field: { case: "scalars", value: { data: { case: "longData", value: { data: [1n, 2n] } } } },
      validData: [true, false],
    });
    expect(() => checkEncoding(FieldDataSchema, toBinary(FieldDataSchema, column))).not.toThrow();
  });

  it("takes fields that it does not know, of every type", () => {
    const unknown = 1_000 << 3;
    const tag = (wireType: number) => [((unknown | wireType) & 0x7f) | 0x80, unknown >> 7];
    check(...tag(0), 1, ...tag(2), 1, 9, ...tag(5), 1, 2, 3, 4, ...tag(1), 1, 2, 3, 4, 5, 6, 7, 8);
  });

  it("refuses a known field of another wire type", () => {
    expect(() => check((field.nq.number << 3) | 2, 0)).toThrow(WireError);
    expect(() => check((field.collectionName.number << 3) | 0, 0)).toThrow(
      "Field 3 has wire type 0, expected 2",
    );
  });

  it("refuses a field that is longer than the message it lies in", () => {
    const base = (field.base.number << 3) | 2;
    expect(() => check(base, 2, (14 << 3) | 2, 1, 0)).toThrow(WireError);
  });

  it("refuses messages that lie in each other without end", () => {
    const { number } = FieldDataSchema.field.structArrays;
    let bytes: Uint8Array = new WireWriter().string(2, "tags").finish();
    for (let depth = 1; depth <= 50; depth++) {
      expect(() => checkEncoding(FieldDataSchema, bytes)).not.toThrow();
      // A column of structs holds columns.
      const columns = new WireWriter().bytes(1, bytes).finish();
      bytes = new WireWriter().bytes(number, columns).finish();
    }
    expect(() => checkEncoding(FieldDataSchema, bytes)).toThrow(
      "More than 100 messages lie in each other",
    );
  });
});
