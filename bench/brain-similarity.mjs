// A similarity query, embedded: of all samples, and of a view that has one in a hundred.
//
// Corpus: samples with a tag for each hundredth, a random score, and random vectors (seed 1). Left out:
// models, servers, patches. Each line is the median of the rounds and the fastest, from the call to the
// result in JavaScript, with another query each time.
//
// Run: npm run build && node bench/brain-similarity.mjs [samples] [dim] [rounds]      (small: 500 16 3)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { computeSimilarity, createDataset } from "../packages/brain/dist/index.js";
import { Random } from "./ann/random.mjs";

const [sampleCount = 100_000, dim = 128, rounds = 100] = process.argv.slice(2).map(Number);
const warmUps = 10;
const k = 10;

const home = mkdtempSync(join(tmpdir(), "redkite-bench-"));
try {
  const random = new Random(1);
  const dataset = await createDataset("bench", { home });
  await dataset.addSamples(samples(random));
  const embeddings = Array.from({ length: sampleCount }, () => vectorOf(random));
  const begin = performance.now();
  const index = await computeSimilarity(dataset, { embeddings, brainKey: "all", environment: {} });
  console.log(`computeSimilarity ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  for (const [name, run] of Object.entries(queries(dataset, index, random))) {
    await report(name, run);
  }
  await dataset.delete();
} finally {
  rmSync(home, { recursive: true, force: true });
}

function queries(dataset, index, random) {
  const view = dataset.matchTags("hundredth");
  return {
    "search, all": () => index.search(vectorOf(random), { k }),
    "search, a view of 1 %": () => index.search(vectorOf(random), { k }, view),
    "ids of the view": () => view.ids(),
    "sortBySimilarity in the view, ids": async () =>
      await (await index.sortBySimilarity(vectorOf(random), { k }, view)).ids(),
    "sortBySimilarity in the view, samples": async () =>
      await (await index.sortBySimilarity(vectorOf(random), { k }, view)).samples(),
    missingSize: () => {
      index.reload();
      return index.missingSize();
    },
  };
}

async function report(name, run) {
  const count = name === "missingSize" ? Math.min(rounds, 3) : rounds;
  for (let round = 0; round < Math.min(warmUps, count); round++) await run();
  const times = [];
  for (let round = 0; round < count; round++) {
    const begin = performance.now();
    await run();
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  const [median, least] = [times[count >> 1], times[0]].map((ms) => ms.toFixed(1).padStart(8));
  console.log(`${name.padEnd(40)} ${median} ms, at least ${least} ms`);
}

function* samples(random) {
  for (let row = 0; row < sampleCount; row++) {
    const tags = [row % 100 === 0 ? "hundredth" : "other"];
    yield { filepath: `/images/${row}.jpg`, tags, score: random.next() };
  }
}

function vectorOf(random) {
  return Float32Array.from({ length: dim }, () => random.next() - 0.5);
}
