import { threadId } from "node:worker_threads";

let memoryCount = 0;

/** A number for a memory that this thread makes, which no other memory of the process has. */
export function nextMemoryId(): number {
  memoryCount++;
  return threadId * 2 ** 32 + memoryCount;
}

/**
 * What a thread knows about shared memories, by their ids. Each message that names a memory brings
 * another object for it; a thread keeps to the first, with the instances and the scratch space that
 * it has there, as long as that is in use.
 */
export class KnownMemories<T extends object> {
  readonly #known = new Map<number, WeakRef<T>>();
  readonly #forget = new FinalizationRegistry<number>((id) => {
    if (this.#known.get(id)?.deref() === undefined) this.#known.delete(id);
  });

  get(id: number): T | undefined {
    return this.#known.get(id)?.deref();
  }

  add(id: number, memory: T): void {
    this.#known.set(id, new WeakRef(memory));
    this.#forget.register(memory, id);
  }
}
