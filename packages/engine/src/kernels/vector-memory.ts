import { assert } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import { KnownMemories, nextMemoryId } from "./memory-id.ts";
import { type WasmMemory, wasmPageBytes, webAssembly } from "./web-assembly.ts";

/**
 * Exact vectors lie in WebAssembly memories, one for each column, shared by all threads: a kernel
 * is instantiated over the memory and reads the vectors where they are. (Copying them from another
 * shared memory first takes longer than scoring them: V8 copies those word by word.) What is not
 * used of a memory's 4 GiB is only reserved; thousands of memories cost nothing but their vectors.
 *
 * Behind the vectors each thread has a slot of its own for queries, row numbers and scores.
 */
export const slotBytes: number = 8 * wasmPageBytes;

/** Threads that may scan one column at a time: the main one and the pool's. */
export const slotCountMax = 129;

const byteLengthMax = 65_536 * wasmPageBytes - slotCountMax * slotBytes;

/** A memory with vectors in it. May be sent to another thread, together with the vectors. */
export interface VectorMemory {
  /** The same in all threads of the process. */
  readonly id: number;
  readonly memory: WasmMemory;
  /** The address of the first slot. */
  readonly slots: number;
}

/** The memories by the buffer that they had when they were made, which views of vectors keep. */
const memories = new WeakMap<ArrayBufferLike, VectorMemory>();

/** Those that came from other threads. */
const adopted = new KnownMemories<VectorMemory>();

/**
 * Zeroed bytes for vectors, seen by all threads. Where the runtime has no WebAssembly it is plain
 * shared memory. Throws `limit-exceeded` for more than a memory holds, or than there is.
 */
export function allocateVectorBytes(byteLength: number): Uint8Array<SharedArrayBuffer> {
  if (webAssembly === undefined) return new Uint8Array(new SharedArrayBuffer(byteLength));
  if (byteLength > byteLengthMax) throw tooLarge(byteLength);
  const initial = Math.max(1, Math.ceil(byteLength / wasmPageBytes));
  const maximum = initial + (slotCountMax * slotBytes) / wasmPageBytes;
  let memory: WasmMemory;
  try {
    memory = new webAssembly.Memory({ initial, maximum, shared: true });
  } catch (cause) {
    throw tooLarge(byteLength, cause);
  }
  const { buffer } = memory;
  memories.set(buffer, { id: nextMemoryId(), memory, slots: buffer.byteLength });
  return new Uint8Array(buffer, 0, byteLength);
}

/** The memory that vectors lie in, or `undefined` for vectors that lie elsewhere. */
export function memoryOf(vectors: ArrayBufferView): VectorMemory | undefined {
  return memories.get(vectors.buffer);
}

/** Makes the memory of vectors known in a thread that got both from another one. */
export function adoptMemory(vectors: ArrayBufferView, memory: VectorMemory): void {
  const known = adopted.get(memory.id);
  if (known === undefined) adopted.add(memory.id, memory);
  memories.set(vectors.buffer, known ?? memory);
}

/**
 * The address of a thread's slot. The memory grows until the slot is there. Throws `limit-exceeded`
 * when memory is short.
 */
export function slotAddress({ memory, slots }: VectorMemory, slot: number): number {
  assert(slot < slotCountMax, `slot ${slot} of ${slotCountMax}`);
  const address = slots + slot * slotBytes;
  const missing = address + slotBytes - memory.buffer.byteLength;
  if (missing <= 0) return address;
  try {
    memory.grow(Math.ceil(missing / wasmPageBytes));
  } catch (cause) {
    throw tooLarge(slots, cause);
  }
  return address;
}

function tooLarge(byteLength: number, cause?: unknown): EngineError {
  return new EngineError(
    "limit-exceeded",
    `Cannot hold ${byteLength} bytes of vectors of one segment in memory: at most ${byteLengthMax} are possible, less when memory is short; flush more often`,
    { details: { found: byteLength, max: byteLengthMax }, cause },
  );
}
