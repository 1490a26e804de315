// Indexes of the texts that samples have, by the model that comes with the package.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logger } from "@zilliz/milvus2-sdk-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  computeEmbeddings,
  computeSimilarity,
  createDataset,
  type Dataset,
  getBrainInfo,
  loadBrainResults,
} from "../../src/index.ts";

logger.level = "silent";

const captions = [
  "a cat sleeps on the sofa",
  "the red car waits at a traffic light",
  null,
  "  ",
  "children play football in the park",
];
const environment = {};

let home: string;
let dataset: Dataset;
let ids: string[];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "redkite-brain-"));
  dataset = await createDataset("captions", { home });
  await dataset.addField({ name: "caption", type: "string" });
  ids = await dataset.addSamples(
    captions.map((caption, i) => ({
      filepath: `/nowhere/${i}.png`,
      rating: i,
      ...(caption === null ? {} : { caption }),
    })),
  );
});
afterAll(async () => {
  await dataset.close();
  await rm(home, { recursive: true, force: true });
});

describe("computeSimilarity() with textField", () => {
  it("finds samples by what their texts mean, also when it is loaded again", async () => {
    const index = await computeSimilarity(dataset, {
      textField: "caption",
      brainKey: "captions",
      environment,
    });
    expect([index.dim, index.supportsPrompts, await index.totalIndexSize()]).toEqual([
      512,
      true,
      3,
    ]);
    expect(await index.missingSize()).toBe(2);
    await index.close();
    const { config } = await getBrainInfo(dataset, "captions");
    expect(config).toMatchObject({ textField: "caption", model: { name: "use-lite" } });
    const loaded = await loadBrainResults(dataset, "captions", { environment });
    const first = async (query: string) => (await loaded.search(query, { k: 1 }))[0].id;
    expect(await first("a pet is having a nap")).toBe(ids[0]);
    expect(await first("kids with a ball")).toBe(ids[4]);
    const view = dataset.sortBySimilarity("vehicles on the street", { k: 1, brainKey: "captions" });
    expect((await view.first())["caption"]).toBe(captions[1]);
    await expect(loaded.search({ image: "x.png" })).rejects.toMatchObject({ code: "unsupported" });
    const more = await loaded.computeEmbeddings(dataset.limit(1));
    expect(more.sampleIds).toEqual([ids[0]]);
  });

  it.each([
    ["a model for images", { model: "color-hog-v1" }, /images only; name one with a text side/],
    ["patches too", { patchesField: "caption" }, /has a string|at once/],
    ["another type", { textField: "rating" }, /another value than a text/],
    ["a field that there is not", { textField: "captain" }, /captain/],
  ])("refuses %s", async (_, options, message) => {
    const given = { textField: "caption", environment, ...options };
    await expect(computeSimilarity(dataset, given)).rejects.toThrow(message);
    await expect(computeEmbeddings(dataset, given)).rejects.toThrow(message);
  });

  it("refuses to embed images with a model for texts, and says what to do", async () => {
    const options = { model: "use-lite", environment };
    await expect(computeSimilarity(dataset, options)).rejects.toThrow(/give textField/);
  });
});

it("computeEmbeddings() with textField remembers what it has embedded", async () => {
  const seen: string[][] = [];
  const model = {
    spec: { kind: "precomputed" },
    fingerprint: "counting",
    dim: 1,
    modalities: { image: false, text: true },
    normalize: false,
    embedImages: async () => [],
    embedTexts: async (texts: readonly string[]) => {
      seen.push([...texts]);
      return texts.map(({ length }) => Float32Array.of(length));
    },
    close: async () => undefined,
  } as const;
  const first = await computeEmbeddings(dataset, { model, textField: "caption" });
  const again = await computeEmbeddings(dataset, { model, textField: "caption" });
  expect(again).toEqual(first);
  expect(seen).toEqual([[captions[0], captions[1], captions[4]]]);
  await computeEmbeddings(dataset, { model, textField: "caption", useCache: false });
  expect(seen).toHaveLength(2);
});
