import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fasterIndex, isGraphTried, reasonOfAuto } from "../../src/collection/auto-index.ts";
import type { GraphIndex } from "../../src/index/graph/graph-index.ts";
import type { IvfIndex } from "../../src/index/ivf/ivf-index.ts";
import { type Collection, type Database, type IndexInfo, openDatabase } from "../../src/index.ts";
import { build as buildGraph, sharedVectors } from "../index/graph/graph-fixture.ts";
import { build as buildIvf } from "../index/ivf/ivf-fixture.ts";
import { clusteredVectors } from "../indexed/sample-vectors.ts";

describe("isGraphTried()", () => {
  test("leaves graphs to segments that are neither small nor large, in collections that are not large", () => {
    const tried = (rowCount: number, dim: number, collectionRows = rowCount): boolean =>
      isGraphTried({ rowCount, dim, collectionRows });
    expect(tried(9_999, 768)).toBe(false);
    expect(tried(10_000, 768)).toBe(true);
    expect(tried(100_000, 768)).toBe(true);
    expect(tried(100_001, 768)).toBe(false);
    expect(tried(50_000, 768, 200_000)).toBe(false);
    expect(tried(100_000, 1536)).toBe(false);
  });
});

const few = sharedVectors(clusteredVectors(600, 64), 64);
const graphBuilt = buildGraph(few, { metric: "L2", efConstruction: 20, m: 4 });
const ivfBuilt = buildIvf(few, { metric: "L2", listCount: 64 });

/** Two indexes whose searches take so many nanoseconds, however thorough they are. */
async function indexesOf(ivfNs: number, graphNs: number): Promise<[IvfIndex, GraphIndex]> {
  const cost = (fixedNs: number) => ({ fixedNs, effortNs: 0, hitNs: 0 });
  return [
    { ...(await ivfBuilt), cost: cost(ivfNs) },
    { ...(await graphBuilt), cost: cost(graphNs) },
  ];
}

describe("fasterIndex()", () => {
  test("keeps a graph only where it is clearly faster, and remembers the times", async () => {
    for (const [ivfNs, graphNs, kind] of [
      [60_000, 35_000, "graph"],
      [60_000, 50_000, "graph"],
      [60_000, 51_000, "ivf"],
      [60_000, 90_000, "ivf"],
    ] as const) {
      const index = fasterIndex(...(await indexesOf(ivfNs, graphNs)));
      expect(index.kind).toBe(kind);
      expect(index.comparison).toEqual({ recall: 0.95, ivfNs, graphNs });
    }
  });
});

describe("reasonOfAuto()", () => {
  test("tells the times that were compared", async () => {
    const index = fasterIndex(...(await indexesOf(60_400, 34_900)));
    expect(reasonOfAuto([index], { totalRows: 600, isPending: false })).toBe(
      "The graph answers in 35 us, the IVF in 60 us, at recall 0.95 (measured when it was built).",
    );
  });

  test("tells why there was nothing to compare", async () => {
    const [ivf] = await indexesOf(1, 1);
    expect(reasonOfAuto([ivf], { totalRows: 300_000, isPending: false })).toBe(
      "300,000 rows: an IVF with RaBitQ codes of 64 lists; graphs are tried for 10,000 to 100,000 rows, up to 400 MB of vectors, where memory allows.",
    );
    const large = { ...ivf, rowEnd: 20_000 };
    expect(reasonOfAuto([large], { totalRows: 20_000, isPending: true })).toContain(
      "while a graph is built to be compared with it",
    );
  });
});

describe("an AUTOINDEX of a modest segment", () => {
  const dim = 106;
  const rowCount = 10_000;
  const vectors = clusteredVectors(rowCount, dim);
  let folder = "";
  let db: Database;
  let rows: Collection;
  /** How many rows were indexed, whenever it was looked at while the index was built. */
  const seen: IndexInfo[] = [];

  async function open(): Promise<void> {
    db = await openDatabase(join(folder, "rows.db"), { durability: "os" });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "redkite-auto-"));
    await open();
    rows = await db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "vector", type: "FloatVector", dim },
      ],
      indexes: [],
      load: false,
    });
    const values = BigInt64Array.from({ length: rowCount }, (_, i) => BigInt(i));
    await rows.insertColumns({
      rowCount,
      columns: new Map([
        ["id", { layout: "fixed", rowCount, values }],
        ["vector", { layout: "vector", element: "float32", rowCount, dim, values: vectors }],
      ]),
    });
    await rows.flush();
    await rows.createIndex({ field: "vector", type: "AUTOINDEX", metric: "L2" });
    let isBuilt = false;
    const built = rows.waitForIndexes().finally(() => {
      isBuilt = true;
    });
    while (!isBuilt) {
      seen.push(rows.describeIndex("vector"));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await built;
  }, 60_000);

  afterAll(async () => {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("keeps one index, and tells what was measured", () => {
    const info = rows.describeIndex("vector");
    expect(info).toEqual(rows.listIndexes()[0]);
    expect(info).toMatchObject({ state: "finished", indexedRows: rowCount, pendingRows: 0 });
    expect(["HNSW", "IVF_RABITQ"]).toContain(info.servedBy);
    expect(info.reason).toMatch(
      /^The graph answers in \d+ us, the IVF in \d+ us, at recall 0.95 \(measured when it was built\)\.$/,
    );
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => name.endsWith(".idx"))).toHaveLength(1);
  });

  test("tells how far it is while it is built, and never less than before", () => {
    const counts = seen.map(({ indexedRows }) => indexedRows);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(new Set(counts).size).toBeGreaterThan(10);
    for (const { state, indexedRows, pendingRows, totalRows } of seen) {
      expect(totalRows).toBe(rowCount);
      expect(indexedRows + pendingRows).toBe(totalRows);
      if (state === "building") expect(indexedRows).toBeLessThanOrEqual(totalRows);
    }
  });

  test("searches in the IVF while the graph is built", () => {
    const during = seen.filter(({ state, servedBy }) => {
      return state === "building" && servedBy === "IVF_RABITQ";
    });
    expect(during.length).toBeGreaterThan(0);
    expect(during[0].reason).toContain("while a graph is built");
  });

  test("has decided for good: opening the database builds nothing", async () => {
    const before = rows.describeIndex("vector");
    await db.close();
    await open();
    rows = db.collection("rows");
    await rows.load();
    expect(rows.describeIndex("vector")).toEqual(before);
    expect(rows.describeIndex("vector").state).toBe("finished");
  });
});

describe("Collection.describeIndex()", () => {
  test("refuses names that there are not", async () => {
    const folder = mkdtempSync(join(tmpdir(), "redkite-auto-"));
    const db = await openDatabase(join(folder, "rows.db"), { durability: "os" });
    try {
      const rows = await db.createCollection({
        name: "rows",
        fields: [
          { name: "id", type: "Int64", primaryKey: true },
          { name: "vector", type: "FloatVector", dim: 4 },
        ],
      });
      expect(rows.describeIndex("vector")).toMatchObject({ type: "AUTOINDEX", servedBy: "FLAT" });
      expect(() => rows.describeIndex("other")).toThrow(
        expect.objectContaining({ code: "index-not-found" }),
      );
    } finally {
      await db.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
