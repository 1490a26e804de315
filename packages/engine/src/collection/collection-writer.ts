import type { Timestamp } from "../base/clock.ts";
import { EngineError } from "../base/errors.ts";
import type { TemplateValue } from "../filter/template-value.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { keyAt } from "../schema/column-value.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { type PreparedColumns, prepareBatch } from "../schema/prepare-batch.ts";
import type { RowBatch } from "../schema/row-batch.ts";
import { columnOf } from "../schema/rows-to-columns.ts";
import type { CollectionStore } from "./collection-store.ts";

/** What a write did. */
export interface MutationResult {
  /** Rows written; keys asked to be deleted, or rows that a delete's filter matched. */
  readonly count: number;
  /** Primary keys of the rows written or deleted. */
  readonly keys: Column;
  readonly timestamp: Timestamp;
}

/** What to delete: rows by key, or rows that match a filter. */
export type DeleteTarget =
  | { readonly keys: readonly (bigint | number | string)[] }
  | { readonly filter: string; readonly templates?: Readonly<Record<string, TemplateValue>> };

/** Inserts checked rows. Keys that are there already stay: insert does not replace. */
export async function insertBatch(
  store: CollectionStore,
  partitionId: number,
  batch: RowBatch,
): Promise<MutationResult> {
  const keyField = primaryKeyOf(store.manifest.schema);
  if (keyField.autoId && batch.columns.has(keyField.name)) {
    throw new EngineError("schema-mismatch", "more fieldData has pass in", {
      details: { field: keyField.name },
    });
  }
  const columns = prepareBatch(store.manifest.schema, batch, (field, count) =>
    makeKeys(store, field, count),
  );
  const timestamp = await store.write((at) => ({
    timestamp: at,
    inserts: [{ partitionId, rowCount: batch.rowCount, columns }],
  }));
  return { count: batch.rowCount, keys: keysOf(columns, keyField), timestamp };
}

/** Replaces the rows with the batch's keys, in any partition, by the batch's, in one step. */
export async function upsertBatch(
  store: CollectionStore,
  partitionId: number,
  batch: RowBatch,
): Promise<MutationResult> {
  const { schema } = store.manifest;
  const keyField = primaryKeyOf(schema);
  const given = batch.columns.get(keyField.name);
  if (given === undefined) {
    throw new EngineError(
      "schema-mismatch",
      `fieldSchema(${keyField.name}) has no corresponding fieldData pass in`,
      { details: { field: keyField.name } },
    );
  }
  // Rows of a collection that makes its keys get new ones: the given ones say what to replace.
  const columns = prepareBatch(
    schema,
    keyField.autoId ? withoutColumn(batch, keyField.name) : batch,
    (field, count) => makeKeys(store, field, count),
  );
  const deletedKeys = keyField.autoId ? given : keysOf(columns, keyField);
  refuseRepeatedKeys(deletedKeys);
  await loadKeys(store);
  const timestamp = await store.write((at) => ({
    timestamp: at,
    deletes: { keys: deletedKeys },
    inserts: [{ partitionId, rowCount: batch.rowCount, columns }],
  }));
  return { count: batch.rowCount, keys: keysOf(columns, keyField), timestamp };
}

/** Deletes the rows with the keys, in one partition or in all. */
export async function deleteKeys(
  store: CollectionStore,
  keys: Column,
  partitionId: number | undefined,
): Promise<MutationResult> {
  if (keys.rowCount === 0) return { count: 0, keys, timestamp: store.applied };
  await loadKeys(store);
  const timestamp = await store.write((at) => ({
    timestamp: at,
    deletes: partitionId === undefined ? { keys } : { keys, partitionId },
    inserts: [],
  }));
  return { count: keys.rowCount, keys, timestamp };
}

/** The key column of keys as users give them. Throws `schema-mismatch` for keys of another type. */
export function keyColumn(
  store: CollectionStore,
  keys: readonly (bigint | number | string)[],
): Column {
  return columnOf(primaryKeyOf(store.manifest.schema), keys);
}

/** Deletes look keys up in memory, so that the count of rows is right when they are acknowledged. */
async function loadKeys(store: CollectionStore): Promise<void> {
  const { id } = primaryKeyOf(store.manifest.schema);
  await Promise.all(store.sealed.map((segment) => segment.load([id])));
}

/** Keys that never repeat: hybrid timestamps, which the clock hands out once. */
function makeKeys(store: CollectionStore, field: Field, count: number): Column {
  const first = store.options.clock.allocate(count);
  const keys = Array.from({ length: count }, (_, i) => first + BigInt(i));
  return columnOf(field, field.type === "VarChar" ? keys.map(String) : keys);
}

function keysOf(columns: PreparedColumns, keyField: Field): Column {
  const keys = columns.get(keyField.id);
  if (keys === undefined) throw new EngineError("schema-mismatch", "rows without a primary key");
  return keys;
}

function withoutColumn(batch: RowBatch, name: string): RowBatch {
  const columns = new Map(batch.columns);
  columns.delete(name);
  return { ...batch, columns };
}

function refuseRepeatedKeys(keys: Column): void {
  const seen = new Set<bigint | string>();
  for (let row = 0; row < keys.rowCount; row++) {
    const key = keyAt(keys, row);
    if (seen.has(key)) {
      throw new EngineError(
        "duplicate-key",
        "duplicate primary keys are not allowed in the same batch",
        { details: { key } },
      );
    }
    seen.add(key);
  }
}
