import type { WasmExports } from "./exports/wasm-exports.ts";
import type { IndexMemory } from "./index-memory.ts";
import { type NumberValues, valueKindOf } from "./number-values.ts";
import { markIntervals } from "./scalar-intervals.ts";

const wordCount = 2;
const numbers: readonly number[] = Array.from({ length: 32 * wordCount }, (_, i) => (i * 37) % 128);
/** Two intervals that have something in common with the values, in their middle and at an end. */
const bounds = [17, 64, 127, 127];

const floats = numbers.map((x, i) => (i === 3 ? Number.NaN : x));

const samples: readonly { readonly values: NumberValues; readonly bounds: NumberValues }[] = [
  { values: Uint8Array.from(numbers, (x) => 2 * x), bounds: Uint8Array.from(bounds) },
  { values: Int8Array.from(numbers, (x) => -x), bounds: Int8Array.of(-64, -17, -127, -127) },
  { values: Int16Array.from(numbers, (x) => 250 * x), bounds: Int16Array.of(4250, 16_000, 0, 0) },
  { values: Int32Array.from(numbers, (x) => -x), bounds: Int32Array.of(-64, -17, -127, -127) },
  {
    // Some differ in their upper halves only.
    values: BigInt64Array.from(numbers, (x) => BigInt(x - 64) << 31n),
    bounds: BigInt64Array.of(-5n << 32n, 7n << 31n, 63n << 31n, 63n << 31n),
  },
  { values: Float32Array.from(floats), bounds: Float32Array.from(bounds) },
  { values: Float64Array.from(floats), bounds: Float64Array.from(bounds) },
];

/** Whether `markIntervals` marks values of each type as its twin does, and NaN nowhere. */
export function intervalMarksAreRight(exports: WasmExports, memory: IndexMemory): boolean {
  return samples.every((sample) => {
    const { values } = sample;

    const words = memory.u32(memory.allocate(4 * wordCount), wordCount);
    exports.markIntervals(
      valueKindOf(values),
      copyOf(values, memory),
      words.byteOffset,
      wordCount,
      copyOf(sample.bounds, memory),
      sample.bounds.length / 2,
    );
    const expected = new Uint32Array(wordCount);
    markIntervals(values, sample.bounds, expected);
    return expected.every((word, i) => word === words[i]);
  });
}

function copyOf({ buffer, byteLength }: NumberValues, memory: IndexMemory): number {
  const copy = memory.u8(memory.allocate(byteLength), byteLength);
  copy.set(new Uint8Array(buffer, 0, byteLength));
  return copy.byteOffset;
}
