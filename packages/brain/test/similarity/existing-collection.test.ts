// Collections that are there before the index is, and servers that are not.
import { join } from "node:path";
import { DataType, MilvusClient } from "@redkite/milvus/client";
import { startServer } from "@redkite/milvus/server";
import { logger } from "@zilliz/milvus2-sdk-node";
import { describe, expect, it } from "vitest";
import { computeSimilarity, getBrainInfo, loadBrainResults } from "../../src/index.ts";
import { arcVectors, sharedDataset } from "./one-dataset.ts";

logger.level = "silent";
const shared = sharedDataset(3);
const environment = {};

/** Makes a collection in a database of its own, and answers where. */
async function collectionOf(name: string, fields: object[], metric?: string): Promise<string> {
  const uri = join(shared.home, `${name}.db`);
  const client = new MilvusClient({ address: uri });
  await client.createCollection({ collection_name: name, fields: fields as never });
  if (metric !== undefined) {
    await client.createIndex({
      collection_name: name,
      field_name: "vector",
      index_type: "HNSW",
      metric_type: metric,
      params: { M: 8, efConstruction: 64 },
    });
  }
  await client.closeConnection();
  return uri;
}

const pk = { name: "pk", data_type: DataType.VarChar, is_primary_key: true, max_length: 64_000 };
const vector = { name: "vector", data_type: DataType.FloatVector, dim: 2 };
const sampleId = { name: "sample_id", data_type: DataType.VarChar, max_length: 64_000 };

describe("computeSimilarity() with a collection that is there", () => {
  it("connects to one as FiftyOne makes it, and takes its metric and dimension", async () => {
    const uri = await collectionOf("theirs", [pk, vector, sampleId], "L2");
    const index = await computeSimilarity(shared.dataset, {
      uri,
      environment,
      embeddings: false,
      collectionName: "theirs",
      brainKey: "theirs",
    });
    expect([index.config.metric, index.dim]).toEqual(["euclidean", 2]);
    await index.addToIndex(arcVectors(3), shared.ids);
    expect((await index.search(shared.ids[1], { k: 1 }))[0].id).toBe(shared.ids[1]);
    await index.close();
    const loaded = await loadBrainResults(shared.dataset, "theirs", { uri, environment });
    expect(await loaded.totalIndexSize()).toBe(3);
    await loaded.close();
  });

  it.each([
    ["metric", [pk, vector, sampleId], "COSINE", /metric is cosine, expected euclidean/],
    ["dimension", [pk, { ...vector, dim: 3 }, sampleId], "L2", /dimension is 3, expected 2/],
    ["schema", [pk, vector], "L2", /it has no field sample_id/],
    [
      "key",
      [{ ...pk, data_type: DataType.Int64 }, vector, sampleId],
      "L2",
      /field pk has type Int64/,
    ],
    ["index", [pk, vector, sampleId], undefined, /vector has no index/],
  ])("says what is wrong with one of another %s", async (what, fields, metric, message) => {
    const collectionName = `other_${what}`;
    const uri = await collectionOf(collectionName, fields, metric);
    const options = { uri, environment, collectionName, metric: "euclidean" };
    const computed = computeSimilarity(shared.dataset, { ...options, embeddings: arcVectors(3) });
    await expect(computed).rejects.toMatchObject({ code: "collection-mismatch", message });
  });
});

describe("computeSimilarity() on a server", () => {
  it("says that nobody answers, and leaves the key free", async () => {
    const computed = computeSimilarity(shared.dataset, {
      uri: "http://127.0.0.1:1",
      environment,
      embeddings: arcVectors(3),
      brainKey: "nobody",
    });
    await expect(computed).rejects.toThrow(
      /Failed to connect to Milvus backend at URI 'http:\/\/127\.0\.0\.1:1'/,
    );
    expect((await getBrainInfo(shared.dataset, "nobody")).status).toBe("failed");
  });

  it("says that a password is wrong, without telling it", async () => {
    const server = await startServer({
      dataPath: ":memory:",
      port: 0,
      auth: { password: "Milvus" },
    });
    const computed = computeSimilarity(shared.dataset, {
      uri: `http://${server.address}`,
      user: "root",
      password: "wr0ng-one",
      environment,
      embeddings: arcVectors(3),
    });
    const error = await computed.catch((error: unknown) => String(error));
    expect(error).toMatch(/Failed to connect to Milvus backend/);
    expect(error).not.toContain("wr0ng-one");
    await server.close();
  });

  it("uses the credentials that it is given, each time", async () => {
    const server = await startServer({
      dataPath: ":memory:",
      port: 0,
      auth: { password: "Milvus-1234" },
    });
    const place = { uri: `http://${server.address}`, user: "root", environment };
    const index = await computeSimilarity(shared.dataset, {
      ...place,
      password: "Milvus-1234",
      embeddings: arcVectors(3),
      brainKey: "guarded",
    });
    const load = (password: string) =>
      loadBrainResults(shared.dataset, "guarded", { ...place, password });
    expect(await (await load("Milvus-1234")).totalIndexSize()).toBe(3);
    await expect(load("wrong")).rejects.toThrow(/Failed to connect to Milvus backend/);
    await index.close();
    await server.close();
  });

  it("warns where long vectors would be favoured", async () => {
    const warnings: string[] = [];
    const model = {
      spec: { kind: "precomputed" },
      fingerprint: "long",
      dim: 2,
      modalities: { image: true, text: false },
      normalize: false,
      embedImages: async () => [],
      embedTexts: async () => [],
      close: async () => undefined,
    } as const;
    for (const metric of ["dotproduct", "cosine"]) {
      const options = { model, metric, embeddings: arcVectors(3), environment };
      const onWarning = (message: string) => warnings.push(message);
      await (await computeSimilarity(shared.dataset, { ...options, onWarning })).close();
    }
    expect(warnings).toEqual([expect.stringMatching(/metric "cosine" is recommended/)]);
  });

  it("says that the server went away", async () => {
    const server = await startServer({ dataPath: ":memory:", port: 0 });
    const index = await computeSimilarity(shared.dataset, {
      uri: `http://${server.address}`,
      environment,
      embeddings: arcVectors(3),
    });
    await server.close();
    await expect(index.search([1, 0], { k: 1 })).rejects.toMatchObject({
      code: "server-unreachable",
    });
    await index.close();
  });
});
