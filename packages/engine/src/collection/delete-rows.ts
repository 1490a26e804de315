import { EngineError } from "../base/errors.ts";
import { isAlwaysTrue, keysOf } from "../filter/filter.ts";
import type { TemplateValue } from "../filter/template-value.ts";
import { filterOf } from "../query/matching-rows.ts";
import { runQuery } from "../query/query-executor.ts";
import type { ReadSource } from "../query/read-source.ts";
import type { Column } from "../schema/column.ts";
import { columnOf } from "../schema/column-of-values.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { deleteKeys, type MutationResult } from "./collection-writer.ts";
import { type NamedStore, partitionNamed, refuseNamedPartition } from "./partitions.ts";

/** What to delete: rows by key, or rows that match a filter. */
export type DeleteTarget =
  | { readonly keys: readonly (bigint | number | string)[] }
  | { readonly filter: string; readonly templates?: Readonly<Record<string, TemplateValue>> };

/**
 * Deletes rows, of one partition if one is named. Throws what a query throws for a filter, and
 * `invalid-parameter` for one that all rows match.
 */
export async function deleteRows(
  named: NamedStore,
  source: ReadSource,
  { target, partition }: { target: DeleteTarget; partition: string | undefined },
): Promise<MutationResult> {
  const { store } = named;
  if (partition !== undefined) refuseNamedPartition(store);
  const partitionId = partition === undefined ? undefined : partitionNamed(named, partition).id;
  const keyField = primaryKeyOf(store.manifest.schema);
  const keys =
    "keys" in target
      ? columnOf(keyField, target.keys)
      : await keysThatMatch(source, target, partition);
  return deleteKeys(store, keys, partitionId);
}

async function keysThatMatch(
  source: ReadSource,
  target: Extract<DeleteTarget, { filter: string }>,
  partition: string | undefined,
): Promise<Column> {
  const filter = filterOf(source, target);
  if (filter === undefined || isAlwaysTrue(filter)) {
    // Milvus's rule and text: a slip in a filter must not empty the collection.
    const message = `delete plan can't be empty or always true : ${target.filter}`;
    throw new EngineError("invalid-parameter", message);
  }
  // A filter that is a list of keys is no read: it counts, and needs nothing loaded.
  const keyField = primaryKeyOf(source.schema);
  const keys = keysOf(filter, keyField.id);
  if (keys !== undefined) return columnOf(keyField, keys);
  const request = partition === undefined ? target : { ...target, partitions: [partition] };
  const { fields } = await runQuery(source, request);
  return fields[0].column;
}
