// Near duplicates of many vectors: how long the index takes to find them, and what it misses.
//
// Corpus: vectors about a tenth as many centres (seed 1), of which every tenth comes again with a
// little noise. Left out: images and models; the vectors are given. `recall` is the part of the pairs
// within the threshold, of some random vectors compared with all others, that the lists of neighbours
// hold. The last lines are a plain loop over some vectors, and what it would take for all.
//
// Run: npm run build && node bench/brain-duplicates.mjs [vectors] [dim]      (small: 500 16)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  computeNearDuplicates,
  computeSimilarity,
  createDataset,
} from "../packages/brain/dist/index.js";
import { Random } from "./ann/random.mjs";

const [count = 20_000, dim = 512] = process.argv.slice(2).map(Number);
const threshold = 0.05;
const checkedCount = Math.min(count, 200);

const home = mkdtempSync(join(tmpdir(), "redkite-bench-"));
try {
  const random = new Random(1);
  const vectors = vectorsOf(random);
  const dataset = await createDataset("bench", { home });
  const ids = await dataset.addSamples(vectors.map((_, i) => ({ filepath: `/images/${i}.jpg` })));
  await time("computeSimilarity", () =>
    computeSimilarity(dataset, { embeddings: vectors, brainKey: "all", environment: {} }),
  );
  const options = { similarityIndex: "all", threshold, environment: {} };
  const first = await time("computeNearDuplicates, index not built", () =>
    computeNearDuplicates(dataset, options),
  );
  await first.close();
  const found = await time("computeNearDuplicates", () => computeNearDuplicates(dataset, options));
  const tenth = await time("findDuplicates, a tenth", () =>
    found.findDuplicates({ fraction: 0.1 }),
  );
  console.log(`duplicates ${found.duplicateIds.length}, of a tenth ${tenth.duplicateIds.length}`);
  report(found, vectors, ids, random);
  await dataset.delete();
} finally {
  rmSync(home, { recursive: true, force: true });
}

/** Every pair within the threshold has one that goes, at least: the pairs of which none goes were missed. */
function report(found, vectors, ids, random) {
  const gone = new Set(found.duplicateIds);
  const begin = performance.now();
  const norms = vectors.map((vector) => Math.sqrt(dot(vector, vector)));
  let [pairs, missed] = [0, 0];
  for (let i = 0; i < checkedCount; i++) {
    const a = Math.floor(random.next() * count);
    for (let b = 0; b < count; b++) {
      if (a === b || 1 - dot(vectors[a], vectors[b]) / (norms[a] * norms[b]) > threshold) continue;
      pairs++;
      if (!gone.has(ids[a]) && !gone.has(ids[b])) missed++;
    }
  }
  const seconds = (performance.now() - begin) / 1_000;
  console.log(`recall ${(1 - missed / Math.max(1, pairs)).toFixed(4)} of ${pairs} pairs`);
  print(`plain loop, ${checkedCount} vectors`, seconds);
  print("plain loop, all (reckoned)", (seconds / checkedCount) * count * 0.5);
}

function vectorsOf(random) {
  const centres = Array.from({ length: Math.max(1, count / 100) }, () => noise(random));
  return Array.from({ length: count }, () => undefined).reduce((vectors, _, i) => {
    const origin = i % 10 === 9 ? vectors[i - 5] : undefined;
    const centre = centres[Math.floor(random.next() * centres.length)];
    const own = noise(random);
    vectors.push(
      origin === undefined
        ? own.map((value, d) => value + 0.7 * centre[d])
        : own.map((value, d) => origin[d] + 0.1 * value),
    );
    return vectors;
  }, []);
}

function noise(random) {
  return Float32Array.from({ length: dim }, () => random.next() - 0.5);
}

function dot(a, b) {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}

async function time(name, work) {
  const begin = performance.now();
  const result = await work();
  print(name, (performance.now() - begin) / 1_000);
  return result;
}

function print(name, seconds) {
  console.log(`${name.padEnd(40)} ${seconds.toFixed(2).padStart(9)} s`);
}
