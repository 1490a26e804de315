import type { WasmExports } from "./exports/wasm-exports.ts";
import type { IndexMemory } from "./index-memory.ts";

const groupCount = 16;
const blockRows = 32;
const blockWords = groupCount * 4 + 2 * blockRows;

/** A list from the middle of one block to that of another, of whose rows two in three are allowed. */
const first = 5;
const rowCount = 40;
const k = 4;

// Sums of these in any order are exact in f32, so that builds which round differently agree.
const step = 0.5;
const offset = -20;
const slack = 2;
const width = 64;
const gap = 3;
const spread = 2;

/**
 * Whether `scanLists` finds the rows that may be among the best by their bounds: a row is a
 * candidate when its lower bound is below the k-th of all upper ones. Numbers of rows are three
 * times those of their slots.
 */
export function listScanIsRight(exports: WasmExports, memory: IndexMemory): boolean {
  const slotCount = 2 * blockRows;
  const blocks = memory.allocate(4 * 2 * blockWords);
  const table = memory.allocate(16 * groupCount);
  const allowed = memory.allocate(4 * Math.ceil((3 * slotCount) / 32));
  const candidates = memory.allocate(8 * slotCount);
  const probes = memory.allocate(12);
  const lists = memory.allocate(8);
  const rowNumbers = memory.allocate(4 * slotCount);
  const scan = memory.allocate(256); // fields that are not written are 0: fine codes are switched off

  for (const [at, bytes] of [
    [blocks, memory.u8(blocks, 4 * 2 * blockWords)],
    [table, memory.u8(table, 16 * groupCount)],
  ] as const) {
    for (let i = 0; i < bytes.length; i++)
      bytes[i] = ((i * i * 31 + i * 7) >> 3) & (at === table ? 127 : 255);
  }
  const numbers = memory.u32(rowNumbers, slotCount);
  const bits = memory.u8(allowed, Math.ceil((3 * slotCount) / 8));
  for (let slot = 0; slot < slotCount; slot++) {
    numbers[slot] = 3 * slot;
    const factors = blocks + 4 * (Math.floor(slot / blockRows) * blockWords + groupCount * 4);
    memory.f32(factors + 4 * (slot % blockRows), 1)[0] = ((slot * 37) % 64) * 8;
    memory.f32(factors + 4 * (blockRows + (slot % blockRows)), 1)[0] = -((slot % 5) + 1) / 8;
    if (slot % 3 !== 0) bits[(3 * slot) >> 3] |= 1 << ((3 * slot) & 7);
  }
  memory.u32(lists, 2).set([first, rowCount]);
  memory.f32(probes, 3).set([0, gap, spread]);

  const words = memory.u32(scan, 34);
  const floats = memory.f32(scan, 34);
  // In the order of `ListScan` of assembly/ivf-scan.ts.
  words.set([probes, 1, lists, blocks, rowNumbers, groupCount, table]);
  floats.set([step, offset, slack, width], 7);
  words.set([memory.allocate(4 * k), k, 0], 11);
  floats.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 14);
  words.set([allowed, candidates, slotCount, 0, 0, 0, memory.allocate(4 * blockRows)], 16);
  words.set([memory.allocate(16 * slotCount), 0], 31);
  if (exports.scanLists(scan) !== 1) return false;
  const found = candidatesIn(memory, candidates, words[19]);
  if (!isSame(found, candidatesOf(coarseBounds(memory, blocks, table)))) return false;

  // Once more with fine codes, which decide alone: the bits exclude nothing.
  const fine = writeFineCodes(memory, slotCount);
  floats.set([1e6], 9);
  words.set([0], 13);
  floats.set([Number.POSITIVE_INFINITY], 14);
  words.set([0, 0, 0], 19);
  words.set([fine.codes, fineBytes, dim, fine.query], 23);
  floats.set([fineStep, fineShift, slack, width], 27);
  if (exports.scanLists(scan) !== 1) return false;
  return isSame(
    candidatesIn(memory, candidates, words[19]),
    candidatesOf(fineBounds(memory, fine)),
  );
}

const dim = 4 * groupCount;
const fineBytes = 48; // 64 components of four bits, and two floats
const fineStep = 0.25;
const fineShift = 12;

interface FineCodes {
  readonly codes: number;
  readonly query: number;
}

function writeFineCodes(memory: IndexMemory, slotCount: number): FineCodes {
  const codes = memory.allocate(slotCount * fineBytes);
  const query = memory.allocate(dim);
  const levels = memory.u8(codes, slotCount * fineBytes);
  for (let i = 0; i < levels.length; i++) levels[i] = (i * i * 13 + i * 5) >> 2;
  const components = signedBytes(memory, query);
  for (let i = 0; i < dim; i++) components[i] = ((i * 89) % 255) - 127;
  for (let slot = 0; slot < slotCount; slot++) {
    const factors = memory.f32(codes + (slot + 1) * fineBytes - 8, 2);
    factors.set([((slot * 29) % 64) * 8, -((slot % 7) + 1) / 8]);
  }
  return { codes, query };
}

/** Lower bounds by row. */
type Candidates = ReadonlyMap<number, number>;

function candidatesIn(memory: IndexMemory, address: number, count: number): Candidates {
  const entries = memory.u32(address, 2 * count);
  return new Map(
    Array.from({ length: count }, (_, i) => [entries[2 * i], floatOf(entries[2 * i + 1])]),
  );
}

function signedBytes(memory: IndexMemory, address: number): Int8Array {
  const { buffer, byteOffset } = memory.u8(address, dim);
  return new Int8Array(buffer, byteOffset, dim);
}

/** What a row's key is taken to lie between. */
interface Bounds {
  readonly row: number;
  readonly low: number;
  readonly high: number;
}

function candidatesOf(bounds: readonly Bounds[]): Candidates {
  const bound = bounds.map(({ high }) => high).sort((a, b) => a - b)[k - 1];
  return new Map(bounds.filter(({ low }) => low <= bound).map(({ row, low }) => [row, low]));
}

/** The bounds of the allowed rows, from the sum of each. By the definition: see index/ivf/ivf-index.ts. */
function boundsOf(
  factorsOf: (slot: number) => { base: number; slope: number },
  sumOf: (slot: number) => number,
): readonly Bounds[] {
  const bounds: Bounds[] = [];
  for (let slot = first; slot < first + rowCount; slot++) {
    if (slot % 3 === 0) continue;
    const { base, slope } = factorsOf(slot);
    const low = gap + base + slope * (sumOf(slot) + slack * spread);
    bounds.push({ row: 3 * slot, low, high: low - width * spread * slope });
  }
  return bounds;
}

function coarseBounds(memory: IndexMemory, blocks: number, table: number): readonly Bounds[] {
  const sums = memory.u8(table, 16 * groupCount);
  const blockOf = (slot: number): number => blocks + 4 * blockWords * Math.floor(slot / blockRows);
  return boundsOf(
    (slot) => {
      const factors = memory.f32(blockOf(slot) + 16 * groupCount, 2 * blockRows);
      const inBlock = slot % blockRows;
      return { base: factors[inBlock], slope: factors[blockRows + inBlock] };
    },
    (slot) => {
      const codes = memory.u8(blockOf(slot), 16 * groupCount);
      let sum = 0;
      for (let group = 0; group < groupCount; group++) {
        const code = codes[16 * group + (slot % 16)] >> (4 * (Math.floor(slot / 16) % 2));
        sum += sums[16 * group + (code & 15)];
      }
      return sum * step + offset;
    },
  );
}

function fineBounds(memory: IndexMemory, { codes, query }: FineCodes): readonly Bounds[] {
  const components = signedBytes(memory, query);
  return boundsOf(
    (slot) => {
      const [base, slope] = memory.f32(codes + (slot + 1) * fineBytes - 8, 2);
      return { base, slope };
    },
    (slot) => {
      const levels = memory.u8(codes + slot * fineBytes, dim / 2);
      let sum = 0;
      for (let i = 0; i < dim; i++) {
        const byte = levels[16 * Math.floor(i / 32) + (i % 16)];
        sum += components[i] * (i % 32 < 16 ? byte & 15 : byte >> 4);
      }
      return sum * fineStep - fineShift;
    },
  );
}

/** The float of a word that has the order of floats: see `keyOf` of assembly/ivf-entries.ts. */
function floatOf(key: number): number {
  const bits = key >>> 31 === 1 ? key ^ 0x80000000 : ~key;
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}

function isSame(found: Candidates, expected: Candidates): boolean {
  if (found.size !== expected.size) return false;
  return [...expected].every(([row, low]) => found.get(row) === low);
}
