import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Database,
  type HybridSearchRequest,
  keyAt,
  openDatabase,
  type Ranker,
  type SearchResult,
} from "../../src/index.ts";
import {
  arbitraryRows,
  collectionOf,
  distance,
  living,
  type ModelRow,
  product,
} from "./model-rows.ts";

let db: Database;
beforeEach(async () => {
  db = await openDatabase(":memory:", { threads: 1, maintenance: false });
});
afterEach(() => db.close());

interface Hit {
  readonly id: number;
  readonly score: number;
}

function hitsOf({ counts, keys, scores }: SearchResult): Hit[][] {
  let row = 0;
  return Array.from(counts, (count) =>
    Array.from({ length: count }, () => {
      const hit = { id: Number(keyAt(keys, row)), score: scores[row] };
      row++;
      return hit;
    }),
  );
}

const rankers: Readonly<Record<string, Ranker>> = {
  rrf: { kind: "rrf", k: 7 },
  weighted: { kind: "weighted", weights: [0.25, 0.75] },
  normalized: { kind: "weighted", weights: [1, 0.5], normalize: true },
  decay: { kind: "decay", field: "rank", function: "exp", origin: 0, scale: 1, scoreMode: "sum" },
};

const nearness = (score: number): number => 1 - (2 * Math.atan(score)) / Math.PI;

/** What each list adds to the score of a row that it has at a rank, from 1. */
const parts: Readonly<Record<string, (list: 0 | 1, score: number, rank: number) => number>> = {
  rrf: (_, __, rank) => 1 / (7 + rank),
  weighted: (list, score) => (list === 0 ? 0.25 * nearness(score) : 0.75 * score),
  normalized: (list, score) =>
    list === 0 ? nearness(score) : 0.5 * (0.5 + Math.atan(score) / Math.PI),
  decay: (list, score) => (list === 0 ? nearness(score) : score),
};

const vector = fc.tuple(
  fc.integer({ min: -8, max: 8 }),
  fc.integer({ min: -8, max: 8 }),
  fc.integer({ min: -8, max: 8 }),
);

const request = fc.record({
  ranker: fc.constantFrom(...Object.keys(rankers)),
  queries: fc.array(fc.tuple(vector, vector), { minLength: 1, maxLength: 3 }),
  ks: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })),
  limit: fc.integer({ min: 1, max: 8 }),
  offset: fc.integer({ min: 0, max: 3 }),
});

/** All rows that two lists have, with their scores: the best first. */
function modelHits(
  lists: readonly [readonly (Hit & { row: ModelRow })[], readonly (Hit & { row: ModelRow })[]],
  ranker: string,
): (Hit & { row: ModelRow })[] {
  const hits = new Map<number, Hit & { row: ModelRow }>();
  for (const [list, ranked] of lists.entries()) {
    for (const [i, { id, score, row }] of ranked.entries()) {
      const part = parts[ranker](list as 0 | 1, score, i + 1);
      hits.set(id, { id, row, score: (hits.get(id)?.score ?? 0) + part });
    }
  }
  return [...hits.values()]
    .map((hit) => {
      const { rank } = hit.row;
      const factor = ranker !== "decay" ? 1 : rank === null ? 0 : 0.5 ** Math.abs(rank);
      return { ...hit, score: hit.score * factor };
    })
    .sort((a, b) => b.score - a.score || a.id - b.id);
}

/** The hits of a list are right if their scores are, and each row's score is its own. */
function expectHits(found: readonly Hit[], all: readonly Hit[], window: [number, number]): void {
  const expected = all.slice(...window);
  expect(found.length).toBe(expected.length);
  const scores = new Map(all.map(({ id, score }) => [id, score]));
  for (const [i, { id, score }] of found.entries()) {
    expect(score).toBeCloseTo(expected[i].score, 4);
    expect(score).toBeCloseTo(scores.get(id) ?? Number.NaN, 4);
  }
}

describe("Collection.hybridSearch()", () => {
  test("ranks the hits of two searches of a list of rows, for several vectors", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRows, request, async (model, asked) => {
        const { queries, ks, limit, offset } = asked;
        const rows = await collectionOf(db, model);
        try {
          const found = await rows.hybridSearch({
            searches: [
              {
                field: "vector",
                vectors: Float32Array.from(queries.flatMap(([vector]) => vector)),
                k: ks[0],
                filter: "price < 70",
              },
              {
                field: "other",
                vectors: Float32Array.from(queries.flatMap(([, v]) => v)),
                k: ks[1],
              },
            ],
            limit,
            offset,
            ranker: rankers[asked.ranker],
          });
          const seen = living(model);
          for (const [query, [first, second]] of queries.entries()) {
            const lists = [
              seen
                .filter(({ price }) => price < 70)
                .map((row) => ({ id: row.id, row, score: distance(row.vector, first) }))
                .sort((a, b) => a.score - b.score || a.id - b.id)
                .slice(0, ks[0]),
              seen
                .map((row) => ({ id: row.id, row, score: product(row.other, second) }))
                .sort((a, b) => b.score - a.score || a.id - b.id)
                .slice(0, ks[1]),
            ] as const;
            const all = modelHits(lists, asked.ranker);
            expectHits(hitsOf(found)[query], all, [offset, offset + limit]);
          }
        } finally {
          await db.dropCollection("rows");
        }
      }),
      { numRuns: 120 },
    );
  });

  test.each([
    ["max", ["red", "blue"], [[1, 2], [3]]],
    ["sum", ["red", "blue"], [[1, 2], [3]]],
    ["avg", ["blue", "red"], [[3], [1, 2]]],
  ] as const)("orders groups by the %s of their hits' scores", async (scorer, groups, ids) => {
    const rows = await grouped();
    const found = await rows.hybridSearch({
      searches: [{ field: "other", vectors: Float32Array.of(1, 0, 0), k: 9 }],
      ranker: { kind: "weighted", weights: [1] },
      limit: 9,
      groupBy: { fields: ["group"], size: 2, strict: true, scorer },
    });
    const [values] = found.groupValues ?? [];
    expect(values.name).toBe("group");
    expect(hitsOf(found)[0].map(({ id }) => id)).toEqual(ids.flat());
    expect(groups.length).toBe(ids.length);
  });

  test("answers the output fields of hits wherever they were found, in an order", async () => {
    const rows = await grouped();
    const search = { vectors: Float32Array.of(1, 0, 0), k: 1 };
    const request: HybridSearchRequest = {
      searches: [
        { ...search, field: "vector", filter: "id == 3" },
        { ...search, field: "other" },
      ],
      limit: 2,
      outputFields: ["group"],
      orderBy: [{ field: "group", direction: "desc" }],
    };
    const { fields } = await rows.hybridSearch(request);
    const [column] = fields.map((field) => field.column);
    expect(column.layout === "bytes" && Buffer.from(column.bytes).toString()).toBe("redblue");
  });

  const one = { field: "vector", vectors: Float32Array.of(0, 0, 0), k: 1 };
  const refusals: readonly (readonly [string, Partial<HybridSearchRequest>])[] = [
    ["minimum of ann search requests is 1", { searches: [] }],
    ["maximum of ann search requests is 1024", { searches: new Array(1_025).fill(one) }],
    [
      "nq should be the same in all searches",
      { searches: [one, { ...one, vectors: new Float32Array(6) }] },
    ],
    ["limit [0] is invalid, should be greater than 0", { limit: 0 }],
    ["(offset+limit) should be in range [1, 16384], but got 16385", { limit: 16_384, offset: 1 }],
  ];
  test.each(refusals)("refuses with: %s", async (message, request) => {
    const rows = await grouped();
    const whole = { searches: [one], limit: 1, ...request };
    await expect(rows.hybridSearch(whole)).rejects.toThrow(message);
  });

  /** Scores 5 and 1 in the red group, 4 in the blue one. */
  async function grouped() {
    const row = { rank: 1, price: 1, meta: {}, vector: [0, 0, 0] };
    return collectionOf(db, {
      rows: [
        { ...row, id: 1, group: "red", other: [5, 0, 0] },
        { ...row, id: 2, group: "red", other: [1, 0, 0] },
        { ...row, id: 3, group: "blue", other: [4, 0, 0] },
      ],
      deleted: new Set(),
      sealed: 2,
    });
  }
});
