import type { CollectionStore } from "./collection-store.ts";
import { compactStore } from "./compactor.ts";
import { type FlushState, shouldFlush, shouldHoldWrites } from "./flush-policy.ts";
import { flushStore } from "./flusher.ts";
import type { IndexBuilder } from "./index-builder.ts";

/**
 * Flushes and compacts in the background, when the policies say so. A failure (a full disk) loses
 * nothing: the rows stay in memory and log, and the next write tries again.
 */
export class Maintenance {
  readonly #store: CollectionStore;
  readonly #builder: IndexBuilder;
  readonly #isOn: boolean;
  #running: Promise<void> | undefined;

  constructor(store: CollectionStore, builder: IndexBuilder, isOn: boolean) {
    this.#store = store;
    this.#builder = builder;
    this.#isOn = isOn;
  }

  /** To be called before each write: waits while memory is full of rows that are being flushed. */
  async admitWrite(): Promise<void> {
    if (this.#running !== undefined && shouldHoldWrites(this.#state())) await this.#running;
  }

  /** To be called after each write. */
  noteWrite(): void {
    this.#builder.wake();
    if (!this.#isOn || this.#running !== undefined || !shouldFlush(this.#state())) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    await this.#running;
  }

  #state(): FlushState {
    const { growing, sealing, logBytes } = this.#store;
    const growingBytes = [...growing, ...sealing].reduce((sum, { byteSize }) => sum + byteSize, 0);
    return { growingBytes, logBytes };
  }

  async #run(): Promise<void> {
    try {
      await flushStore(this.#store);
      this.#builder.wake();
      await compactStore(this.#store, (segment) => this.#builder.buildAhead(segment));
      this.#builder.wake();
    } catch {
      // Nothing is lost and nothing is hidden: the user's own flush, or close, reports what persists.
    }
  }
}
