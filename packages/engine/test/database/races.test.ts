import { describe, expect, test } from "vitest";
import { type Collection, type Database, openDatabase } from "../../src/index.ts";
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
});
