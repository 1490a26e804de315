import { must } from "../base/assert.ts";
import type { Timestamp } from "../base/clock.ts";
import { EngineError } from "../base/errors.ts";
import { checkColumn } from "../schema/check-column.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { columnOf } from "../schema/column-of-values.ts";
import { keyAt } from "../schema/column-value.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { type PreparedColumns, prepareBatch } from "../schema/prepare-batch.ts";
import type { RowBatch, UpdateBatch } from "../schema/row-batch.ts";
import type { LogInsert, LogRecord } from "../storage/log-record.ts";
import type { StoredPartition } from "./collection-manifest.ts";
import type { CollectionStore } from "./collection-store.ts";
import { completeBatch } from "./partial-update.ts";
import { insertsByPartition, partitionIndexAt, partitionKeyOf } from "./partition-routing.ts";

/** What a write did. */
export interface MutationResult {
  /** Rows written; keys asked to be deleted, or rows that a delete's filter matched. */
  readonly count: number;
  /** Primary keys of the rows written or deleted. */
  readonly keys: Column;
  readonly timestamp: Timestamp;
}

/** Where the rows of a write go: into one partition, or each by its partition key. */
export type WriteTarget = StoredPartition | undefined;

/** Inserts checked rows. Keys that are there already stay: insert does not replace. */
export async function insertBatch(
  store: CollectionStore,
  target: WriteTarget,
  batch: RowBatch,
): Promise<MutationResult> {
  const { schema, properties } = store.manifest;
  const keyField = primaryKeyOf(schema);
  if (keyField.autoId && batch.columns.has(keyField.name) && !takesGivenKeys(properties)) {
    throw new EngineError("schema-mismatch", "more fieldData has pass in", {
      details: { field: keyField.name },
    });
  }
  const columns = prepareBatch(schema, batch, (field, count) => makeKeys(store, field, count));
  const inserts = insertsOf(store, target, { schema, columns, rowCount: batch.rowCount });
  const timestamp = await store.write((at) => ({ timestamp: at, inserts }));
  return { count: batch.rowCount, keys: keysOf(columns, keyField), timestamp };
}

/** Replaces the rows with the batch's keys, in any partition, by the batch's, in one step. */
export async function upsertBatch(
  store: CollectionStore,
  target: WriteTarget,
  batch: RowBatch,
): Promise<MutationResult> {
  const given = givenKeys(store, batch);
  const { schema } = store.manifest;
  const keyField = primaryKeyOf(schema);
  const columns = prepareUpsert(store, schema, batch);
  const inserts = insertsOf(store, target, { schema, columns, rowCount: batch.rowCount });
  const deletedKeys = keyField.autoId ? given : keysOf(columns, keyField);
  refuseRepeatedKeys(deletedKeys);
  const timestamp = await knowingKeys(store, () =>
    store.write((at) => ({ timestamp: at, deletes: { keys: deletedKeys }, inserts })),
  );
  return { count: batch.rowCount, keys: keysOf(columns, keyField), timestamp };
}

/**
 * Replaces rows by what they were with some fields changed, in one step: no write comes between the
 * look at the old rows and the new ones. Without a partition in `target`, rows stay where they are.
 */
export async function updateBatch(
  store: CollectionStore,
  target: { readonly partition: WriteTarget; readonly isNamed: boolean },
  batch: UpdateBatch,
): Promise<MutationResult> {
  const keyField = primaryKeyOf(store.manifest.schema);
  const given = givenKeys(store, batch);
  refuseRepeatedKeys(given);
  let keys = given;
  const prepare = async (): Promise<(at: Timestamp) => LogRecord> => {
    // It may change while old rows come to memory: the log takes columns of either.
    const { schema } = store.manifest;
    const completed = await completeBatch(store, schema, { batch, keys: given });
    const columns = prepareUpsert(store, schema, completed.batch);
    keys = keysOf(columns, keyField);
    const { partition, isNamed } = target;
    const inserts =
      partition === undefined || isNamed
        ? insertsOf(store, partition, { schema, columns, rowCount: batch.rowCount })
        : insertsByPartition(
            schema,
            columns,
            completed.partitionIds.map((id) => id ?? partition.id),
          );
    return (at) => ({ timestamp: at, deletes: { keys: given }, inserts });
  };
  const timestamp = await knowingKeys(store, () => store.writeAlone(prepare));
  return { count: batch.rowCount, keys, timestamp };
}

function prepareUpsert(
  store: CollectionStore,
  schema: CollectionSchema,
  batch: RowBatch,
): PreparedColumns {
  const keyField = primaryKeyOf(schema);
  // Rows of a collection that makes its keys get new ones: the given ones say what to replace.
  const isKeyMade = keyField.autoId && !takesGivenKeys(store.manifest.properties);
  const prepared = isKeyMade ? withoutColumn(batch, keyField.name) : batch;
  return prepareBatch(schema, prepared, (field, count) => makeKeys(store, field, count));
}

/** Rows that satisfy a schema: the collection's when they were prepared. */
interface PreparedRows {
  readonly schema: CollectionSchema;
  readonly columns: PreparedColumns;
  readonly rowCount: number;
}

/** Inserts of the rows, into one partition or each by its partition key. */
function insertsOf(
  { manifest: { partitions } }: CollectionStore,
  target: WriteTarget,
  { schema, columns, rowCount }: PreparedRows,
): LogInsert[] {
  if (target !== undefined) return [{ partitionId: target.id, rowCount, columns }];
  const field = must(partitionKeyOf(schema), "a partition key");
  const keys = must(columns.get(field.id), "partition keys of the rows");
  const idAt = (row: number): number =>
    partitions[partitionIndexAt(keys, row, partitions.length)].id;
  return insertsByPartition(
    schema,
    columns,
    Array.from({ length: rowCount }, (_, row) => idAt(row)),
  );
}

/** Whether rows may carry keys although the collection makes them: Milvus's property. */
function takesGivenKeys(properties: Readonly<Record<string, string>>): boolean {
  return properties["allow_insert_auto_id"]?.toLowerCase() === "true";
}

function givenKeys(store: CollectionStore, batch: RowBatch): Column {
  const keyField = primaryKeyOf(store.manifest.schema);
  const given = batch.columns.get(keyField.name);
  if (given !== undefined) {
    checkColumn(keyField, given, batch.rowCount);
    return given;
  }
  throw new EngineError(
    "schema-mismatch",
    `fieldSchema(${keyField.name}) has no corresponding fieldData pass in`,
    { details: { field: keyField.name } },
  );
}

/** Deletes the rows with the keys, in one partition or in all. */
export async function deleteKeys(
  store: CollectionStore,
  keys: Column,
  partitionId: number | undefined,
): Promise<MutationResult> {
  if (keys.rowCount === 0) return { count: 0, keys, timestamp: store.applied };
  const deletes = partitionId === undefined ? { keys } : { keys, partitionId };
  const timestamp = await knowingKeys(store, () =>
    store.write((at) => ({ timestamp: at, deletes, inserts: [] })),
  );
  return { count: keys.rowCount, keys, timestamp };
}

/**
 * Makes a write with deletes. These are looked up in memory, so that the count of rows is right when
 * the write is acknowledged.
 */
async function knowingKeys(
  store: CollectionStore,
  write: () => Promise<Timestamp>,
): Promise<Timestamp> {
  await loadKeys(store);
  const timestamp = await write();
  // Meanwhile a flush or a compaction may have put segments in place whose keys are on the disk. The
  // write is made: keys that can't be read now are read, or complained of, by the next read.
  await Promise.allSettled([loadKeys(store)]);
  return timestamp;
}

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
