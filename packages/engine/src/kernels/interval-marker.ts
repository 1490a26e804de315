import { assert } from "../base/assert.ts";
import type { WasmExports } from "./exports/wasm-exports.ts";
import { IndexMemory } from "./index-memory.ts";
import type { Kernels } from "./kernels.ts";
import { loadKernels } from "./load-kernels.ts";
import { type NumberValues, valueKindOf } from "./number-values.ts";
import { markIntervals } from "./scalar-intervals.ts";

/** Finds the values that lie in one of some intervals. */
export interface IntervalMarker {
  /**
   * Writes a bit for each value to `words`, the first one to the lowest bit of `words[firstWord]`:
   * 1 where the value lies in an interval. The bits behind the last value are 0. `bounds` is an array
   * of the type of `values`, with the least and the greatest value of each interval, at most
   * {@link intervalCountMax}; NaN lies in none.
   */
  mark(values: NumberValues, bounds: NumberValues, words: Uint32Array, firstWord?: number): void;
}

/** Most intervals at a time. */
export const intervalCountMax = 32;

let ownMarker: IntervalMarker | undefined;

/** The marker of this thread. Made when it is first asked for, which takes a few milliseconds. */
export function intervalMarker(): IntervalMarker {
  ownMarker ??= createIntervalMarker(loadKernels());
  return ownMarker;
}

/** A marker that computes with these kernels. */
export function createIntervalMarker(kernels: Kernels): IntervalMarker {
  if (kernels.kind === "scalar") return { mark: markIntervals };
  const memory = IndexMemory.create();
  const exports = kernels.exportsOver(memory.memory);
  assert(exports !== undefined, "kernels in WebAssembly");
  return new WasmIntervalMarker(exports, memory);
}

/** Values that are copied to the kernels' memory at a time: few enough for the second-level cache. */
const blockBytes = 32 * 1024;

class WasmIntervalMarker implements IntervalMarker {
  readonly #exports: WasmExports;
  readonly #values: number;
  readonly #bounds: number;
  readonly #words: Uint32Array;
  readonly #buffer: SharedArrayBuffer;

  constructor(exports: WasmExports, memory: IndexMemory) {
    this.#exports = exports;
    this.#values = memory.allocate(blockBytes + 8);
    this.#bounds = memory.allocate(2 * 8 * intervalCountMax);
    this.#words = memory.u32(memory.allocate(blockBytes / 8), blockBytes / 32);
    this.#buffer = memory.memory.buffer;
  }

  mark(values: NumberValues, bounds: NumberValues, words: Uint32Array, firstWord = 0): void {
    const kind = valueKindOf(values);
    const { length, byteOffset, BYTES_PER_ELEMENT } = values;
    const blockRows = blockBytes / BYTES_PER_ELEMENT;
    const intervalCount = bounds.length / 2;
    assert(valueKindOf(bounds) === kind, "bounds of the type of the values");
    assert(intervalCount <= intervalCountMax, `${intervalCount} intervals`);
    copy(bounds, this.#buffer, this.#bounds);
    // V8 copies to shared memory eight bytes at a time only if both sides are aligned alike.
    const at = this.#values + (byteOffset & 7);
    const found = this.#words;
    for (let start = 0; start < length; start += blockRows) {
      const end = Math.min(length, start + blockRows);
      const wordCount = (end - start + 31) >>> 5;
      copy(values.subarray(start, end), this.#buffer, at);
      found.fill(0, 0, wordCount);
      this.#exports.markIntervals(
        kind,
        at,
        found.byteOffset,
        wordCount,
        this.#bounds,
        intervalCount,
      );
      words.set(found.subarray(0, wordCount), firstWord + (start >>> 5));
    }
    const rest = length & 31;
    if (rest !== 0) words[firstWord + (length >>> 5)] &= (1 << rest) - 1;
  }
}

function copy(values: NumberValues, buffer: SharedArrayBuffer, address: number): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  new Uint8Array(buffer, address, bytes.length).set(bytes);
}
