import { must } from "../../base/assert.ts";
import type { Bitset } from "../../base/bitset.ts";
import type { WasmExports } from "../../kernels/exports/wasm-exports.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { blockRows, fineBytesOf, type IvfIndex, indexPlacesOf } from "./ivf-index.ts";
import { fineQueryBytes, type PreparedQuery, probeWords } from "./query-preparer.ts";
import { scratchParts } from "./scratch-parts.ts";

/** What a scan looks for. */
export interface ScanGoal {
  readonly k: number;
  /** The first of the query's probes to scan: those before have been. */
  readonly firstProbe: number;
  /** Rows whose keys are below this are passed over. */
  readonly floor: number;
  readonly allowed?: Bitset;
}

/**
 * The standard deviation of an estimate per slope and spread: sqrt(1 - w^2), where w is the cosine
 * of a rotated residual and its signs, sqrt(2 / pi) on average.
 */
const deviation: number = Math.sqrt(1 - 2 / Math.PI);

/** A row's key is taken to be less than so many deviations below its estimate. Measured: fewer */
/** lose more recall than they save time. */
const lowerDeviations = 1.9;
/** And less than so many above it, when k rows are looked for that are better than all others. */
const upperDeviations = 1.0;

/** The fields of `ListScan` in kernels/assembly/ivf-scan.ts, as words. */
const Field = {
  probes: 0,
  probeCount: 1,
  lists: 2,
  blocks: 3,
  rowNumbers: 4,
  groupCount: 5,
  table: 6,
  step: 7,
  offset: 8,
  slack: 9,
  width: 10,
  ceilings: 11,
  k: 12,
  ceilingCount: 13,
  bound: 14,
  floor: 15,
  allowed: 16,
  candidates: 17,
  candidateCapacity: 18,
  candidateCount: 19,
  probe: 20,
  block: 21,
  lanes: 22,
  fine: 23,
  fineBytes: 24,
  dim: 25,
  fineQuery: 26,
  fineStep: 27,
  fineShift: 28,
  fineSlack: 29,
  fineWidth: 30,
  pending: 31,
  pendingCount: 32,
  touched: 33,
} as const;
const fieldCount = 34;

/** Pending rows are looked at when there are 32; the last block of rows may bring 31 too many. */
const pendingBytes = 16 * 64;

/** The same of an estimate by a fine code: what uniform levels of a normal variable lose. */
const fineDeviation = 0.32;
const fineLowerDeviations = 2.5;
const fineUpperDeviations = 1.5;

/** Scans the lists of one index in one thread. */
export class ListScan {
  readonly #index: IvfIndex;
  readonly #memory: IndexMemory;
  readonly #exports: WasmExports;
  readonly #scan: number;
  readonly #words: Uint32Array;
  readonly #floats: Float32Array;
  readonly #table: Uint8Array;
  readonly #probes: Uint32Array;
  readonly #fineQuery: Uint8Array;
  #kMax = 0;
  #entries: Uint32Array = new Uint32Array(0);

  constructor(kernels: Kernels, index: IvfIndex) {
    const memory = IndexMemory.over(index.memory);
    const { listCount, paddedDim } = index.quantizer;
    this.#index = index;
    this.#memory = memory;
    this.#exports = must(kernels.exportsOver(memory.memory), "kernels in WebAssembly");
    const { scan, table, probes, lanes, fineQuery, pending } = scratchParts(memory, "ivf-scan", {
      scan: 4 * fieldCount,
      table: 4 * paddedDim,
      probes: 4 * probeWords * listCount,
      lanes: 4 * blockRows,
      fineQuery: fineQueryBytes(paddedDim),
      pending: pendingBytes,
    });
    this.#scan = scan;
    this.#words = memory.u32(this.#scan, fieldCount);
    this.#floats = memory.f32(this.#scan, fieldCount);
    this.#table = memory.u8(table, 4 * paddedDim);
    this.#probes = memory.u32(probes, probeWords * listCount);
    this.#fineQuery = memory.u8(fineQuery, fineQueryBytes(paddedDim));
    const places = indexPlacesOf(index.quantizer, index.blockCount, index.address);
    this.#words[Field.lists] = places.lists;
    this.#words[Field.blocks] = places.blocks;
    this.#words[Field.rowNumbers] = places.rowNumbers;
    this.#words[Field.groupCount] = paddedDim / 4;
    this.#words[Field.table] = table;
    this.#words[Field.probes] = probes;
    this.#words[Field.lanes] = lanes;
    this.#words[Field.pending] = pending;
    this.#words[Field.pendingCount] = 0;
    const fineBytes = fineBytesOf(paddedDim);
    this.#words[Field.fine] = fineBytes > 0 ? places.fine : 0;
    this.#words[Field.fineBytes] = fineBytes;
    this.#words[Field.dim] = paddedDim;
    this.#words[Field.fineQuery] = fineQuery;
    this.#floats[Field.fineSlack] = fineLowerDeviations * fineDeviation;
    this.#floats[Field.fineWidth] = (fineLowerDeviations + fineUpperDeviations) * fineDeviation;
    this.#floats[Field.slack] = lowerDeviations * deviation;
    this.#floats[Field.width] = (lowerDeviations + upperDeviations) * deviation;
  }

  /** Begins a scan. */
  begin(query: PreparedQuery, { k, firstProbe, floor, allowed }: ScanGoal): void {
    this.#makeRoomFor(k);
    this.#table.set(query.table);
    this.#probes.set(query.probes.subarray(0, probeWords * query.probeCount));
    const words = this.#words;
    const floats = this.#floats;
    words[Field.probeCount] = query.probeCount;
    floats[Field.step] = query.step;
    floats[Field.offset] = query.offset;
    if (query.fine !== undefined) {
      this.#fineQuery.set(query.fine.code);
      floats[Field.fineStep] = query.fine.step;
      floats[Field.fineShift] = query.fine.shift;
    }
    words[Field.k] = k;
    words[Field.ceilingCount] = 0;
    floats[Field.floor] = floor;
    words[Field.allowed] = allowed === undefined ? 0 : this.#takeIn(allowed);
    words[Field.candidateCount] = 0;
    words[Field.probe] = firstProbe;
    words[Field.block] = 0;
    floats[Field.bound] = Number.POSITIVE_INFINITY;
  }

  /**
   * Goes on until all lists are done, and answers true, or until there is no more room for
   * candidates. Only rows are looked for whose keys are below `bound`.
   */
  run(bound: number): boolean {
    const floats = this.#floats;
    floats[Field.bound] = Math.min(floats[Field.bound], bound);
    this.#words[Field.candidateCount] = 0;
    return this.#exports.scanLists(this.#scan) === 1;
  }

  /** Rows that may be among the best. */
  get candidateCount(): number {
    return this.#words[Field.candidateCount];
  }

  /** For each candidate its row and its lower bound, as a word that has its order. */
  get candidates(): Uint32Array {
    return this.#entries;
  }

  /** Sorts the next `wanted` of the candidates, when those before `start` are sorted. */
  sort(start: number, wanted: number): void {
    const entries = this.#words[Field.candidates] + 8 * start;
    this.#exports.sortEntries(entries, this.candidateCount - start, wanted);
  }

  #makeRoomFor(k: number): void {
    if (k <= this.#kMax) return;
    const memory = this.#memory;
    const capacity = Math.max(2048, 4 * k);
    const { ceilings, candidates } = scratchParts(memory, "ivf-candidates", {
      ceilings: 4 * k,
      candidates: 8 * capacity,
    });
    this.#words[Field.ceilings] = ceilings;
    this.#words[Field.candidates] = candidates;
    this.#words[Field.candidateCapacity] = capacity;
    this.#entries = memory.u32(candidates, 2 * capacity);
    this.#kMax = k;
  }

  /** Copies what concerns the index, and answers where the bit of row 0 would be. */
  #takeIn(allowed: Bitset): number {
    const { rowStart, rowEnd } = this.#index;
    const first = rowStart >>> 5;
    const count = ((rowEnd + 31) >>> 5) - first;
    const address = this.#memory.scratch("ivf-allowed", 4 * count);
    this.#memory.u32(address, count).set(allowed.words.subarray(first, first + count));
    // Maybe below 0: addresses are counted modulo 2^32.
    return (address - 4 * first) >>> 0;
  }
}
