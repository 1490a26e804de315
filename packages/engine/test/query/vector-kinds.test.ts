import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Collection,
  type Database,
  type DataType,
  keyAt,
  type Metric,
  openDatabase,
  type SearchVectors,
} from "../../src/index.ts";

let db: Database;
beforeEach(async () => {
  db = await openDatabase(":memory:", { threads: 1, maintenance: false });
});
afterEach(() => db.close());

interface Kind {
  readonly metric: Metric;
  readonly dim?: number;
  /** The vector of row `i`, ever farther from `query`. */
  readonly vectorOf: (i: number) => unknown;
  readonly query: SearchVectors;
}

const rowCount = 40;

const kinds: Partial<Record<DataType, Kind>> = {
  FloatVector: {
    metric: "L2",
    dim: 4,
    vectorOf: (i) => [i, 0, 0, 0],
    query: Float32Array.of(0, 0, 0, 0),
  },
  Float16Vector: {
    metric: "L2",
    dim: 4,
    vectorOf: (i) => [i, 0, 0, 0],
    query: Float32Array.of(0, 0, 0, 0),
  },
  BFloat16Vector: {
    metric: "L2",
    dim: 4,
    vectorOf: (i) => [i, 0, 0, 0],
    query: Float32Array.of(0, 0, 0, 0),
  },
  Int8Vector: {
    metric: "L2",
    dim: 4,
    vectorOf: (i) => [i, 0, 0, 0],
    query: {
      layout: "vector",
      element: "int8",
      rowCount: 1,
      dim: 4,
      values: new Int8Array(4),
    },
  },
  BinaryVector: {
    metric: "HAMMING",
    dim: 64,
    vectorOf: (i) => Array.from({ length: 8 }, (_, byte) => bitsOf(i - 8 * byte)),
    query: { layout: "vector", element: "bit", rowCount: 1, dim: 64, values: new Uint8Array(8) },
  },
  SparseFloatVector: {
    metric: "IP",
    vectorOf: (i) => ({ 7: rowCount - i, 9: 1 }),
    query: {
      layout: "sparse",
      rowCount: 1,
      offsets: Uint32Array.of(0, 1),
      indices: Uint32Array.of(7),
      values: Float32Array.of(1),
    },
  },
};

/** A byte with so many bits, at most 8, at least none. */
function bitsOf(count: number): number {
  return 2 ** Math.max(0, Math.min(count, 8)) - 1;
}

async function collectionOf(type: DataType, { metric, dim, vectorOf }: Kind): Promise<Collection> {
  const rows = await db.createCollection({
    name: "rows",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "part", type: "Int32" },
      { name: "vector", type, ...(dim && { dim }) },
    ],
    indexes: [{ field: "vector", type: "AUTOINDEX", metric }],
  });
  const all = Array.from({ length: rowCount }, (_, i) => ({
    id: i,
    part: i % 3,
    vector: vectorOf(i),
  }));
  await rows.insert(all.slice(0, 25));
  await rows.flush();
  await rows.insert(all.slice(25));
  return rows;
}

describe.each(Object.entries(kinds))("A collection of %s", (type, kind) => {
  const inOrder = Array.from({ length: rowCount }, (_, i) => i);

  test("is iterated in batches, best first", async () => {
    const rows = await collectionOf(type as DataType, kind);
    const found: number[] = [];
    for await (const { keys } of rows.searchIterator({ vectors: kind.query, batchSize: 7 })) {
      for (let i = 0; i < keys.rowCount; i++) found.push(Number(keyAt(keys, i)));
    }
    expect(found).toEqual(inOrder);
  });

  test("is searched by ids, and fused with itself", async () => {
    const rows = await collectionOf(type as DataType, kind);
    const [byId] = await rows.searchRows({ ids: [0n], k: 3 });
    expect(byId.map(({ key }) => key)).toEqual([0n, 1n, 2n]);
    const search = { vectors: kind.query, k: 5 };
    const { keys } = await rows.hybridSearch({ searches: [search, search], limit: 3 });
    expect(Array.from({ length: 3 }, (_, i) => keyAt(keys, i))).toEqual([0n, 1n, 2n]);
  });

  const isBinary = type === "BinaryVector";
  test(isBinary ? "is not grouped" : "is grouped", async () => {
    const rows = await collectionOf(type as DataType, kind);
    const groupBy = { fields: ["part"], size: 2, strict: true };
    const searching = rows.searchRows({ vectors: kind.query, k: 2, groupBy });
    if (isBinary) {
      await expect(searching).rejects.toThrow(
        "not support search_group_by operation based on binary vector column",
      );
      return;
    }
    const [hits] = await searching;
    expect(hits.map(({ key }) => key)).toEqual([0n, 3n, 1n, 4n]);
  });
});
