import { messageOf } from "../base/errors.ts";
import { mayHaveExpired } from "../segment/segment.ts";
import { autoCompactionProperty } from "./collection-properties.ts";
import type { CollectionStore } from "./collection-store.ts";
import { compactStore } from "./compactor.ts";
import { type FlushState, shouldFlush, shouldHoldWrites } from "./flush-policy.ts";
import { flushStore } from "./flusher.ts";
import type { IndexBuilder } from "./index-builder.ts";

export interface MaintenanceOptions {
  readonly isOn: boolean;
  readonly onFailure: (message: string) => void;
  /** When to flush. Default: as the policy says. */
  readonly isDue?: (state: FlushState) => boolean;
}

/**
 * Flushes and compacts in the background, when the policies say so. A failure (a full disk) loses
 * nothing: the rows stay in memory and log, and the next write tries again.
 */
export class Maintenance {
  readonly #store: CollectionStore;
  readonly #builder: IndexBuilder;
  readonly #isOn: boolean;
  readonly #onFailure: MaintenanceOptions["onFailure"];
  readonly #isDue: (state: FlushState) => boolean;
  #running: Promise<void> | undefined;
  #failure: string | undefined;

  constructor(store: CollectionStore, builder: IndexBuilder, options: MaintenanceOptions) {
    this.#store = store;
    this.#builder = builder;
    this.#isOn = options.isOn;
    this.#onFailure = options.onFailure;
    this.#isDue = options.isDue ?? shouldFlush;
  }

  /** What the newest attempt failed with; `undefined` once one has succeeded. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** To be called before each write: waits while memory is full of rows that are being flushed. */
  async admitWrite(): Promise<void> {
    if (this.#running !== undefined && shouldHoldWrites(this.#state())) await this.#running;
  }

  /** To be called after each write. */
  noteWrite(): void {
    this.#builder.wake();
    if (this.#isOn && this.#isDue(this.#state())) this.#start();
  }

  /**
   * To be called now and then, for collections that nobody writes to: drops rows that have expired,
   * where they are enough for a compaction. Resolves when it is done, or when nothing is to do.
   */
  async look(): Promise<void> {
    const { segments, expiry } = this.#store;
    if (!this.#isOn || !this.#compacts) return;
    if (!segments.some((segment) => mayHaveExpired(segment, expiry))) return;
    this.#start();
    await this.#running;
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    await this.#running;
  }

  get #compacts(): boolean {
    return this.#store.manifest.properties[autoCompactionProperty]?.toLowerCase() !== "false";
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
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
      if (this.#compacts) {
        await compactStore(this.#store, (segment) => this.#builder.buildAhead(segment));
        this.#builder.wake();
      }
      this.#failure = undefined;
    } catch (error) {
      // Nothing is lost: the next write tries again.
      this.#failure = messageOf(error);
      this.#onFailure(this.#failure);
    }
  }
}
