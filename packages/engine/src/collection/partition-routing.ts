import { must } from "../base/assert.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import type { BytesColumn, Column } from "../schema/column.ts";
import { gatherColumn } from "../schema/gather.ts";
import type { PreparedColumns } from "../schema/prepare-batch.ts";
import type { LogInsert } from "../storage/log-record.ts";
import type { CollectionManifest } from "./collection-manifest.ts";

/** The field by which rows are spread over the partitions, if the collection has one. */
export function partitionKeyOf(schema: CollectionSchema): Field | undefined {
  return schema.fields.find((field) => field.partitionKey === true);
}

/** Milvus's property: whether searches must name one value of the partition key. */
const isolationProperty = "partitionkey.isolation";

/** The partition key, if its values are isolated from each other. */
export function isolatedKeyOf({
  schema,
  properties,
}: Pick<CollectionManifest, "schema" | "properties">): Field | undefined {
  const isOn = /^(?:1|t|true)$/i.test(properties[isolationProperty] ?? "");
  return isOn ? partitionKeyOf(schema) : undefined;
}

/**
 * Which of `partitionCount` partitions the row with this key belongs to. Rows on disk lie where this
 * has put them: it must never change (`docs/format/manifest.md`).
 */
export function partitionIndexAt(keys: Column, row: number, partitionCount: number): number {
  return hashAt(keys, row) % partitionCount;
}

/** Inserts of the rows, each into the partition that `partitionIds` names. */
export function insertsByPartition(
  schema: CollectionSchema,
  columns: PreparedColumns,
  partitionIds: readonly number[],
): LogInsert[] {
  const rowsOf = new Map<number, number[]>();
  for (const [row, partitionId] of partitionIds.entries()) {
    const rows = rowsOf.get(partitionId);
    if (rows === undefined) rowsOf.set(partitionId, [row]);
    else rows.push(row);
  }
  if (rowsOf.size === 1) {
    return [{ partitionId: partitionIds[0], rowCount: partitionIds.length, columns }];
  }
  return [...rowsOf].map(([partitionId, rows]) => ({
    partitionId,
    rowCount: rows.length,
    columns: pickRows(schema, columns, rows),
  }));
}

function pickRows(
  schema: CollectionSchema,
  columns: PreparedColumns,
  rows: readonly number[],
): PreparedColumns {
  const from = new Uint8Array(rows.length);
  const picked = schema.fields.map((field): [number, Column] => {
    const column = must(columns.get(field.id), `column of field ${field.name}`);
    return [field.id, gatherColumn(field, [column], { from, rows })];
  });
  return new Map(picked);
}

/** 32-bit FNV-1a of the key's bytes (int64: little-endian), mixed by MurmurHash3's finaliser. */
function hashAt(keys: Column, row: number): number {
  let hash = 0x811c9dc5;
  if (keys.layout === "fixed") {
    let rest = BigInt.asUintN(64, BigInt(keys.values[row]));
    for (let i = 0; i < 8; i++) {
      hash = Math.imul(hash ^ Number(rest & 0xffn), 0x01000193);
      rest >>= 8n;
    }
  } else {
    const { bytes, offsets } = keys as BytesColumn;
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      hash = Math.imul(hash ^ bytes[i], 0x01000193);
    }
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
