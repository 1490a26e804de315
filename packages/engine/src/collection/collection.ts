import type { Timestamp } from "../base/clock.ts";
import type {
  AggregateSearchRequest,
  AggregateSearchResult,
} from "../query/aggregate-search-request.ts";
import { runHybridSearch } from "../query/hybrid-search.ts";
import { runQuery } from "../query/query-executor.ts";
import type {
  HybridSearchRequest,
  QueryRequest,
  QueryResult,
  SearchIterator,
  SearchIteratorRequest,
  SearchRequest,
  SearchResult,
} from "../query/request.ts";
import { rowsOfQuery, rowsOfSearch, type SearchHit } from "../query/result-rows.ts";
import { runSearchAggregation } from "../query/search-aggregation.ts";
import { runSearch } from "../query/search-executor.ts";
import { iterateSearch } from "../query/search-iterator.ts";
import type { FieldChange } from "../schema/alter-schema.ts";
import type {
  CollectionSchema,
  FieldDefinition,
  StructArrayDefinition,
} from "../schema/collection-schema.ts";
import type { Value } from "../schema/column-value.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import type { Row, RowBatch, UpdateBatch } from "../schema/row-batch.ts";
import { rowsToColumns } from "../schema/rows-to-columns.ts";
import type { ThreadPool } from "../workers/thread-pool.ts";
import type { CollectionChange, PartitionInfo, SegmentInfo } from "./collection-definition.ts";
import { CollectionIndexes, type IndexChange } from "./collection-indexes.ts";
import { checkDescription, checkProperties } from "./collection-properties.ts";
import { CollectionReads } from "./collection-reads.ts";
import type { CollectionStore } from "./collection-store.ts";
import { insertBatch, type MutationResult, updateBatch, upsertBatch } from "./collection-writer.ts";
import { type CompactionJob, CompactionJobs } from "./compaction-jobs.ts";
import { compactFully, type Merge } from "./compactor.ts";
import { type DeleteTarget, deleteRows } from "./delete-rows.ts";
import { flushStore } from "./flusher.ts";
import { IndexBuilder } from "./index-builder.ts";
import type { IndexDefinition, IndexInfo } from "./index-definition.ts";
import { LoadState } from "./load-state.ts";
import { Maintenance } from "./maintenance.ts";
import {
  createPartition,
  dropPartition,
  listPartitions,
  listSegments,
  type NamedStore,
  partitionNamed,
  partitionOfWrite,
} from "./partitions.ts";
import { SchemaChanges } from "./schema-changes.ts";
import { truncateStore } from "./truncate.ts";

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
  /** Told when something that goes on in the background has failed. */
  readonly onFailure?: (collection: string, message: string) => void;
}

/**
 * A collection: rows under a schema. Writes are durable and visible when their promise resolves;
 * reads see one moment. Methods throw `EngineError`; one that has thrown has changed nothing.
 */
export class Collection {
  readonly #store: CollectionStore;
  readonly #names: () => CollectionNames;
  readonly #named: NamedStore;
  readonly #reads: CollectionReads;
  readonly #builder: IndexBuilder;
  readonly #maintenance: Maintenance;
  readonly #schemaChanges: SchemaChanges;
  readonly #loadState: LoadState;
  readonly #indexes: CollectionIndexes;
  readonly #compactions = new CompactionJobs();

  constructor({ store, pool, names, maintained, onFailure }: CollectionParts) {
    this.#store = store;
    this.#names = names;
    this.#named = {
      store,
      // It may change.
      get name() {
        return names().name;
      },
    };
    this.#builder = new IndexBuilder(store, pool, maintained);
    this.#maintenance = new Maintenance(store, this.#builder, {
      isOn: maintained,
      onFailure: (message) => onFailure?.(this.name, message),
    });
    this.#schemaChanges = new SchemaChanges(store, this.#builder);
    this.#loadState = new LoadState(store, this.#builder);
    this.#indexes = new CollectionIndexes(store, this.#builder, this.#loadState);
    this.#reads = new CollectionReads({ named: this.#named, pool, builder: this.#builder });
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

  /** How often the schema has changed. */
  get schemaVersion(): number {
    return this.#store.manifest.schemaVersion ?? 0;
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

  /** Whether rows can be read: `loading` while the first load is under way. */
  get loadState(): "loaded" | "loading" | "not-loaded" {
    return this.#loadState.state;
  }

  /** What the newest flush or compaction in the background failed with, until one succeeds. */
  get maintenanceFailure(): string | undefined {
    return this.#maintenance.failure;
  }

  /** Rows that are not deleted. */
  get rowCount(): number {
    return this.#store.segments.reduce(
      (sum, { rowCount, deleted }) => sum + rowCount - deleted.count,
      0,
    );
  }

  /** Sets and removes properties, and what else may change. Throws `invalid-parameter`. */
  async alterProperties(change: CollectionChange): Promise<void> {
    await this.#store.changeManifest(({ schema, properties, consistencyLevel }) => {
      const { set = {}, remove = [], description = schema.description } = change;
      checkProperties(schema, set, properties);
      checkDescription(description);
      const next = { ...properties, ...set };
      for (const key of remove) delete next[key];
      return {
        properties: next,
        schema: { ...schema, description },
        consistencyLevel: change.consistencyLevel ?? consistencyLevel,
        updatedAt: this.#store.options.clock.next(),
      };
    });
  }

  /**
   * Adds a field, which must be nullable. Rows that are there get its default value, or null. Throws
   * `schema-invalid`, `field-name-invalid` or `limit-exceeded`.
   */
  async addField(definition: FieldDefinition): Promise<void> {
    await this.#schemaChanges.addField(definition);
  }

  /** Adds an array of structs, which must be nullable. Throws as {@link addField}. */
  async addStruct(definition: StructArrayDefinition): Promise<void> {
    await this.#schemaChanges.addStruct(definition);
  }

  /**
   * Drops a field, or a struct, with its indexes. Not the primary key, the partition key, or the last
   * vector field. The space on the disk is free after the next compaction. Throws `schema-invalid`.
   */
  async dropField(name: string): Promise<void> {
    await this.#schemaChanges.dropField(name);
  }

  /** Changes what may change of a field: its description, the longest value, and the like. */
  async alterField(name: string, change: FieldChange): Promise<void> {
    await this.#schemaChanges.alterField(name, change);
  }

  /** Lets rows carry values of undefined fields, or drops all that they carry. */
  async setDynamicField(isOn: boolean): Promise<void> {
    await this.#schemaChanges.setDynamicField(isOn);
  }

  /** Removes all rows in one step. Schema, partitions and indexes stay. */
  async truncate(): Promise<void> {
    await truncateStore(this.#store);
  }

  /** Throws `partition-exists`, `limit-exceeded` or `invalid-parameter`. */
  async createPartition(name: string): Promise<void> {
    await createPartition(this.#named, name);
  }

  /**
   * Drops a partition with its rows, which must be released before. The default one stays. Does
   * nothing when it is not there.
   */
  async dropPartition(name: string): Promise<void> {
    await dropPartition(this.#named, name);
  }

  hasPartition(name: string): boolean {
    return this.#store.manifest.partitions.some((partition) => partition.name === name);
  }

  listPartitions(): readonly PartitionInfo[] {
    return listPartitions(this.#store);
  }

  /**
   * Makes partitions readable, all of them by default, and brings the columns of fields to memory,
   * of all fields by default: the others come when they are first read. Throws `index-not-found` when
   * one of the fields has vectors and no index, `corrupt-file` for damaged files.
   */
  async load(partitions?: readonly string[], fields?: readonly string[]): Promise<void> {
    const ids = partitions?.map((name) => partitionNamed(this.#named, name).id);
    await this.#loadState.load(ids, fields, this.name);
  }

  /** Makes partitions unreadable, all of them by default, and frees their memory. */
  async release(partitions?: readonly string[]): Promise<void> {
    await this.#loadState.release(partitions?.map((name) => partitionNamed(this.#named, name).id));
  }

  /**
   * Defines an index, which is then built in the background: {@link listIndexes} tells how far it is,
   * {@link waitForIndexes} waits. Throws `index-conflict`, `field-not-found`, `invalid-parameter`. The
   * same index again is fine.
   */
  async createIndex(definition: IndexDefinition): Promise<void> {
    await this.#indexes.create(definition);
  }

  /** Waits until all rows that are to be indexed are. Throws `io` when an index can't be built. */
  async waitForIndexes(): Promise<void> {
    await this.#builder.settle();
  }

  /** Does nothing when there is no such index. Throws `invalid-parameter` while it is in use. */
  async dropIndex(name: string): Promise<void> {
    await this.#indexes.drop(name, this.name);
  }

  /**
   * Sets and removes parameters of an index that decide where it lies (`mmap.enabled`), while the
   * collection is not loaded. Throws `index-not-found`, `collection-loaded` or `invalid-parameter`.
   */
  async alterIndex(name: string, change: IndexChange): Promise<void> {
    await this.#indexes.alter(name, change, this.name);
  }

  listIndexes(): readonly IndexInfo[] {
    return this.#indexes.list();
  }

  /** What an index is, how far, and what was chosen for it and why. Throws `index-not-found`. */
  describeIndex(name: string): IndexInfo {
    return this.#indexes.describe(name, this.name);
  }

  /** Inserts rows. Int64 values are bigints or safe integers; vectors arrays or Float32Arrays. */
  async insert(rows: readonly Row[], partition?: string): Promise<MutationResult> {
    return this.insertColumns(this.#batchOf(rows, partition));
  }

  async upsert(rows: readonly Row[], partition?: string): Promise<MutationResult> {
    return this.upsertColumns(this.#batchOf(rows, partition));
  }

  /** Changes some fields of rows: the others keep their values. Rows with new keys are inserted. */
  async update(rows: readonly Row[], partition?: string): Promise<MutationResult> {
    return this.updateColumns(this.#batchOf(rows, partition));
  }

  async insertColumns(batch: RowBatch): Promise<MutationResult> {
    const partition = partitionOfWrite(this.#named, batch.partition);
    await this.#maintenance.admitWrite();
    const result = await insertBatch(this.#store, partition, batch);
    this.#maintenance.noteWrite();
    return result;
  }

  /** Throws `duplicate-key` when the batch has a key twice. */
  async upsertColumns(batch: RowBatch): Promise<MutationResult> {
    const partition = partitionOfWrite(this.#named, batch.partition);
    await this.#maintenance.admitWrite();
    const result = await upsertBatch(this.#store, partition, batch);
    this.#maintenance.noteWrite();
    return result;
  }

  /** As {@link update}. Throws `duplicate-key` when the batch has a key twice. */
  async updateColumns(batch: UpdateBatch): Promise<MutationResult> {
    const partition = partitionOfWrite(this.#named, batch.partition);
    await this.#maintenance.admitWrite();
    const isNamed = batch.partition !== undefined;
    const result = await updateBatch(this.#store, { partition, isNamed }, batch);
    this.#maintenance.noteWrite();
    return result;
  }

  /** Deletes by key, or by filter (the collection must be loaded). */
  async delete(target: DeleteTarget, partition?: string): Promise<MutationResult> {
    const result = await deleteRows(this.#named, this.#reads.begin(), { target, partition });
    this.#maintenance.noteWrite();
    return result;
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
    return runQuery(this.#reads.begin(), request);
  }

  /** Rows that match a filter, as objects. */
  async queryRows(request: QueryRequest): Promise<Record<string, Value>[]> {
    return rowsOfQuery(await this.query(request));
  }

  /** The rows that are nearest to each vector, as columns. */
  async search(request: SearchRequest): Promise<SearchResult> {
    return runSearch(this.#reads.begin(), request);
  }

  /** The rows that are nearest to each vector, best first, as objects. */
  async searchRows(request: SearchRequest): Promise<SearchHit[][]> {
    return rowsOfSearch(await this.search(request));
  }

  /** The hits of several searches, ranked together, as columns. */
  async hybridSearch(request: HybridSearchRequest): Promise<SearchResult> {
    return runHybridSearch(this.#reads.begin(), request);
  }

  /** The hits of a search in buckets of those that have values in common. */
  async aggregateSearch(request: AggregateSearchRequest): Promise<AggregateSearchResult> {
    return runSearchAggregation(this.#reads.begin(), request);
  }

  /**
   * The rows that are nearest to one vector, batch by batch, best first, each key once, as of one
   * moment: for more rows than one search answers, and for callers that don't know how many they
   * will want. Without a range, all matching rows come in the end.
   */
  searchIterator(request: SearchIteratorRequest): SearchIterator {
    return iterateSearch(this.#reads.begin(), request);
  }

  /** Writes rows and deletes from memory and log to files of their own. */
  async flush(): Promise<void> {
    await flushStore(this.#store);
    this.#builder.wake();
  }

  /** Drops expired rows in the background, as writes would: for the database, now and then. */
  async maintain(): Promise<void> {
    await this.#maintenance.look();
  }

  /** Merges small segments and drops deleted and expired rows for good. */
  async compact(): Promise<void> {
    await this.#compact();
  }

  /** As {@link compact}, in the background: answers the number that {@link compaction} knows it by. */
  startCompaction(): number {
    const id = this.#store.allocateId();
    this.#compactions.start(id, () => this.#compact());
    return id;
  }

  /** How far a compaction is that was started lately; `undefined` for any other number. */
  compaction(id: number): CompactionJob | undefined {
    return this.#compactions.get(id);
  }

  async #compact(): Promise<readonly Merge[]> {
    await flushStore(this.#store);
    const merges = await compactFully(this.#store, (segment) => this.#builder.buildAhead(segment));
    this.#builder.wake();
    return merges;
  }

  segments(): readonly SegmentInfo[] {
    return listSegments(this.#store);
  }

  /** Flushes and ends the collection. For the database that it belongs to. */
  async close(): Promise<void> {
    await this.#stop();
    this.#store.endWrites();
    try {
      await flushStore(this.#store);
    } finally {
      await this.#store.close();
    }
  }

  /** Ends the collection without a flush: its files go next. For the database. */
  async abandon(): Promise<void> {
    await this.#stop();
    await this.#store.close();
  }

  async #stop(): Promise<void> {
    await this.#builder.stop();
    await this.#maintenance.stop();
    await this.#compactions.idle();
  }

  #batchOf(rows: readonly Row[], partition: string | undefined): RowBatch {
    const batch = rowsToColumns(this.schema, rows);
    return partition === undefined ? batch : { ...batch, partition };
  }
}
