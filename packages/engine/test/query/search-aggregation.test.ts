import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type AggregateSearchRequest,
  type Database,
  openDatabase,
  type SearchAggregation,
  type SearchBucket,
} from "../../src/index.ts";
import { arbitraryRows, collectionOf, distance, living, type ModelRow } from "./model-rows.ts";

let db: Database;
beforeEach(async () => {
  db = await openDatabase(":memory:", { threads: 1, maintenance: false });
});
afterEach(() => db.close());

interface Bucket {
  readonly key: unknown[];
  readonly count: number;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly hits: number[];
  readonly buckets: Bucket[];
}

function plain({ key, count, metrics, hits, buckets }: SearchBucket): Bucket {
  return {
    key: key.map(({ value }) => value),
    count,
    metrics: { ...metrics },
    hits: hits.map((hit) => Number(hit.key)),
    buckets: buckets.map(plain),
  };
}

const aggregation: SearchAggregation = {
  fields: ["group"],
  size: 2,
  searchSize: 3,
  metrics: {
    n: { operator: "count", field: "*" },
    ranks: { operator: "sum", field: "rank" },
    far: { operator: "max", field: "_score" },
  },
  order: [
    { key: "_count", direction: "desc" },
    { key: "_key", direction: "asc" },
  ],
  topHits: { size: 2, sort: [{ field: "price", direction: "desc" }] },
  sub: { fields: ["rank"], size: 2, topHits: { size: 3 } },
};

interface ModelHit {
  readonly row: ModelRow;
  readonly score: number;
}

/** The hits of a grouping search: the first six groups by all fields, three hits of each. */
function pool(rows: readonly ModelRow[], query: readonly number[]): ModelHit[] {
  const hits = rows
    .map((row) => ({ row, score: distance(row.vector, query) }))
    .sort((a, b) => a.score - b.score || a.row.id - b.row.id);
  return partBy(hits, ({ row }) => JSON.stringify([row.group, row.rank]))
    .slice(0, 6)
    .flatMap((group) => group.slice(0, 3));
}

function partBy(hits: readonly ModelHit[], keyOf: (hit: ModelHit) => string): ModelHit[][] {
  const parts = new Map<string, ModelHit[]>();
  for (const hit of hits) parts.set(keyOf(hit), [...(parts.get(keyOf(hit)) ?? []), hit]);
  return [...parts.values()];
}

function modelBuckets(hits: readonly ModelHit[]): Bucket[] {
  return partBy(hits, ({ row }) => row.group)
    .sort((a, b) => b.length - a.length || (a[0].row.group < b[0].row.group ? -1 : 1))
    .slice(0, 2)
    .map((members) => {
      const ranks = members.flatMap(({ row }) => row.rank ?? []);
      return {
        key: [members[0].row.group],
        count: members.length,
        metrics: {
          n: BigInt(members.length),
          ranks: ranks.length === 0 ? null : BigInt(ranks.reduce((a, b) => a + b, 0)),
          far: Math.max(...members.map(({ score }) => score)),
        },
        hits: members
          .toSorted((a, b) => b.row.price - a.row.price)
          .slice(0, 2)
          .map(({ row }) => row.id),
        buckets: partBy(members, ({ row }) => String(row.rank))
          .slice(0, 2)
          .map((inner) => ({
            key: [inner[0].row.rank],
            count: inner.length,
            metrics: {},
            hits: inner.slice(0, 3).map(({ row }) => row.id),
            buckets: [],
          })),
      };
    });
}

describe("Collection.aggregateSearch()", () => {
  test("answers the buckets of the hits of a list of rows, for several vectors", async () => {
    const vector = fc.tuple(
      fc.integer({ min: -8, max: 8 }),
      fc.integer({ min: -8, max: 8 }),
      fc.integer({ min: -8, max: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(
        arbitraryRows,
        fc.array(vector, { minLength: 1, maxLength: 2 }),
        async (model, queries) => {
          const rows = await collectionOf(db, model);
          try {
            const { buckets } = await rows.aggregateSearch({
              field: "vector",
              vectors: Float32Array.from(queries.flat()),
              filter: "price < 80",
              aggregation,
            });
            const seen = living(model).filter(({ price }) => price < 80);
            expect(buckets.map((list) => list.map(plain))).toEqual(
              queries.map((query) => modelBuckets(pool(seen, query))),
            );
          } finally {
            await db.dropCollection("rows");
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("shows the output fields of hits", async () => {
    const rows = await collectionOf(db, sample());
    const { buckets } = await rows.aggregateSearch({
      ...request({ fields: ["group"], size: 1, topHits: { size: 1 } }),
      outputFields: ["price"],
    });
    expect(buckets[0][0].hits).toEqual([{ key: 1n, score: 0, fields: { price: 1 } }]);
  });

  const level = { fields: ["group"], size: 1 };
  const metric = (operator: string, field: string) => ({
    ...level,
    metrics: { m: { operator: operator as "sum", field } },
  });
  const refusals: readonly (readonly [string, SearchAggregation])[] = [
    [
      "search_aggregation nesting exceeds max 4 levels",
      ["id", "group", "rank", "price"].reduceRight<SearchAggregation>(
        (sub, name) => ({ fields: [name], size: 1, sub }),
        level,
      ),
    ],
    [
      "number of search_aggregation result entries is too large",
      { fields: ["group"], size: 50, topHits: { size: 5 }, sub: { fields: ["rank"], size: 50 } },
    ],
    ["group_by level has no fields", { fields: [], size: 1 }],
    ["search_aggregation size must be non-negative", { ...level, size: -1 }],
    [
      "search_aggregation search_size must be greater than or equal to size",
      { ...level, size: 2, searchSize: 1 },
    ],
    ['duplicated group_by field "group" in one level', { fields: ["group", "group"], size: 1 }],
    ['duplicated group_by field "group" across levels', { ...level, sub: level }],
    [
      'group_by field "price": FLOAT / DOUBLE fields are not supported',
      { fields: ["price"], size: 1 },
    ],
    [
      'group_by field "kind": JSON / dynamic fields are not yet supported with search_aggregation',
      { fields: ["kind"], size: 1 },
    ],
    ['invalid metric "m": unsupported metric op "median"', metric("median", "rank")],
    ["field_name '*' only supports count op", metric("sum", "*")],
    ["aggregation operator sum does not support data type VarChar", metric("sum", "group")],
    ['order key "n" is neither reserved key nor metric alias', { ...level, order: [{ key: "n" }] }],
    [
      'invalid order direction for key "_count": direction must be asc or desc',
      // @ts-expect-error: the type knows the directions, a client may not.
      { ...level, order: [{ key: "_count", direction: "up" }] },
    ],
    ["top_hits size must be non-negative", { ...level, topHits: { size: -1 } }],
  ];
  test.each(refusals)("refuses with: %s", async (message, refused) => {
    const rows = await collectionOf(db, sample());
    await expect(rows.aggregateSearch(request(refused))).rejects.toThrow(message);
  });

  function request(given: SearchAggregation): AggregateSearchRequest {
    return { field: "vector", vectors: Float32Array.of(0, 0, 0), aggregation: given };
  }

  function sample() {
    const row = { group: "red", rank: 1, meta: {}, other: [0, 0, 0] };
    const rows = [1, 2].map((id) => ({ ...row, id, price: id, vector: [id - 1, 0, 0] }));
    return { rows, deleted: new Set<number>(), sealed: 1 };
  }
});
