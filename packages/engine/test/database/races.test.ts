import { describe, expect, test } from "vitest";
import { type Collection, type Database, openDatabase } from "../../src/index.ts";
import type { ReadFile } from "../../src/storage/file-system.ts";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";
import { seededRandom } from "../kit/random.ts";

async function openRows(fileSystem: FaultFileSystem): Promise<[Database, Collection]> {
  const db = await openDatabase("/db", { fileSystem, maintenance: false });
  if (db.hasCollection("rows")) return [db, db.collection("rows")];
  const collection = await db.createCollection({
    name: "rows",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "vector", type: "FloatVector", dim: 2 },
    ],
  });
  return [db, collection];
}

function rowsOf(ids: readonly number[]): Record<string, unknown>[] {
  return ids.map((id) => ({ id, vector: [id, 1] }));
}

async function idsIn(collection: Collection): Promise<number[]> {
  return (await collection.queryRows({})).map((row) => Number(row["id"]));
}

/** The collection as it is after the power was lost. */
async function afterPowerLoss(disk: FaultFileSystem, seed: number): Promise<number[]> {
  const rest = await FaultFileSystem.around(await disk.crash(seededRandom(seed)));
  const [db, collection] = await openRows(rest);
  const ids = await idsIn(collection);
  expect(collection.rowCount).toBe(ids.length);
  await db.close();
  return ids;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Lets whatever waits for nothing but other promises go on, so many steps. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

/** A disk that takes its time for the vectors. */
class SlowVectors extends MemoryFileSystem {
  override async openRead(path: string): Promise<ReadFile> {
    if (path.endsWith("/101.col")) await turns(300);
    return super.openRead(path);
  }
}

describe("Flush and compaction beside writes", () => {
  test("compact() carries over the deletes that come while it writes", async () => {
    const disk = new FaultFileSystem();
    const [db, collection] = await openRows(disk);
    await collection.insert(rowsOf(range(100)));
    await collection.flush();
    for (let round = 0; round < 10; round++) {
      await collection.delete({ keys: [round * 10] });
      const compacting = collection.compact();
      for (let i = 1; i < 8; i++) await collection.delete({ keys: [round * 10 + i] });
      await compacting;
      const expected = range(100).filter((id) => id >= round * 10 + 10 || id % 10 >= 8);
      expect(await idsIn(collection)).toEqual(expected);
      expect(collection.rowCount).toBe(expected.length);
      expect(await afterPowerLoss(disk, round)).toEqual(expected);
    }
    await db.close();
  });

  test("compact() carries over deletes of rows whose keys a release has just freed", async () => {
    const [db, collection] = await openRows(new FaultFileSystem());
    for (let delay = 0; delay < 60; delay++) {
      await collection.insert(rowsOf([1, 2, 3]));
      await collection.flush();
      await collection.delete({ keys: [1] });
      const compacting = collection.compact();
      await turns(delay);
      const deleting = collection.delete({ keys: [2] });
      await Promise.all([compacting, deleting, collection.release()]);
      await collection.load();
      expect(await idsIn(collection), `after ${delay} turns`).toEqual([3]);
      await collection.truncate();
    }
    await db.close();
  });

  test("rowCount is right when a delete is acknowledged, whatever a flush beside it does", async () => {
    const [db, collection] = await openRows(new FaultFileSystem());
    for (let delay = 0; delay < 80; delay++) {
      await collection.insert(rowsOf([1, 2, 3]));
      const flushing = collection.flush();
      await turns(delay);
      await collection.delete({ keys: [1] });
      expect(collection.rowCount, `after ${delay} turns`).toBe(2);
      await flushing;
      expect(collection.rowCount, `after ${delay} turns`).toBe(2);
      await collection.truncate();
    }
    await db.close();
  });

  test("a read is whole, or is told that nothing is loaded, when a release comes in between", async () => {
    const [db, collection] = await openRows(new FaultFileSystem(new SlowVectors()));
    await collection.insert(rowsOf([1, 2, 3]));
    await collection.flush();
    const search = { vectors: Float32Array.of(0, 0), k: 3, outputFields: ["*"] };
    for (let delay = 0; delay < 100; delay += 5) {
      await collection.release();
      await collection.load(undefined, ["id"]);
      const searching = collection.searchRows(search).catch((error: unknown) => error);
      await turns(delay);
      await collection.release();
      await collection.load(undefined, ["id"]);
      const found = await searching;
      if (Array.isArray(found)) expect(found[0]).toHaveLength(3);
      else expect(found).toMatchObject({ code: "collection-not-loaded" });
    }
    await db.close();
  });

  test("flush() leaves no acknowledged write behind that was under way when it began", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const disk = new FaultFileSystem();
      const [, collection] = await openRows(disk);
      await collection.insert(rowsOf([0]));
      const writes = range(20).map((i) => collection.insert(rowsOf([i + 1])));
      const flushing = collection.flush();
      const later = range(5).map((i) => collection.insert(rowsOf([i + 100])));
      await Promise.all([...writes, flushing, ...later]);
      const expected = [...range(21), 100, 101, 102, 103, 104];
      expect(await idsIn(collection)).toEqual(expected);
      expect(await afterPowerLoss(disk, seed)).toEqual(expected);
    }
  });

  test("after a log has failed to sync, writes and flushes are refused and nothing is lost", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const disk = new FaultFileSystem();
      const [, collection] = await openRows(disk);
      await collection.insert(rowsOf([1, 2]));
      // Of the operations of an insert the append is the first, the sync the second.
      disk.failAt(disk.operations + 1, { errno: "EIO" });
      await expect(collection.insert(rowsOf([3]))).rejects.toMatchObject({ code: "io" });
      await expect(collection.insert(rowsOf([4]))).rejects.toMatchObject({ code: "io" });
      await expect(collection.flush()).rejects.toMatchObject({ code: "io" });
      expect(await idsIn(collection)).toEqual([1, 2]);
      const found = await afterPowerLoss(disk, seed);
      // The third row may have reached the disk: nobody was told that it had not.
      expect(found.filter((id) => id !== 3)).toEqual([1, 2]);
    }
  });

  test("a write that memory has no room for is shown in no part, and whole when opened again", async () => {
    const disk = new FaultFileSystem();
    const [, collection] = await openRows(disk);
    await collection.insert(rowsOf(range(60)));
    const io = { code: "io", message: expect.stringContaining("open it again") };
    const platform = Reflect.get(globalThis, "WebAssembly") as { Memory: unknown };
    const { Memory } = platform;
    platform.Memory = class {
      constructor() {
        throw new RangeError("no room");
      }
    };
    try {
      // Of an upsert the deletes come first, then columns, of which that of the vectors has to grow.
      await expect(collection.upsert(rowsOf(range(100)))).rejects.toMatchObject(io);
    } finally {
      platform.Memory = Memory;
    }
    await expect(collection.insert(rowsOf([200]))).rejects.toMatchObject(io);
    await expect(collection.flush()).rejects.toMatchObject(io);
    await expect(idsIn(collection)).rejects.toMatchObject(io);
    expect(await afterPowerLoss(disk, 1)).toEqual(range(100));
  });
});
