import type { Collection } from "@redkite/engine";
import { refused } from "../errors.ts";

/** The primary key field's name. Every schema has one. */
export function primaryKeyName(collection: Collection): string {
  return collection.schema.fields.find((field) => field.primaryKey)?.name ?? "";
}

/**
 * The names that an answer says it has. Clients unpack the dynamic field by them: all of its keys
 * when it is named itself, else the names that are no fields.
 */
export function outputNames(collection: Collection, asked: readonly string[]): string[] {
  if (!asked.includes("*")) return [...new Set(asked)];
  return collection.schema.fields.map((field) => field.name);
}

/** Refuses partitions that are not there, in the words that reads have for it. */
export function checkPartitions(collection: Collection, names: readonly string[]): void {
  for (const name of names) {
    if (!collection.hasPartition(name)) throw refused(`partition name ${name} not found`);
  }
}
