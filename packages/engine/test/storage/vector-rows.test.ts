import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Column } from "../../src/schema/column.ts";
import { writeColumnFile } from "../../src/storage/column-file.ts";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { nodeFileSystem, readRowSync } from "../../src/storage/node-file-system.ts";
import { openVectorRows } from "../../src/storage/vector-rows.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "redkite-"));
});
afterAll(() => rm(root, { recursive: true }));

const dim = 3;
const values = Float32Array.from({ length: 100 * dim }, (_, i) => i * 1.5);
const vectors: Column = { layout: "vector", element: "float32", rowCount: 100, dim, values };

async function written(name: string, column: Column): Promise<string> {
  const path = join(root, name);
  await writeColumnFile(nodeFileSystem, path, column);
  return path;
}

describe("openVectorRows()", () => {
  it("tells where rows lie, with and without validity, for readRowSync()", async () => {
    const validity = new Uint8Array(13).fill(255);
    for (const [name, column] of [
      ["1.col", vectors],
      ["2.col", { ...vectors, validity }],
    ] as const) {
      const rows = await openVectorRows(nodeFileSystem, await written(name, column));
      if (rows === undefined) throw new Error("the disk has no descriptors");
      expect(rows).toMatchObject({ rowCount: 100, dim });
      const target = new Float32Array(new SharedArrayBuffer(4 * dim));
      for (const row of [0, 57, 99]) {
        readRowSync(rows.descriptor, new Uint8Array(target.buffer), rows.offset + row * dim * 4);
        expect([...target]).toEqual([...values.subarray(row * dim, (row + 1) * dim)]);
      }
      await rows.close();
    }
  });

  it.each([
    { element: "float16", dim: 3, rowBytes: 6, values: Uint16Array.of(0, 0, 0, 1, 2, 3) },
    { element: "int8", dim: 3, rowBytes: 3, values: Int8Array.of(0, 0, 0, 1, 2, 3) },
    { element: "bit", dim: 24, rowBytes: 3, values: Uint8Array.of(0, 0, 0, 1, 2, 3) },
  ] as const)(
    "tells of $element vectors how long a row is, and which rows are null",
    async (own) => {
      const { rowBytes, ...shape } = own;
      const validity = Uint8Array.of(0b10);
      const column: Column = { layout: "vector", rowCount: 2, ...shape, validity };
      const rows = await openVectorRows(
        nodeFileSystem,
        await written(`${own.element}.col`, column),
      );
      if (rows === undefined) throw new Error("the disk has no descriptors");
      const { element, dim: ownDim } = own;
      expect(rows).toMatchObject({ rowBytes, element, dim: ownDim, rowCount: 2, validity });
      const target = new Uint8Array(rowBytes);
      readRowSync(rows.descriptor, target, rows.offset + rowBytes);
      expect(target).toEqual(new Uint8Array(own.values.buffer).slice(rowBytes));
      await rows.close();
    },
  );

  it("opens a file for all threads", async () => {
    const rows = await openVectorRows(nodeFileSystem, await written("3.col", vectors));
    if (rows === undefined) throw new Error("the disk has no descriptors");
    const source = `
      const { parentPort, workerData } = require("node:worker_threads");
      const target = new Float32Array(${dim});
      require("node:fs").readSync(workerData.descriptor, target, 0, ${4 * dim}, workerData.offset);
      parentPort.postMessage(target);`;
    const { descriptor, offset } = rows;
    const worker = new Worker(source, { eval: true, workerData: { descriptor, offset } });
    const row = await new Promise<Float32Array>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    expect([...row]).toEqual([...values.subarray(0, dim)]);
    await worker.terminate();
    await rows.close();
  });

  it("answers undefined where files are in memory, and fails when the file is not there", async () => {
    for (const fs of [new MemoryFileSystem(), new FaultFileSystem()]) {
      await writeColumnFile(fs, "/1.col", vectors);
      expect(await openVectorRows(fs, "/1.col")).toBeUndefined();
      await expect(openVectorRows(fs, "/2.col")).rejects.toMatchObject({ code: "io" });
    }
    const missing = openVectorRows(nodeFileSystem, join(root, "none.col"));
    await expect(missing).rejects.toMatchObject({ code: "io" });
  });

  it("refuses damage in the header, a wrong size, and columns of no vectors", async () => {
    const number: Column = { layout: "fixed", rowCount: 1, values: Int8Array.of(1) };
    await expectCorrupt(await written("4.col", number));
    const path = await written("5.col", vectors);
    const bytes = await nodeFileSystem.readFile(path);
    await nodeFileSystem.replaceFile(path, bytes.subarray(0, -1));
    await expectCorrupt(path);
    bytes[20] ^= 1;
    await nodeFileSystem.replaceFile(path, bytes);
    await expectCorrupt(path);
  });
});

describe("readRowSync()", () => {
  it("fails at the end of the file, and once it is closed", async () => {
    const path = await written("6.col", vectors);
    const rows = await openVectorRows(nodeFileSystem, path);
    if (rows === undefined) throw new Error("the disk has no descriptors");
    const { descriptor } = rows;
    const size = (await nodeFileSystem.sizeOf(path)) ?? 0;
    const target = new Uint8Array(8);
    expect(() => readRowSync(descriptor, target, size - 4)).toThrow(
      expect.objectContaining({ code: "io", details: expect.objectContaining({ errno: "EOF" }) }),
    );
    await rows.close();
    expect(() => readRowSync(descriptor, target, 0)).toThrow(
      expect.objectContaining({ code: "io", details: expect.objectContaining({ errno: "EBADF" }) }),
    );
  });
});

async function expectCorrupt(path: string): Promise<void> {
  await expect(openVectorRows(nodeFileSystem, path)).rejects.toMatchObject({
    code: "corrupt-file",
    details: { path },
  });
}
