import { BrainError } from "../base/brain-error.ts";
import { newObjectId } from "../base/object-id.ts";
import type { Progress } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Store, Transaction } from "../store/store.ts";
import {
  checkRunKey,
  type RunConfig,
  type RunInfo,
  type RunRecord,
  type RunStatus,
  type RunType,
} from "./run-record.ts";
import { deleteRunResults, readRunResults, writeRunResults } from "./run-results.ts";
import { version } from "./version.ts";

/** A run that is under way, in this process: only one process has a dataset. */
interface LiveRun {
  readonly key: string;
  progress: Progress | undefined;
}

/** What a run begins with. */
export interface NewRun {
  readonly key: string;
  readonly type: RunType;
  readonly method: string;
  readonly config: RunConfig;
  readonly view: RunRecord["view"];
}

/** A run that is under way. Exactly one of `complete` and `fail` ends it. */
export interface ActiveRun {
  readonly id: string;
  progress(progress: Progress): void;
  /**
   * Makes the run the one under its key, in one step; answers the record that it replaced.
   *
   * @param results What it found, as text, for `RunStore.results`.
   */
  complete(
    config: RunConfig,
    summary?: RunConfig,
    results?: string,
  ): Promise<RunRecord | undefined>;
  fail(error: string): Promise<void>;
}

interface StoredRun {
  readonly key: string;
  readonly record: RunRecord;
  readonly createdAt: Date;
  readonly lastModifiedAt: Date;
}

/**
 * The records of a dataset's runs. Under a key there is at most one completed run, which stays until
 * another one has completed; what failed or was cut off is told by `list` until its key is used again.
 */
export class RunStore {
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #live = new Map<string, LiveRun>();

  constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  /**
   * Begins a run.
   *
   * @throws {BrainError} `run-exists` when the key has a completed run and `overwrite` is not set, or
   * has one under way; `invalid-argument` for a key that is none.
   */
  async begin(run: NewRun, { overwrite }: { readonly overwrite: boolean }): Promise<ActiveRun> {
    const { key, ...rest } = run;
    checkRunKey(key);
    const id = newObjectId();
    const record: RunRecord = { id, ...rest, status: "running", version };
    if ([...this.#live.values()].some((live) => live.key === key)) {
      throw runExists(key, "is being computed");
    }
    const live: LiveRun = { key, progress: undefined };
    this.#live.set(id, live);
    try {
      await this.#store.transaction(async (transaction) => {
        const stored = await this.#read(transaction, key);
        const isTaken = stored.some(({ record }) => record.status === "completed");
        if (isTaken && !overwrite) throw runExists(key, "already exists");
        for (const { record } of stored) {
          if (record.status !== "completed") await deleteRecord(transaction, record.id);
        }
        const now = this.#now();
        await transaction.query("INSERT INTO runs VALUES ($1, $2::JSON, $3, $3)", [
          key,
          JSON.stringify(record),
          now,
        ]);
      });
    } catch (error) {
      this.#live.delete(id);
      throw error;
    }
    return this.#activeRun(key, record, live);
  }

  /** Every run; of one key the completed first, then what failed or runs. */
  async list(): Promise<RunInfo[]> {
    const stored = await this.#read(this.#store);
    return stored.map((run) => this.#infoOf(run));
  }

  /** The completed run of a key, or if there is none, the one that runs or failed. */
  async info(key: string): Promise<RunInfo> {
    return this.#infoOf(await this.#find(key));
  }

  /** The completed run of a key; throws `run-not-found`, saying what else is there. */
  async completed(key: string): Promise<RunRecord> {
    const { record } = await this.#find(key);
    if (record.status === "completed") return record;
    const { status, error } = this.#infoOf(await this.#find(key));
    throw new BrainError(
      "run-not-found",
      status === "running"
        ? `Cannot load the brain run "${key}": it is still being computed`
        : `Cannot load the brain run "${key}": it failed (${error}); compute it again under the same key`,
      { details: { key, status } },
    );
  }

  /** What a completed run kept of what it found; undefined if nothing. Throws `run-not-found`. */
  async results(key: string): Promise<string | undefined> {
    return await readRunResults(this.#store, (await this.completed(key)).id);
  }

  async has(key: string): Promise<boolean> {
    return (await this.#read(this.#store, key)).length > 0;
  }

  /** Replaces what is stored of a completed run's configuration. */
  async updateConfig(key: string, config: RunConfig): Promise<void> {
    const record = await this.completed(key);
    await this.#store.transaction((transaction) => this.#write(transaction, { ...record, config }));
  }

  /** Throws `run-not-found`, or `run-exists` for a new key that is taken. */
  async rename(key: string, newKey: string): Promise<void> {
    checkRunKey(newKey);
    await this.#store.transaction(async (transaction) => {
      if ((await this.#read(transaction, key)).length === 0) throw runNotFound(key);
      if ((await this.#read(transaction, newKey)).length > 0) {
        throw runExists(newKey, "already exists");
      }
      this.#refuseLive(key, "rename");
      await transaction.query("UPDATE runs SET key = $1, last_modified_at = $2 WHERE key = $3", [
        newKey,
        this.#now(),
        key,
      ]);
    });
  }

  /** Removes the records of a key; throws `run-not-found`. */
  async delete(key: string): Promise<void> {
    await this.#store.transaction(async (transaction) => {
      const stored = await this.#read(transaction, key);
      if (stored.length === 0) throw runNotFound(key);
      this.#refuseLive(key, "delete");
      for (const { record } of stored) await deleteRecord(transaction, record.id);
    });
  }

  #activeRun(key: string, record: RunRecord, live: LiveRun): ActiveRun {
    return {
      id: record.id,
      progress: (progress) => {
        live.progress = progress;
      },
      complete: async (config, summary, results) => {
        const done: RunRecord = {
          ...record,
          status: "completed",
          config,
          ...(summary === undefined ? {} : { summary }),
        };
        const replaced = await this.#store.transaction(async (transaction) => {
          const stored = await this.#read(transaction, key);
          for (const { record } of stored) {
            if (record.id !== done.id) await deleteRecord(transaction, record.id);
          }
          await this.#write(transaction, done);
          if (results !== undefined) await writeRunResults(transaction, done.id, results);
          return stored.find(({ record }) => record.status === "completed")?.record;
        });
        this.#live.delete(record.id);
        return replaced;
      },
      fail: async (error) => {
        this.#live.delete(record.id);
        await this.#store.transaction((transaction) =>
          this.#write(transaction, { ...record, status: "failed", error }),
        );
      },
    };
  }

  async #find(key: string): Promise<StoredRun> {
    const [first] = await this.#read(this.#store, key);
    if (first === undefined) throw runNotFound(key);
    return first;
  }

  async #read(runner: Pick<Transaction, "query">, key?: string): Promise<StoredRun[]> {
    const rows = await runner.query(
      `SELECT key, record::VARCHAR AS record, created_at, last_modified_at FROM runs
       ${key === undefined ? "" : "WHERE key = $1"} ORDER BY created_at, key`,
      key === undefined ? [] : [key],
    );
    const runs = rows.map((row) => ({
      key: String(row["key"]),
      // This class wrote it.
      record: JSON.parse(String(row["record"])) as RunRecord,
      createdAt: dateOf(row["created_at"]),
      lastModifiedAt: dateOf(row["last_modified_at"]),
    }));
    const rank: { readonly [Status in RunStatus]: number } = {
      completed: 0,
      running: 1,
      failed: 2,
    };
    return runs.sort((a, b) => rank[a.record.status] - rank[b.record.status]);
  }

  async #write(transaction: Transaction, record: RunRecord): Promise<void> {
    await transaction.query(
      `UPDATE runs SET record = $1::JSON, last_modified_at = $2
       WHERE json_extract_string(record, '$.id') = $3`,
      [JSON.stringify(record), this.#now(), record.id],
    );
  }

  #infoOf({ key, record, createdAt, lastModifiedAt }: StoredRun): RunInfo {
    const { id, view: _, ...rest } = record;
    const live = this.#live.get(id);
    const isCutOff = record.status === "running" && live === undefined;
    return {
      key,
      ...rest,
      createdAt,
      lastModifiedAt,
      ...(isCutOff
        ? { status: "failed", error: "the process ended before the run was complete" }
        : {}),
      ...(live?.progress === undefined ? {} : { progress: live.progress }),
    };
  }

  #refuseLive(key: string, what: string): void {
    if (![...this.#live.values()].some((live) => live.key === key)) return;
    throw new BrainError(
      "run-exists",
      `Cannot ${what} the brain run "${key}": it is being computed; wait for it or cancel it`,
      { details: { key } },
    );
  }
}

const runStores = new WeakMap<Dataset, RunStore>();

/** The runs of an open dataset. */
export function runsOf(dataset: Dataset): RunStore {
  let runs = runStores.get(dataset);
  if (runs === undefined) {
    runs = new RunStore(dataset.store, () => new Date());
    runStores.set(dataset, runs);
  }
  return runs;
}

async function deleteRecord(transaction: Transaction, id: string): Promise<void> {
  await deleteRunResults(transaction, [id]);
  await transaction.query("DELETE FROM runs WHERE json_extract_string(record, '$.id') = $1", [id]);
}

function dateOf(value: unknown): Date {
  return value instanceof Date ? value : new Date(Number.NaN);
}

function runExists(key: string, how: string): BrainError {
  return new BrainError(
    "run-exists",
    `Brain method run with key '${key}' ${how}; choose another key, or pass overwrite: true`,
    { details: { key } },
  );
}

function runNotFound(key: string): BrainError {
  return new BrainError("run-not-found", `Dataset has no brain method run key '${key}'`, {
    details: { key },
  });
}
