import type { Store, Transaction } from "../store/store.ts";

const createTable =
  "CREATE TABLE IF NOT EXISTS run_results (run_id VARCHAR NOT NULL, results VARCHAR NOT NULL)";

/** Keeps what a run found, as text, beside its record. Datasets of before get the table here. */
export async function writeRunResults(
  transaction: Transaction,
  runId: string,
  results: string,
): Promise<void> {
  await transaction.query(createTable);
  await transaction.query("INSERT INTO run_results VALUES ($1, $2)", [runId, results]);
}

/** What a run found; undefined where it has kept nothing. */
export async function readRunResults(store: Store, runId: string): Promise<string | undefined> {
  if (!(await hasTable(store))) return undefined;
  const rows = await store.query("SELECT results FROM run_results WHERE run_id = $1", [runId]);
  return rows[0] === undefined ? undefined : String(rows[0]["results"]);
}

/** Forgets what runs found. */
export async function deleteRunResults(
  transaction: Transaction,
  runIds: readonly string[],
): Promise<void> {
  if (runIds.length === 0 || !(await hasTable(transaction))) return;
  await transaction.query("DELETE FROM run_results WHERE run_id IN (SELECT unnest($1))", [runIds]);
}

async function hasTable(runner: Pick<Transaction, "query">): Promise<boolean> {
  const rows = await runner.query(
    "SELECT 1 AS found FROM duckdb_tables() WHERE table_name = 'run_results'",
  );
  return rows.length > 0;
}
