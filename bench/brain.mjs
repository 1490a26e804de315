// Views of a dataset: filters, counts and pages, as the app asks for them.
//
// Corpus: samples of five detections each in 80 classes, with confidences and boxes (seed 1), and a
// score. Left out: images, attributes, several datasets. Each line is the median of the rounds, from
// the call to the result in JavaScript; `hash` is of all results. A million samples take
// minutes to add: one round is enough then.
//
// Run: npm run build && node bench/brain.mjs [samples] [rounds]                   (small: 500 2)
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset, F, loadDataset } from "../packages/brain/dist/index.js";
import { Random } from "./ann/random.mjs";

const [sampleCount = 100_000, rounds = 5] = process.argv.slice(2).map(Number);
const label = "ground_truth.detections.label";
const confidence = "ground_truth.detections.confidence";

const home = mkdtempSync(join(tmpdir(), "redkite-bench-"));
try {
  const empty = await createDataset("bench", { home });
  let start = performance.now();
  await empty.addSamples(samples(new Random(1)));
  print("addSamples", performance.now() - start);
  await empty.close();
  const { size } = statSync(join(home, "datasets", "bench", "dataset.duckdb"));
  start = performance.now();
  const dataset = await loadDataset("bench", { home });
  print("loadDataset", performance.now() - start);
  const hash = createHash("md5");
  for (const [name, run] of Object.entries(reads(dataset))) {
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now();
      const result = await run();
      times.push(performance.now() - begin);
      if (round === 0) hash.update(JSON.stringify(result instanceof Map ? [...result] : result));
    }
    print(name, times.sort((a, b) => a - b)[rounds >> 1]);
  }
  const resident = process.resourceUsage().maxRSS / 1024;
  console.log(`file ${(size / 2 ** 20).toFixed(0)} MB, resident at most ${resident.toFixed(0)} MB`);
  console.log(`hash ${hash.digest("hex").slice(0, 12)}`);
  await dataset.delete();
} finally {
  rmSync(home, { recursive: true, force: true });
}

function reads(all) {
  const sure = all.filterLabels("ground_truth", F("confidence").gt(0.5));
  const manySure = F("ground_truth.detections").filter(F("confidence").gt(0.9)).length().gt(2);
  return {
    count: () => all.count(),
    countValues: () => all.countValues(label),
    "filterLabels, countValues": () => sure.countValues(label),
    "match a label, count": () => all.match(F(label).eq("class 7")).count(),
    "match a filtered list, count": () => all.match(manySure).count(),
    "filterLabels, 5 aggregations": () =>
      sure.aggregate([
        { kind: "count" },
        { kind: "countValues", of: label },
        { kind: "countValues", of: "tags" },
        { kind: "bounds", of: "score" },
        { kind: "histogramValues", of: confidence, bins: 20, range: [0, 1] },
      ]),
    "toPatches, count": () => all.toPatches("ground_truth").count(),
    "sortBy, head(20)": async () => (await all.sortBy("score").head(20)).map(path),
    "skip half, head(20)": async () => (await all.skip(sampleCount >> 1).head(20)).map(path),
    "skip 90 %, head(50)": async () =>
      (await all.skip(Math.floor(sampleCount * 0.9)).head(50)).map(path),
    "sortBy, skip 90 %, head(50)": async () =>
      (
        await all
          .sortBy("score")
          .skip(Math.floor(sampleCount * 0.9))
          .head(50)
      ).map(path),
    "sample of a path": async () => path(await all.sample(`/images/${sampleCount >> 1}.jpg`)),
    "all samples": async () => {
      let count = 0;
      for await (const sample of all) count += sample.ground_truth.detections.length;
      return count;
    },
  };
}

function* samples(random) {
  for (let row = 0; row < sampleCount; row++) {
    const detections = Array.from({ length: 5 }, () => ({
      label: `class ${Math.floor(random.next() * 80)}`,
      boundingBox: [random.next() / 2, random.next() / 2, random.next() / 2, random.next() / 2],
      confidence: random.next(),
    }));
    yield {
      filepath: `/images/${row}.jpg`,
      tags: [row % 4 === 0 ? "test" : "train"],
      score: random.next(),
      ground_truth: { type: "Detections", detections },
    };
  }
}

function path({ filepath }) {
  return filepath;
}

function print(name, ms) {
  console.log(`${name.padEnd(32)} ${ms.toFixed(1).padStart(9)} ms`);
}
