import { SnowparkError } from "../base/snowpark-error.ts";

/** What a program or shared library of Linux says of itself. */
export interface ElfFacts {
  /** The processor: x86-64 or another one's number. */
  readonly machine: "x86-64" | number;
  /** The program that loads it, such as `/lib64/ld-linux-x86-64.so.2`; none in libraries and static programs. */
  readonly interpreter: string | undefined;
  /** The libraries that it names, such as `libc.so.6`. */
  readonly needed: readonly string[];
}

const machineX8664 = 0x3e;
const segmentLoad = 1;
const segmentDynamic = 2;
const segmentInterpreter = 3;
const tagNeeded = 1n;
const tagStringTable = 5n;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly size: number;
}

/**
 * Reads the head and the dynamic section of an ELF file (System V ABI, 64 bits, little-endian).
 *
 * @throws SnowparkError `image-failed` for anything else: a program of macOS or Windows, a script, a torn file.
 */
export function readElf(bytes: Uint8Array, place: string): ElfFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const isElf64 = view.getUint32(0) === 0x7f454c46 && view.getUint16(4) === 0x0201;
    if (!isElf64)
      throw new SnowparkError("image-failed", `${place} is no program for Linux of 64 bits`);
    const number = view.getUint16(18, true);
    const segments = segmentsOf(view);
    const interpreter = segments.find(({ type }) => type === segmentInterpreter);
    return {
      machine: number === machineX8664 ? "x86-64" : number,
      interpreter: interpreter && textAt(bytes, interpreter.offset),
      needed: neededOf(view, bytes, segments),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SnowparkError("image-failed", `${place} is cut off`, { cause: error });
  }
}

/**
 * @throws SnowparkError `image-failed` for a program that compute pools, which run linux/amd64, can't run.
 */
export function checkX8664(facts: ElfFacts, place: string): void {
  if (facts.machine === "x86-64") return;
  throw new SnowparkError(
    "image-failed",
    `${place} is for another processor (ELF machine ${facts.machine}); compute pools run linux/amd64`,
  );
}

function segmentsOf(view: DataView): Segment[] {
  const start = Number(view.getBigUint64(32, true));
  const entrySize = view.getUint16(54, true);
  return Array.from({ length: view.getUint16(56, true) }, (_, index) => {
    const at = start + index * entrySize;
    return {
      type: view.getUint32(at, true),
      offset: Number(view.getBigUint64(at + 8, true)),
      address: view.getBigUint64(at + 16, true),
      size: Number(view.getBigUint64(at + 32, true)),
    };
  });
}

function neededOf(view: DataView, bytes: Uint8Array, segments: readonly Segment[]): string[] {
  const dynamic = segments.find(({ type }) => type === segmentDynamic);
  if (dynamic === undefined) return [];
  const names: bigint[] = [];
  let table: bigint | undefined;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    const tag = view.getBigUint64(at, true);
    const value = view.getBigUint64(at + 8, true);
    if (tag === tagNeeded) names.push(value);
    else if (tag === tagStringTable) table = value;
  }
  const start = table === undefined ? undefined : offsetOf(table, segments);
  return start === undefined ? [] : names.map((name) => textAt(bytes, start + Number(name)));
}

/** Where in the file an address of the running program lies. */
function offsetOf(address: bigint, segments: readonly Segment[]): number | undefined {
  const segment = segments.find(
    ({ type, address: start, size }) =>
      type === segmentLoad && address >= start && address < start + BigInt(size),
  );
  return segment && segment.offset + Number(address - segment.address);
}

function textAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  if (offset > bytes.length || end < 0) throw new RangeError(`No text at byte ${offset}`);
  return new TextDecoder().decode(bytes.subarray(offset, end));
}
