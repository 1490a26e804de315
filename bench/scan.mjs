// Exact search of 100,000 vectors of 768 dimensions, against the time that one core needs to read
// their bytes once. Everything is measured in one run, by turns; medians are printed.
//
// Corpus: pseudo-random vectors (seed 1), uniform in [-1, 1), not normalised; queries from the same
// stream. Left out: filters, segments, storage. Threads are warm.
//
// Run: npm run build && node bench/scan.mjs [rows] [dim] [rounds]      (small: 2000 64 3)
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { scanFlat } from "../packages/engine/dist/index/flat/flat-scan.js";
import { loadKernels } from "../packages/engine/dist/kernels/load-kernels.js";
import { createScalarKernels } from "../packages/engine/dist/kernels/scalar-kernels.js";
import { allocateVectorBytes } from "../packages/engine/dist/kernels/vector-memory.js";
import { ThreadPool } from "../packages/engine/dist/workers/thread-pool.js";
import { createReader } from "./memory-reader.mjs";

const [rowCount = 100_000, dim = 768, rounds = 7] = process.argv.slice(2).map(Number);
const k = 10;
const metrics = ["L2", "IP", "COSINE"];

const random = randomFrom(1);
const vectors = shared(rowCount * dim);
for (let i = 0; i < vectors.length; i++) vectors[i] = random();
const queries = shared(10 * dim);
for (let i = 0; i < queries.length; i++) queries[i] = random();

const kernels = loadKernels();
const scalar = createScalarKernels();
const pool = new ThreadPool({ kernels });
const sumAll = await createReader(vectors);

const cases = new Map([["read once", () => sumAll()]]);
for (const metric of metrics) {
  for (const queryCount of [1, 10]) {
    const request = requestOf(metric, queryCount);
    cases.set(`${metric}, nq ${queryCount}, 1 thread`, () => scanFlat(kernels, request));
    cases.set(`${metric}, nq ${queryCount}, pool`, async () => (await pool.scan([request]))[0]);
  }
}
cases.set("L2, nq 1, scalar twin", () => scanFlat(scalar, requestOf("L2", 1)));

const timesMs = new Map();
const answers = new Map();
for (let round = -1; round < rounds; round++) {
  for (const [name, run] of cases) {
    const start = performance.now();
    const hits = await run();
    const time = performance.now() - start;
    if (round < 0) answers.set(name, hashOf(hits));
    else timesMs.set(name, [...(timesMs.get(name) ?? []), time]);
  }
}
await pool.close();

const baseMs = medianOf(timesMs.get("read once"));
console.log(`${rowCount} x ${dim} f32, k ${k}, ${kernels.kind}, ${availableParallelism()} threads`);
console.log(`${"".padEnd(24)}${"ms".padStart(9)}${"x read".padStart(9)}  GB/s  answers`);
for (const [name, times] of timesMs) {
  const ms = medianOf(times);
  const gigabytes = (vectors.byteLength / 1e6 / ms).toFixed(1).padStart(5);
  const ratio = (ms / baseMs).toFixed(2).padStart(8);
  console.log(
    `${name.padEnd(24)}${ms.toFixed(2).padStart(9)}${ratio} ${gigabytes}  ${answers.get(name)}`,
  );
}

function requestOf(metric, queryCount) {
  const rows = { element: "float32", values: vectors };
  return {
    kind: "dense",
    vectors: rows,
    dim,
    rowStart: 0,
    rowEnd: rowCount,
    metric,
    queries,
    queryCount,
    k,
  };
}

function hashOf(answer) {
  if (typeof answer === "number") return "";
  return createHash("sha256").update(answer.rows).digest("hex").slice(0, 12);
}

function medianOf(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function shared(length) {
  return new Float32Array(allocateVectorBytes(length * 4).buffer, 0, length);
}

/** A linear congruential generator (Numerical Recipes), as numbers in [-1, 1). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
