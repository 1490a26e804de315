import type { Timestamp } from "../base/clock.ts";
import { EngineError } from "../base/errors.ts";
import { isAlwaysTrue, keysOf } from "../filter/filter.ts";
import { filterOf } from "../query/matching-rows.ts";
import { runQuery } from "../query/query-executor.ts";
import type { ReadSource } from "../query/read-source.ts";
import type {
  QueryRequest,
  QueryResult,
  SearchIterator,
  SearchIteratorRequest,
  SearchRequest,
  SearchResult,
} from "../query/request.ts";
import { rowsOfQuery, rowsOfSearch, type SearchHit } from "../query/result-rows.ts";
import { runSearch } from "../query/search-executor.ts";
import { iterateSearch } from "../query/search-iterator.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import type { Value } from "../schema/column-value.ts";
import { primaryKeyOf, vectorFieldsOf } from "../schema/define-schema.ts";
import { limits } from "../schema/limits.ts";
import { checkName } from "../schema/name.ts";
import type { Row, RowBatch } from "../schema/row-batch.ts";
import { columnOf, rowsToColumns } from "../schema/rows-to-columns.ts";
import type { ThreadPool } from "../workers/thread-pool.ts";
import type { PartitionInfo, SegmentInfo } from "./collection-definition.ts";
import { defaultPartitionName, type StoredPartition } from "./collection-manifest.ts";
import type { CollectionStore } from "./collection-store.ts";
import {
  type DeleteTarget,
  deleteKeys,
  insertBatch,
  keyColumn,
  type MutationResult,
  upsertBatch,
} from "./collection-writer.ts";
import { compactFully, removeSegments } from "./compactor.ts";
import { flushStore } from "./flusher.ts";
import { IndexBuilder } from "./index-builder.ts";
import { defineIndex, type IndexDefinition, type IndexInfo } from "./index-definition.ts";
import { Maintenance } from "./maintenance.ts";

/** The names of a collection: the catalog's to know and to change. */
export interface CollectionNames {
  readonly name: string;
  readonly database: string;
  readonly aliases: readonly string[];
}

/** What a collection is given by the database that it belongs to. */
export interface CollectionParts {
  readonly store: CollectionStore;
  readonly pool: ThreadPool;
  readonly names: () => CollectionNames;
  /** Whether it flushes and compacts by itself. */
  readonly maintained: boolean;
}

/**
 * A collection: rows under a schema. Writes are durable and visible when their promise resolves;
 * reads see one moment. Methods throw `EngineError`; one that has thrown has changed nothing.
 */
export class Collection {
  readonly #store: CollectionStore;
  readonly #names: () => CollectionNames;
  readonly #source: ReadSource;
  readonly #builder: IndexBuilder;
  readonly #maintenance: Maintenance;

  constructor({ store, pool, names, maintained }: CollectionParts) {
    this.#store = store;
    this.#names = names;
    this.#builder = new IndexBuilder(store, pool, maintained);
    this.#maintenance = new Maintenance(store, this.#builder, maintained);
    this.#source = {
      schema: store.manifest.schema,
      pool,
      now: () => store.applied,
      segments: (partitions) => this.#segmentsOf(partitions),
      placeOf: (fieldId) => this.#builder.placeOf(fieldId),
      noteLoad: () => this.#builder.wake(),
      indexOf: (field) => store.manifest.indexes.find((index) => index.field === field),
    };
    this.#builder.wake();
  }

  get id(): number {
    return this.#store.manifest.id;
  }

  get name(): string {
    return this.#names().name;
  }

  get database(): string {
    return this.#names().database;
  }

  get aliases(): readonly string[] {
    return this.#names().aliases;
  }

  get schema(): CollectionSchema {
    return this.#store.manifest.schema;
  }

  get createdAt(): Timestamp {
    return this.#store.manifest.createdAt;
  }

  /** When the definition last changed. */
  get updatedAt(): Timestamp {
    return this.#store.manifest.updatedAt;
  }

  get properties(): Readonly<Record<string, string>> {
    return this.#store.manifest.properties;
  }

  get consistencyLevel(): number {
    return this.#store.manifest.consistencyLevel;
  }

  get shardsNum(): number {
    return this.#store.manifest.shardsNum;
  }

  get loadState(): "loaded" | "not-loaded" {
    const { loaded } = this.#store.manifest;
    return loaded === "all" || loaded.length > 0 ? "loaded" : "not-loaded";
  }

  /** Rows that are not deleted. */
  get rowCount(): number {
    return this.#store.segments.reduce(
      (sum, { rowCount, deleted }) => sum + rowCount - deleted.count,
      0,
    );
  }

  /** Sets and removes properties. */
  async alterProperties(change: {
    readonly set?: Readonly<Record<string, string>>;
    readonly remove?: readonly string[];
  }): Promise<void> {
    await this.#store.changeManifest(({ properties }) => {
      const next = { ...properties, ...change.set };
      for (const key of change.remove ?? []) delete next[key];
      return { properties: next, updatedAt: this.#store.options.clock.next() };
    });
  }

  /** Throws `partition-exists`, `limit-exceeded` or `invalid-parameter`. */
  async createPartition(name: string): Promise<void> {
    checkName("partition", name);
    await this.#store.changeManifest(({ partitions }) => {
      if (partitions.some((partition) => partition.name === name)) {
        throw new EngineError("partition-exists", `partition already exist: ${name}`, {
          details: { partition: name, collection: this.name },
        });
      }
      const max = limits.partitionsPerCollection;
      if (partitions.length >= max) {
        throw new EngineError(
          "limit-exceeded",
          `partition number (${partitions.length}) exceeds max configuration (${max}), collection: ${this.name}`,
          { details: { max } },
        );
      }
      const createdAt = this.#store.options.clock.next();
      return { partitions: [...partitions, { id: this.#store.allocateId(), name, createdAt }] };
    });
  }

  /**
   * Drops a partition with its rows, which must be released before. The default one stays. Does
   * nothing when it is not there.
   */
  async dropPartition(name: string): Promise<void> {
    if (name === defaultPartitionName) {
      throw new EngineError("invalid-parameter", "default partition cannot be deleted", {
        details: { partition: name },
      });
    }
    const store = this.#store;
    const partition = store.manifest.partitions.find((candidate) => candidate.name === name);
    if (partition === undefined) return;
    const { loaded } = store.manifest;
    if (loaded === "all" || loaded.includes(partition.id)) {
      throw new EngineError(
        "invalid-parameter",
        `partition cannot be dropped, partition is loaded, please release it first`,
        { details: { partition: name } },
      );
    }
    const dropped = store.sealed.filter(({ partitionId }) => partitionId === partition.id);
    await store.changeManifest(
      ({ partitions, segments }) => ({
        partitions: partitions.filter(({ id }) => id !== partition.id),
        segments: segments.filter(({ partitionId }) => partitionId !== partition.id),
      }),
      () => store.forgetPartition(partition.id),
    );
    await store.maintenance.run(() => removeSegments(store, dropped));
  }

  hasPartition(name: string): boolean {
    return this.#store.manifest.partitions.some((partition) => partition.name === name);
  }

  listPartitions(): readonly PartitionInfo[] {
    const { partitions, loaded } = this.#store.manifest;
    return partitions.map(({ id, name, createdAt }) => ({
      id,
      name,
      createdAt,
      loaded: loaded === "all" || loaded.includes(id),
      rowCount: this.#store.segments
        .filter(({ partitionId }) => partitionId === id)
        .reduce((sum, { rowCount, deleted }) => sum + rowCount - deleted.count, 0),
    }));
  }

  /**
   * Makes partitions readable, all of them by default, and brings their columns to memory.
   * Throws `index-not-found` when a vector field has no index, `corrupt-file` for damaged files.
   */
  async load(partitions?: readonly string[]): Promise<void> {
    const store = this.#store;
    this.#requireVectorIndexes();
    const ids = partitions?.map((name) => this.#partition(name).id);
    const vectorFieldIds = vectorFieldsOf(this.schema).map(({ id }) => id);
    const fieldIds = this.schema.fields
      .map(({ id }) => id)
      .filter((id) => !vectorFieldIds.includes(id));
    const wanted = store.sealed.filter(({ partitionId }) => ids?.includes(partitionId) ?? true);
    await Promise.all(
      wanted.flatMap((segment) => [
        segment.load(fieldIds),
        ...vectorFieldIds.map((id) => segment.loadVectors(id, this.#builder.placeOf(id))),
      ]),
    );
    this.#source.noteLoad();
    await store.changeManifest(({ loaded }) => {
      if (ids === undefined || loaded === "all") return { loaded: "all" };
      return { loaded: [...new Set([...loaded, ...ids])] };
    });
  }

  /** Makes partitions unreadable, all of them by default, and frees their memory. */
  async release(partitions?: readonly string[]): Promise<void> {
    const store = this.#store;
    const ids = partitions?.map((name) => this.#partition(name).id);
    await store.changeManifest(({ loaded, partitions: all }) => {
      if (ids === undefined) return { loaded: [] };
      const before = loaded === "all" ? all.map(({ id }) => id) : loaded;
      return { loaded: before.filter((id) => !ids.includes(id)) };
    });
    for (const segment of store.sealed) {
      if (ids?.includes(segment.partitionId) ?? true) segment.unload();
    }
  }

  /**
   * Defines an index, which is then built in the background: {@link listIndexes} tells how far it is,
   * {@link waitForIndexes} waits. Throws `index-conflict`, `field-not-found`, `invalid-parameter`. The
   * same index again is fine.
   */
  async createIndex(definition: IndexDefinition): Promise<void> {
    await this.#store.changeManifest(({ indexes }) => {
      const id = this.#store.allocateId();
      const index = defineIndex(this.schema, indexes, definition, id);
      return index === undefined ? {} : { indexes: [...indexes, index] };
    });
    this.#builder.wake();
  }

  /** Waits until all rows that are to be indexed are. Throws `io` when an index can't be built. */
  async waitForIndexes(): Promise<void> {
    await this.#builder.settle();
  }

  /** Does nothing when there is no such index. */
  async dropIndex(name: string): Promise<void> {
    const store = this.#store;
    const index = store.manifest.indexes.find((candidate) => candidate.name === name);
    await store.changeManifest(({ indexes }) => {
      if (index?.metric !== undefined && this.loadState === "loaded") {
        throw new EngineError(
          "invalid-parameter",
          "vector index cannot be dropped on loaded collection",
          { details: { index: name, collection: this.name } },
        );
      }
      return { indexes: indexes.filter((candidate) => candidate.name !== name) };
    });
    if (index !== undefined) await this.#builder.discard(index);
  }

  listIndexes(): readonly IndexInfo[] {
    return this.#store.manifest.indexes.map((index) => ({
      ...index,
      ...this.#builder.statusOf(index),
    }));
  }

  /** What an index is, how far, and what was chosen for it and why. Throws `index-not-found`. */
  describeIndex(name: string): IndexInfo {
    const index = this.listIndexes().find((candidate) => candidate.name === name);
    if (index !== undefined) return index;
    throw new EngineError("index-not-found", `index not found[index=${name}]`, {
      details: { index: name, collection: this.name },
    });
  }

  /** Inserts rows. Int64 values are bigints or safe integers; vectors arrays or Float32Arrays. */
  async insert(rows: readonly Row[], partition?: string): Promise<MutationResult> {
    return this.insertColumns(this.#batchOf(rows, partition));
  }

  async upsert(rows: readonly Row[], partition?: string): Promise<MutationResult> {
    return this.upsertColumns(this.#batchOf(rows, partition));
  }

  async insertColumns(batch: RowBatch): Promise<MutationResult> {
    await this.#maintenance.admitWrite();
    const result = await insertBatch(this.#store, this.#partition(batch.partition).id, batch);
    this.#maintenance.noteWrite();
    return result;
  }

  /** Throws `duplicate-key` when the batch has a key twice. */
  async upsertColumns(batch: RowBatch): Promise<MutationResult> {
    await this.#maintenance.admitWrite();
    const result = await upsertBatch(this.#store, this.#partition(batch.partition).id, batch);
    this.#maintenance.noteWrite();
    return result;
  }

  /** Deletes by key, or by filter (the collection must be loaded). */
  async delete(target: DeleteTarget, partition?: string): Promise<MutationResult> {
    const partitionId = partition === undefined ? undefined : this.#partition(partition).id;
    const keys =
      "keys" in target
        ? keyColumn(this.#store, target.keys)
        : await this.#keysOf(target, partition);
    const result = await deleteKeys(this.#store, keys, partitionId);
    this.#maintenance.noteWrite();
    return result;
  }

  async #keysOf(
    target: Extract<DeleteTarget, { filter: string }>,
    partition: string | undefined,
  ): Promise<QueryResult["fields"][number]["column"]> {
    const filter = filterOf(this.schema, target);
    if (filter === undefined || isAlwaysTrue(filter)) {
      // Milvus's rule and text: a slip in a filter must not empty the collection.
      const message = `delete plan can't be empty or always true : ${target.filter}`;
      throw new EngineError("invalid-parameter", message);
    }
    // A filter that is a list of keys is no read: it counts, and needs nothing loaded.
    const keyField = primaryKeyOf(this.schema);
    const keys = keysOf(filter, keyField.id);
    if (keys !== undefined) return columnOf(keyField, keys);
    const request = partition === undefined ? target : { ...target, partitions: [partition] };
    const { fields } = await runQuery(this.#source, request);
    return fields[0].column;
  }

  /** The rows with these keys, in the order of the keys' values. Missing keys are left out. */
  async get(
    keys: readonly (bigint | number | string)[],
    options: Pick<QueryRequest, "outputFields" | "partitions"> = {},
  ): Promise<Record<string, Value>[]> {
    const field = primaryKeyOf(this.schema);
    const list = keys.map((key) => (Number.isSafeInteger(key) ? BigInt(key) : key));
    const request: QueryRequest = {
      outputFields: ["*"],
      ...options,
      filter: `${field.name} in {keys}`,
      templates: { keys: list },
    };
    return keys.length === 0 ? [] : this.queryRows(request);
  }

  /** Rows that match a filter, as columns. */
  async query(request: QueryRequest): Promise<QueryResult> {
    return runQuery(this.#source, request);
  }

  /** Rows that match a filter, as objects. */
  async queryRows(request: QueryRequest): Promise<Record<string, Value>[]> {
    return rowsOfQuery(await this.query(request));
  }

  /** The rows that are nearest to each vector, as columns. */
  async search(request: SearchRequest): Promise<SearchResult> {
    return runSearch(this.#source, request);
  }

  /** The rows that are nearest to each vector, best first, as objects. */
  async searchRows(request: SearchRequest): Promise<SearchHit[][]> {
    return rowsOfSearch(await this.search(request));
  }

  /**
   * The rows that are nearest to one vector, batch by batch, best first, each key once, as of one
   * moment: for more rows than one search answers, and for callers that don't know how many they
   * will want. Without a range, all matching rows come in the end.
   */
  searchIterator(request: SearchIteratorRequest): SearchIterator {
    return iterateSearch(this.#source, request);
  }

  /** Writes rows and deletes from memory and log to files of their own. */
  async flush(): Promise<void> {
    await flushStore(this.#store);
    this.#builder.wake();
  }

  /** Merges small segments and drops deleted rows for good. */
  async compact(): Promise<void> {
    await flushStore(this.#store);
    await compactFully(this.#store, (segment) => this.#builder.buildAhead(segment));
    this.#builder.wake();
  }

  segments(): readonly SegmentInfo[] {
    const nameOf = new Map(this.#store.manifest.partitions.map(({ id, name }) => [id, name]));
    return this.#store.segments.map(({ id, partitionId, rowCount, state }) => ({
      id,
      partition: nameOf.get(partitionId) ?? "",
      rowCount,
      state,
    }));
  }

  /** Flushes and ends the collection. For the database that it belongs to. */
  async close(): Promise<void> {
    await this.#builder.stop();
    await this.#maintenance.stop();
    try {
      await flushStore(this.#store);
    } finally {
      await this.#store.close();
    }
  }

  /** Ends the collection without a flush: its files go next. For the database. */
  async abandon(): Promise<void> {
    await this.#builder.stop();
    await this.#maintenance.stop();
    await this.#store.close();
  }

  #batchOf(rows: readonly Row[], partition: string | undefined): RowBatch {
    const batch = rowsToColumns(this.schema, rows);
    return partition === undefined ? batch : { ...batch, partition };
  }

  #partition(name: string = defaultPartitionName): StoredPartition {
    const found = this.#store.manifest.partitions.find((partition) => partition.name === name);
    if (found !== undefined) return found;
    throw new EngineError("partition-not-found", "partition not found", {
      details: { partition: name, collection: this.name },
    });
  }

  #segmentsOf(names: readonly string[] | undefined): ReturnType<ReadSource["segments"]> {
    const { loaded } = this.#store.manifest;
    const details = { collection: this.name };
    if (this.loadState === "not-loaded") {
      throw new EngineError("collection-not-loaded", "collection not loaded", { details });
    }
    const isNamed = names !== undefined && names.length > 0;
    const ids = isNamed ? names.map((name) => this.#partition(name).id) : undefined;
    if (loaded !== "all" && ids?.some((id) => !loaded.includes(id))) {
      throw new EngineError("partition-not-loaded", "partition not loaded", {
        details: { ...details, partition: names ?? [] },
      });
    }
    const readable = ids ?? loaded;
    if (readable === "all") return this.#store.segments;
    return this.#store.segments.filter(({ partitionId }) => readable.includes(partitionId));
  }

  #requireVectorIndexes(): void {
    const { indexes } = this.#store.manifest;
    const bare = vectorFieldsOf(this.schema)
      .map(({ name }) => name)
      .filter((name) => !indexes.some((index) => index.field === name));
    if (bare.length === 0) return;
    throw new EngineError(
      "index-not-found",
      `there is no vector index on field: [${bare.join(" ")}], please create index firstly`,
      { details: { collection: this.name, fields: bare } },
    );
  }
}
