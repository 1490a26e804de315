import { type Clock, HybridClock, systemClock } from "./base/clock.ts";
import { EngineError, messageOf } from "./base/errors.ts";
import { type Catalog, emptyCatalog } from "./catalog/catalog.ts";
import type { CollectionStore, Durability } from "./collection/collection-store.ts";
import { recoverCollection } from "./collection/recovery.ts";
import {
  type BackgroundFailureListener,
  collectionPath,
  Database,
  writeCatalog,
} from "./database.ts";
import type { KernelKind } from "./kernels/kernels.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import type { FileSystem } from "./storage/file-system.ts";
import { readDocument } from "./storage/json-document.ts";
import { MemoryFileSystem } from "./storage/memory-file-system.ts";
import { nodeFileSystem } from "./storage/node-file-system.ts";
import { ThreadPool } from "./workers/thread-pool.ts";

/** How a database is opened. */
export interface OpenOptions {
  /**
   * When a write is acknowledged. `"fsync"` (the default): when the disk has it; it survives the loss
   * of power. `"os"`: when the operating system has it; it survives the end of this process.
   */
  readonly durability?: Durability;
  /** Where files lie. Default: the disk; memory for the path `:memory:`. */
  readonly fileSystem?: FileSystem;
  /** Threads for long searches. Default: one per core. They start with the first long search. */
  readonly threads?: number;
  readonly clock?: Clock;
  /** Whether memory is flushed and files are compacted in the background. Default true. */
  readonly maintenance?: boolean;
  /** Told when a flush or a compaction in the background fails. */
  readonly onBackgroundFailure?: BackgroundFailureListener;
}

/** The path of a database that is gone when it is closed. */
export const memoryPath = ":memory:";

/**
 * Opens the database in a folder, which is made when it is not there. One process has it at a time.
 *
 * @throws EngineError `locked` while another has it open; `not-a-database` when the folder holds
 * other things; `format-too-new`, `corrupt-file` or `io`, all naming the path.
 *
 * @example
 * const db = await openDatabase("./films.db");
 * const films = await db.createCollection({
 *   name: "films",
 *   fields: [
 *     { name: "id", type: "Int64", primaryKey: true },
 *     { name: "vector", type: "FloatVector", dim: 4 },
 *   ],
 * });
 * await films.insert([{ id: 1n, vector: [0.1, 0.2, 0.3, 0.4] }]);
 * const [hits] = await films.searchRows({ vectors: Float32Array.of(0.1, 0.2, 0.3, 0.4), k: 1 });
 * await db.close();
 */
export function openDatabase(path: string, options: OpenOptions = {}): Promise<Database> {
  return openWithKernels(undefined, path, options);
}

/**
 * Opens a database whose searches and builds are computed by one kind of kernels, which
 * {@link openDatabase} chooses itself: all must give the same answers. Throws `unsupported` too.
 */
export async function openWithKernels(
  kind: KernelKind | undefined,
  path: string,
  options: OpenOptions = {},
): Promise<Database> {
  const isMemory = path === memoryPath;
  const fileSystem = options.fileSystem ?? (isMemory ? new MemoryFileSystem() : nodeFileSystem);
  const folder = isMemory ? memoryPath : withoutTrailingSlash(path);
  const isNew = await checkFolder(fileSystem, folder);
  if (isNew) await fileSystem.makeDirectory(folder);
  const lock = await fileSystem.lockDirectory(folder);
  try {
    const clock = new HybridClock(options.clock ?? systemClock);
    const durability = options.durability ?? "fsync";
    const catalog = await readCatalog(fileSystem, folder, clock);
    const stores = await openCollections(catalog, { fileSystem, folder, durability, clock });
    const { threads } = options;
    const pool = new ThreadPool({
      kernels: loadKernels(0, kind && { kind }),
      ...(threads === undefined ? {} : { threadCount: threads }),
    });
    const { maintenance: maintained = true, onBackgroundFailure } = options;
    return new Database({
      path: folder,
      fileSystem,
      lock,
      clock,
      pool,
      durability,
      maintained,
      catalog,
      stores,
      ...(onBackgroundFailure && { onFailure: onBackgroundFailure }),
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Files that are there before there is a catalog: the lock, and what a crash left of the catalog. */
const filesOfAnEmptyFolder = /^(LOCK|catalog)/;

/** Whether the folder is to be made a database. Throws `not-a-database` for one with other things. */
async function checkFolder(fileSystem: FileSystem, path: string): Promise<boolean> {
  if ((await fileSystem.sizeOf(path)) !== undefined) {
    throw notADatabase(path, "it is a file, and a database is a folder");
  }
  const names = await fileSystem.list(path);
  if (names === undefined) return true;
  if (names.includes("catalog")) return false;
  const foreign = names.find((name) => !filesOfAnEmptyFolder.test(name));
  if (foreign === undefined) return true;
  throw notADatabase(path, `the folder has no file "catalog", but has "${foreign}"`);
}

function notADatabase(path: string, found: string): EngineError {
  return new EngineError(
    "not-a-database",
    `Cannot open the database "${path}": ${found}; give the path of a database, or of a new or empty folder`,
    { details: { path, found } },
  );
}

async function readCatalog(
  fileSystem: FileSystem,
  path: string,
  clock: HybridClock,
): Promise<Catalog> {
  const names = (await fileSystem.list(path)) ?? [];
  if (names.includes("catalog")) {
    // As in the recovery of a collection: folders are removed because of what the catalog says.
    await fileSystem.syncDirectory(path);
    return readDocument<Catalog>(fileSystem, "catalog", `${path}/catalog`);
  }
  await fileSystem.makeDirectory(`${path}/collections`);
  const catalog = emptyCatalog(clock.next());
  await writeCatalog(fileSystem, path, catalog);
  return catalog;
}

async function openCollections(
  catalog: Catalog,
  context: { fileSystem: FileSystem; folder: string; durability: Durability; clock: HybridClock },
): Promise<Map<number, CollectionStore>> {
  const { fileSystem, folder, durability, clock } = context;
  await removeUnnamedCollections(catalog, fileSystem, folder);
  const stores = new Map<number, CollectionStore>();
  for (const { id, name } of catalog.collections) {
    const path = collectionPath(folder, id);
    try {
      stores.set(id, await recoverCollection({ fileSystem, path, durability, clock }));
    } catch (error) {
      await Promise.allSettled([...stores.values()].map((store) => store.close()));
      throw explain(error, folder, name);
    }
  }
  return stores;
}

/** Folders of collections whose creation or removal a crash has cut short. */
async function removeUnnamedCollections(
  catalog: Catalog,
  fileSystem: FileSystem,
  folder: string,
): Promise<void> {
  const known = new Set(catalog.collections.map(({ id }) => String(id)));
  for (const name of (await fileSystem.list(`${folder}/collections`)) ?? []) {
    if (!known.has(name)) await fileSystem.removeDirectory(`${folder}/collections/${name}`);
  }
}

function explain(error: unknown, path: string, collection: string): unknown {
  if (!(error instanceof EngineError)) return error;
  const message = `Cannot open the database "${path}", collection "${collection}": ${messageOf(error)}`;
  return new EngineError(error.code, message, { details: error.details, cause: error });
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
