// A synthetic set that is about as hard as real embeddings, or harder: vectors of 768 dimensions, of
// unit length, in 1,000 clusters whose weights fall with k^-0.5. Clusters lie in a latent space of
// 256 dimensions whose deviations fall with j^-0.3; within a cluster the scale is 1.5 times a
// lognormal of 0.3. A random 768 x 256 matrix maps them; a mean with 40 % of their energy and white
// noise with 5 % are added. Seed 42; every block of 1,000 rows has a seed of its own, so that a
// longer set begins with the shorter one. Sums are f32: another build of the kernels rounds otherwise.
import { closeSync, mkdirSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { loadKernels } from "../../../packages/engine/dist/kernels/load-kernels.js";
import { allocateVectorBytes } from "../../../packages/engine/dist/kernels/vector-memory.js";
import { Random } from "../random.mjs";
import { appendFloats, floatCountOf, writeFloats } from "./flat-file.mjs";

const SEED = 42;
const DIM = 768;
const LATENT = 256;
const CLUSTERS = 1_000;
const BLOCK_ROWS = 1_000;
/** The block number of the queries: no block of rows has it. */
const QUERY_BLOCK = -1;

export const syn768 = {
  name: "syn768",
  dim: DIM,
  metric: "COSINE",
  rowCount: 200_000,
  rowCountMax: 4_000_000,
  /** Writes the first `rowCount` rows, or more when more are there, and 1,000 queries. */
  prepare(folder, rowCount) {
    const base = join(folder, "base.f32");
    const queries = join(folder, "queries.f32");
    if (floatCountOf(base) >= rowCount * DIM && floatCountOf(queries) > 0) return;
    mkdirSync(folder, { recursive: true });
    const model = createModel();
    writeFloats(queries, [createBlock(model, QUERY_BLOCK)]);
    const part = `${base}.part`;
    const file = openSync(part, "w");
    for (let block = 0; block < rowCount / BLOCK_ROWS; block++) {
      appendFloats(file, createBlock(model, block));
    }
    closeSync(file);
    renameSync(part, base);
  },
};

function createModel() {
  const random = new Random(SEED);
  const spectrum = Float64Array.from({ length: LATENT }, (_, j) => (j + 1) ** -0.3);
  const energy = spectrum.reduce((sum, deviation) => sum + deviation ** 2, 0);
  const matrix = new Float32Array(allocateVectorBytes(DIM * LATENT * 4).buffer, 0, DIM * LATENT);
  for (let i = 0; i < matrix.length; i++) matrix[i] = random.normal() / Math.sqrt(DIM);
  const centres = Float64Array.from(
    { length: CLUSTERS * LATENT },
    (_, i) => random.normal() * spectrum[i % LATENT],
  );
  const scales = Float64Array.from(
    { length: CLUSTERS },
    () => 1.5 * Math.exp(0.3 * random.normal()),
  );
  const meanDeviation = Math.sqrt((0.4 * energy) / DIM);
  const mean = Float64Array.from({ length: DIM }, () => random.normal() * meanDeviation);
  const kernels = loadKernels();
  const noise = Math.sqrt((0.05 * energy) / DIM);
  return { spectrum, matrix, centres, scales, mean, noise, shares: createShares(), kernels };
}

/** Which share of the rows lies in the clusters up to each. */
function createShares() {
  const weights = Array.from({ length: CLUSTERS }, (_, k) => (k + 1) ** -0.5);
  const total = weights.reduce((sum, weight) => sum + weight);
  let sum = 0;
  return Float64Array.from(weights, (weight) => {
    sum += weight / total;
    return sum;
  });
}

function createBlock(model, block) {
  const random = new Random(SEED, block);
  const latents = createLatents(model, random);
  const rows = mapLatents(model, latents);
  for (let row = 0; row < BLOCK_ROWS; row++) {
    finishRow(rows.subarray(row * DIM, (row + 1) * DIM), model, random);
  }
  return rows;
}

function createLatents({ spectrum, centres, scales, shares }, random) {
  const latents = new Float32Array(BLOCK_ROWS * LATENT);
  for (let row = 0; row < BLOCK_ROWS; row++) {
    const cluster = firstAtLeast(shares, random.next());
    const [from, to] = [cluster * LATENT, row * LATENT];
    for (let j = 0; j < LATENT; j++) {
      latents[to + j] = centres[from + j] + scales[cluster] * spectrum[j] * random.normal();
    }
  }
  return latents;
}

/** The first place in ascending values that is at least `value`; the last one if none is. */
function firstAtLeast(values, value) {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Multiplies the matrix with each latent vector: the rows of the matrix are what is scored. */
function mapLatents({ matrix, kernels }, latents) {
  const rows = new Float32Array(BLOCK_ROWS * DIM);
  const queryCount = 4;
  for (let first = 0; first < BLOCK_ROWS; first += queryCount) {
    const queries = latents.subarray(first * LATENT, (first + queryCount) * LATENT);
    const scorer = kernels.prepare(
      { metric: "IP", dim: LATENT, queries, queryCount },
      {
        element: "float32",
        values: matrix,
      },
    );
    for (let start = 0; start < DIM; start += scorer.rowCapacity) {
      const count = Math.min(scorer.rowCapacity, DIM - start);
      for (let i = 0; i < count; i++) scorer.rows[i] = start + i;
      scorer.score(count);
      for (let q = 0; q < queryCount; q++) {
        const scores = scorer.scores.subarray(
          q * scorer.rowCapacity,
          q * scorer.rowCapacity + count,
        );
        rows.set(scores, (first + q) * DIM + start);
      }
    }
  }
  return rows;
}

function finishRow(row, { mean, noise }, random) {
  let square = 0;
  for (let d = 0; d < DIM; d++) {
    row[d] += mean[d] + noise * random.normal();
    square += row[d] * row[d];
  }
  const factor = 1 / Math.sqrt(square);
  for (let d = 0; d < DIM; d++) row[d] *= factor;
}
