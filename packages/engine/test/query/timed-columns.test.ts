import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Collection } from "../../src/index.ts";
import { filterMsMax } from "../../src/query/timed-columns.ts";
import { ReopenedDatabase } from "../kit/reopened.ts";

/** How much later it is at each look at the clock. */
let step: number;
let now: number;
let shelf: ReopenedDatabase;
let films: Collection;

beforeEach(async () => {
  step = 0;
  now = 1_000_000_000_000;
  const nowMs = (): number => {
    now += step;
    return now;
  };
  shelf = new ReopenedDatabase({ clock: { nowMs } });
  films = await (await shelf.open()).createCollection({
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "place", type: "Geometry", nullable: true },
      { name: "plot", type: "FloatVector", dim: 2 },
    ],
  });
  const rows = Array.from({ length: 50 }, (_, id) => ({ id, place: "POINT (1 1)", plot: [id, 1] }));
  await films.insert(rows);
});
afterEach(() => shelf.close());

describe("a filter that takes longer than it may", () => {
  const conditions = Array.from({ length: 40 }, (_, i) => `id != ${i} and id > -${i + 1}`);
  const refusal = expect.objectContaining({ code: "limit-exceeded" });

  it("is given up between its conditions, by queries and searches", async () => {
    const filter = conditions.join(" and ");
    expect(await films.queryRows({ filter })).toHaveLength(10);
    step = filterMsMax / 20;
    await expect(films.queryRows({ filter })).rejects.toThrow(refusal);
    const search = { field: "plot", vectors: Float32Array.of(0, 0), k: 3, filter };
    await expect(films.searchRows(search)).rejects.toThrow(refusal);
  });

  it("is given up between the geometries that it looks at", async () => {
    const filter = "st_within(place, 'POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))')";
    expect(await films.queryRows({ filter })).toHaveLength(50);
    step = filterMsMax / 20;
    await expect(films.queryRows({ filter })).rejects.toThrow(refusal);
  });
});
