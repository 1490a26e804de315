import { seededRandom } from "../base/random.ts";
import type { FilterOptions } from "../filter/filter-options.ts";
import type { ReadSource } from "../query/read-source.ts";
import type { ThreadPool } from "../workers/thread-pool.ts";
import type { CollectionStore } from "./collection-store.ts";
import type { IndexBuilder } from "./index-builder.ts";
import { isolatedKeyOf } from "./partition-routing.ts";
import { type NamedStore, segmentsToRead } from "./partitions.ts";

/** What of a collection its reads go through. */
export interface ReadParts {
  readonly named: NamedStore;
  readonly pool: ThreadPool;
  readonly builder: IndexBuilder;
}

/** The reads of a collection. */
export class CollectionReads {
  readonly #store: CollectionStore;
  readonly #source: ReadSource;
  #filterCount = 0;

  constructor({ named, pool, builder }: ReadParts) {
    const { store } = named;
    this.#store = store;
    this.#source = {
      schema: store.manifest.schema,
      pool,
      now: () => store.applied,
      nowMs: () => store.options.clock.nowMs(),
      pin: (at) => store.pinned.pin(at),
      segments: (partitions, filter) => segmentsToRead(named, partitions, filter),
      expiry: () => store.expiry,
      placeOf: (fieldId) => builder.placeOf(fieldId),
      noteLoad: () => builder.wake(),
      filterOptions: () => this.#filterOptions(),
      indexOf: (field) => store.manifest.indexes.find((index) => index.field === field),
    };
  }

  /** What one read needs: it keeps the schema of its beginning. Throws `closed`. */
  begin(): ReadSource {
    this.#store.checkOpen();
    const { manifest } = this.#store;
    const isolatedKey = isolatedKeyOf(manifest);
    return { ...this.#source, schema: manifest.schema, ...(isolatedKey && { isolatedKey }) };
  }

  /** Each filter draws its samples anew. */
  #filterOptions(): FilterOptions {
    const { options, manifest } = this.#store;
    const timeZone = manifest.properties["timezone"];
    const random = seededRandom(options.clock.nowMs() + this.#filterCount++);
    return { random, ...(timeZone !== undefined && { timeZone }) };
  }
}
