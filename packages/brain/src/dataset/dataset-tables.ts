import { BrainError } from "../base/brain-error.ts";
import { columnName, columnSqlType, standardFields } from "../schema/field-column.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { Store } from "../store/store.ts";
import { removedItemsTable } from "./removed-items.ts";

/** Counted up when tables change in a way that earlier releases can't read. */
export const formatVersion = 1;

/** What a dataset's file holds; `position` is the order in which samples were added. */
const tables: readonly string[] = [
  "CREATE TABLE properties (name VARCHAR NOT NULL, value JSON NOT NULL)",
  `CREATE TABLE fields (name VARCHAR NOT NULL, type VARCHAR NOT NULL, element_type VARCHAR, dim INTEGER,
     description VARCHAR, read_only BOOLEAN NOT NULL, inferred BOOLEAN NOT NULL, position BIGINT NOT NULL)`,
  `CREATE TABLE samples (${standardFields
    .map((field) => `${quoteIdentifier(columnName(field.name))} ${columnSqlType(field)}`)
    .join(", ")}, position BIGINT NOT NULL)`,
  `CREATE TABLE saved_views (name VARCHAR NOT NULL, view JSON NOT NULL,
     created_at TIMESTAMP NOT NULL, last_modified_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE runs (key VARCHAR NOT NULL, record JSON NOT NULL,
     created_at TIMESTAMP NOT NULL, last_modified_at TIMESTAMP NOT NULL)`,
  removedItemsTable,
];

/** Makes the tables of a new dataset. */
export async function createTables(store: Store): Promise<void> {
  await store.transaction(async (transaction) => {
    for (const table of tables) await transaction.query(table);
    await transaction.query("INSERT INTO properties VALUES ('formatVersion', $1::JSON)", [
      JSON.stringify(formatVersion),
    ]);
  });
}

/** Throws `dataset-damaged` or `dataset-too-new` for a database that is no dataset of this release. */
export async function checkTables(store: Store): Promise<void> {
  const found = await store.query(
    "SELECT count(*) AS n FROM duckdb_tables() WHERE table_name IN ('properties', 'fields', 'samples')",
  );
  if (found[0]?.["n"] !== 3n) {
    throw new BrainError(
      "dataset-damaged",
      `Cannot load the dataset at ${store.path}: the file is a database, but holds no dataset`,
      { details: { path: store.path } },
    );
  }
  const rows = await store.query("SELECT value FROM properties WHERE name = 'formatVersion'");
  const version = Number(rows[0]?.["value"] ?? 0);
  if (version > formatVersion) {
    throw new BrainError(
      "dataset-too-new",
      `Cannot load the dataset at ${store.path}: it has format ${version}, this release reads up to ` +
        `${formatVersion}. Update redkite`,
      { details: { path: store.path, version } },
    );
  }
  // The first datasets were made without it.
  await store.query(removedItemsTable);
}
