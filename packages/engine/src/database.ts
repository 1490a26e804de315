import { must } from "./base/assert.ts";
import type { HybridClock } from "./base/clock.ts";
import { EngineError } from "./base/errors.ts";
import { Sequencer } from "./base/sequencer.ts";
import {
  addAlias,
  addCollection,
  addDatabase,
  type Catalog,
  type CatalogCollection,
  changeDatabase,
  type DatabaseInfo,
  defaultDatabaseName,
  findAlias,
  findCollection,
  findDatabase,
  moveAlias,
  moveCollection,
  removeAlias,
  removeCollection,
  removeDatabase,
} from "./catalog/catalog.ts";
import { Collection, type CollectionNames } from "./collection/collection.ts";
import type { CollectionDefinition } from "./collection/collection-definition.ts";
import type { CollectionStore, Durability } from "./collection/collection-store.ts";
import { createCollectionStore } from "./collection/create-collection-store.ts";
import type { DirectoryLock, FileSystem } from "./storage/file-system.ts";
import { readDocument, writeDocument } from "./storage/json-document.ts";
import type { ThreadPool } from "./workers/thread-pool.ts";

/** Rows that have expired take space for so long at most, beyond what compactions leave. */
const maintenanceEveryMs = 10 * 60 * 1000;

/** What an alias points to. */
export interface AliasInfo {
  readonly alias: string;
  readonly collection: string;
  readonly database: string;
}

/** What `openDatabase` has put together. */
export interface DatabaseParts {
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly lock: DirectoryLock;
  readonly clock: HybridClock;
  readonly pool: ThreadPool;
  readonly durability: Durability;
  readonly maintained: boolean;
  readonly catalog: Catalog;
  readonly stores: ReadonlyMap<number, CollectionStore>;
  readonly onFailure?: BackgroundFailureListener;
}

/** Told when a flush or a compaction in the background fails. Nothing is lost: it is tried again. */
export type BackgroundFailureListener = (collection: string, message: string) => void;

/**
 * An open database folder, this process's alone. Made by `openDatabase`. Collections live in
 * databases (namespaces); where none is named it is `default`, which always exists.
 * Methods throw `EngineError`; one that has thrown has changed nothing.
 */
export class Database {
  readonly path: string;
  readonly clock: HybridClock;
  readonly #parts: DatabaseParts;
  readonly #changes = new Sequencer();
  readonly #collections = new Map<number, Collection>();
  #catalog: Catalog;
  readonly #timer: NodeJS.Timeout;
  #closing: Promise<void> | undefined;

  constructor(parts: DatabaseParts) {
    this.path = parts.path;
    this.clock = parts.clock;
    this.#parts = parts;
    this.#catalog = parts.catalog;
    for (const [id, store] of parts.stores) this.#collections.set(id, this.#collectionOf(store));
    this.#timer = setInterval(() => void this.maintain(), maintenanceEveryMs);
    // It is no reason for a process to go on.
    this.#timer.unref();
  }

  /** Throws `database-exists`, `database-limit`, `database-name-invalid` or `invalid-parameter`. */
  async createDatabase(
    name: string,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.#change((catalog) => addDatabase(catalog, name, properties, this.clock.next()));
  }

  /** Throws `database-not-found`, or `database-not-empty` while it has collections. */
  async dropDatabase(name: string): Promise<void> {
    await this.#change((catalog) => removeDatabase(catalog, name));
  }

  /** Sets and removes properties of a database. Throws `database-not-found`, `invalid-parameter`. */
  async alterDatabase(
    name: string,
    change: { set?: Readonly<Record<string, string>>; remove?: readonly string[] },
  ): Promise<void> {
    await this.#change((catalog) => changeDatabase(catalog, name, change));
  }

  /** Throws `database-not-found`. */
  describeDatabase(name: string): DatabaseInfo {
    return findDatabase(this.#catalog, name);
  }

  listDatabases(): readonly DatabaseInfo[] {
    return this.#catalog.databases;
  }

  /**
   * Makes a collection. Throws `collection-exists` when a collection or alias has the name,
   * `schema-invalid` and the like for a definition against the rules.
   */
  async createCollection(
    definition: CollectionDefinition,
    database: string = defaultDatabaseName,
  ): Promise<Collection> {
    const { name } = definition;
    const id = this.#allocateId();
    // Refuses before anything is written.
    addCollection(this.#catalog, { id, database, name });
    const { fileSystem, durability } = this.#parts;
    const path = collectionPath(this.path, id);
    const options = { fileSystem, path, durability, clock: this.clock };
    const store = await createCollectionStore(options, id, definition);
    const collection = this.#collectionOf(store);
    try {
      await this.#change(
        (catalog) => addCollection(catalog, { id, database, name }),
        () => this.#collections.set(id, collection),
      );
    } catch (error) {
      await fileSystem.removeDirectory(path);
      throw error;
    }
    return collection;
  }

  /** Drops a collection with its rows. Throws `collection-not-found`; refuses an alias. */
  async dropCollection(name: string, database: string = defaultDatabaseName): Promise<void> {
    let dropped: CatalogCollection | undefined;
    await this.#change((catalog) => {
      dropped = findCollection(catalog, database, name);
      return removeCollection(catalog, database, name);
    });
    const { id } = must(dropped, "a dropped collection");
    const collection = this.#collections.get(id);
    this.#collections.delete(id);
    // It is dropped: files that can't be removed now are when the database is opened next.
    await Promise.allSettled([collection?.abandon()]);
    const { fileSystem } = this.#parts;
    await Promise.allSettled([fileSystem.removeDirectory(collectionPath(this.path, id))]);
  }

  /** Renames a collection, into another database if one is named. */
  async renameCollection(
    from: string,
    to: string,
    options: { readonly database?: string; readonly toDatabase?: string } = {},
  ): Promise<void> {
    const { database = defaultDatabaseName, toDatabase = database } = options;
    await this.#change((catalog) =>
      moveCollection(catalog, { database, name: from }, { database: toDatabase, name: to }),
    );
  }

  /** The collection of a name or alias. Throws `collection-not-found`, `database-not-found`. */
  collection(name: string, database: string = defaultDatabaseName): Collection {
    this.#checkOpen();
    const { id } = findCollection(this.#catalog, database, name);
    return must(this.#collections.get(id), `collection ${id} of the catalog`);
  }

  hasCollection(name: string, database: string = defaultDatabaseName): boolean {
    const { id } = findDatabase(this.#catalog, database);
    return [...this.#catalog.collections, ...this.#catalog.aliases].some(
      (entry) => entry.databaseId === id && entry.name === name,
    );
  }

  /** What went wrong in the background and has not gone right since, by collection. */
  failures(): readonly { readonly collection: Collection; readonly message: string }[] {
    return [...this.#collections.values()].flatMap((collection) => {
      const message = collection.maintenanceFailure;
      return message === undefined ? [] : [{ collection, message }];
    });
  }

  listCollections(database: string = defaultDatabaseName): readonly Collection[] {
    const { id: databaseId } = findDatabase(this.#catalog, database);
    return this.#catalog.collections
      .filter((entry) => entry.databaseId === databaseId)
      .map(({ id }) => must(this.#collections.get(id), `collection ${id} of the catalog`));
  }

  /** Throws `alias-exists`, `alias-conflict` or `collection-not-found`. */
  async createAlias(
    alias: string,
    collection: string,
    database: string = defaultDatabaseName,
  ): Promise<void> {
    await this.#change((catalog) => addAlias(catalog, alias, { database, name: collection }));
  }

  /** Points an alias to another collection. Throws `alias-not-found`. */
  async alterAlias(
    alias: string,
    collection: string,
    database: string = defaultDatabaseName,
  ): Promise<void> {
    await this.#change((catalog) => moveAlias(catalog, alias, { database, name: collection }));
  }

  /** Does nothing when there is no such alias. */
  async dropAlias(alias: string, database: string = defaultDatabaseName): Promise<void> {
    await this.#change((catalog) => removeAlias(catalog, database, alias));
  }

  /** Throws `alias-not-found`. */
  describeAlias(alias: string, database: string = defaultDatabaseName): AliasInfo {
    const { collectionId } = findAlias(this.#catalog, database, alias);
    return { alias, database, collection: this.#namesOf(collectionId).name };
  }

  /** The aliases of a collection, or of a whole database. */
  listAliases(collection?: string, database: string = defaultDatabaseName): readonly AliasInfo[] {
    const { id: databaseId } = findDatabase(this.#catalog, database);
    const only =
      collection === undefined ? undefined : findCollection(this.#catalog, database, collection).id;
    return this.#catalog.aliases
      .filter((alias) => alias.databaseId === databaseId)
      .filter((alias) => only === undefined || alias.collectionId === only)
      .map(({ name }) => this.describeAlias(name, database));
  }

  /**
   * The document of who may do what, which lies beside the catalog and is the caller's own;
   * undefined while there is none. Throws `corrupt-file`, `format-too-new` or `io`.
   */
  async readAccess<T extends object>(): Promise<T | undefined> {
    this.#checkOpen();
    const { fileSystem } = this.#parts;
    const path = accessPath(this.path);
    if ((await fileSystem.sizeOf(path)) === undefined) return undefined;
    return readDocument<T>(fileSystem, "access", path);
  }

  /** Replaces the document of `readAccess` in one step. Throws `io`. */
  async writeAccess(document: object): Promise<void> {
    await this.#changes.run(async () => {
      this.#checkOpen();
      await writeDocument(this.#parts.fileSystem, "access", accessPath(this.path), document);
    });
  }

  /**
   * Drops expired rows of collections that nobody writes to. An open database does so by itself,
   * every ten minutes, unless `maintenance` is off.
   */
  async maintain(): Promise<void> {
    await Promise.all([...this.#collections.values()].map((collection) => collection.maintain()));
  }

  /** Flushes all collections and gives the folder free. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#changes.idle();
    const collections = [...this.#collections.values()];
    const results = await Promise.allSettled(collections.map((collection) => collection.close()));
    await this.#parts.pool.close();
    await this.#parts.lock.release();
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Replaces the catalog file, then the catalog in memory, with `applied` in the same step. */
  async #change(change: (catalog: Catalog) => Catalog, applied?: () => void): Promise<void> {
    await this.#changes.run(async () => {
      this.#checkOpen();
      const catalog = change(this.#catalog);
      await writeCatalog(this.#parts.fileSystem, this.path, catalog);
      this.#catalog = catalog;
      applied?.();
    });
  }

  /** Ids may be lost when a change fails, but are never used twice. */
  #allocateId(): number {
    this.#checkOpen();
    const id = this.#catalog.nextId;
    this.#catalog = { ...this.#catalog, nextId: id + 1 };
    return id;
  }

  #collectionOf(store: CollectionStore): Collection {
    const { pool, maintained, onFailure } = this.#parts;
    const { id } = store.manifest;
    const names = (): CollectionNames => this.#namesOf(id);
    return new Collection({ store, pool, maintained, names, ...(onFailure && { onFailure }) });
  }

  #namesOf(id: number): CollectionNames {
    const { collections, databases, aliases } = this.#catalog;
    const entry = collections.find((collection) => collection.id === id);
    return {
      name: entry?.name ?? "",
      database: databases.find((database) => database.id === entry?.databaseId)?.name ?? "",
      aliases: aliases.filter(({ collectionId }) => collectionId === id).map(({ name }) => name),
    };
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) {
      throw new EngineError("closed", `The database "${this.path}" is closed`, {
        details: { path: this.path },
      });
    }
  }
}

function accessPath(path: string): string {
  return `${path}/access`;
}

/** The folder of a collection in a database's folder. */
export function collectionPath(path: string, id: number): string {
  return `${path}/collections/${id}`;
}

export function writeCatalog(
  fileSystem: FileSystem,
  path: string,
  catalog: Catalog,
): Promise<void> {
  return writeDocument(fileSystem, "catalog", `${path}/catalog`, catalog);
}
