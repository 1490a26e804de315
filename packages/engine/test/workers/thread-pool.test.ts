import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { AssertionError, must } from "../../src/base/assert.ts";
import { Bitset } from "../../src/base/bitset.ts";
import { type EngineErrorCode, isEngineError } from "../../src/base/errors.ts";
import { type DenseScan, scanCost, scanFlat } from "../../src/index/flat/flat-scan.ts";
import { buildGraph } from "../../src/index/graph/build-graph.ts";
import { buildIvf } from "../../src/index/ivf/build-ivf.ts";
import { type IvfStep, runIvfStep } from "../../src/index/ivf/ivf-steps.ts";
import { trainIvf } from "../../src/index/ivf/train-ivf.ts";
import type { RunSteps, SharedVectors } from "../../src/index/vector-index.ts";
import { IndexMemory } from "../../src/kernels/index-memory.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";
import { allocateVectorBytes, memoryOf } from "../../src/kernels/vector-memory.ts";
import { ThreadPool, type ThreadPoolOptions } from "../../src/workers/thread-pool.ts";

// Threads run the built files: these tests need a build (see worker-threads.ts).

const DIM = 64;
const kernels = loadKernels();
const longPool = new ThreadPool({ kernels, threadCount: 2 });
const openPools: ThreadPool[] = [longPool];

function createPool(options: Partial<ThreadPoolOptions>): ThreadPool {
  const pool = new ThreadPool({ kernels, threadCount: 1, ...options });
  openPools.push(pool);
  return pool;
}

afterEach(() => Promise.all(openPools.splice(1).map((pool) => pool.close())));
afterAll(() => longPool.close());

/** Vectors in a vector memory, where threads can read them, or else in an array like any other. */
function vectorsOf(rowCount: number, isShared = true): Float32Array {
  const length = rowCount * DIM;
  const vectors = isShared
    ? new Float32Array(allocateVectorBytes(4 * length).buffer, 0, length)
    : new Float32Array(length);
  for (let i = 0; i < vectors.length; i++) {
    const mixed = Math.imul(i ^ (i >>> 15), 0x2c1b3c6d);
    vectors[i] = (Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39) >>> 8) / 2 ** 24;
  }
  return vectors;
}

/** A scan that is worth several milliseconds, so that it goes to threads. */
function longRequest({
  values = vectorsOf(20_000),
  ...parts
}: Partial<DenseScan> & { values?: Float32Array } = {}): DenseScan {
  const rowCount = 20_000;
  const queries = values.slice(100 * DIM, 160 * DIM);
  return {
    kind: "dense",
    vectors: { element: "float32", values },
    dim: DIM,
    rowStart: 0,
    rowEnd: rowCount,
    metric: "L2",
    queries,
    queryCount: 60,
    k: 100,
    ...parts,
  };
}

/** What the faulty worker does when it sees these vectors. */
function faultyRequest(order: -1 | -2 | -3): DenseScan {
  const request = longRequest();
  request.vectors.values[0] = order;
  return request;
}

const faulty = new URL("./faulty-worker.mjs", import.meta.url);

async function codeOf(failing: Promise<unknown>): Promise<EngineErrorCode | undefined> {
  try {
    await failing;
  } catch (error) {
    if (isEngineError(error)) return error.code;
    throw error;
  }
  return undefined;
}

describe("ThreadPool.scan()", () => {
  test("answers what scanFlat() does, for each request, whatever its metric, range and filter", async () => {
    const allowed = new Bitset(20_000);
    for (let row = 0; row < 20_000; row++) if ((row * 7) % 13 < 8) allowed.add(row);
    const requests = [
      longRequest({ metric: "COSINE" }),
      longRequest({ metric: "IP", allowed }),
      longRequest({ rowStart: 77, rowEnd: 19_003, allowed, k: 500, queryCount: 3 }),
      longRequest({ rowStart: 5, rowEnd: 5 }),
      longRequest({ rowEnd: 10, k: 100 }),
      longRequest({ values: vectorsOf(20_000, false) }),
    ];
    const answers = await longPool.scan(requests);
    answers.forEach((hits, i) => {
      const { counts, rows, scores } = scanFlat(kernels, requests[i]);
      const { k } = requests[i];
      expect(hits.counts).toEqual(counts);
      counts.forEach((count, q) => {
        expect(hits.rows.slice(q * k, q * k + count)).toEqual(rows.slice(q * k, q * k + count));
        expect(hits.scores.slice(q * k, q * k + count)).toEqual(scores.slice(q * k, q * k + count));
      });
    });
  });

  test("does short scans in place, without a thread", async () => {
    const pool = createPool({ entry: new URL("./no-such-file.mjs", import.meta.url) });
    const request = longRequest({ rowEnd: 1000, queryCount: 1 });
    expect(await pool.scan([request])).toEqual([scanFlat(kernels, request)]);
  });

  test("leaves the event loop free while it scans vectors that are not shared", async () => {
    const request = longRequest({ values: vectorsOf(20_000, false) });
    expect(scanCost(request)).toBeGreaterThan(4e6);
    const pool = createPool({ entry: new URL("./no-such-file.mjs", import.meta.url) });
    let turns = 0;
    const count = (): void => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await pool.scan([request]);
    clearImmediate(timer);
    expect(turns).toBeGreaterThan(1);
  });

  test.each(["simd128", "wasm-scalar", "scalar"] as const)(
    "scans in threads with the kernels of the calling thread: %s",
    async (kind) => {
      const pool = createPool({ kernels: loadKernels(0, { kind }) });
      const request = longRequest({ rowEnd: 6000, queryCount: 20 });
      expect(scanCost(request, kind)).toBeGreaterThan(1.5e6);
      const [hits] = await pool.scan([request]);
      expect(hits.scores).toEqual(scanFlat(loadKernels(0, { kind }), request).scores);
    },
  );

  test("serves many scans at once", async () => {
    const requests = Array.from({ length: 12 }, (_, i) => longRequest({ rowEnd: 15_000 + i }));
    const answers = await Promise.all(requests.map((request) => longPool.scan([request])));
    expect(answers.map(([hits]) => hits.rows)).toEqual(
      requests.map((request) => scanFlat(kernels, request).rows),
    );
  });

  test("is cancelled before it begins, while tasks wait, and between turns", async () => {
    const controller = new AbortController();
    const shared = longPool.scan([longRequest()], controller.signal);
    const local = longPool.scan(
      [longRequest({ values: vectorsOf(20_000, false) })],
      controller.signal,
    );
    controller.abort();
    const late = longPool.scan([longRequest()], controller.signal);
    expect(await Promise.all([shared, local, late].map(codeOf))).toEqual(
      Array(3).fill("cancelled"),
    );
    expect(await codeOf(longPool.scan([longRequest()]))).toBeUndefined();
  });

  test("asserts that ranges lie within arrays, before a thread sees them", async () => {
    await expect(longPool.scan([longRequest({ rowEnd: 20_001 })])).rejects.toThrow(AssertionError);
    await expect(longPool.scan([longRequest({ k: 0 })])).rejects.toThrow(AssertionError);
  });

  test("refuses more tasks than may wait, and then goes on", async () => {
    const pool = createPool({ queueCountMax: 4 });
    const first = pool.scan([longRequest()]); // four ranges: one runs, three wait
    const second = pool.scan([longRequest()]);
    expect(await codeOf(second)).toBe("limit-exceeded");
    expect(await codeOf(first)).toBeUndefined();
    expect(await codeOf(pool.scan([longRequest()]))).toBeUndefined();
  });

  test("replaces a thread that dies and tries its task again", async () => {
    const pool = createPool({ entry: faulty });
    const request = faultyRequest(-1);
    const [hits] = await pool.scan([request]);
    expect(request.vectors.values[0]).toBe(0);
    expect(hits.rows).toEqual(scanFlat(kernels, request).rows);
  });

  test.each([-2, -3] as const)(
    "fails when a task kills two threads (%i), and goes on",
    async (order) => {
      const pool = createPool({ entry: faulty });
      expect(await codeOf(pool.scan([faultyRequest(order)]))).toBe("io");
      expect(await codeOf(pool.scan([longRequest()]))).toBeUndefined();
    },
  );

  test("fails when its threads can't start", async () => {
    const pool = createPool({ entry: new URL("./no-such-file.mjs", import.meta.url) });
    expect(await codeOf(pool.scan([longRequest()]))).toBe("io");
  });
});

describe("ThreadPool.run()", () => {
  const values = vectorsOf(3000);
  const memory = must(memoryOf(values), "vectors in a memory");
  const source: SharedVectors = { element: "float32", values, dim: DIM, memory };
  const range = { rowStart: 0, rowEnd: 3000 };
  const metric = "L2";

  test("builds in threads the IVF that a build in the calling thread makes, byte by byte", async () => {
    const build = async (run: RunSteps<IvfStep, unknown>): Promise<Uint8Array> => {
      const quantizer = await trainIvf(source, range, { metric, seed: 1, listCount: 40 }, run);
      const { memory, address, byteSize } = await buildIvf(source, range, { quantizer }, run);
      return IndexMemory.over(memory).u8(address, byteSize);
    };
    const inPool = await build((steps) => longPool.run(steps));
    expect(inPool).toEqual(
      await build(async (steps) => steps.map((step) => runIvfStep(kernels, step))),
    );
  });

  test("builds a graph, beside scans", async () => {
    const request = longRequest();
    const [graph, [hits]] = await Promise.all([
      buildGraph(source, { rowStart: 0, rowEnd: 500 }, { metric, seed: 1 }, (steps) =>
        longPool.run(steps),
      ),
      longPool.scan([request]),
    ]);
    expect(graph).toMatchObject({ kind: "graph", rowStart: 0, rowEnd: 500 });
    expect(hits.rows).toEqual(scanFlat(kernels, request).rows);
  });
});

describe("ThreadPool.close()", () => {
  test("fails what runs and what comes after, and may be called again", async () => {
    const pool = createPool({});
    const running = pool.scan([longRequest(), longRequest()]);
    const codes = codeOf(running);
    await pool.close();
    await pool.close();
    expect(await codes).toBe("closed");
    expect(await codeOf(pool.scan([]))).toBe("closed");
  });
});

test("ThreadPool keeps a process alive while it scans, and not when idle", () => {
  const dist = new URL("../../dist/", import.meta.url);
  const script = `
    import { ThreadPool } from "${new URL("workers/thread-pool.js", dist)}";
    import { loadKernels } from "${new URL("kernels/load-kernels.js", dist)}";
    import { allocateVectorBytes } from "${new URL("kernels/vector-memory.js", dist)}";
    const vectors = new Float32Array(allocateVectorBytes(4 * 64 * 20000).buffer, 0, 64 * 20000);
    const pool = new ThreadPool({ kernels: loadKernels(), threadCount: 2 });
    const request = { kind: "dense", vectors: { element: "float32", values: vectors }, dim: 64, rowStart: 0, rowEnd: 20000, metric: "L2", queries: vectors, queryCount: 60, k: 1 };
    pool.scan([request]).then(() => console.log("answered"));`;
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", script],
    {
      cwd: fileURLToPath(dist),
      encoding: "utf8",
      timeout: 20_000,
    },
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: "answered\n" });
});
