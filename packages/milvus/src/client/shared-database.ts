import { type Database, memoryPath, openDatabase } from "@redkite/engine";
import { MilvusService } from "../service/router.ts";
import { version } from "../version.ts";
import { realPath } from "./real-path.ts";

/** A client's share in an open database. */
export interface DatabaseLease {
  /** Rejects with the `EngineError` of a database that can't be opened. */
  readonly service: Promise<MilvusService>;
  /** Gives the share back. The last one closes the database: rejects when that fails. */
  release(): Promise<void>;
}

interface OpenService {
  readonly database: Database;
  readonly service: MilvusService;
}

interface SharedDatabase {
  readonly opening: Promise<OpenService>;
  holderCount: number;
  closing?: Promise<void>;
}

/**
 * The databases that this process has open, by real path. A folder belongs to one `Database` at a
 * time, so all clients on it share that one.
 */
const sharedDatabases = new Map<string, SharedDatabase>();

/** Opens the database in a folder, or joins those that have it open. Each ":memory:" is its own. */
export function leaseDatabase(path: string): DatabaseLease {
  const joined = path === memoryPath ? joinPrivate() : joinShared(path);
  let released: Promise<void> | undefined;
  return {
    service: joined.then(({ service }) => service),
    release: () => {
      released ??= joined.then(
        ({ leave }) => leave(),
        // What never opened needs no closing; `service` has told the reason.
        () => undefined,
      );
      return released;
    },
  };
}

interface Membership {
  readonly service: MilvusService;
  leave(): Promise<void>;
}

async function joinPrivate(): Promise<Membership> {
  const { database, service } = await openService(memoryPath);
  return { service, leave: () => database.close() };
}

async function joinShared(path: string): Promise<Membership> {
  const key = await realPath(path);
  const shared = await findOrOpen(key, path);
  try {
    const { database, service } = await shared.opening;
    return { service, leave: () => leave(key, shared, database) };
  } catch (error) {
    if (sharedDatabases.get(key) === shared) sharedDatabases.delete(key);
    throw error;
  }
}

/** Resolves with a database that is not about to close, and in which the caller has a share. */
async function findOrOpen(key: string, path: string): Promise<SharedDatabase> {
  let shared = sharedDatabases.get(key);
  while (shared?.closing !== undefined) {
    // A close that fails is told to who asked for it, and leaves the folder free all the same.
    await shared.closing.catch(() => undefined);
    shared = sharedDatabases.get(key);
  }
  if (shared === undefined) {
    shared = { opening: openService(path), holderCount: 0 };
    sharedDatabases.set(key, shared);
  }
  shared.holderCount++;
  return shared;
}

async function leave(key: string, shared: SharedDatabase, database: Database): Promise<void> {
  shared.holderCount--;
  if (shared.holderCount > 0) return;
  shared.closing = database.close().finally(() => sharedDatabases.delete(key));
  await shared.closing;
}

async function openService(path: string): Promise<OpenService> {
  const database = await openDatabase(path);
  return { database, service: new MilvusService({ database, version }) };
}
