import { describe, expect, test } from "vitest";
import { type Collection, openDatabase } from "../../src/index.ts";

const ids = Array.from({ length: 20 }, (_, i) => i);
const vectors = new Float32Array(4).fill(1);

async function makeCollection(): Promise<{ collection: Collection; close: () => Promise<void> }> {
  const db = await openDatabase(":memory:");
  const collection = await db.createCollection({
    name: "counters",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "round", type: "Int64" },
      { name: "vector", type: "FloatVector", dim: 4 },
    ],
  });
  return { collection, close: () => db.close() };
}

/** Every row has the number of the round that wrote it: one upsert writes all of them. */
async function writeRound(collection: Collection, round: number): Promise<void> {
  await collection.upsert(ids.map((id) => ({ id, round, vector: [1, 1, 1, 1] })));
}

describe("Reads beside writes, flushes and compactions", () => {
  test("every read sees one round of upserts, whole", async () => {
    const { collection, close } = await makeCollection();
    await writeRound(collection, 0);
    let isDone = false;
    const check = (rounds: readonly unknown[]): void => {
      expect(rounds).toHaveLength(ids.length);
      expect(new Set(rounds).size, `one round, not ${[...new Set(rounds)]}`).toBe(1);
    };
    const query = async (): Promise<void> => {
      while (!isDone) {
        const rows = await collection.queryRows({ outputFields: ["round"] });
        check(rows.map((row) => row["round"]));
      }
    };
    const search = async (): Promise<void> => {
      while (!isDone) {
        const [hits] = await collection.searchRows({ vectors, k: 100, outputFields: ["round"] });
        check(hits.map(({ fields }) => fields["round"]));
      }
    };
    const maintain = async (): Promise<void> => {
      while (!isDone) {
        await collection.flush();
        await collection.compact();
      }
    };
    const write = async (): Promise<void> => {
      for (let round = 1; round <= 200; round++) await writeRound(collection, round);
      isDone = true;
    };
    await Promise.all([write(), query(), search(), maintain()]);
    const rows = await collection.queryRows({ outputFields: ["round"] });
    expect(new Set(rows.map((row) => row["round"]))).toEqual(new Set([200n]));
    expect(collection.rowCount).toBe(ids.length);
    await close();
  });

  test("inserts at once are all there, each acknowledged one as soon as it is", async () => {
    const { collection, close } = await makeCollection();
    const write = async (writer: number): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const id = writer * 1000 + i;
        await collection.insert([{ id, round: 0, vector: [1, 1, 1, 1] }]);
        expect(await collection.get([id])).toHaveLength(1);
        if (i % 7 === writer % 7) await collection.flush();
      }
    };
    await Promise.all(ids.map(write));
    expect(collection.rowCount).toBe(400);
    expect(await collection.queryRows({})).toHaveLength(400);
    await close();
  });

  test("close() waits for writes under way, or refuses them, and loses none", async () => {
    const { collection, close } = await makeCollection();
    const writes = ids.map((round) => writeRound(collection, round));
    const closing = close();
    const results = await Promise.allSettled(writes);
    await closing;
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "closed" });
    }
    await expect(writeRound(collection, 1)).rejects.toMatchObject({ code: "closed" });
    await expect(collection.flush()).resolves.toBeUndefined();
  });

  test("dropPartition() beside a flush leaves nothing of the partition", async () => {
    const { collection, close } = await makeCollection();
    await collection.createPartition("p");
    const rows = ids.map((id) => ({ id, round: 0, vector: [1, 1, 1, 1] }));
    await collection.insert(rows, "p");
    await collection.release(["p"]);
    await Promise.all([collection.flush(), collection.dropPartition("p")]);
    expect(collection.rowCount).toBe(0);
    expect(collection.segments()).toEqual([]);
    await close();
  });
});
