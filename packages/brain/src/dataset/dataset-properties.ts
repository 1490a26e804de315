import { encodeJson } from "../schema/encode-label.ts";
import type { JsonValue } from "../schema/labels.ts";
import type { SqlRunner, Store } from "../store/store.ts";

/** What is said of a dataset as a whole. */
export interface DatasetProperties {
  readonly name: string;
  readonly persistent: boolean;
  readonly createdAt: Date;
  readonly description: string;
  readonly tags: readonly string[];
  readonly info: Readonly<Record<string, JsonValue>>;
  /** The classes that a label field can have, by field, in the order of their numbers. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  readonly defaultClasses: readonly string[];
}

/** Reads the properties; those that were never set are empty. */
export async function readProperties(store: SqlRunner): Promise<DatasetProperties> {
  const rows = await store.query("SELECT name, value FROM properties");
  const stored = Object.fromEntries(
    rows.map(({ name, value }): [string, unknown] => [String(name), JSON.parse(String(value))]),
  );
  const { createdAt, ...properties } = stored;
  return {
    name: "",
    persistent: false,
    description: "",
    tags: [],
    info: {},
    classes: {},
    defaultClasses: [],
    // Written by writeProperties only, which has their types.
    ...(properties as Partial<Omit<DatasetProperties, "createdAt">>),
    createdAt: new Date(String(createdAt)),
  };
}

/** Stores those that are given, all or none. */
export async function writeProperties(
  store: Store,
  properties: Partial<DatasetProperties>,
): Promise<void> {
  const entries = Object.entries(properties).map(([name, value]): [string, string] => [
    name,
    encodeJson(value instanceof Date ? value.toISOString() : value, name),
  ]);
  await store.transaction(async (transaction) => {
    for (const [name, text] of entries) {
      await transaction.query("DELETE FROM properties WHERE name = $1", [name]);
      await transaction.query("INSERT INTO properties VALUES ($1, $2::JSON)", [name, text]);
    }
  });
}
