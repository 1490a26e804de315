import { afterAll, describe, expect, test } from "vitest";
import { must } from "../../src/base/assert.ts";
import { Bitset } from "../../src/base/bitset.ts";
import { type BinaryIvfStep, runBinaryIvfStep } from "../../src/index/binary/binary-ivf-step.ts";
import { buildBinaryIvf } from "../../src/index/binary/build-binary-ivf.ts";
import { trainBinaryCentroids } from "../../src/index/binary/train-binary-centroids.ts";
import { type ScanRequest, scanCost, scanRows } from "../../src/index/exact-scan.ts";
import type { ScanHits } from "../../src/index/flat/scan-hits.ts";
import { IndexSearchers } from "../../src/index/index-searchers.ts";
import type { IndexedSearch } from "../../src/index/indexed-search.ts";
import {
  buildSparseInverted,
  runSparseBuildStep,
} from "../../src/index/sparse/build-sparse-inverted.ts";
import type { RunSteps } from "../../src/index/vector-index.ts";
import { denseArrayOver } from "../../src/kernels/dense-rows.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";
import { allocateVectorBytes, memoryOf } from "../../src/kernels/vector-memory.ts";
import { ThreadPool } from "../../src/workers/thread-pool.ts";
import { seededRandom } from "../kit/random.ts";

// Vectors of every kind, searched by threads. Threads run the built files: these tests need a build.

const kernels = loadKernels();
const pool = new ThreadPool({ kernels, threadCount: 2 });
afterAll(() => pool.close());

const random = seededRandom(6);
const rowCount = 30_000;
const queryCount = 12;
const common = { rowStart: 7, rowEnd: rowCount - 3, queryCount, k: 25 } as const;
const allowed = new Bitset(rowCount);
for (let row = 0; row < rowCount; row++) if (row % 5 !== 0) allowed.add(row);

function bytesOf(length: number): Uint8Array {
  const bytes = allocateVectorBytes(length);
  for (let i = 0; i < length; i++) bytes[i] = Math.floor(256 * random());
  return bytes;
}

const narrow = denseArrayOver(
  "int8",
  bytesOf(rowCount * 64).buffer as SharedArrayBuffer,
  rowCount * 64,
);
const bits = bytesOf(rowCount * 64);
const bitQueries = {
  kind: "binary",
  rowBytes: 64,
  values: bits.slice(0, 64 * queryCount),
} as const;

function sparseOf(
  count: number,
  length: number,
): { offsets: Uint32Array; indices: Uint32Array; values: Float32Array } {
  const indices = new Uint32Array(new SharedArrayBuffer(4 * count * length));
  const values = new Float32Array(new SharedArrayBuffer(4 * count * length));
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < length; i++) {
      indices[row * length + i] = 40 * i + Math.floor(40 * random());
      values[row * length + i] = random();
    }
  }
  const offsets = Uint32Array.from({ length: count + 1 }, (_, row) => row * length);
  return { offsets, indices, values };
}

const sparse = sparseOf(rowCount, 40);
const sparseQueries = { kind: "sparse", rows: sparseOf(queryCount, 40) } as const;
const lists = Uint32Array.from({ length: rowCount / 3 + 1 }, (_, row) => 3 * row);

const requests: Readonly<Record<string, ScanRequest>> = {
  narrow: {
    kind: "dense",
    ...common,
    metric: "COSINE",
    vectors: { element: "int8", values: narrow },
    dim: 64,
    queries: Float32Array.from({ length: 64 * queryCount }, () => random() - 0.5),
  },
  binary: {
    kind: "binary",
    ...common,
    metric: "JACCARD",
    measure: { metric: "JACCARD" },
    vectors: bits,
    queries: bitQueries,
    range: { from: 0.3, below: 0.66 },
  },
  sparse: {
    kind: "sparse",
    ...common,
    metric: "IP",
    rows: sparse,
    queries: sparseQueries,
    dropRatio: 0.2,
  },
  list: {
    kind: "list",
    ...common,
    rowEnd: rowCount / 3 - 3,
    metric: "MAX_SIM_HAMMING",
    rows: { offsets: lists, vectors: { element: "bit", values: bits } },
    queries: {
      kind: "list",
      offsets: Uint32Array.from({ length: 13 }, (_, q) => q),
      vectors: bitQueries,
    },
  },
};

/** The hits of each query: row numbers and scores. */
function hitsOf({ counts, rows, scores }: ScanHits): unknown {
  const k = rows.length / counts.length;
  return Array.from(counts, (count, q) => [
    [...rows.subarray(q * k, q * k + count)],
    [...scores.subarray(q * k, q * k + count)],
  ]);
}

describe("ThreadPool.scan()", () => {
  test.each(Object.entries(requests))(
    "answers for %s vectors what scanRows() does",
    async (_, request) => {
      // So long that it goes to threads.
      expect(scanCost(request, kernels.kind)).toBeGreaterThan(2e6);
      const filtered = { ...request, allowed };
      const [all, some] = await pool.scan([request, filtered]);
      expect(hitsOf(all)).toEqual(hitsOf(scanRows(kernels, request)));
      expect(hitsOf(some)).toEqual(hitsOf(scanRows(kernels, filtered)));
      expect(some.rows.some((row) => row % 5 === 0 && row > 0)).toBe(false);
    },
  );
});

describe("ThreadPool.searchIndexes()", () => {
  test("searches lists of binary vectors and inverted lists in threads as here", async () => {
    const source = { values: bits, rowBytes: 64 };
    const range = { rowStart: 0, rowEnd: 5_000 };
    const options = { metric: "HAMMING", listCount: 10, seed: 1 } as const;
    const run: RunSteps<BinaryIvfStep, void> = async (steps) =>
      steps.map((step) => runBinaryIvfStep(kernels, step));
    const centroids = await trainBinaryCentroids(source, range, options, run);
    const binary = await buildBinaryIvf(source, range, centroids, run);
    const inverted = await buildSparseInverted(
      sparse,
      range,
      { weighting: { kind: "value" } },
      async (steps) => steps.map(runSparseBuildStep),
    );
    const memory = must(memoryOf(bits), "bits in a vector memory");
    const bounds = { firstSegment: 0, queryCount, k: 25, effort: { recall: 0.95 } } as const;
    const searches: readonly IndexedSearch[] = [
      {
        ...bounds,
        metric: "HAMMING",
        queries: bitQueries,
        segments: [
          { indexes: [binary], vectors: { place: "bits", values: bits, memory }, costNs: 2e6 },
        ],
      },
      {
        ...bounds,
        metric: "IP",
        queries: sparseQueries,
        segments: [
          {
            indexes: [inverted],
            vectors: { place: "index" },
            allowed,
            allowedCount: 4_000,
            costNs: 2e6,
          },
        ],
      },
    ];
    const here = new IndexSearchers(kernels, () => {});
    for (const search of searches) {
      expect(await pool.searchIndexes(search)).toEqual(here.search(search));
    }
  });
});
