// Past the limits of one search: more hits than Milvus gives, more ids than a filter lists.
import { MilvusClient } from "@redkite/milvus/client";
import { logger } from "@zilliz/milvus2-sdk-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filterOf } from "../../src/similarity/index-scope.ts";
import { type NearestRequest, nearestVectors } from "../../src/similarity/nearest-vectors.ts";
import {
  filterIdsMax,
  type IdFilter,
  searchHitsMax,
  VectorCollection,
} from "../../src/similarity/vector-collection.ts";

logger.level = "silent";

const count = filterIdsMax + 1_000;
const ids = Array.from({ length: count }, (_, i) => String(i).padStart(6, "0"));
let collection: VectorCollection;

beforeAll(async () => {
  const client = new MilvusClient({ address: ":memory:" });
  collection = new VectorCollection(client, "many", "Strong");
  await collection.create({ dim: 2, metric: "euclidean", consistencyLevel: "Strong" });
  // On a line, so that the number of a row is its distance from the first.
  const rows = ids.map((id, i) => ({ id, sampleId: id, vector: Float32Array.of(i, 0) }));
  await collection.upsert(rows);
});
afterAll(() => collection.client.closeConnection());

async function nearest(request: Partial<NearestRequest>): Promise<number[]> {
  const hits = await nearestVectors(collection, {
    queries: [Float32Array.of(0, 0)],
    aggregation: "mean",
    metric: "euclidean",
    k: undefined,
    reverse: false,
    ids: { kind: "all" },
    count,
    ...request,
  });
  return hits.map(({ id }) => Number(id));
}

/** 0, 1, 2, ... */
function upTo(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

describe("nearestVectors()", () => {
  it("finds as many as one search gives, one more, and all", async () => {
    for (const k of [searchHitsMax, searchHitsMax + 1]) {
      expect(await nearest({ k })).toEqual(upTo(k));
    }
    expect(await nearest({})).toEqual(upTo(count));
  });

  it("searches among more ids than a filter lists, and among all but some", async () => {
    const only: IdFilter = { kind: "only", ids: ids.slice(5, 5 + filterIdsMax + 1) };
    expect(await nearest({ ids: only, k: 3 })).toEqual([5, 6, 7]);
    const not: IdFilter = { kind: "not", ids: ids.slice(0, 5) };
    expect(await nearest({ ids: not, k: 3 })).toEqual([5, 6, 7]);
    expect(await nearest({ ids: not, k: 2, reverse: true })).toEqual([count - 1, count - 2]);
    expect(await nearest({ ids: { kind: "only", ids: [] } })).toEqual([]);
  });
});

describe("filterOf()", () => {
  it("names what is in the view, or what is not where that is less", () => {
    const some = ids.slice(0, 10);
    expect(filterOf(some, ids, count)).toEqual({ kind: "only", ids: some });
    const most = ids.slice(10);
    expect(filterOf(most, ids, count)).toEqual({ kind: "not", ids: some });
  });

  it("names what is in the view when the index has more than the dataset", () => {
    const most = ids.slice(10);
    expect(filterOf(most, ids, count + 1)).toEqual({ kind: "only", ids: most });
  });
});
