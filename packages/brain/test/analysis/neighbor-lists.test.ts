import { afterAll, describe, expect, it } from "vitest";
import { NeighborIndex } from "../../src/analysis/neighbor-index.ts";
import { NeighborLists } from "../../src/analysis/neighbor-lists.ts";
import { VectorTable } from "../../src/analysis/vector-table.ts";
import { vectorsWithDuplicates } from "./grouped-vectors.ts";

/** As many rows and bytes as the engine indexes: fewer are scanned. */
const [count, dim] = [1_100, 1_024];
const table = tableOf(vectorsWithDuplicates(count, dim));
const copies = Array.from({ length: count / 10 }, (_, i) => 10 * i + 1);

function tableOf(
  vectors: readonly Float32Array[],
  metric: "cosine" | "euclidean" = "cosine",
): VectorTable {
  const rows = vectors.map((vector, i) => ({ id: `${i}`, sampleId: `${i}`, vector }));
  return new VectorTable(metric, rows);
}

describe("NeighborLists", () => {
  const indexed = new NeighborLists(table);
  afterAll(() => indexed.freeIndex());

  it("finds as far as a distance what an index has", async () => {
    await indexed.within(copies, 0.05);
    const found = copies.filter((copy) => indexed.list(copy)?.positions[0] === copy - 1);
    expect(found.length / copies.length).toBeGreaterThan(0.99);
    expect(copies.every((copy) => indexed.holds(copy, 0.05))).toBe(true);
  });

  it("finds about the nearest of an index, with exact distances", async () => {
    const some = Array.from({ length: 20 }, (_, i) => 50 * i + 7);
    await indexed.nearest(some, 10);
    let hitCount = 0;
    for (const position of some) {
      const { positions } = await indexed.scan(position, { length: 10 });
      const list = indexed.list(position);
      hitCount += positions.filter((other) => list?.positions.includes(other)).length;
      expect(list?.distances[0]).toBe(table.distance(position, list?.positions[0] ?? -1));
      expect(list?.positions).not.toContain(position);
    }
    expect(hitCount / 200).toBeGreaterThan(0.8);
  });

  it("keeps the longer list, whichever was asked for first", async () => {
    await indexed.nearest([2], 200);
    await indexed.within([2], 2);
    expect(indexed.list(2)?.positions).toHaveLength(200);
  });

  it("finds equal vectors at distance 0, however long they are", async () => {
    for (const metric of ["cosine", "euclidean"] as const) {
      const long = vectorsWithDuplicates(50, 16).map((vector) => vector.map((v) => v * 1e6));
      const equal = tableOf([...long, ...long.map((vector) => vector.slice())], metric);
      await NeighborLists.use(equal, async (lists) => {
        await lists.within([...equal.ids.keys()], 0);
        const twins = equal.ids.map((_, i) => lists.list(i)?.positions[0]);
        expect(twins).toEqual(equal.ids.map((_, i) => (i + 50) % 100));
      });
    }
  });

  it("is cancelled for who cancels, while the index is built, not for who waits with him", async () => {
    await NeighborLists.use(table, async (lists) => {
      const cancelling = new AbortController();
      const cancelled = lists.within([1], 0.05, cancelling.signal);
      const waiting = lists.within([11], 0.05);
      setImmediate(() => cancelling.abort());
      await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
      await waiting;
      expect(lists.list(11)?.positions[0]).toBe(10);
    });
  });

  it("builds the index again once it was freed, and keeps what was found", async () => {
    const lists = new NeighborLists(tableOf(vectorsWithDuplicates(30, 8)));
    await lists.within([1], 0.05);
    await lists.freeIndex();
    expect(lists.list(1)?.positions[0]).toBe(0);
    await lists.within([11], 0.05);
    expect(lists.list(11)?.positions[0]).toBe(10);
    await lists.freeIndex();
  });
});

describe("NeighborIndex", () => {
  it("refuses vectors of a single number", async () => {
    const numbers = tableOf([Float32Array.of(1), Float32Array.of(2)]);
    await expect(NeighborIndex.build(numbers, undefined)).rejects.toMatchObject({
      code: "embedding-invalid",
      message: "Cannot search among embeddings of 1 numbers: they must have 2 to 32768",
    });
  });

  it("says so when it is searched after it was closed", async () => {
    const index = await NeighborIndex.build(tableOf(vectorsWithDuplicates(10, 4)), undefined);
    await index.close();
    await expect(index.search([0], 1)).rejects.toMatchObject({
      code: "io",
      message: expect.stringMatching(/^Cannot search neighbours: /),
    });
  });
});
