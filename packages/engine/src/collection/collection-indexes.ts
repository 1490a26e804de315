import { EngineError } from "../base/errors.ts";
import { fieldNamed } from "../schema/define-schema.ts";
import type { CollectionStore } from "./collection-store.ts";
import type { IndexBuilder } from "./index-builder.ts";
import {
  defineIndex,
  type IndexDefinition,
  type IndexInfo,
  type StoredIndex,
} from "./index-definition.ts";
import type { LoadState } from "./load-state.ts";

/** Parameters of an index to set and to remove. */
export interface IndexChange {
  readonly set?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}

/** The definitions of a collection's indexes. The builder makes what they define. */
export class CollectionIndexes {
  readonly #store: CollectionStore;
  readonly #builder: IndexBuilder;
  readonly #loadState: LoadState;

  constructor(store: CollectionStore, builder: IndexBuilder, loadState: LoadState) {
    this.#store = store;
    this.#builder = builder;
    this.#loadState = loadState;
  }

  /** Throws `index-conflict`, `field-not-found`, `invalid-parameter`. The same index again is fine. */
  async create(definition: IndexDefinition): Promise<void> {
    await this.#store.changeManifest(({ schema, indexes }) => {
      const id = this.#store.allocateId();
      const index = defineIndex(schema, indexes, definition, id);
      return index === undefined ? {} : { indexes: [...indexes, index] };
    });
    this.#builder.wake();
  }

  /** Throws `invalid-parameter` for the index of a vector field of a loaded collection. */
  async drop(name: string, collection: string): Promise<void> {
    const { indexes: before, schema } = this.#store.manifest;
    const index = before.find((candidate) => candidate.name === name);
    await this.#store.changeManifest(({ indexes }) => {
      if (index?.metric !== undefined && this.#loadState.state !== "not-loaded") {
        throw new EngineError(
          "invalid-parameter",
          "vector index cannot be dropped on loaded collection",
          { details: { index: name, collection } },
        );
      }
      return { indexes: indexes.filter((candidate) => candidate.name !== name) };
    });
    const field = index && fieldNamed(schema, index.field);
    if (index === undefined || field === undefined) return;
    // It is dropped: files that can't be removed now are at the next compaction.
    await Promise.allSettled([this.#builder.discard(index, field)]);
  }

  /** Throws `index-not-found`, `collection-loaded` or `invalid-parameter`. */
  async alter(name: string, change: IndexChange, collection: string): Promise<void> {
    const { indexes: before } = this.#store.manifest;
    const found = before.find((candidate) => candidate.name === name);
    if (found === undefined) throw notFound(name, collection);
    changeIndex(found, change);
    this.#loadState.refuseLoaded(
      collection,
      "can't alter index on loaded collection, please release the collection first",
    );
    await this.#store.changeManifest(({ indexes }) => ({
      indexes: indexes.map((index) => (index.id === found.id ? changeIndex(index, change) : index)),
    }));
  }

  list(): readonly IndexInfo[] {
    return this.#store.manifest.indexes.map((index) => ({
      ...index,
      ...this.#builder.statusOf(index),
    }));
  }

  /** Throws `index-not-found`. */
  describe(name: string, collection: string): IndexInfo {
    const index = this.list().find((candidate) => candidate.name === name);
    if (index === undefined) throw notFound(name, collection);
    return index;
  }
}

/** Parameters that say where an index lies, not what it is. */
const changeable = ["mmap.enabled", "warmup", "indexoffsetcache.enabled"];

/** The index with parameters changed. Throws `invalid-parameter` for those that must not change. */
function changeIndex(index: StoredIndex, { set = {}, remove = [] }: IndexChange): StoredIndex {
  for (const name of [...Object.keys(set), ...remove]) {
    if (!changeable.includes(name)) {
      throw new EngineError("invalid-parameter", `${name} is not a configable index property`);
    }
  }
  const isMapped = set["mmap.enabled"];
  if (isMapped !== undefined && !/^(?:true|false)$/i.test(isMapped)) {
    throw new EngineError(
      "invalid-parameter",
      `invalid mmap.enabled value: ${isMapped}, expected: true, false`,
    );
  }
  const params: Record<string, string> = { ...index.params, ...set };
  for (const name of remove) delete params[name];
  return { ...index, params };
}

function notFound(name: string, collection: string): EngineError {
  return new EngineError("index-not-found", `index not found[index=${name}]`, {
    details: { index: name, collection },
  });
}
