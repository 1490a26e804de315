// Near duplicates of many vectors: how long it takes to find them, and what is missed.
//
// Corpus: vectors about a hundredth as many centres (seed 1), of which every tenth comes again with a
// little noise. Left out: images and models; the vectors are given, or read out of an index in the
// dataset's folder. `recall` is the part of these copies that are found. The plain loop compares some
// vectors with all others; beside it what it would take for all.
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
  const options = { threshold, environment: {} };
  const found = await time("computeNearDuplicates, vectors given", () =>
    computeNearDuplicates(dataset, { ...options, embeddings: vectors }),
  );
  const tenth = await time("findDuplicates, a tenth", () =>
    found.findDuplicates({ fraction: 0.1 }),
  );
  console.log(`duplicates ${found.duplicateIds.length}, of a tenth ${tenth.duplicateIds.length}`);
  report(found, vectors, ids, random);
  await time("computeSimilarity", () =>
    computeSimilarity(dataset, { embeddings: vectors, brainKey: "all", environment: {} }),
  );
  await time("computeNearDuplicates, of that index", () =>
    computeNearDuplicates(dataset, { ...options, similarityIndex: "all" }),
  );
  console.log(`resident at most ${(process.resourceUsage().maxRSS / 2 ** 20).toFixed(2)} GB`);
  await dataset.delete();
} finally {
  rmSync(home, { recursive: true, force: true });
}

/** Of each copy and what it is of one goes, at least: the pairs of which none goes were missed. */
function report(found, vectors, ids, random) {
  const gone = new Set(found.duplicateIds);
  const copies = ids.filter((_, i) => isCopy(i)).length;
  const missed = ids.filter((id, i) => isCopy(i) && !gone.has(id) && !gone.has(ids[i - 5])).length;
  console.log(`recall ${(1 - missed / copies).toFixed(4)} of ${copies} pairs`);
  const begin = performance.now();
  const norms = vectors.map((vector) => Math.sqrt(dot(vector, vector)));
  let near = 0;
  for (let i = 0; i < checkedCount; i++) {
    const a = Math.floor(random.next() * count);
    for (let b = 0; b < count; b++) {
      if (1 - dot(vectors[a], vectors[b]) / (norms[a] * norms[b]) <= threshold) near++;
    }
  }
  const seconds = (performance.now() - begin) / 1_000;
  print(`plain loop, ${checkedCount} vectors, ${near} near`, seconds);
  print("plain loop, all (reckoned)", (seconds / checkedCount) * count * 0.5);
}

function isCopy(i) {
  return i % 10 === 9;
}

function vectorsOf(random) {
  const centres = Array.from({ length: Math.max(1, count / 100) }, () => noise(random));
  return Array.from({ length: count }, () => undefined).reduce((vectors, _, i) => {
    const origin = isCopy(i) ? vectors[i - 5] : undefined;
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

/** The machine may have other work: what of its processors was used tells more than the time. */
async function time(name, work) {
  const [begin, used] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const seconds = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(used);
  print(name, seconds, `, ${((user + system) / 1e6).toFixed(2)} s of processor`);
  return result;
}

function print(name, seconds, more = "") {
  console.log(`${name.padEnd(40)} ${seconds.toFixed(2).padStart(9)} s${more}`);
}
