import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Collection, Database, Metric } from "../../src/index.ts";
import { openDatabase } from "../../src/index.ts";
import type { ListColumn } from "../../src/schema/column.ts";
import { seededRandom } from "../kit/random.ts";

// Searches for lists of vectors in arrays of structs.

const dim = 16;
const rowCount = 300;
const random = seededRandom(4);

function numbers(): number[] {
  return Array.from({ length: dim }, () => Math.fround(2 * random() - 1));
}

function bits(): number[] {
  return Array.from({ length: dim / 8 }, () => Math.floor(256 * random()));
}

interface Clip {
  readonly vector: readonly number[];
  readonly bits: readonly number[];
}

/** Row i has i % 6 of them. */
const rowsOfClips: readonly (readonly Clip[])[] = Array.from({ length: rowCount }, (_, i) =>
  Array.from({ length: i % 6 }, () => ({ vector: numbers(), bits: bits() })),
);
const queries: readonly (readonly Clip[])[] = [3, 1, 70].map((length) =>
  Array.from({ length }, () => ({ vector: numbers(), bits: bits() })),
);

function listsOf(sub: "vector" | "bits"): ListColumn {
  const all = queries.flat();
  const offsets = new Uint32Array(queries.length + 1);
  for (const [q, query] of queries.entries()) offsets[q + 1] = offsets[q] + query.length;
  const flat = all.flatMap((clip) => clip[sub]);
  return {
    layout: "list",
    rowCount: queries.length,
    offsets,
    elements:
      sub === "vector"
        ? {
            layout: "vector",
            element: "float32",
            dim,
            rowCount: all.length,
            values: Float32Array.from(flat),
          }
        : {
            layout: "vector",
            element: "bit",
            dim,
            rowCount: all.length,
            values: Uint8Array.from(flat),
          },
  };
}

function similarity(metric: Metric, a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, x, i) => sum + x * b[i], 0);
  const count = (of: readonly number[]): number =>
    of.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
  switch (metric) {
    case "MAX_SIM_IP":
      return product;
    case "MAX_SIM_L2":
      return a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0);
    case "MAX_SIM_HAMMING":
      return count(a.map((byte, i) => byte ^ b[i]));
    case "MAX_SIM_JACCARD":
      return 1 - count(a.map((byte, i) => byte & b[i])) / count(a.map((byte, i) => byte | b[i]));
    default:
      return product / Math.hypot(...a) / Math.hypot(...b);
  }
}

const ascending = new Set<Metric>(["MAX_SIM_L2", "MAX_SIM_HAMMING", "MAX_SIM_JACCARD"]);

function scoreOf(metric: Metric, query: readonly Clip[], row: readonly Clip[]): number {
  const sub = metric === "MAX_SIM_HAMMING" || metric === "MAX_SIM_JACCARD" ? "bits" : "vector";
  const best = ascending.has(metric) ? Math.min : Math.max;
  return query.reduce(
    (sum, a) => sum + best(...row.map((b) => similarity(metric, a[sub], b[sub]))),
    0,
  );
}

describe.each<Metric>([
  "MAX_SIM",
  "MAX_SIM_COSINE",
  "MAX_SIM_IP",
  "MAX_SIM_L2",
  "MAX_SIM_HAMMING",
  "MAX_SIM_JACCARD",
])("A search for lists of vectors by %s", (metric) => {
  const sub = metric === "MAX_SIM_HAMMING" || metric === "MAX_SIM_JACCARD" ? "bits" : "vector";
  const field = `clips[${sub}]`;
  let folder = "";
  let db: Database;
  let rows: Collection;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "redkite-lists-"));
    db = await openDatabase(join(folder, "rows.db"), { durability: "os" });
    rows = await db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "part", type: "Int32" },
      ],
      structs: [
        {
          name: "clips",
          fields: [
            {
              name: "vector",
              type: "ArrayOfVector",
              elementType: "FloatVector",
              dim,
              maxCapacity: 10,
            },
            {
              name: "bits",
              type: "ArrayOfVector",
              elementType: "BinaryVector",
              dim,
              maxCapacity: 10,
            },
          ],
        },
      ],
      indexes: [
        { field, type: sub === "bits" ? "BIN_FLAT" : "HNSW", metric },
        { field: sub === "bits" ? "clips[vector]" : "clips[bits]" },
      ],
    });
    const given = rowsOfClips.map((clips, id) => ({ id, part: id % 10, clips }));
    await rows.insert(given.slice(0, 200));
    await rows.flush();
    await rows.insert(given.slice(200));
    await rows.delete({ keys: [5, 11, 250] });
    await rows.waitForIndexes();
  });

  afterAll(async () => {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([undefined, "part < 3"])(
    "scores all lists exactly, with the filter %s",
    async (filter) => {
      const answer = await rows.searchRows({
        vectors: listsOf(sub),
        field,
        k: 40,
        ...(filter !== undefined && { filter }),
      });
      for (const [q, hits] of answer.entries()) {
        const sign = ascending.has(metric) ? 1 : -1;
        const expected = rowsOfClips
          .map((clips, id) => ({ id, clips }))
          .filter(({ id, clips }) => clips.length > 0 && ![5, 11, 250].includes(id))
          .filter(({ id }) => filter === undefined || id % 10 < 3)
          .map(({ id, clips }) => ({ id, score: scoreOf(metric, queries[q], clips) }))
          .sort((a, b) => sign * (a.score - b.score) || a.id - b.id)
          .slice(0, 40);
        expect(hits).toHaveLength(40);
        for (const [i, { score }] of hits.entries())
          expect(score).toBeCloseTo(expected[i].score, 3);
      }
    },
  );

  test("is told to be scanned, with the index type that was asked for", () => {
    const [info] = rows.listIndexes();
    expect(info).toMatchObject({
      type: sub === "bits" ? "BIN_FLAT" : "HNSW",
      metric,
      servedBy: "FLAT",
    });
  });

  test("refuses vectors that are no lists, of another type, or of another dimension", async () => {
    const refused = async (
      vectors: Parameters<Collection["search"]>[0]["vectors"],
    ): Promise<unknown> =>
      rows.search({ ...(vectors && { vectors }), field, k: 1 }).catch((error: unknown) => error);
    expect(await refused(new Float32Array(dim))).toMatchObject({
      code: "invalid-parameter",
      message: `vector type must be the same, field ${field} - type VECTOR_ARRAY, search ph type VECTOR_FLOAT`,
    });
    expect(await refused(listsOf(sub === "bits" ? "vector" : "bits"))).toMatchObject({
      code: "invalid-parameter",
    });
    const { elements, ...lists } = listsOf(sub);
    const wrong = { ...elements, dim: dim / 2 } as ListColumn["elements"];
    expect(await refused({ ...lists, elements: wrong })).toMatchObject({
      code: "dimension-mismatch",
    });
  });
});
