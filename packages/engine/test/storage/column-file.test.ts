import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column, VectorColumn } from "../../src/schema/column.ts";
import { readColumnFile, writeColumnFile } from "../../src/storage/column-file.ts";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { arbitraryColumn, arbitraryRowCount, rowsOf } from "../kit/arbitrary-columns.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";
import { seededRandom } from "../kit/random.ts";

const path = "1.col";

async function bytesOfFile(column: Column): Promise<Uint8Array> {
  const fs = new MemoryFileSystem();
  const size = await writeColumnFile(fs, path, column);
  const bytes = await fs.readFile(path);
  expect(bytes.length).toBe(size);
  return bytes;
}

async function read(bytes: Uint8Array, rowCount: number): Promise<Column> {
  const fs = new MemoryFileSystem();
  await fs.replaceFile(path, bytes);
  return readColumnFile(fs, path, { rowCount });
}

/** More than one piece of 4 MiB, and a last block that is not full. */
function largeColumn(): VectorColumn {
  const values = new Float32Array(new SharedArrayBuffer(4 * 1_300_001 * 2));
  for (let i = 0; i < values.length; i++) values[i] = i;
  return { layout: "vector", element: "float32", rowCount: 1_300_001, dim: 2, values };
}

describe("readColumnFile()", () => {
  it("gives back the rows that writeColumnFile() was given", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRowCount().chain(arbitraryColumn), async (column) => {
        const bytes = await bytesOfFile(column);
        expect(rowsOf(await read(bytes, column.rowCount))).toEqual(rowsOf(column));
      }),
    );
  });

  it("reads columns of many blocks into shared memory, on 64-byte boundaries", async () => {
    const column = largeColumn();
    const found = await read(await bytesOfFile(column), column.rowCount);
    if (found.layout !== "vector") throw new Error(found.layout);
    expect(found.dim).toBe(2);
    expect(Buffer.compare(new Uint8Array(found.values.buffer, 0, 8), new Uint8Array(8))).not.toBe(
      0,
    );
    expect(found.values.every((value, i) => value === i)).toBe(true);
    expect(found.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(found.values.byteOffset % 64).toBe(0);
  });

  it("finds damage in any block of a large file", async () => {
    const bytes = await bytesOfFile(largeColumn());
    for (let at = 70; at < bytes.length; at += 900_000) {
      const wrong = bytes.slice();
      wrong[at] ^= 128;
      await expectCorrupt(read(wrong, 1_300_001));
    }
  });

  it("refuses a file that is cut at any byte, longer by one, or changed in any byte", async () => {
    const column: Column = {
      layout: "list",
      rowCount: 2,
      offsets: Uint32Array.of(0, 1, 2),
      elements: { layout: "fixed", rowCount: 2, values: Int16Array.of(1, 2) },
      validity: Uint8Array.of(3),
    };
    const bytes = await bytesOfFile(column);
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    await expectCorrupt(read(longer, 2));
    for (let i = 0; i < bytes.length; i++) {
      await expectCorrupt(read(bytes.subarray(0, i), 2));
      const wrong = bytes.slice();
      wrong[i] ^= 1 << (i & 7);
      await expectCorrupt(read(wrong, 2));
    }
  });

  it("refuses a file with another number of rows", async () => {
    const bytes = await bytesOfFile({ layout: "fixed", rowCount: 1, values: Int8Array.of(1) });
    await expectCorrupt(read(bytes, 2));
  });
});

describe("writeColumnFile()", () => {
  const column: Column = { layout: "fixed", rowCount: 3, values: Int32Array.of(1, 2, 3) };

  it("is durable once its folder is synced, too", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const fs = new FaultFileSystem();
      await fs.makeDirectory("/s");
      await writeColumnFile(fs, "/s/1.col", column);
      await fs.syncDirectory("/s");
      const disk = await fs.crash(seededRandom(seed));
      expect(rowsOf(await readColumnFile(disk, "/s/1.col", { rowCount: 3 }))).toEqual(
        rowsOf(column),
      );
    }
  });

  it("leaves no file when the disk fails it, and one that it found alone", async () => {
    for (let operation = 1; operation < 5; operation++) {
      const fs = new FaultFileSystem();
      fs.failAt(operation, { errno: "ENOSPC", halfDone: true });
      await expect(writeColumnFile(fs, "/1.col", column)).rejects.toMatchObject({ code: "io" });
      expect(await fs.list("/")).toEqual([]);
    }
    const fs = new FaultFileSystem();
    await writeColumnFile(fs, "/1.col", column);
    await expect(writeColumnFile(fs, "/1.col", column)).rejects.toMatchObject({ code: "io" });
    expect(await fs.list("/")).toEqual(["1.col"]);
  });
});

async function expectCorrupt(reading: Promise<unknown>): Promise<void> {
  await expect(reading).rejects.toMatchObject({ code: "corrupt-file", details: { path } });
}
