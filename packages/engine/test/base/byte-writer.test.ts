import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, UnexpectedEndError } from "../../src/base/byte-reader.ts";
import { ByteWriter } from "../../src/base/byte-writer.ts";

describe("ByteWriter and ByteReader", () => {
  test("ByteReader reads what ByteWriter wrote, however small the first buffer", () => {
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.integer({ min: 0, max: 255 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.double({ noNaN: true }),
        fc.string({ unit: "binary" }),
        fc.uint8Array(),
        (capacity, u8, u64, f64, text, bytes) => {
          const writer = new ByteWriter(capacity).u8(u8).u16(513).u32(70_000).u64(u64).f64(f64);
          writer.string(text).align(8).bytes(bytes);
          const reader = new ByteReader(writer.finish());
          expect([reader.u8(), reader.u16(), reader.u32(), reader.u64(), reader.f64()]).toEqual([
            u8,
            513,
            70_000,
            u64,
            f64,
          ]);
          expect(reader.string()).toBe(text);
          reader.align(8);
          expect(reader.offset % 8).toBe(0);
          expect([...reader.bytes(bytes.length)]).toEqual([...bytes]);
          expect(reader.remaining).toBe(0);
        },
      ),
    );
  });

  test("ByteReader never reads past the end", () => {
    expect(() => new ByteReader(new Uint8Array(3)).u32()).toThrow(UnexpectedEndError);
    expect(() => new ByteReader(Uint8Array.of(9, 0, 0, 0)).string()).toThrow(UnexpectedEndError);
  });
});
