import { EngineError } from "../base/errors.ts";
import type { Field } from "../schema/collection-schema.ts";
import { vectorFieldsOf } from "../schema/define-schema.ts";
import type { CollectionStore } from "./collection-store.ts";
import type { IndexBuilder } from "./index-builder.ts";

/** Which partitions of a collection may be read, and what of them is in memory. */
export class LoadState {
  readonly #store: CollectionStore;
  readonly #builder: IndexBuilder;
  #loading = 0;

  constructor(store: CollectionStore, builder: IndexBuilder) {
    this.#store = store;
    this.#builder = builder;
  }

  get state(): "loaded" | "loading" | "not-loaded" {
    const { loaded } = this.#store.manifest;
    if (loaded === "all" || loaded.length > 0) return "loaded";
    return this.#loading > 0 ? "loading" : "not-loaded";
  }

  /**
   * Brings fields of partitions to memory, all of them when none are given, and lets the partitions
   * be read. Throws `index-not-found` when one of the fields has vectors and no index,
   * `corrupt-file` for damaged files.
   */
  async load(
    partitionIds: readonly number[] | undefined,
    fields: readonly string[] | undefined,
    collection: string,
  ): Promise<void> {
    const wanted = this.#store.manifest.schema.fields.filter(
      ({ name }) => fields?.includes(name) ?? true,
    );
    this.#requireVectorIndexes(wanted, collection);
    this.#loading++;
    try {
      await this.#loadColumns(partitionIds, wanted);
      await this.#store.changeManifest(({ loaded }) => {
        if (partitionIds === undefined || loaded === "all") return { loaded: "all" };
        return { loaded: [...new Set([...loaded, ...partitionIds])] };
      });
    } finally {
      this.#loading--;
    }
  }

  /** Makes partitions unreadable, all of them when none are given, and frees their memory. */
  async release(partitionIds: readonly number[] | undefined): Promise<void> {
    const store = this.#store;
    await store.changeManifest(({ loaded, partitions }) => {
      if (partitionIds === undefined) return { loaded: [] };
      const before = loaded === "all" ? partitions.map(({ id }) => id) : loaded;
      return { loaded: before.filter((id) => !partitionIds.includes(id)) };
    });
    for (const segment of store.sealed) {
      if (partitionIds?.includes(segment.partitionId) ?? true) segment.unload();
    }
  }

  /** Throws `collection-loaded` with this reason while anything of it may be read. */
  refuseLoaded(collection: string, reason: string): void {
    if (this.state === "not-loaded") return;
    throw new EngineError("collection-loaded", reason, { details: { collection } });
  }

  async #loadColumns(
    partitionIds: readonly number[] | undefined,
    fields: readonly Field[],
  ): Promise<void> {
    const { manifest, sealed } = this.#store;
    const ids = fields.map(({ id }) => id);
    const vectorFieldIds = vectorFieldsOf(manifest.schema)
      .map(({ id }) => id)
      .filter((id) => ids.includes(id));
    const fieldIds = ids.filter((id) => !vectorFieldIds.includes(id));
    const wanted = sealed.filter(({ partitionId }) => partitionIds?.includes(partitionId) ?? true);
    await Promise.all(
      wanted.flatMap((segment) => [
        segment.load(fieldIds),
        ...vectorFieldIds.map((id) => segment.loadVectors(id, this.#builder.placeOf(id))),
      ]),
    );
    this.#builder.wake();
  }

  #requireVectorIndexes(fields: readonly Field[], collection: string): void {
    const { schema, indexes } = this.#store.manifest;
    const bare = vectorFieldsOf(schema)
      .filter((field) => fields.includes(field))
      .map(({ name }) => name)
      .filter((name) => !indexes.some((index) => index.field === name));
    if (bare.length === 0) return;
    throw new EngineError(
      "index-not-found",
      `there is no vector index on field: [${bare.join(" ")}], please create index firstly`,
      { details: { collection, fields: bare } },
    );
  }
}
