import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Boost,
  type Collection,
  type Database,
  type OrderBy,
  openDatabase,
  type SearchRequest,
} from "../../src/index.ts";
import { arbitraryRows, collectionOf, distance, living, type ModelRow } from "./model-rows.ts";

let db: Database;
beforeEach(async () => {
  db = await openDatabase(":memory:", { threads: 1, maintenance: false });
});
afterEach(() => db.close());

async function idsOf(rows: Collection, request: SearchRequest): Promise<number[][]> {
  const hits = await rows.searchRows(request);
  return hits.map((list) => list.map(({ key }) => Number(key)));
}

function nearest(rows: readonly ModelRow[], query: readonly number[]) {
  return rows
    .map((row) => ({ row, score: distance(row.vector, query) }))
    .sort((a, b) => a.score - b.score || a.row.id - b.row.id);
}

const origin = { field: "vector", vectors: Float32Array.of(0, 0, 0) };

describe("Collection.search() with boost", () => {
  const boosts: Readonly<
    Record<string, readonly [Boost, (row: ModelRow, score: number) => number]>
  > = {
    weight: [
      { functions: [{ weight: 0.5, filter: "price < 50" }] },
      ({ price }, score) => (price < 50 ? score * 0.5 : score),
    ],
    sum: [
      {
        functions: [
          { weight: 8, filter: "price < 50" },
          { weight: 4, filter: "group in {g}", templates: { g: ["red"] } },
        ],
        boostMode: "sum",
        functionMode: "sum",
      },
      ({ price, group }, score) => score + (price < 50 ? 8 : 0) + (group === "red" ? 4 : 0),
    ],
    product: [
      { functions: [{ weight: 2 }, { weight: 0.25, filter: "rank > 0" }] },
      ({ rank }, score) => score * 2 * (rank !== null && rank > 0 ? 0.25 : 1),
    ],
  };

  test("changes the scores and the order of the best rows of a list", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRows,
        fc.constantFrom(...Object.keys(boosts)),
        fc.record({ k: fc.integer({ min: 1, max: 9 }), offset: fc.integer({ min: 0, max: 3 }) }),
        async (model, name, { k, offset }) => {
          const [boost, scoreOf] = boosts[name];
          const rows = await collectionOf(db, model);
          try {
            const [hits] = await rows.searchRows({ ...origin, k, offset, boost });
            const expected = nearest(living(model), [0, 0, 0])
              .slice(0, k + offset)
              .map(({ row, score }, i) => ({ key: BigInt(row.id), score: scoreOf(row, score), i }))
              .sort((a, b) => a.score - b.score || a.i - b.i)
              .slice(offset);
            expect(hits.map(({ key, score }) => ({ key, score }))).toEqual(
              expected.map(({ key, score }) => ({ key, score })),
            );
          } finally {
            await db.dropCollection("rows");
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  test("is random in the same way for the same seed", async () => {
    const rows = await collectionOf(db, sample(50));
    const order = async (seed: bigint) => {
      const boost: Boost = { functions: [{ weight: 1e4, random: { seed } }], boostMode: "sum" };
      return (await idsOf(rows, { ...origin, k: 50, boost }))[0];
    };
    expect(await order(1n)).toEqual(await order(1n));
    expect(await order(1n)).not.toEqual(await order(2n));
    expect((await order(3n)).toSorted((a, b) => a - b)).toEqual(range(50));
  });

  const refusals: readonly (readonly [string, Boost])[] = [
    // @ts-expect-error: the type knows the modes, a client may not.
    ["unknown boost mode: most", { functions: [{ weight: 1 }], boostMode: "most" }],
    ["parse expr failed", { functions: [{ weight: 1, filter: "nothing @@@ 1" }] }],
    ["parse function scorer weight params failed", { functions: [{ weight: Number.NaN }] }],
    ["random seed field not found", { functions: [{ weight: 1, random: { field: "nothing" } }] }],
    [
      "only support int64 field as random seed, but got Double",
      { functions: [{ weight: 1, random: { field: "price" } }] },
    ],
  ];
  test.each(refusals)("refuses with: %s", async (message, boost) => {
    const rows = await collectionOf(db, sample(1));
    await expect(rows.search({ ...origin, k: 1, boost })).rejects.toThrow(message);
  });
});

describe("Collection.search() with ids", () => {
  test("searches for the vectors of those rows, in the order of the ids", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRows, fc.infiniteStream(fc.nat()), async (model, numbers) => {
        const seen = living(model);
        fc.pre(seen.length > 0);
        const picked = [...new Set([...numbers.take(3)].map((n) => seen[n % seen.length]))];
        const rows = await collectionOf(db, model);
        try {
          const found = await idsOf(rows, {
            field: "vector",
            ids: picked.map(({ id }) => BigInt(id)),
            k: 4,
            filter: "price < 60",
          });
          const matching = seen.filter(({ price }) => price < 60);
          expect(found).toEqual(
            picked.map(({ vector }) =>
              nearest(matching, vector)
                .slice(0, 4)
                .map(({ row }) => row.id),
            ),
          );
        } finally {
          await db.dropCollection("rows");
        }
      }),
      { numRuns: 60 },
    );
  });

  const refusals: readonly (readonly [string, Partial<SearchRequest>])[] = [
    [
      "some of the provided primary key IDs do not exist: missing IDs = [9 7]",
      { ids: [1n, 9n, 7n] },
    ],
    ["duplicate IDs found in search request", { ids: [1n, 2n, 1n] }],
    ["primary key is int64, but IDs type mismatch", { ids: ["1"] }],
    ["Either ids or data must be provided, not both", { ids: [1n], vectors: new Float32Array(3) }],
    ["Either ids or data must be provided", {}],
    ["nq [0] is invalid", { ids: [] }],
  ];
  test.each(refusals)("refuses with: %s", async (message, request) => {
    const rows = await collectionOf(db, sample(2));
    await expect(rows.search({ field: "vector", k: 1, ...request })).rejects.toThrow(message);
  });
});

describe("Collection.search() with orderBy", () => {
  const orders: readonly OrderBy[][] = [
    [{ field: "rank" }],
    [
      { field: "group", direction: "desc" },
      { field: "rank", nulls: "last" },
    ],
    [{ field: "kind", direction: "desc" }],
  ];

  test("answers the best rows of a list in that order, and the best first where it is equal", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRows, fc.constantFrom(...orders), async (model, orderBy) => {
        const rows = await collectionOf(db, model);
        try {
          const [found] = await idsOf(rows, { ...origin, k: 9, orderBy });
          const expected = nearest(living(model), [0, 0, 0])
            .slice(0, 9)
            .map(({ row }) => row)
            .sort((a, b) => compare(a, b, orderBy));
          expect(found).toEqual(expected.map(({ id }) => id));
        } finally {
          await db.dropCollection("rows");
        }
      }),
      { numRuns: 60 },
    );
  });

  function compare(a: ModelRow, b: ModelRow, orderBy: readonly OrderBy[]): number {
    for (const { field, direction = "asc", nulls = "first" } of orderBy) {
      const [x, y] = [a, b].map((row) => valueIn(row, field));
      if (x === y) continue;
      if (x === null || y === null) return (x === null) === (nulls === "first") ? -1 : 1;
      const isLess = typeof x === typeof y ? x < y : String(x) < String(y);
      return (direction === "asc" ? 1 : -1) * (isLess ? -1 : 1);
    }
    return 0;
  }

  function valueIn(row: ModelRow, field: string): string | number | boolean | null {
    if (field === "kind") return row.meta["kind"] ?? null;
    return row[field as "group" | "rank"];
  }

  test("puts groups in order by their best hits", async () => {
    const rows = await collectionOf(db, sample(6));
    const groupBy = { fields: ["group"], size: 2, strict: true };
    const orderBy: OrderBy[] = [{ field: "price", direction: "desc" }];
    // Groups by their best hits: 1 and 4, 2 and 5, 3 and 6.
    expect(await idsOf(rows, { ...origin, k: 3, groupBy, orderBy })).toEqual([[3, 6, 2, 5, 1, 4]]);
  });

  test.each([
    ["order_by field '$x' has unsortable", "vector", "has unsortable type FloatVector"],
    ["JSON fields", "$meta", "has unsortable type JSON"],
  ])("refuses %s", async (_, field, message) => {
    const rows = await collectionOf(db, sample(1));
    const orderBy = [{ field }];
    await expect(rows.search({ ...origin, k: 1, orderBy })).rejects.toThrow(message);
  });
});

describe("Collection reads with ignoreGrowing", () => {
  test("leave out the rows that were not flushed", async () => {
    const rows = await collectionOf(db, { ...sample(5), sealed: 2 });
    expect(await idsOf(rows, { ...origin, k: 9, ignoreGrowing: true })).toEqual([[1, 2]]);
    expect(await rows.queryRows({ outputFields: ["count(*)"], ignoreGrowing: true })).toEqual([
      { "count(*)": 2n },
    ]);
  });
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Rows ever farther from the origin, in three groups in turn. */
function sample(count: number) {
  const rows = range(count).map((id) => ({
    id,
    group: ["red", "green", "blue"][id % 3],
    rank: id,
    price: id,
    meta: {},
    vector: [id, 0, 0],
    other: [0, 0, 0],
  }));
  return { rows, deleted: new Set<number>(), sealed: count };
}
