import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, openDatabase, type QueryRequest } from "../../src/index.ts";
import { arbitraryRows, collectionOf, living, type ModelRow } from "./model-rows.ts";

let db: Database;
beforeEach(async () => {
  db = await openDatabase(":memory:", { threads: 1, maintenance: false });
});
afterEach(() => db.close());

type Values = readonly (number | string)[];

/** Aggregates over the values of a group that are not null. */
const aggregates: Readonly<Record<string, (rows: readonly ModelRow[]) => unknown>> = {
  "count(*)": (rows) => BigInt(rows.length),
  "count(rank)": (rows) => BigInt(ranks(rows).length),
  "sum(rank)": (rows) => orNull(ranks(rows), (all) => BigInt(sum(all))),
  "avg(rank)": (rows) => orNull(ranks(rows), (all) => sum(all) / all.length),
  "min(rank)": (rows) => orNull(ranks(rows), (all) => Math.min(...(all as number[]))),
  "max(group)": (rows) =>
    orNull(
      rows.map(({ group }) => group),
      (all) => all.toSorted().at(-1),
    ),
  "MAX( price )": (rows) =>
    orNull(
      rows.map(({ price }) => price),
      (all) => Math.max(...(all as number[])),
    ),
};

function ranks(rows: readonly ModelRow[]): number[] {
  return rows.flatMap(({ rank }) => rank ?? []);
}

function sum(values: Values): number {
  return values.reduce<number>((total, value) => total + Number(value), 0);
}

function orNull(values: Values, of: (values: Values) => unknown): unknown {
  return values.length === 0 ? null : of(values);
}

describe("Collection.query() with groupBy and aggregates", () => {
  test("answers the groups of a list of rows, nulls as a group, in the order of their values", async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRows,
        fc.subarray(["group", "rank"] as const),
        fc.subarray(Object.keys(aggregates), { minLength: 1 }),
        async (model, groupBy, calls) => {
          const rows = await collectionOf(db, model);
          try {
            const outputFields = [...groupBy, ...calls];
            const found = await rows.queryRows({ groupBy, outputFields, filter: "price < 70" });
            expect(found).toEqual(
              modelGroups(
                living(model).filter(({ price }) => price < 70),
                groupBy,
                calls,
              ),
            );
          } finally {
            await db.dropCollection("rows");
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  function modelGroups(
    rows: readonly ModelRow[],
    groupBy: readonly ("group" | "rank")[],
    calls: readonly string[],
  ): Record<string, unknown>[] {
    const groups = new Map<string, ModelRow[]>(groupBy.length === 0 ? [["[]", []]] : []);
    for (const row of rows) {
      // Nulls sort behind all others.
      const key = JSON.stringify(groupBy.map((name) => row[name]));
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    return [...groups]
      .map(([key, members]) => ({ values: JSON.parse(key) as (number | string | null)[], members }))
      .sort((a, b) => compareValues(a.values, b.values))
      .map(({ values, members }) =>
        Object.fromEntries([
          ...groupBy.map((name, i) => [name, values[i]]),
          ...calls.map((call) => [call, aggregates[call](members)]),
        ]),
      );
  }

  function compareValues(a: readonly (number | string | null)[], b: typeof a): number {
    for (const [i, x] of a.entries()) {
      const y = b[i];
      if (x === y) continue;
      if (x === null || y === null) return x === null ? 1 : -1;
      return x < y ? -1 : 1;
    }
    return 0;
  }

  test("answers a window of the groups, in an order by their fields", async () => {
    const rows = await collectionOf(db, sample());
    const groups = (request: QueryRequest) =>
      rows.queryRows({ groupBy: ["rank"], outputFields: ["rank", "count(*)"], ...request });
    expect(await groups({ orderBy: [{ field: "rank", direction: "desc" }], limit: 2 })).toEqual([
      { rank: null, "count(*)": 1n },
      { rank: 2, "count(*)": 1n },
    ]);
    expect(await groups({ limit: 1, offset: 1 })).toEqual([{ rank: 2, "count(*)": 1n }]);
    expect(await rows.queryRows({ groupBy: ["rank"] })).toEqual([
      { rank: 1 },
      { rank: 2 },
      { rank: null },
    ]);
  });

  const refusals: readonly (readonly [string, QueryRequest])[] = [
    ["group by field price has unsupported data type Double", { groupBy: ["price"] }],
    ["group by field vector has unsupported data type FloatVector", { groupBy: ["vector"] }],
    ["field nothing not exist", { groupBy: ["nothing"] }],
    ["field nothing not exist", { outputFields: ["sum(nothing)"] }],
    [
      "aggregation operator sum does not support data type VarChar",
      { outputFields: ["sum(group)"] },
    ],
    [
      "aggregation operator max does not support data type FloatVector",
      { outputFields: ["max(vector)"] },
    ],
    ["count entities with pagination is not allowed", { outputFields: ["count(*)"], limit: 1 }],
    [
      "ORDER BY on aggregate expression 'count(*)' is not yet supported",
      { groupBy: ["group"], orderBy: [{ field: "count(*)" }], limit: 1 },
    ],
    [
      "ORDER BY field 'price' is not valid: when using GROUP BY or aggregates, ORDER BY can only reference GROUP BY columns. Valid targets are: [group]",
      { groupBy: ["group"], orderBy: [{ field: "price" }], limit: 1 },
    ],
    [
      "output field 'price' is neither a group by field nor an aggregate",
      { groupBy: ["group"], outputFields: ["price"] },
    ],
  ];
  test.each(refusals)("refuses with: %s", async (message, request) => {
    const rows = await collectionOf(db, sample());
    await expect(rows.query(request)).rejects.toThrow(message);
  });

  function sample() {
    const row = { group: "red", price: 1, meta: {}, vector: [0, 0, 0], other: [0, 0, 0] };
    const rows = [1, 2, null].map((rank, i) => ({ ...row, id: i + 1, rank }));
    return { rows, deleted: new Set<number>(), sealed: 1 };
  }
});
