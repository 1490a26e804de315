import { describe, expect, it } from "vitest";
import { WireWriter } from "../../src/wire/wire-writer.ts";

describe("WireWriter", () => {
  it("WireWriter writes the same nested message whatever the size hint", () => {
    const content = new Uint8Array(300).fill(7);
    const plain = new WireWriter().bytesElement(1, content).int32(2, 5).finish();
    for (const hint of [0, 127, 128, 300, 20_000, 3_000_000, 2 ** 32 - 1]) {
      for (const capacity of [1, 300, 303, 304, 4_000]) {
        const writer = new WireWriter(capacity);
        const mark = writer.begin(1, hint);
        writer.raw(content).end(mark).int32(2, 5);
        expect(writer.finish()).toEqual(plain);
      }
    }
  });

  it("WireWriter writes an empty nested message at the end of its memory", () => {
    const writer = new WireWriter(3);
    const mark = writer.begin(1, 200);
    expect(writer.end(mark).finish()).toEqual(Buffer.of(0x0a, 0));
  });

  it("WireWriter leaves out the defaults of single fields, but not those of elements", () => {
    const writer = new WireWriter();
    writer.int32(1, 0).uint32(2, 0).int64(3, 0n).bool(4, false).float(5, 0).string(6, "");
    writer.bytes(7, new Uint8Array(0));
    expect(writer.finish().length).toBe(0);
    writer.stringElement(1, "").bytesElement(2, new Uint8Array(0));
    expect(writer.finish()).toEqual(Buffer.of(0x0a, 0, 0x12, 0));
  });
});
