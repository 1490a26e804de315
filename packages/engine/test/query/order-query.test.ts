import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, type OrderBy, openDatabase, type QueryRequest } from "../../src/index.ts";
import { arbitraryRows, collectionOf, living, type ModelRow } from "./model-rows.ts";

let db: Database;
beforeEach(async () => {
  db = await openDatabase(":memory:", { threads: 1, maintenance: false });
});
afterEach(() => db.close());

const criterion: fc.Arbitrary<OrderBy> = fc.record(
  {
    field: fc.constantFrom("group", "rank", "price"),
    direction: fc.constantFrom("asc" as const, "desc" as const),
    nulls: fc.constantFrom("first" as const, "last" as const),
  },
  { requiredKeys: ["field"] },
);

/** Compares two rows by criteria, nulls as the greatest values unless they are given a place. */
function compareBy(orderBy: readonly OrderBy[]) {
  return (a: ModelRow, b: ModelRow): number => {
    for (const { field, direction = "asc", nulls } of orderBy) {
      const x = a[field as "rank"];
      const y = b[field as "rank"];
      if (x === y) continue;
      const sign = direction === "asc" ? 1 : -1;
      const nullSign = nulls === undefined ? sign : nulls === "last" ? 1 : -1;
      if (x === null || y === null) return x === null ? nullSign : -nullSign;
      return sign * (x < y ? -1 : 1);
    }
    return a.id - b.id;
  };
}

describe("Collection.query() with orderBy", () => {
  test("answers the rows of a list in that order, then by key", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRows,
        fc.array(criterion, { maxLength: 3 }),
        fc.record({
          limit: fc.integer({ min: 1, max: 20 }),
          offset: fc.integer({ min: 0, max: 5 }),
        }),
        async (model, orderBy, window) => {
          const rows = await collectionOf(db, model);
          try {
            const found = await rows.queryRows({ orderBy, ...window, outputFields: ["id"] });
            const { limit, offset } = window;
            const expected = living(model)
              .sort(compareBy(orderBy))
              .slice(offset, offset + limit)
              .map(({ id }) => ({ id: BigInt(id) }));
            expect(found).toEqual(expected);
          } finally {
            await db.dropCollection("rows");
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("shows each key once, by its newest row", async () => {
    const rows = await collectionOf(db, { rows: [], deleted: new Set(), sealed: 0 });
    const row = { group: "red", rank: 1, vector: [0, 0, 0], other: [0, 0, 0] };
    await rows.insert([
      { ...row, id: 1, price: 1 },
      { ...row, id: 2, price: 2 },
    ]);
    await rows.insert([{ ...row, id: 1, price: 3 }]);
    const found = await rows.queryRows({
      orderBy: [{ field: "price" }],
      limit: 5,
      outputFields: ["price"],
    });
    expect(found).toEqual([
      { id: 2n, price: 2 },
      { id: 1n, price: 3 },
    ]);
  });

  const refusals: readonly (readonly [string, QueryRequest])[] = [
    ["ORDER BY requires explicit limit", { orderBy: [{ field: "price" }] }],
    [
      "order_by field 'nothing' does not exist in collection schema",
      { orderBy: [{ field: "nothing" }], limit: 1 },
    ],
    [
      "order_by field 'vector' has type FloatVector which is not sortable",
      { orderBy: [{ field: "vector" }], limit: 1 },
    ],
  ];
  test.each(refusals)("refuses with: %s", async (message, request) => {
    const rows = await collectionOf(db, { rows: [], deleted: new Set(), sealed: 0 });
    await expect(rows.query(request)).rejects.toThrow(message);
  });
});
