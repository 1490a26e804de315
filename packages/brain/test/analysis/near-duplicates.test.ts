import { type RunningServer, startServer } from "@redkite/milvus/server";
import { logger } from "@zilliz/milvus2-sdk-node";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  computeNearDuplicates,
  computeSimilarity,
  createDataset,
  type DuplicatesViewOptions,
  getBrainInfo,
  listBrainRuns,
  loadBrainResults,
  type NearDuplicates,
  type NearDuplicatesOptions,
} from "../../src/index.ts";
import { sharedDataset } from "../similarity/one-dataset.ts";
import { cosineDistance, uniqueByBruteForce, vectorsWithDuplicates } from "./grouped-vectors.ts";

logger.level = "silent";
const shared = sharedDataset(200);
const vectors = vectorsWithDuplicates(200, 16);
const environment = {};
let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ dataPath: ":memory:", port: 0 });
});
afterAll(() => server.close());

/** Options of which `undefined` takes one away that `find` gives. */
type Given = { readonly [K in keyof NearDuplicatesOptions]: NearDuplicatesOptions[K] | undefined };

async function find(options: Given = {}): Promise<NearDuplicates> {
  const given = { embeddings: vectors, threshold: 0.05, environment, ...options };
  return await computeNearDuplicates(shared.dataset, given as NearDuplicatesOptions);
}

function onServer() {
  return { backend: "milvus", uri: `http://${server.address}` };
}

function idsOf(positions: readonly number[]): string[] {
  return positions.map((position) => shared.ids[position]);
}

describe("computeNearDuplicates()", () => {
  it("finds what brute force finds, keeping what was added first", async () => {
    const found = await find();
    const kept = uniqueByBruteForce(vectors, 0.05);
    expect(found.uniqueIds).toEqual(idsOf(kept));
    expect(found.duplicateIds).toHaveLength(200 - kept.length);
    const [near] = found.neighborsMap.get(shared.ids[10]) ?? [];
    expect(near?.id).toBe(shared.ids[11]);
    expect(near?.distance).toBeCloseTo(cosineDistance(vectors[10], vectors[11]), 6);
    // About half of all others: more than a list of neighbours has.
    const wide = await found.findDuplicates({ threshold: 1 });
    expect(wide.uniqueIds).toEqual(idsOf(uniqueByBruteForce(vectors, 1)));
  });

  it("agrees with brute force on any vectors and thresholds", async () => {
    const component = fc.integer({ min: -2, max: 2 });
    const given = fc.array(fc.tuple(component, component, component), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(
        given,
        fc.double({ min: 0, max: 3, noNaN: true }),
        async (rows, threshold) => {
          const embeddings = rows.map((row) => Float32Array.from(row));
          const view = shared.dataset.limit(rows.length);
          const options = { embeddings, threshold, metric: "euclidean", environment };
          const found = await computeNearDuplicates(view, options);
          await found.close();
          expect(found.uniqueIds).toEqual(
            idsOf(uniqueByBruteForce(embeddings, threshold, "euclidean")),
          );
        },
      ),
      { numRuns: 8 },
    );
  });

  it.each([
    ["cosine", "embedded", () => ({})],
    ["euclidean", "embedded", () => ({})],
    ["dotproduct", "on a Milvus server", onServer],
  ])("uses an index of the metric %s, %s, for any view", async (metric, _place, place) => {
    const given = { embeddings: vectors, metric, brainKey: `by_${metric}`, environment };
    await (await computeSimilarity(shared.dataset, { ...given, ...place() })).close();
    const first = shared.dataset.limit(60);
    const { uri } = onServer();
    const options = { similarityIndex: `by_${metric}`, threshold: 0.05, environment, uri };
    const found = await computeNearDuplicates(first, options);
    const metricOfDistance = metric === "euclidean" ? "euclidean" : "cosine";
    const kept = uniqueByBruteForce(vectors.slice(0, 60), 0.05, metricOfDistance);
    expect(found.uniqueIds).toEqual(idsOf(kept));
  });

  it("takes a view of patches for what it is", async () => {
    const patches = shared.dataset.toPatches("objects").limit(50);
    const options = { embeddings: vectors.slice(0, 50), threshold: 0.05, environment };
    const found = await computeNearDuplicates(patches, options);
    expect(found.patchesField).toBe("objects");
    expect(found.duplicateIds).toContain(shared.labelIds.flat()[11]);
    expect(await (await found.duplicatesView()).ids()).toContain(shared.labelIds.flat()[11]);
    await found.close();
  });

  it("finds the same whatever the order of the view", async () => {
    const embeddings = new Map(shared.ids.map((id, i) => [id, vectors[i]]));
    const options = { embeddings, threshold: 0.2, environment };
    const [forward, mixed] = await Promise.all([
      computeNearDuplicates(shared.dataset, options),
      computeNearDuplicates(shared.dataset.shuffle({ seed: 3 }), options),
    ]);
    expect(mixed.toJSON()).toEqual(forward.toJSON());
  });

  it("takes a sample that a view has twice once", async () => {
    const first = shared.dataset.limit(5);
    const index = await computeSimilarity(shared.dataset, { embeddings: vectors, environment });
    const options = { similarityIndex: index, threshold: 0.001 };
    const found = await computeNearDuplicates(first.concat(first), options);
    await index.close();
    expect(found.uniqueIds).toEqual(shared.ids.slice(0, 5));
    expect(found.duplicateIds).toEqual([]);
  });

  it("keeps one of vectors that are all equal, and one of one", async () => {
    const equal = await find({
      embeddings: vectors.map(() => Float32Array.of(1, 2)),
      threshold: 0,
    });
    expect(equal.uniqueIds).toEqual([shared.ids[0]]);
    expect(equal.neighborsMap.get(shared.ids[0])).toHaveLength(199);
    const one = { embeddings: [vectors[0]], environment };
    const alone = await computeNearDuplicates(shared.dataset.limit(1), one);
    expect(alone.uniqueIds).toEqual([shared.ids[0]]);
    expect(alone.duplicateIds).toEqual([]);
  });

  it("finds the threshold for a fraction, and for a number of unique items", async () => {
    const tenth = await find({ threshold: undefined, fraction: 0.1 });
    expect(tenth.duplicateIds).toHaveLength(20);
    const half = await tenth.findDuplicates({ fraction: 0.5 });
    expect(half.duplicateIds).toHaveLength(100);
    expect(half.threshold).toBeGreaterThan(tenth.threshold);
    const few = await tenth.findUnique(7);
    expect(few.uniqueIds).toHaveLength(7);
    expect(few.uniqueIds).toEqual(idsOf(uniqueByBruteForce(vectors, few.threshold)));
    expect((await tenth.findUnique(200)).duplicateIds).toEqual([]);
    await expect(tenth.findUnique(201)).rejects.toMatchObject({ code: "invalid-argument" });
    expect(Array.isArray(few.uniqueIds)).toBe(true);
  });

  it("tells the distances that a threshold is chosen by", async () => {
    const found = await find();
    const distances = await found.nearestDistances();
    expect(distances.get(shared.ids[11])).toBeCloseTo(cosineDistance(vectors[10], vectors[11]), 6);
    const { counts, edges } = await found.distanceHistogram({ bins: 4 });
    expect(counts.reduce((sum, count) => sum + count)).toBe(200);
    expect(edges).toHaveLength(5);
    const none = found.distanceHistogram({ bins: 0 });
    await expect(none).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("gives each kept item followed by its duplicates, with fields that say so", async () => {
    const found = await find();
    const fields = { typeField: "dup_type", idField: "dup_of", distField: "dup_distance" };
    const view = await found.duplicatesView(fields);
    const [first, second] = await view.head(2);
    expect(await view.count()).toBe(found.duplicateIds.length + found.neighbors.length);
    expect(first).toMatchObject({ dup_type: "nearest", dup_of: first?.id, dup_distance: 0 });
    expect(second).toMatchObject({ dup_type: "duplicate", dup_of: first?.id });
    expect(await found.uniqueView().ids()).toEqual(found.uniqueIds);
    const wider = await found.findDuplicates({ threshold: 0.7 });
    const nearest = wider.neighbors.toSorted(([, [a]], [, [b]]) => a.distance - b.distance);
    const largest = wider.neighbors.toSorted(([, a], [, b]) => b.length - a.length);
    expect(largest[0][1].length).toBeGreaterThan(largest.at(-1)?.[1].length ?? 0);
    const firstIdBy = async (order: DuplicatesViewOptions): Promise<string | undefined> =>
      (await (await wider.duplicatesView(order)).first()).id;
    expect(await firstIdBy({})).toBe(nearest[0][0]);
    expect(await firstIdBy({ reverse: true })).toBe(nearest.at(-1)?.[0]);
    expect(await firstIdBy({ sortBy: "count" })).toBe(largest[0][0]);
    const wrong = found.duplicatesView({ sortBy: "size" as "count" });
    await expect(wrong).rejects.toThrow(/Invalid sort_by='size'/);
  });

  it("compares patches, each with its own vector", async () => {
    const embeddings = vectorsWithDuplicates(400, 8, 7);
    const found = await find({ embeddings, patchesField: "objects", brainKey: "patches" });
    const labelIds = shared.labelIds.flat();
    expect(found.duplicateIds).toContain(labelIds[11]);
    const view = await found.duplicatesView();
    expect(view.patchesField).toBe("objects");
    expect(await view.count()).toBe(found.duplicateIds.length + found.neighbors.length);
    const [run] = await listBrainRuns(shared.dataset, { patchesField: "objects" });
    expect(run).toMatchObject({ key: "patches", type: "near_duplicates", status: "completed" });
  });
});

describe("runs of near duplicates", () => {
  it("are loaded, searched again by their index, and replaced", async () => {
    const given = { embeddings: vectors, brainKey: "vectors", environment };
    await computeSimilarity(shared.dataset, given);
    const index = { similarityIndex: "vectors", embeddings: undefined };
    const computed = await find({ ...index, brainKey: "near" });
    const loaded = await loadBrainResults(shared.dataset, "near", { type: "near_duplicates" });
    expect(loaded.toJSON()).toEqual(computed.toJSON());
    const wider = await loaded.findDuplicates({ threshold: 0.5 });
    expect(wider.duplicateIds.length).toBeGreaterThan(loaded.duplicateIds.length);
    await expect(find({ ...index, brainKey: "near" })).rejects.toMatchObject({
      code: "run-exists",
    });
    await find({ ...index, brainKey: "near", threshold: 0.5, overwrite: true });
    const replaced = await loadBrainResults(shared.dataset, "near", { type: "near_duplicates" });
    expect(replaced.threshold).toBe(0.5);
    expect(await getBrainInfo(shared.dataset, "near")).toMatchObject({
      type: "near_duplicates",
      config: { similarityKey: "vectors", threshold: 0.5 },
      summary: { duplicateCount: wider.duplicateIds.length, missingCount: 0 },
    });
  });

  it("say which type they are, and that vectors that were given are gone", async () => {
    await find({ brainKey: "given" });
    const asIndex = loadBrainResults(shared.dataset, "given");
    await expect(asIndex).rejects.toThrow(/its type is near_duplicates/);
    const loaded = await loadBrainResults(shared.dataset, "given", { type: "near_duplicates" });
    const again = loaded.findDuplicates({ threshold: 0.1 });
    await expect(again).rejects.toMatchObject({ code: "index-not-found" });
    const overIndex = find({ brainKey: "vectors", overwrite: true });
    await expect(overIndex).rejects.toMatchObject({ code: "run-exists" });
  });

  it("leave out what was deleted since", async () => {
    const dataset = await createDataset("deleting", { home: shared.home });
    const ids = await dataset.addSamples([0, 1, 2].map((i) => ({ filepath: `/nowhere/${i}` })));
    const embeddings = ids.map((_, i) => Float32Array.of(1, i < 2 ? 0 : 1));
    const index = await computeSimilarity(dataset, { embeddings, environment, brainKey: "all" });
    const found = await computeNearDuplicates(dataset, { similarityIndex: index });
    await dataset.deleteSamples([ids[1]]);
    expect(await (await found.duplicatesView()).ids()).toEqual([ids[0]]);
    // The index still has the vector of what is deleted.
    const after = await computeNearDuplicates(dataset, { similarityIndex: index });
    expect(after.uniqueIds).toEqual([ids[0], ids[2]]);
    await dataset.close();
  });

  it("that are cancelled in the middle leave their key free", async () => {
    const cancelling = new AbortController();
    const progress = (): void => cancelling.abort();
    const { signal } = cancelling;
    const options = { embeddings: vectors, fraction: 0.5, brainKey: "half", environment };
    const { dataset } = shared;
    const cancelled = computeNearDuplicates(dataset, { ...options, progress, signal });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    const half = await computeNearDuplicates(dataset, options);
    expect(half.duplicateIds).toHaveLength(100);
  });

  it("that are cancelled leave their key free", async () => {
    const signal = AbortSignal.abort();
    const cancelled = find({ brainKey: "cancelled", signal });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    expect(await getBrainInfo(shared.dataset, "cancelled")).toMatchObject({ status: "failed" });
    await find({ brainKey: "cancelled" });
  });

  it("whose server goes away say so, and leave their key free", async () => {
    const going = await startServer({ dataPath: ":memory:", port: 0 });
    const place = { backend: "milvus", uri: `http://${going.address}`, environment };
    const index = await computeSimilarity(shared.dataset, {
      ...place,
      embeddings: vectors,
      metric: "cosine",
      brainKey: "going",
    });
    const found = await computeNearDuplicates(shared.dataset, { similarityIndex: index });
    await going.close();
    const options = { similarityIndex: index, brainKey: "gone" };
    const gone = computeNearDuplicates(shared.dataset, options);
    await expect(gone).rejects.toMatchObject({ code: "server-unreachable" });
    expect(await getBrainInfo(shared.dataset, "gone")).toMatchObject({ status: "failed" });
    // What was found before needs no server.
    expect(await found.uniqueView().count()).toBe(found.uniqueIds.length);
  });
});

describe("computeNearDuplicates() refuses", () => {
  const refusals: [string, NearDuplicatesOptions, string, RegExp][] = [
    ["a threshold below 0", { threshold: -1 }, "invalid-argument", /is no distance/],
    ["a threshold of NaN", { threshold: Number.NaN }, "invalid-argument", /is no distance/],
    ["both criteria", { fraction: 0.5 }, "invalid-argument", /either a threshold/],
    ["an unknown option", { treshold: 1 } as never, "invalid-argument", /no option "treshold"/],
    ["a number of NaN", { embeddings: [[Number.NaN]] }, "invalid-argument", /does not match/],
    ["an index with embeddings", { similarityIndex: "x" }, "invalid-argument", /give either/],
    ["the metric of products", { metric: "dotproduct" }, "invalid-argument", /cosine or euclidean/],
    ["embeddings: false", { embeddings: false } as never, "invalid-argument", /without embeddings/],
  ];
  it.each(refusals)("%s", async (_name, options, code, text) => {
    await expect(find(options)).rejects.toMatchObject({ code });
    await expect(find(options)).rejects.toThrow(text);
  });

  it("a fraction of one, an empty view, NaN, and an index without a single vector", async () => {
    const { dataset } = shared;
    const whole = computeNearDuplicates(dataset, { embeddings: vectors, fraction: 1, environment });
    await expect(whole).rejects.toThrow(/not from 0 to below 1/);
    const empty = computeNearDuplicates(dataset.limit(1).skip(1), { embeddings: [], environment });
    await expect(empty).rejects.toMatchObject({ code: "invalid-argument" });
    const one = { embeddings: [[Number.NaN, 1]], environment };
    const notANumber = computeNearDuplicates(dataset.limit(1), one);
    await expect(notANumber).rejects.toMatchObject({ code: "embedding-invalid" });
    const index = await computeSimilarity(dataset, { embeddings: false, environment });
    const none = computeNearDuplicates(dataset, { similarityIndex: index });
    await expect(none).rejects.toMatchObject({ code: "embedding-invalid" });
  });
});
