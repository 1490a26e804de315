import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Collection } from "../../src/index.ts";
import { ReopenedDatabase } from "../kit/reopened.ts";

let now: number;
let shelf: ReopenedDatabase;
let films: Collection;

beforeEach(async () => {
  now = 1_000_000_000_000;
  shelf = new ReopenedDatabase({ clock: { nowMs: () => now } });
  films = await (await shelf.open()).createCollection({
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "vector", type: "FloatVector", dim: 2 },
    ],
  });
  for (const id of [1, 2, 3]) {
    await films.insert([{ id, vector: [id, 1] }]);
    await films.flush();
  }
});
afterEach(() => shelf.close());

async function finished(id: number) {
  await films.compact();
  return films.compaction(id);
}

describe("Collection.startCompaction()", () => {
  it("merges in the background and tells what it has merged", async () => {
    const before = films.segments().map(({ id }) => id);
    const id = films.startCompaction();
    expect(films.compaction(id)).toMatchObject({ state: "running", merges: [] });
    const job = await finished(id);
    const [target] = films.segments().map((segment) => segment.id);
    expect(job).toEqual({ id, state: "done", merges: [{ sources: before, target }] });
    expect(films.compaction(id + 1)).toBeUndefined();
  });

  it("tells when no row was left", async () => {
    await films.delete({ keys: [1, 2, 3] });
    const id = films.startCompaction();
    expect(await finished(id)).toMatchObject({ merges: [{ sources: expect.any(Array) }] });
    expect(films.segments()).toEqual([]);
  });

  it("is over before the database closes", async () => {
    const id = films.startCompaction();
    await shelf.close();
    expect(films.compaction(id)?.state).toBe("done");
  });
});

describe("reads of an earlier moment", () => {
  const present = async (): Promise<bigint> => (await films.query({})).at;
  const idsAt = async (at: bigint): Promise<number[]> =>
    (await films.queryRows({ at })).map(({ id }) => Number(id));

  it("see rows that were deleted and compacted since, for ten minutes from the last look", async () => {
    const at = await present();
    expect(await idsAt(at)).toEqual([1, 2, 3]);
    await films.delete({ keys: [2] });
    await films.compact();
    expect(await idsAt(at)).toEqual([1, 2, 3]);
    expect(films.rowCount).toBe(2);
    films = (await shelf.losePower()).collection("films");
    expect(await films.queryRows({})).toHaveLength(2);
    expect(await idsAt(at)).toEqual([1, 2, 3]);
    now += 600_001;
    await films.compact();
    expect(films.segments()).toMatchObject([{ rowCount: 2 }]);
    expect(await idsAt(at)).toEqual([1, 3]);
  });

  it("keep nothing that was deleted before them", async () => {
    await films.delete({ keys: [2] });
    await idsAt(await present());
    await films.compact();
    expect(films.segments()).toMatchObject([{ rowCount: 2 }]);
  });

  it("are the reads of an iteration", async () => {
    const search = { vectors: Float32Array.of(0, 0), batchSize: 1, field: "vector" };
    const iterator = films.searchIterator(search);
    await iterator.next();
    await films.delete({ keys: [1, 2, 3] });
    await films.compact();
    let count = 1;
    for await (const batch of iterator) count += batch.scores.length;
    expect(count).toBe(3);
  });
});
