import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, UnexpectedEndError } from "../../src/base/byte-reader.ts";
import { ByteWriter } from "../../src/base/byte-writer.ts";
import type { Column } from "../../src/schema/column.ts";
import { decodeColumn, encodeColumn } from "../../src/storage/column-codec.ts";
import { MalformedBytesError } from "../../src/storage/corrupt-file.ts";
import { arbitraryColumn, arbitraryRowCount, rowsOf } from "../kit/arbitrary-columns.ts";

function encode(column: Column): Uint8Array {
  const writer = new ByteWriter();
  encodeColumn(writer, column);
  return writer.finish().slice();
}

const columns = arbitraryRowCount().chain(arbitraryColumn);

describe("decodeColumn()", () => {
  it("gives back the rows that encodeColumn() was given", () => {
    fc.assert(
      fc.property(columns, columns, (first, second) => {
        const writer = new ByteWriter();
        encodeColumn(writer, first);
        encodeColumn(writer, second);
        const reader = new ByteReader(writer.finish());
        expect(rowsOf(decodeColumn(reader))).toEqual(rowsOf(first));
        expect(rowsOf(decodeColumn(reader))).toEqual(rowsOf(second));
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it("makes views on aligned memory and copies of the rest", () => {
    const bytes = encode({ layout: "fixed", rowCount: 2, values: Float64Array.of(1, 2) });
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const aligned = decodeColumn(new ByteReader(bytes));
    const unaligned = decodeColumn(new ByteReader(shifted.subarray(1)));
    expect(rowsOf(aligned)).toEqual(rowsOf(unaligned));
    expect(aligned.layout === "fixed" && aligned.values.buffer).toBe(bytes.buffer);
    expect(unaligned.layout === "fixed" && unaligned.values.buffer).not.toBe(shifted.buffer);
  });

  it("reports bytes that end early", () => {
    fc.assert(
      fc.property(columns, fc.double({ min: 0, max: 1, maxExcluded: true }), (column, part) => {
        const bytes = encode(column);
        const cut = bytes.subarray(0, Math.floor(bytes.length * part));
        expect(() => decodeColumn(new ByteReader(cut))).toThrow(UnexpectedEndError);
      }),
    );
  });

  it("never crashes on wrong bytes, nor makes room for what they promise", () => {
    const edit = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(columns, fc.array(edit, { minLength: 1, maxLength: 4 }), (column, edits) => {
        const bytes = encode(column);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        try {
          decodeColumn(new ByteReader(bytes));
        } catch (error) {
          const isExpected =
            error instanceof UnexpectedEndError || error instanceof MalformedBytesError;
          if (!isExpected) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  const bits: Column = {
    layout: "vector",
    element: "bit",
    rowCount: 3,
    dim: 16,
    values: new Uint8Array(6),
  };
  const lists: Column = {
    layout: "list",
    rowCount: 1,
    offsets: Uint32Array.of(0, 1),
    elements: {
      layout: "bytes",
      rowCount: 1,
      offsets: Uint32Array.of(0, 0),
      bytes: new Uint8Array(0),
    },
  };

  it.each<[string, Column, number, number]>([
    ["components that there are not", bits, 1, 5],
    ["bits that fill no bytes", bits, 8, 12],
    ["a layout that there is not", bits, 0, 6],
    ["lists of sparse vectors", lists, 12, 5],
    ["a size of a list", lists, 8, 1],
  ])("refuses a shape with %s", (_, column, at, value) => {
    const bytes = encode(column);
    bytes[at] = value;
    expect(() => decodeColumn(new ByteReader(bytes))).toThrow(MalformedBytesError);
  });

  it("refuses offsets that do not ascend from 0 to the end", () => {
    const bytes = encode({
      layout: "bytes",
      rowCount: 2,
      offsets: Uint32Array.of(0, 1, 2),
      bytes: Uint8Array.of(1, 2),
    });
    for (const offsets of [
      [1, 1, 2],
      [0, 3, 2],
      [0, 1, 1],
    ]) {
      const wrong = bytes.slice();
      wrong.set(new Uint8Array(Uint32Array.from(offsets).buffer), 16);
      expect(() => decodeColumn(new ByteReader(wrong))).toThrow(MalformedBytesError);
    }
  });
});
