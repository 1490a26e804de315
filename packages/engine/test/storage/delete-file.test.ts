import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeChecked } from "../../src/storage/checked-file.ts";
import { readDeleteFile, writeDeleteFile } from "../../src/storage/delete-file.ts";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";

const deletes = fc.uniqueArray(fc.nat({ max: 0xffffffff }), { maxLength: 20 }).chain((rows) =>
  fc.record({
    rows: fc.constant(Uint32Array.from(rows).sort()),
    timestamps: fc.bigUint64Array({ minLength: rows.length, maxLength: rows.length }),
  }),
);

describe("readDeleteFile()", () => {
  it("gives back the deletes that writeDeleteFile() was given", async () => {
    const fs = new MemoryFileSystem();
    await fc.assert(
      fc.asyncProperty(deletes, async (expected) => {
        await writeDeleteFile(fs, "deletes", expected);
        expect(await readDeleteFile(fs, "deletes")).toEqual(expected);
      }),
    );
  });

  it("refuses rows that do not ascend, and counts that do not fit", async () => {
    const fs = new MemoryFileSystem();
    const payloadOf = (count: bigint, rows: readonly number[]): Uint8Array =>
      new Uint8Array([
        ...new Uint8Array(BigUint64Array.of(count, ...rows.map(() => 1n)).buffer),
        ...new Uint8Array(Uint32Array.from(rows).buffer),
      ]);
    const wrong = [
      payloadOf(2n, [3, 3]),
      payloadOf(2n, [4, 3]),
      payloadOf(3n, [1, 2]),
      payloadOf(2n ** 64n - 1n, [1, 2]),
      new Uint8Array(7),
    ];
    for (const payload of wrong) {
      await writeChecked(fs, "deletes", "deletes", payload);
      await expect(readDeleteFile(fs, "deletes")).rejects.toMatchObject({
        code: "corrupt-file",
        details: { path: "deletes" },
      });
    }
  });
});

it("writeDeleteFile() asserts that rows ascend and each has a timestamp", async () => {
  const fs = new MemoryFileSystem();
  const two = BigUint64Array.of(1n, 2n);
  for (const rows of [Uint32Array.of(2, 1), Uint32Array.of(1)]) {
    await expect(writeDeleteFile(fs, "d", { rows, timestamps: two })).rejects.toThrow(
      /Deleted|Each/,
    );
  }
});
