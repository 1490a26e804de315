import { assert } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import { KnownMemories, nextMemoryId } from "./memory-id.ts";
import { slotCountMax } from "./vector-memory.ts";
import { type WasmMemory, wasmPageBytes, webAssembly } from "./web-assembly.ts";

// The head of a memory: in word 0 the address of the first free byte, changed atomically; at byte 8
// the id, an f64; then, for each thread, the address and length of each of its scratch spaces, in
// words: a thread that takes another's place, or forgets a memory, finds its scratch space again.
const ID_ADDRESS = 8;
const SCRATCH_WORD = 16;
/** Most names of scratch spaces. */
const SCRATCH_COUNT = 24;
const HEAD_BYTES = 64 * Math.ceil((SCRATCH_WORD + 2 * SCRATCH_COUNT * slotCountMax) / 16);
const PAGES_MAX = 65_536;

/** The number of this thread: 0 for the main one, 1 and up for those of a pool. */
let threadSlot = 0;

/** To be called once, at the start of a thread. No two threads that run have the same slot. */
export function useThreadSlot(slot: number): void {
  assert(slot >= 0 && slot < slotCountMax, `slot ${slot} of ${slotCountMax}`);
  threadSlot = slot;
}

/** The places of scratch spaces in a thread's part of the head. */
const scratchPlaces = new Map<string, number>();

function scratchWordOf(name: string): number {
  let place = scratchPlaces.get(name);
  if (place === undefined) {
    place = scratchPlaces.size;
    assert(place < SCRATCH_COUNT, `more than ${SCRATCH_COUNT} scratch spaces: ${name}`);
    scratchPlaces.set(name, place);
  }
  return SCRATCH_WORD + 2 * (threadSlot * SCRATCH_COUNT + place);
}

/**
 * A WebAssembly memory that all threads share and that holds one structure of an index: the lists
 * of an IVF, a graph, centroids. What is allocated stays until the memory is garbage: an index is
 * freed whole. Any thread may allocate, also its own scratch space, at any time.
 */
export class IndexMemory {
  readonly memory: WasmMemory;

  private constructor(memory: WasmMemory) {
    this.memory = memory;
  }

  /** An empty memory. Throws `unsupported` in a runtime without WebAssembly. */
  static create(): IndexMemory {
    if (webAssembly === undefined) {
      throw new EngineError("unsupported", "Indexes need WebAssembly, which this runtime has not");
    }
    const memory = new webAssembly.Memory({ initial: 1, maximum: PAGES_MAX, shared: true });
    Atomics.store(new Uint32Array(memory.buffer, 0, 1), 0, HEAD_BYTES);
    new Float64Array(memory.buffer, ID_ADDRESS, 1)[0] = nextMemoryId();
    return IndexMemory.over(memory);
  }

  /** The one view that this thread has of a memory that it made, or got from another thread. */
  static over(memory: WasmMemory): IndexMemory {
    let view = views.get(memory);
    if (view === undefined) {
      const [id] = new Float64Array(memory.buffer, ID_ADDRESS, 1);
      view = known.get(id);
      if (view === undefined) {
        view = new IndexMemory(memory);
        known.add(id, view);
      }
      views.set(memory, view);
    }
    return view;
  }

  /** Bytes that are allocated, scratch space of threads included. */
  get byteLength(): number {
    return Atomics.load(new Uint32Array(this.memory.buffer, 0, 1), 0);
  }

  /**
   * The address of `byteLength` zeroed bytes, a multiple of 64. Throws `limit-exceeded` when the 4
   * GiB of a memory, or those of the machine, are used up.
   */
  allocate(byteLength: number): number {
    assert(Number.isInteger(byteLength) && byteLength >= 0, `${byteLength} bytes`);
    const rounded = Math.ceil(byteLength / 64) * 64;
    const end = this.byteLength + rounded;
    // One byte less than all: an address of 4 GiB would not fit the counter.
    if (end >= PAGES_MAX * wasmPageBytes) throw tooLarge(byteLength, this.byteLength);
    const address = Atomics.add(new Uint32Array(this.memory.buffer, 0, 1), 0, rounded);
    this.#growTo(address + rounded, byteLength);
    return address;
  }

  /**
   * Scratch space of this thread, of at least `byteLength` bytes: the same one for the same name,
   * with what it held, until more is asked for. For no more than a task.
   */
  scratch(name: string, byteLength: number): number {
    const word = scratchWordOf(name);
    const [address, size] = this.u32(4 * word, 2);
    if (size >= byteLength && size > 0) return address;
    const grownSize = Math.max(64, byteLength, 2 * size);
    const grown = this.allocate(grownSize);
    this.u32(4 * word, 2).set([grown, grownSize]);
    return grown;
  }

  /** Views are good until the memory grows, and go on showing what was allocated before. */
  u8(address: number, count: number): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.memory.buffer, address, count);
  }

  u32(address: number, count: number): Uint32Array<SharedArrayBuffer> {
    return new Uint32Array(this.memory.buffer, address, count);
  }

  f32(address: number, count: number): Float32Array<SharedArrayBuffer> {
    return new Float32Array(this.memory.buffer, address, count);
  }

  #growTo(end: number, byteLength: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / wasmPageBytes));
    } catch (cause) {
      throw tooLarge(byteLength, end, cause);
    }
  }
}

/** By the objects that stand for a memory in this thread. */
const views = new WeakMap<WasmMemory, IndexMemory>();
const known = new KnownMemories<IndexMemory>();

function tooLarge(byteLength: number, used: number, cause?: unknown): EngineError {
  const max = PAGES_MAX * wasmPageBytes;
  return new EngineError(
    "limit-exceeded",
    `Cannot allocate ${byteLength} bytes for an index: ${used} are used, at most ${max} are possible in one segment, less when memory is short; flush more often, so that segments are smaller`,
    { details: { found: byteLength, used, max }, cause },
  );
}
