// Nanoseconds that each kernel takes for a row, in each build of the WebAssembly module that this
// runtime has, against the time that one core needs to read the row's bytes once. Rows come in their
// order from memory, at random places of it ("scattered", as a graph meets them), and from the cache.
//
// Corpus: pseudo-random floats (seed 1), uniform in [-1, 1), and codes of them; random bits; one
// query. 256 rows a call. Medians of rounds by turns. Left out: the twin in TypeScript, whole searches.
//
// Run: npm run bench:kernels -- [rows] [dim] [rounds]                       (small: 2000 64 3)
import { createHash } from "node:crypto";
import { indexPlacesOf } from "../packages/engine/dist/index/ivf/ivf-index.js";
import { ListScan } from "../packages/engine/dist/index/ivf/list-scan.js";
import { IndexMemory } from "../packages/engine/dist/kernels/index-memory.js";
import { loadKernels } from "../packages/engine/dist/kernels/load-kernels.js";
import { medianOf } from "./ann/curve.mjs";
import { loadWarning, machineLines } from "./ann/machine.mjs";
import { Random } from "./ann/random.mjs";
import { alignedLines } from "./ann/table.mjs";
import { createReader } from "./memory-reader.mjs";

const [rowCount = 100_000, dim = 768, rounds = 7] = process.argv.slice(2).map(Number);
if (
  ![rowCount, dim, rounds].every((value) => Number.isInteger(value) && value > 0) ||
  dim % 64 > 0
) {
  console.error("bench:kernels: give rows, dim (a multiple of 64) and rounds as whole numbers");
  process.exit(2);
}

const CALL_ROWS = 256;
/** Rows of a list of an IVF. */
const LIST_ROWS = 2_048;
/** What surely lies in the second-level cache. */
const CACHED_BYTES = 256 * 1024;
const SCALE = 63;
const bitBytes = dim / 8;

const random = new Random(1);
const memory = IndexMemory.create();
const floats = memory.allocate(rowCount * dim * 4);
const halves = memory.allocate(rowCount * dim * 2);
const codes7 = memory.allocate(rowCount * dim);
const codes4 = memory.allocate((rowCount * dim) / 2);
const squares = memory.allocate(rowCount * 4);
const query = memory.allocate(4 * dim * 4);
const mean = memory.allocate(dim * 4);
const signs = memory.allocate(4 * dim * 4);
const inOrder = memory.allocate(rowCount * 4);
const scattered = memory.allocate(rowCount * 4);
const results = memory.allocate(4 * CALL_ROWS * 4);
const numbers = memory.allocate(CALL_ROWS * 4);
const made = memory.allocate(CALL_ROWS * dim * 4);
const lists = createLists();

/**
 * What is measured: how many bytes of a row are read, and what does `count` rows from `row` on, or
 * those with the numbers at `rows`. Kernels with `rows` are also measured at random places.
 */
const cases = [
  {
    name: "f32 L2",
    rowBytes: 4 * dim,
    rows: (e, at, n) => e.l2(query, floats, at, results, n, dim),
  },
  {
    name: "f32 IP",
    rowBytes: 4 * dim,
    rows: (e, at, n) => e.ip(query, floats, at, results, n, dim),
  },
  {
    name: "f32 COSINE",
    rowBytes: 4 * dim,
    rows: (e, at, n) => e.cosine(query, floats, at, results, n, dim),
  },
  {
    name: "f32 L2, four queries",
    rowBytes: 4 * dim,
    rows: (e, at, n) => e.l2x4(query, floats, at, results, n, dim, CALL_ROWS),
  },
  {
    name: "f16 IP",
    rowBytes: 2 * dim,
    rows: (e, at, n) => e.scoreF16(1, query, halves, at, results, n, dim),
  },
  {
    name: "bf16 IP",
    rowBytes: 2 * dim,
    rows: (e, at, n) => e.scoreBf16(1, query, halves, at, results, n, dim),
  },
  {
    name: "int8 IP",
    rowBytes: dim,
    rows: (e, at, n) => e.scoreInt8(1, query, codes7, at, results, n, dim),
  },
  {
    name: "7-bit codes",
    rowBytes: dim,
    rows: (e, at, n) => e.distances7(codes7, 0, codes7, squares, dim, at, n, results),
  },
  {
    name: "4-bit codes",
    rowBytes: dim / 2,
    rows: (e, at, n) => e.distances4(codes7, 0, codes4, squares, dim, at, n, results),
  },
  { name: "1-bit lists", rowBytes: bitBytes + 8, step: LIST_ROWS, range: scanList, isSilent: true },
  {
    name: "bits HAMMING",
    rowBytes: bitBytes,
    range: (e, row, n) =>
      e.selectBinaryRange(0, codes7, codes7, bitBytes, row, n, numbers, dim, results),
  },
  {
    name: "bits JACCARD",
    rowBytes: bitBytes,
    range: (e, row, n) =>
      e.selectBinaryRange(1, codes7, codes7, bitBytes, row, n, numbers, 1, results),
  },
  {
    name: "making 7-bit codes",
    makesRows: true,
    rowBytes: 4 * dim,
    range: (e, row, n) =>
      e.quantize7(floats + row * 4 * dim, n, dim, mean, SCALE, made, results, dim),
  },
  {
    name: "making 4-bit codes",
    makesRows: true,
    rowBytes: dim,
    range: (e, row, n) => e.pack4(codes7 + row * dim, n, dim, dim, made, results),
  },
  {
    name: "rotating",
    rowBytes: 4 * dim,
    makesRows: true,
    range: (e, _row, n) => e.rotate(made, n, dim, signs),
  },
];

fill();
await measure();

function fill() {
  const component = () => 2 * random.next() - 1;
  const fillFloats = (address, count, floatAt) => {
    const view = memory.f32(address, count);
    for (let i = 0; i < count; i++) view[i] = floatAt(i);
  };
  fillFloats(floats, rowCount * dim, component);
  fillFloats(query, 4 * dim, component);
  fillFloats(signs, 4 * dim, () => (random.next() < 0.5 ? -1 : 1));
  // The upper halves of floats are bfloat16, and as half precision they are finite numbers too.
  const upper = new Uint16Array(memory.memory.buffer, floats, rowCount * dim * 2);
  const half = new Uint16Array(memory.memory.buffer, halves, rowCount * dim);
  for (let i = 0; i < half.length; i++) half[i] = upper[2 * i + 1];
  const code = memory.u8(codes7, rowCount * dim);
  for (let i = 0; i < code.length; i++) code[i] = random.next() * 128;
  const packed = memory.u8(codes4, (rowCount * dim) / 2);
  for (let i = 0; i < packed.length; i++) packed[i] = random.next() * 256;
  const order = memory.u32(inOrder, rowCount);
  for (let row = 0; row < rowCount; row++) order[row] = row;
  memory.u32(scattered, rowCount).set(shuffled(order));
}

function shuffled(values) {
  const result = Uint32Array.from(values);
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/** Lists of an IVF with random codes, none of whose rows is near enough to be a candidate. */
function createLists() {
  const blockCount = Math.ceil(rowCount / 32);
  const listCount = Math.ceil(rowCount / LIST_ROWS);
  const quantizer = { listCount, paddedDim: dim };
  const { end } = indexPlacesOf(quantizer, blockCount, 0);
  const address = memory.allocate(end);
  const places = indexPlacesOf(quantizer, blockCount, address);
  const listWords = memory.u32(places.lists, 2 * listCount);
  for (let list = 0; list < listCount; list++) {
    const start = list * LIST_ROWS;
    listWords.set([start, Math.min(LIST_ROWS, rowCount - start)], 2 * list);
  }
  const codes = memory.u8(places.blocks, end - (places.blocks - address));
  for (let i = 0; i < codes.length; i++) codes[i] = random.next() * 64;
  const table = Uint8Array.from({ length: 4 * dim }, () => random.next() * 127);
  const index = { quantizer, memory: memory.memory, address, blockCount };
  return { index, table, scans: new Map() };
}

function scanList(_exports, row, _count, kernels) {
  let scan = lists.scans.get(kernels);
  if (scan === undefined) {
    scan = new ListScan(kernels, lists.index);
    lists.scans.set(kernels, scan);
  }
  const probes = new Uint32Array([row / LIST_ROWS, 0, 0]);
  const { table } = lists;
  scan.begin({ table, probes, probeCount: 1, step: 1, offset: 0 }, { k: 10, floor: -Infinity });
  scan.run(-3e38);
}

async function measure() {
  const builds = ["relaxed", "simd128", "wasm-scalar"].flatMap((kind) => kernelsOf(kind) ?? []);
  const read = await createReader(memory.f32(floats, rowCount * dim));
  const runs = [{ run: read, times: [] }];
  const rows = cases.flatMap((kernel) =>
    builds.map((kernels) => {
      const measured = placesOf(kernel).map(([place, rowAddress, count]) => ({
        place,
        count,
        times: [],
        run: () => runKernel(kernel, kernels, { rowAddress, count }),
      }));
      runs.push(...measured);
      return { kernel, build: kernels.kind, measured, hash: hashOf(kernel, kernels) };
    }),
  );
  for (let round = -1; round < rounds; round++) {
    for (const { run, times } of runs) {
      const start = performance.now();
      run();
      // The first round warms the compiler up.
      if (round >= 0) times.push(performance.now() - start);
    }
  }
  print(rows, medianOf(runs[0].times) / (rowCount * dim * 4));
}

function kernelsOf(kind) {
  try {
    return loadKernels(0, { kind });
  } catch (error) {
    if (error.code !== "unsupported") throw error;
    console.log(`Not measured: ${error.message}`);
    return undefined;
  }
}

/** Where the rows of a kernel lie: a name, the address of their numbers, and how many there are. */
function placesOf({ rowBytes, rows, step = CALL_ROWS }) {
  const cached = Math.min(
    rowCount,
    Math.max(step, Math.floor(CACHED_BYTES / rowBytes / step) * step),
  );
  return [
    ["memory", inOrder, rowCount],
    ...(rows ? [["scattered", scattered, rowCount]] : []),
    ["cache", inOrder, cached],
  ];
}

/** About as many rows as there are, whether from memory or the same few again. */
function runKernel({ rows, range, step = CALL_ROWS }, kernels, { rowAddress, count }) {
  const exports = kernels.exportsOver(memory.memory);
  for (let done = 0; done < rowCount; done += count) {
    for (let row = 0; row < count; row += step) {
      const length = Math.min(step, count - row);
      if (rows) rows(exports, rowAddress + 4 * row, length);
      else range(exports, row, length, kernels);
    }
  }
}

/** What a kernel answers for the first rows: integers are the same in every build, floats nearly. */
function hashOf(kernel, kernels) {
  if (kernel.isSilent) return "";
  const count = Math.min(CALL_ROWS, rowCount);
  const madeBytes = memory.u8(made, CALL_ROWS * dim * 4);
  madeBytes.fill(0);
  madeBytes.set(memory.u8(floats, count * dim * 4));
  memory.u8(results, 4 * CALL_ROWS * 4).fill(0);
  runKernel(kernel, kernels, { rowAddress: inOrder, count });
  return createHash("sha256")
    .update(memory.u8(results, 4 * count))
    .update(kernel.makesRows ? madeBytes : "")
    .digest("hex")
    .slice(0, 8);
}

function print(rows, nsPerByteMs) {
  console.log([...machineLines().slice(0, 2), loadWarning() ?? ""].join("\n"));
  console.log(
    `${rowCount.toLocaleString("en")} x ${dim}, ns per row; "x read" against reading from memory`,
  );
  const lines = rows.map(({ kernel, build, measured, hash }) => {
    const ns = Object.fromEntries(
      measured.map(({ place, count, times }) => [place, nsPerRow(times, count)]),
    );
    const readNs = nsPerByteMs * 1e6 * kernel.rowBytes;
    return [
      kernel.name,
      build,
      kernel.rowBytes,
      ns.memory.toFixed(1),
      (ns.memory / readNs).toFixed(2),
      ns.scattered?.toFixed(1) ?? "",
      ns.cache.toFixed(1),
      hash,
    ];
  });
  const head = ["kernel", "build", "bytes", "memory", "x read", "scattered", "cache", "answers"];
  console.log(alignedLines([head, ...lines]).join("\n"));
}

function nsPerRow(times, count) {
  const rowsDone = Math.ceil(rowCount / count) * count;
  return (medianOf(times) / rowsDone) * 1e6;
}
