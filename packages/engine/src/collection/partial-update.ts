import { EngineError } from "../base/errors.ts";
import { checkColumn } from "../schema/check-column.ts";
import {
  type CollectionSchema,
  dynamicFieldName,
  type Field,
} from "../schema/collection-schema.ts";
import type { Column, FixedColumn } from "../schema/column.ts";
import { columnOf } from "../schema/column-of-values.ts";
import { jsonObjectAt, type Value, valueAt } from "../schema/column-value.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { gatherColumn } from "../schema/gather.ts";
import type { ArrayChange, RowBatch, UpdateBatch } from "../schema/row-batch.ts";
import { absentColumn } from "../segment/absent-column.ts";
import {
  expiredRows,
  fieldsOfExpiry,
  type RowExpiry,
  type Segment,
  timestampFieldId,
} from "../segment/segment.ts";
import type { CollectionStore } from "./collection-store.ts";

/** The newest row that has a key. */
interface OldRow {
  readonly segment: Segment;
  readonly row: number;
}

/** A batch completed by what its rows were before. */
export interface CompletedBatch {
  readonly batch: RowBatch;
  /** By row, the partition where the row of its key was; `undefined` for new keys. */
  readonly partitionIds: readonly (number | undefined)[];
}

/**
 * Completes a batch of rows that carry a key and some of the fields: what is missing is taken from
 * the row that has the key now. The keys of a dynamic field are merged, and arrays change by those that
 * are given where the batch says so. Rows with new keys must have
 * all fields that are not nullable and have no default. To be called while no write goes on.
 * Throws `schema-mismatch` with Milvus's text, and what `load` throws.
 */
export async function completeBatch(
  store: CollectionStore,
  schema: CollectionSchema,
  { batch, keys }: { readonly batch: UpdateBatch; readonly keys: Column },
): Promise<CompletedBatch> {
  const given = (field: Field): Column | undefined => batch.columns.get(field.name);
  const fields = schema.fields.filter(
    (field) =>
      !field.primaryKey &&
      (given(field) === undefined ||
        field.name === dynamicFieldName ||
        batch.arrayChanges?.has(field.name)),
  );
  const oldRows = await loadOldRows(store, keys, [timestampFieldId, ...fields.map(({ id }) => id)]);
  const columns = new Map(batch.columns);
  const merge = (field: Field, before: Column, change: Column): Column => {
    const arrayChange = batch.arrayChanges?.get(field.name);
    checkColumn(arrayChange === "remove" ? unlimited(field) : field, change, before.rowCount);
    if (arrayChange === undefined) return mergeObjects(field, before, change);
    return changeArrays(field, before, { change, arrayChange });
  };
  for (const field of fields) {
    const change = given(field);
    if (change === undefined && oldRows.includes(undefined)) requireOptional(field);
    const before = oldColumn(field, oldRows);
    columns.set(field.name, change === undefined ? before : merge(field, before, change));
  }
  return {
    batch: { ...batch, columns },
    partitionIds: oldRows.map((old) => old?.segment.partitionId),
  };
}

/** The field with the widest limits of its type: what is taken out of an array makes it no longer. */
function unlimited(field: Field): Field {
  const { maxCapacity: _, maxLength: __, ...rest } = field;
  return rest;
}

/** The newest row of each key, with these fields in memory; `undefined` where there is none. */
async function loadOldRows(
  store: CollectionStore,
  keys: Column,
  fieldIds: readonly number[],
): Promise<(OldRow | undefined)[]> {
  const keyFieldId = primaryKeyOf(store.manifest.schema).id;
  const { expiry } = store;
  const needed = [keyFieldId, ...fieldIds, ...fieldsOfExpiry(expiry)];
  // A flush or a compaction may replace segments while columns load, and a release may free some.
  for (;;) {
    const { segments } = store;
    const isSame = (): boolean =>
      segments.length === store.segments.length &&
      store.segments.every((segment, i) => segment === segments[i]);
    try {
      await Promise.all(segments.map((segment) => segment.load([keyFieldId])));
      if (!segments.every((segment) => segment.isLoaded([keyFieldId]))) continue;
      const hit = segments.filter((segment) => rowsOf(segment, keys).length > 0);
      await Promise.all(hit.map((segment) => segment.load(needed)));
      const isThere = hit.every((segment) => segment.isLoaded(needed));
      if (isThere && isSame()) return newestRows(hit, keys, expiry);
    } catch (error) {
      // The files of a segment that was replaced are gone.
      if (isSame()) throw error;
    }
  }
}

/** The rows with these keys that are not deleted, each with the number of its key. */
function rowsOf(segment: Segment, keys: Column): [number, number][] {
  const found: [number, number][] = [];
  for (let i = 0; i < keys.rowCount; i++) {
    segment.keyIndex.visitRows(keys, i, (row) => {
      if (!segment.deleted.has(row)) found.push([i, row]);
    });
  }
  return found;
}

/** What has expired is not there, as for reads: it must not live on in the row that takes its place. */
function newestRows(
  segments: readonly Segment[],
  keys: Column,
  expiry: RowExpiry | undefined,
): (OldRow | undefined)[] {
  const newest: (OldRow | undefined)[] = new Array(keys.rowCount).fill(undefined);
  const timeOf = ({ segment, row }: OldRow): bigint =>
    BigInt((segment.column(timestampFieldId) as FixedColumn).values[row]);
  for (const segment of segments) {
    const hasExpired = expiry && expiredRows(expiry, (id) => segment.column(id));
    for (const [i, row] of rowsOf(segment, keys)) {
      if (hasExpired?.(row)) continue;
      const candidate = { segment, row };
      const known = newest[i];
      // Rows of one write have one timestamp: the later row is the newer.
      const isNewer =
        known === undefined ||
        timeOf(candidate) > timeOf(known) ||
        (timeOf(candidate) === timeOf(known) && segment === known.segment && row > known.row);
      if (isNewer) newest[i] = candidate;
    }
  }
  return newest;
}

/** The values of a field in these rows, and what rows have that don't carry it. */
function oldColumn(field: Field, oldRows: readonly (OldRow | undefined)[]): Column {
  const segments = [...new Set(oldRows.flatMap((old) => old?.segment ?? []))];
  const sources = [...segments.map((segment) => segment.column(field.id)), absentColumn(field, 1)];
  return gatherColumn(field, sources, {
    from: oldRows.map((old) =>
      old === undefined ? segments.length : segments.indexOf(old.segment),
    ),
    rows: oldRows.map((old) => old?.row ?? 0),
  });
}

/** New rows need values of fields that have neither nulls nor a default. */
function requireOptional(field: Field): void {
  if (field.nullable || field.defaultValue !== undefined) return;
  if (field.name === dynamicFieldName) return;
  throw new EngineError(
    "schema-mismatch",
    `fieldSchema(${field.name}) has no corresponding fieldData pass in`,
    { details: { field: field.name } },
  );
}

/** The objects of `before` with the keys of `change` set. */
function mergeObjects(field: Field, before: Column, change: Column): Column {
  const merged = Array.from({ length: before.rowCount }, (_, row) => ({
    ...jsonObjectAt(before, row),
    ...jsonObjectAt(change, row),
  }));
  return columnOf(field, merged);
}

/** The arrays of `before`, each changed by the one of its row, unless that is null. */
function changeArrays(
  field: Field,
  before: Column,
  { change, arrayChange }: { readonly change: Column; readonly arrayChange: ArrayChange },
): Column {
  const changed = Array.from({ length: before.rowCount }, (_, row) => {
    const given = valueAt(field, change, row);
    const old = valueAt(field, before, row);
    if (!isArray(given)) return old;
    const elements = isArray(old) ? old : [];
    if (arrayChange === "append") return [...elements, ...given];
    const taken = new Set(given);
    return elements.filter((element) => !taken.has(element));
  });
  return columnOf(field, changed);
}

function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
