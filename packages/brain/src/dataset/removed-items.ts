import type { SqlRunner } from "../store/store.ts";

/** Samples and labels that have left a dataset. */
export interface RemovedItems {
  readonly sampleIds: readonly string[];
  readonly labelIds: readonly string[];
}

/** What each run has still to forget: `kind` is `sample` or `label`. */
export const removedItemsTable =
  "CREATE TABLE IF NOT EXISTS removed_items (run_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, id VARCHAR NOT NULL)";

/**
 * Notes for each similarity run what is being removed, as a part of the removal: so no index misses it,
 * whether it is open or not, and whether its server is there or not.
 */
export async function noteRemoved(
  transaction: SqlRunner,
  kind: "sample" | "label",
  ids: readonly string[],
): Promise<void> {
  await transaction.query(
    `DELETE FROM removed_items
     WHERE run_id NOT IN (SELECT json_extract_string(record, '$.id') FROM runs)`,
  );
  await transaction.query(
    `INSERT INTO removed_items
     SELECT json_extract_string(record, '$.id'), $1, unnest($2) FROM runs
     WHERE json_extract_string(record, '$.type') = 'similarity'`,
    [kind, ids],
  );
}

/** What a run has still to forget. */
export async function removedItemsOf(runner: SqlRunner, runId: string): Promise<RemovedItems> {
  const rows = await runner.query("SELECT kind, id FROM removed_items WHERE run_id = $1", [runId]);
  const idsOf = (kind: string): string[] =>
    rows.filter((row) => row["kind"] === kind).map(({ id }) => String(id));
  return { sampleIds: idsOf("sample"), labelIds: idsOf("label") };
}

/** Takes note that a run has forgotten these. */
export async function forgetRemoved(
  transaction: SqlRunner,
  runId: string,
  { sampleIds, labelIds }: RemovedItems,
): Promise<void> {
  await transaction.query(
    "DELETE FROM removed_items WHERE run_id = $1 AND id IN (SELECT unnest($2))",
    [runId, [...sampleIds, ...labelIds]],
  );
}
