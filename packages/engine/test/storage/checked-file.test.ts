import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CheckedKind,
  decodeChecked,
  encodeChecked,
  readChecked,
  writeChecked,
} from "../../src/storage/checked-file.ts";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";

const kinds: readonly CheckedKind[] = ["catalog", "manifest", "deletes"];
const payload = Uint8Array.of(1, 2, 3);

describe("decodeChecked()", () => {
  it("gives back the payload that encodeChecked() was given", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 100 }), (kind, bytes) => {
        expect(decodeChecked(kind, encodeChecked(kind, bytes), "db/file")).toEqual(bytes);
      }),
    );
  });

  it("refuses a file that is cut at any byte, or longer by one", () => {
    const file = encodeChecked("catalog", payload);
    const longer = new Uint8Array(file.length + 1);
    longer.set(file);
    const wrong = Array.from(file, (_, length) => file.subarray(0, length));
    for (const bytes of [...wrong, longer])
      expectCorrupt(() => decodeChecked("catalog", bytes, "f"));
  });

  it("refuses a file with any byte changed", () => {
    const file = encodeChecked("catalog", payload);
    for (let i = 0; i < file.length; i++) {
      const wrong = file.slice();
      wrong[i] ^= 1;
      expectCorrupt(() => decodeChecked("catalog", wrong, "f"));
    }
  });

  it("says what it found in place of the file", () => {
    const manifest = encodeChecked("manifest", payload);
    expect(() => decodeChecked("catalog", manifest, "db/catalog")).toThrow(
      'Cannot read "db/catalog": expected a catalog, found a collection manifest; ' +
        "the file is damaged: restore the database from a copy",
    );
  });

  it("tells a file of a later version from a damaged one", () => {
    const file = encodeChecked("catalog", payload);
    const view = new DataView(file.buffer);
    view.setUint32(8, 2, true);
    expectCorrupt(() => decodeChecked("catalog", file, "f"));
    view.setUint32(12, crc32(file.subarray(0, 12)), true);
    // A later version may look any way it likes behind its first 16 bytes.
    expect(() => decodeChecked("catalog", file.subarray(0, 17), "f")).toThrow(
      expect.objectContaining({ code: "format-too-new", details: { path: "f", found: 2, max: 1 } }),
    );
  });
});

it("readChecked() reads what writeChecked() wrote", async () => {
  const fs = new MemoryFileSystem();
  await writeChecked(fs, "manifest", "manifest", payload);
  await writeChecked(fs, "manifest", "manifest", payload.subarray(1));
  expect(await readChecked(fs, "manifest", "manifest")).toEqual(payload.subarray(1));
});

function expectCorrupt(action: () => unknown): void {
  expect(action).toThrow(expect.objectContaining({ code: "corrupt-file" }));
}
