import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database, IndexDefinition, SearchHit, SearchRequest } from "../../src/index.ts";
import type { KernelKind } from "../../src/kernels/kernels.ts";
import { openWithKernels } from "../../src/open-database.ts";
import { type IndexCase, testIndex } from "./index-suite.ts";
import { exactScore } from "./indexed-model.ts";
import { clusteredVectors } from "./sample-vectors.ts";

// The default kind has the whole suite: see index-suite.test.ts. The others have a case for each
// structure and each width of codes, and must answer as the default does.

const otherKinds: readonly KernelKind[] = ["simd128", "wasm-scalar"];
const graph = { M: "8", efConstruction: "40" };

const cases: readonly IndexCase[] = [
  {
    type: "IVF_RABITQ",
    metric: "IP",
    servedBy: "IVF_RABITQ",
    params: { nlist: "32" },
    search: { nprobe: 16 },
  },
  { type: "DISKANN", metric: "COSINE", servedBy: "IVF_RABITQ", search: { search_list: 100 } },
  { type: "HNSW", metric: "L2", servedBy: "HNSW", params: graph, search: { ef: 100 } },
  {
    type: "HNSW_SQ",
    metric: "COSINE",
    servedBy: "HNSW",
    params: { ...graph, sq_type: "SQ4U" },
    search: { ef: 100 },
  },
];

for (const kind of otherKinds) {
  for (const indexCase of cases) {
    // Codes of four bits without SIMD are the business of test/kernels: a graph takes long to build so.
    if (kind === "simd128" || indexCase.type !== "HNSW_SQ") testIndex(indexCase, kind);
  }
}

const dim = 420; // not a multiple of what SIMD takes at a time
const rowCount = 2_600;
const vectors = clusteredVectors(rowCount, dim, { seed: 7 });
const queries = clusteredVectors(12, dim, { seed: 7 }).map((x, i) => x + 0.05 * Math.cos(i));

const requests: readonly Partial<SearchRequest>[] = [
  { k: 10 },
  { k: 100 },
  { filter: "part < 30" },
  { range: { radius: 1e9, rangeFilter: 150 } },
];

describe.each<IndexDefinition & { search: Record<string, number> }>([
  { field: "vector", type: "IVF_RABITQ", params: { nlist: 32 }, search: { nprobe: 12 } },
  { field: "vector", type: "HNSW", params: { M: 8, efConstruction: 60 }, search: { ef: 120 } },
])("Searches with each kind of kernels, in one $type", ({ search, ...definition }) => {
  let folder = "";
  const answers = new Map<KernelKind, SearchHit[][][]>();

  async function openAs(kind: KernelKind): Promise<Database> {
    return openWithKernels(kind, join(folder, "rows.db"), { durability: "os" });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "redkite-kinds-"));
    const db = await openAs("relaxed");
    const rows = await db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "part", type: "Int32" },
        { name: "vector", type: "FloatVector", dim },
      ],
      indexes: [{ ...definition, metric: "L2" }],
    });
    const all = Array.from({ length: rowCount }, (_, id) => {
      return { id, part: id % 100, vector: vectors.subarray(id * dim, (id + 1) * dim) };
    });
    await rows.insert(all);
    await rows.flush();
    await rows.waitForIndexes();
    await db.close();
    for (const kind of ["relaxed", ...otherKinds, "scalar"] as const) {
      answers.set(kind, await answersOf(kind));
    }
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function answersOf(kind: KernelKind): Promise<SearchHit[][][]> {
    const db = await openAs(kind);
    const rows = db.collection("rows");
    const found: SearchHit[][][] = [];
    for (const request of requests) {
      found.push(await rows.searchRows({ vectors: queries, k: 20, params: search, ...request }));
    }
    await db.close();
    return found;
  }

  function hitsOf(kind: KernelKind): SearchHit[] {
    return (answers.get(kind) ?? []).flat(2);
  }

  test.each(otherKinds)("answer with %s as with relaxed, within rounding", (kind) => {
    const [ours, theirs] = [hitsOf("relaxed"), hitsOf(kind)];
    expect(theirs.length).toBe(ours.length);
    // Where estimates differ in the last bit, one of the farthest may be another row.
    const isSame = (hit: SearchHit, i: number): boolean =>
      Math.abs(hit.score - ours[i].score) <= 1e-4 * ours[i].score;
    expect(theirs.filter(isSame).length).toBeGreaterThan(0.995 * ours.length);
  });

  test("answer exactly where there is no WebAssembly: indexes are passed over", () => {
    const found = answers.get("scalar")?.[1] ?? [];
    for (const [q, hits] of found.entries()) {
      const query = queries.subarray(q * dim, (q + 1) * dim);
      const scores = Array.from({ length: rowCount }, (_, id) =>
        exactScore("L2", query, vectors.subarray(id * dim, (id + 1) * dim)),
      ).sort((a, b) => a - b);
      expect(hits).toHaveLength(100);
      for (const [i, { score }] of hits.entries()) expect(score).toBeCloseTo(scores[i], 1);
    }
  });
});
