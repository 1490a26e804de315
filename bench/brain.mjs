// Views of a dataset: filters, counts and pages, as the app asks for them.
//
// Corpus: samples of five detections each in 80 classes, with confidences and boxes (seed 1), and a
// score. Left out: images, attributes, several datasets. Each line is the median of the rounds, from
// the call to the result in JavaScript; `hash` is of all results.
//
// Run: npm run build && node bench/brain.mjs [samples] [rounds]                   (small: 500 2)
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset, F } from "../packages/brain/dist/index.js";
import { Random } from "./ann/random.mjs";

const [sampleCount = 100_000, rounds = 5] = process.argv.slice(2).map(Number);
const label = "ground_truth.detections.label";
const confidence = "ground_truth.detections.confidence";

const home = mkdtempSync(join(tmpdir(), "redkite-bench-"));
try {
  const dataset = await createDataset("bench", { home });
  const start = performance.now();
  await dataset.addSamples(samples(new Random(1)));
  print("addSamples", performance.now() - start);
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
