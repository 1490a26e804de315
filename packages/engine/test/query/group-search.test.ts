import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Collection,
  type Database,
  type GroupBy,
  keyAt,
  openDatabase,
  type SearchRequest,
  type SearchResult,
} from "../../src/index.ts";
import { valueAt } from "../../src/schema/column-value.ts";
import { clusteredVectors } from "../indexed/sample-vectors.ts";
import { arbitraryRows, collectionOf, distance, living, type ModelRow } from "./model-rows.ts";

let db: Database;
beforeEach(async () => {
  db = await openDatabase(":memory:", { threads: 1, maintenance: false });
});
afterEach(() => db.close());

interface Hit {
  readonly id: number;
  readonly score: number;
}

/** The hits of each vector, and the values that they are grouped by. */
function hitsOf(result: SearchResult): (Hit & { readonly groups: unknown[] })[][] {
  let row = 0;
  return Array.from(result.counts, (count) =>
    Array.from({ length: count }, () => {
      const groups = (result.groupValues ?? []).map(({ field, column }) =>
        field === undefined ? undefined : valueAt(field, column, row),
      );
      const hit = { id: Number(keyAt(result.keys, row)), score: result.scores[row], groups };
      row++;
      return hit;
    }),
  );
}

/** What JSON is grouped by when no type is given: texts as they are, all else as JSON. */
function textOf(value: ModelRow["meta"][string] | undefined): string | null {
  return value === undefined || value === null ? null : String(value);
}

const groupings: Readonly<Record<string, (row: ModelRow) => unknown[]>> = {
  group: ({ group }) => [group],
  rank: ({ rank }) => [rank],
  kind: ({ meta }) => [textOf(meta["kind"])],
  "group,rank": ({ group, rank }) => [group, rank],
};

const vector = fc.tuple(
  fc.integer({ min: -8, max: 8 }),
  fc.integer({ min: -8, max: 8 }),
  fc.integer({ min: -8, max: 8 }),
);

const request = fc.record({
  fields: fc.constantFrom(...Object.keys(groupings)),
  vectors: fc.array(vector, { minLength: 1, maxLength: 3 }),
  k: fc.integer({ min: 1, max: 6 }),
  offset: fc.integer({ min: 0, max: 3 }),
  size: fc.integer({ min: 1, max: 4 }),
  filter: fc.constantFrom("", "price < 50", 'group != "red"'),
});

function passes(filter: string, { price, group }: ModelRow): boolean {
  return filter === "" || (filter.startsWith("price") ? price < 50 : group !== "red");
}

/** Groups of rows, by their best rows, each with its best rows first. */
function modelGroups(
  rows: readonly ModelRow[],
  query: readonly number[],
  valuesOf: (row: ModelRow) => unknown[],
): (Hit & { readonly groups: unknown[] })[][] {
  const hits = rows
    .map((row) => ({ id: row.id, score: distance(row.vector, query), groups: valuesOf(row) }))
    .sort((a, b) => a.score - b.score || a.id - b.id);
  const groups = new Map<string, typeof hits>();
  for (const hit of hits) {
    const key = JSON.stringify(hit.groups);
    groups.set(key, [...(groups.get(key) ?? []), hit]);
  }
  return [...groups.values()];
}

describe("Collection.search() with groupBy", () => {
  test("answers the full groups of a list of rows when it is strict, over sealed, growing and deleted rows", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRows, request, async (model, asked) => {
        const { fields, vectors, k, offset, size, filter } = asked;
        const rows = await collectionOf(db, model);
        try {
          const groupBy: GroupBy = { fields: fields.split(","), size, strict: true };
          const found = await rows.search({
            field: "vector",
            vectors: Float32Array.from(vectors.flat()),
            k,
            offset,
            filter,
            groupBy,
          });
          const matching = living(model).filter((row) => passes(filter, row));
          const expected = vectors.map((query) =>
            modelGroups(matching, query, groupings[fields])
              .slice(offset, offset + k)
              .flatMap((group) => group.slice(0, size)),
          );
          expect(hitsOf(found)).toEqual(expected);
        } finally {
          await db.dropCollection("rows");
        }
      }),
      { numRuns: 120 },
    );
  });

  test("answers the best hit of each group, and others in order, when it is not strict", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRows, request, async (model, asked) => {
        const { fields, vectors, k, offset, size } = asked;
        const rows = await collectionOf(db, model);
        try {
          const found = await rows.search({
            field: "vector",
            vectors: Float32Array.from(vectors[0]),
            k,
            offset,
            groupBy: { fields: fields.split(","), size },
          });
          const expected = modelGroups(living(model), vectors[0], groupings[fields]).slice(
            offset,
            offset + k,
          );
          const [hits] = hitsOf(found);
          let next = 0;
          for (const group of expected) {
            const own = group.slice(0, size).filter((hit, i) => {
              const isNext = hits[next]?.id === hit.id;
              expect(i > 0 || isNext).toBe(true);
              if (isNext) next++;
              return isNext;
            });
            expect(own.length).toBeGreaterThan(0);
          }
          expect(next).toBe(hits.length);
        } finally {
          await db.dropCollection("rows");
        }
      }),
      { numRuns: 60 },
    );
  });

  test("finds the small groups behind a large one, and fills the large ones behind small ones", async () => {
    const rows = await skewed();
    const search = (groupBy: GroupBy, k: number) =>
      rows.search({ field: "vector", vectors: Float32Array.of(0, 0), k, groupBy });
    const groups = await search({ fields: ["tag"] }, 4);
    expect(hitsOf(groups)[0].map(({ groups: [tag] }) => tag)).toEqual(["big", "x", "y", "z"]);
    const full = await search({ fields: ["tag"], size: 3, strict: true }, 3);
    expect(hitsOf(full)[0].map(({ id }) => id)).toEqual([
      1, 2, 3, 1001, 1004, 1007, 1002, 1005, 1008,
    ]);
  });

  test("finds all groups through an approximate index, which looks at few rows", async () => {
    await db.close();
    db = await openDatabase(":memory:", { threads: 1 });
    const [count, dim] = [2_600, 448];
    const rows = await db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "tag", type: "Int32" },
        { name: "vector", type: "FloatVector", dim },
      ],
      indexes: [{ field: "vector", type: "IVF_FLAT", metric: "L2", params: { nlist: "32" } }],
    });
    const vectors = clusteredVectors(count, dim);
    await rows.insert(
      Array.from({ length: count }, (_, i) => ({
        id: i,
        tag: i % 100,
        vector: vectors.subarray(dim * i, dim * (i + 1)),
      })),
    );
    await rows.flush();
    await rows.waitForIndexes();
    expect(rows.listIndexes()[0].servedBy).not.toBe("FLAT");
    const found = await rows.search({
      vectors: vectors.subarray(0, dim),
      k: 100,
      params: { nprobe: 1 },
      groupBy: { fields: ["tag"] },
    });
    const tags = hitsOf(found)[0].map(({ groups }) => groups[0]);
    expect(new Set(tags).size).toBe(100);
  });

  test("reads values in JSON as a type when one is given, and refuses others when it is strict", async () => {
    const rows = await db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "meta", type: "JSON" },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
      indexes: [{ field: "vector", type: "FLAT", metric: "L2" }],
    });
    await rows.insert([
      { id: 1, meta: { a: { b: 1 } }, vector: [0, 0] },
      { id: 2, meta: { a: { b: "1" } }, vector: [0, 1] },
      { id: 3, meta: { a: { b: 1 } }, vector: [0, 2] },
      { id: 4, meta: {}, vector: [0, 3] },
    ]);
    const search = (groupBy: Partial<GroupBy>) =>
      rows.search({
        vectors: Float32Array.of(0, 0),
        k: 9,
        groupBy: { fields: ['meta["a"]["b"]'], ...groupBy },
      });
    const values = async (groupBy: Partial<GroupBy>) =>
      hitsOf(await search(groupBy))[0].map(({ id, groups }) => [id, groups[0]]);
    expect(await values({})).toEqual([
      [1, "1"],
      [4, null],
    ]);
    expect(await values({ jsonType: "Int64" })).toEqual([
      [1, 1n],
      [2, null],
    ]);
    expect(await values({ jsonType: "VarChar" })).toEqual([
      [1, null],
      [2, "1"],
    ]);
    await expect(search({ jsonType: "Int64", strictCast: true })).rejects.toThrow(
      "cannot cast JSON value 1 to Int64",
    );
  });

  const refusals: readonly (readonly [string, Partial<SearchRequest>])[] = [
    ["groupBy field not found in schema", { groupBy: { fields: ["nothing"] } }],
    [
      "unsupported data type VECTOR_FLOAT for group by operator",
      { groupBy: { fields: ["vector"] } },
    ],
    ["unsupported data type DOUBLE for group by operator", { groupBy: { fields: ["price"] } }],
    [
      "input group size:11 exceeds configured max group size:10",
      { groupBy: { fields: ["tag"], size: 11 } },
    ],
    [
      "input group size:0 is negative, failed to do search_groupby",
      { groupBy: { fields: ["tag"], size: 0 } },
    ],
    [
      "Not allowed to do range-search when doing search-group-by",
      { groupBy: { fields: ["tag"] }, params: { radius: 3 } },
    ],
    [
      "don't support use segment scorer with group_by or search_iterator",
      { groupBy: { fields: ["tag"] }, boost: { functions: [{ weight: 2 }] } },
    ],
  ];
  test.each(refusals)("refuses with: %s", async (message, refused) => {
    const rows = await skewed(1);
    const whole = { field: "vector", vectors: Float32Array.of(0, 0), k: 1, ...refused };
    await expect(rows.search(whole)).rejects.toThrow(message);
  });

  /** A group of a thousand rows next to the origin, and three groups of three behind it. */
  async function skewed(count = 1_000): Promise<Collection> {
    const rows = await db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "tag", type: "VarChar", maxLength: 8 },
        { name: "price", type: "Double" },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
      indexes: [{ field: "vector", type: "FLAT", metric: "L2" }],
    });
    const near = Array.from({ length: count }, (_, i) => ({ tag: "big", x: i / count }));
    const far = Array.from({ length: 9 }, (_, i) => ({ tag: "xyz"[i % 3], x: 2 + i }));
    await rows.insert(
      [...near, ...far].map(({ tag, x }, i) => ({ id: i + 1, tag, price: 1, vector: [x, 0] })),
    );
    return rows;
  }
});
