import type { Timestamp } from "../base/clock.ts";
import { EngineError } from "../base/errors.ts";
import { limits } from "../schema/limits.ts";
import { checkName } from "../schema/name.ts";
import { checkDatabaseProperties, collectionsMaxOf } from "./database-properties.ts";

/** A namespace of collections, as the catalog file holds it. */
export interface DatabaseInfo {
  readonly id: number;
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly createdAt: Timestamp;
}

export interface CatalogCollection {
  readonly id: number;
  readonly databaseId: number;
  readonly name: string;
}

export interface CatalogAlias {
  readonly name: string;
  readonly databaseId: number;
  readonly collectionId: number;
}

/**
 * Who is called what: databases, collections, aliases. One small file, replaced in one step; a
 * collection exists when it is named here. `docs/format/catalog.md` describes the file.
 */
export interface Catalog {
  readonly databases: readonly DatabaseInfo[];
  readonly collections: readonly CatalogCollection[];
  readonly aliases: readonly CatalogAlias[];
  /** Ids are never used twice. */
  readonly nextId: number;
}

export const defaultDatabaseName = "default";

/** The catalog of a new folder. */
export function emptyCatalog(createdAt: Timestamp): Catalog {
  const database = { id: 1, name: defaultDatabaseName, properties: {}, createdAt };
  return { databases: [database], collections: [], aliases: [], nextId: 2 };
}

// What follows answers a changed catalog, or throws: nothing here touches the disk.

/** Throws `database-name-invalid`, `database-exists`, `database-limit` or `invalid-parameter`. */
export function addDatabase(
  catalog: Catalog,
  name: string,
  properties: Readonly<Record<string, string>>,
  createdAt: Timestamp,
): Catalog {
  checkName("database", name);
  checkDatabaseProperties(properties);
  if (catalog.databases.some((database) => database.name === name)) {
    throw new EngineError("database-exists", `database already exist: ${name}`, {
      details: { database: name },
    });
  }
  if (catalog.databases.length >= limits.databases) {
    throw new EngineError("database-limit", "exceeded the limit number of database", {
      details: { limit: limits.databases },
    });
  }
  const database = { id: catalog.nextId, name, properties, createdAt };
  return { ...catalog, databases: [...catalog.databases, database], nextId: catalog.nextId + 1 };
}

/** Throws `database-not-found` or `database-not-empty`; the default database stays. */
export function removeDatabase(catalog: Catalog, name: string): Catalog {
  if (name === defaultDatabaseName) {
    throw new EngineError("invalid-parameter", "can not drop default database");
  }
  const { id } = findDatabase(catalog, name);
  if (catalog.collections.some(({ databaseId }) => databaseId === id)) {
    throw new EngineError(
      "database-not-empty",
      `database:${name} not empty, must drop all collections before drop database`,
      { details: { database: name } },
    );
  }
  return { ...catalog, databases: catalog.databases.filter((database) => database.id !== id) };
}

/** Throws `database-not-found` or `invalid-parameter`. */
export function changeDatabase(
  catalog: Catalog,
  name: string,
  change: { set?: Readonly<Record<string, string>>; remove?: readonly string[] },
): Catalog {
  const found = findDatabase(catalog, name);
  checkDatabaseProperties(change.set ?? {});
  const properties = { ...found.properties, ...change.set };
  for (const key of change.remove ?? []) delete properties[key];
  return {
    ...catalog,
    databases: catalog.databases.map((database) =>
      database === found ? { ...found, properties } : database,
    ),
  };
}

/** Throws `collection-exists` or `alias-conflict`, when the name is taken, or `limit-exceeded`. */
export function addCollection(
  catalog: Catalog,
  { id, database, name }: { id: number; database: string; name: string },
): Catalog {
  checkName("collection", name);
  const { id: databaseId, properties } = findDatabase(catalog, database);
  refuseTakenName(catalog, databaseId, name);
  refuseOneMore(catalog, databaseId, collectionsMaxOf(properties));
  return { ...catalog, collections: [...catalog.collections, { id, databaseId, name }] };
}

/** Throws `collection-not-found`, or `alias-exists` while aliases point to it. */
export function removeCollection(catalog: Catalog, database: string, name: string): Catalog {
  const { id: databaseId } = findDatabase(catalog, database);
  const alias = catalog.aliases.find((a) => a.databaseId === databaseId && a.name === name);
  if (alias !== undefined) {
    throw new EngineError("invalid-parameter", `cannot drop the collection via alias = ${name}`, {
      details: { alias: name },
    });
  }
  const found = findCollection(catalog, database, name);
  const aliases = catalog.aliases.filter(({ collectionId }) => collectionId === found.id);
  if (aliases.length > 0) {
    const names = aliases.map((a) => a.name);
    throw new EngineError(
      "invalid-parameter",
      `unable to drop the collection [${name}] because it has associated aliases [${names.join(" ")}], please remove all aliases before dropping the collection`,
      { details: { collection: name, aliases: names } },
    );
  }
  return {
    ...catalog,
    collections: catalog.collections.filter((collection) => collection !== found),
  };
}

/**
 * Renames a collection, into another database if one is named. Throws `collection-exists`,
 * `collection-not-found`, `database-not-found`, and `invalid-parameter`, for one with aliases too
 * that is to go into another database.
 */
export function moveCollection(
  catalog: Catalog,
  from: { database: string; name: string },
  to: { database: string; name: string },
): Catalog {
  checkName("collection", to.name);
  if (from.database === to.database && from.name === to.name) {
    throw new EngineError(
      "invalid-parameter",
      "collection name or database name should be different",
      { details: { collection: to.name } },
    );
  }
  const { id: sourceId } = findDatabase(catalog, from.database);
  if (catalog.aliases.some((a) => a.databaseId === sourceId && a.name === from.name)) {
    throw new EngineError(
      "invalid-parameter",
      `unsupported use an alias to rename collection, alias:${from.name}`,
      { details: { alias: from.name } },
    );
  }
  const found = findCollection(catalog, from.database, from.name);
  const { id: databaseId, properties } = findDatabase(catalog, to.database);
  if (isTaken(catalog, databaseId, to.name)) {
    throw new EngineError(
      "collection-exists",
      `duplicated new collection name ${to.database}:${to.name} with other collection name or alias`,
      { details: { database: to.database, collection: to.name } },
    );
  }
  if (databaseId !== sourceId) {
    if (catalog.aliases.some(({ collectionId }) => collectionId === found.id)) {
      throw new EngineError(
        "invalid-parameter",
        `fail to rename db name, must drop all aliases of collection ${from.name} before rename`,
        { details: { collection: from.name } },
      );
    }
    refuseOneMore(catalog, databaseId, collectionsMaxOf(properties));
  }
  const moved = { ...found, databaseId, name: to.name };
  return {
    ...catalog,
    collections: catalog.collections.map((other) => (other === found ? moved : other)),
  };
}

/** Throws `alias-conflict` when a collection has the name, `alias-exists` when an alias has it. */
export function addAlias(
  catalog: Catalog,
  alias: string,
  { database, name }: { database: string; name: string },
): Catalog {
  checkName("alias", alias);
  const { id: databaseId } = findDatabase(catalog, database);
  const { id: collectionId } = findCollection(catalog, database, name);
  if (catalog.collections.some((c) => c.databaseId === databaseId && c.name === alias)) {
    throw new EngineError("alias-conflict", "alias and collection name conflict", {
      details: { database, alias },
    });
  }
  const taken = catalog.aliases.find((a) => a.databaseId === databaseId && a.name === alias);
  if (taken !== undefined && taken.collectionId !== collectionId) {
    const owner = catalog.collections.find(({ id }) => id === taken.collectionId)?.name ?? "";
    throw new EngineError("alias-exists", `${alias} is alias to another collection: ${owner}`, {
      details: { database, alias, collection: owner },
    });
  }
  const aliases = catalog.aliases.filter((other) => other !== taken);
  return { ...catalog, aliases: [...aliases, { name: alias, databaseId, collectionId }] };
}

/** Points an alias that is there to another collection. Throws `alias-not-found`. */
export function moveAlias(
  catalog: Catalog,
  alias: string,
  target: { database: string; name: string },
): Catalog {
  const found = findAlias(catalog, target.database, alias);
  const { id: collectionId } = findCollection(catalog, target.database, target.name);
  return {
    ...catalog,
    aliases: catalog.aliases.map((a) => (a === found ? { ...found, collectionId } : a)),
  };
}

/** Does nothing when there is no such alias. */
export function removeAlias(catalog: Catalog, database: string, alias: string): Catalog {
  const { id: databaseId } = findDatabase(catalog, database);
  const keep = (a: CatalogAlias): boolean => a.databaseId !== databaseId || a.name !== alias;
  return { ...catalog, aliases: catalog.aliases.filter(keep) };
}

export function findDatabase(catalog: Catalog, name: string): DatabaseInfo {
  const found = catalog.databases.find((database) => database.name === name);
  if (found !== undefined) return found;
  throw new EngineError("database-not-found", "database not found", {
    details: { database: name },
  });
}

/** The collection of a name or an alias. Throws `collection-not-found`. */
export function findCollection(
  catalog: Catalog,
  database: string,
  name: string,
): CatalogCollection {
  const { id: databaseId } = findDatabase(catalog, database);
  const inDatabase = (entry: { databaseId: number; name: string }): boolean =>
    entry.databaseId === databaseId && entry.name === name;
  const byName = catalog.collections.find(inDatabase);
  if (byName !== undefined) return byName;
  const alias = catalog.aliases.find(inDatabase);
  const byAlias = catalog.collections.find(({ id }) => id === alias?.collectionId);
  if (byAlias !== undefined) return byAlias;
  throw new EngineError("collection-not-found", "collection not found", {
    details: { database, collection: name },
  });
}

/** Throws `alias-not-found`. */
export function findAlias(catalog: Catalog, database: string, alias: string): CatalogAlias {
  const { id: databaseId } = findDatabase(catalog, database);
  const found = catalog.aliases.find((a) => a.databaseId === databaseId && a.name === alias);
  if (found !== undefined) return found;
  throw new EngineError("alias-not-found", "alias not found", { details: { database, alias } });
}

/** Throws `limit-exceeded` when a database has as many collections as it may. */
function refuseOneMore(catalog: Catalog, databaseId: number, max: number): void {
  const count = catalog.collections.filter((other) => other.databaseId === databaseId).length;
  if (count < max) return;
  throw new EngineError(
    "limit-exceeded",
    `failed to create collection, maxCollectionNumPerDB=${max}, exceeded the limit number of collections per DB)`,
    { details: { max } },
  );
}

function refuseTakenName(catalog: Catalog, databaseId: number, name: string): void {
  if (!isTaken(catalog, databaseId, name)) return;
  throw new EngineError("collection-exists", `collection already exists: ${name}`, {
    details: { collection: name },
  });
}

function isTaken(catalog: Catalog, databaseId: number, name: string): boolean {
  return [...catalog.collections, ...catalog.aliases].some(
    (entry) => entry.databaseId === databaseId && entry.name === name,
  );
}
