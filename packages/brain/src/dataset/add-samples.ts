import { isAbsolute, resolve } from "node:path";
import type { DuckDBValue } from "@duckdb/node-api";
import { BrainError } from "../base/brain-error.ts";
import { newObjectId } from "../base/object-id.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import { encodeId, wrong } from "../schema/encode-label.ts";
import type { NewSample } from "../schema/sample.ts";
import type { Store, Transaction } from "../store/store.ts";
import type { DatasetSchema } from "./dataset-schema.ts";
import {
  carryOut,
  encodeColumn,
  type FieldValues,
  plannedFields,
  planSchema,
} from "./stored-batch.ts";

export interface AddSamplesOptions extends LongOperationOptions {
  /** How many samples are stored at a time, all or none of them: 1 to 100,000, 4,096 by default. */
  readonly batchSize?: number;
  /** Whether a file may be in the dataset more than once. */
  readonly allowRepeatedFilepaths?: boolean;
}

/** What storing needs of a dataset. */
export interface SampleWriterContext {
  readonly store: Store;
  readonly schema: DatasetSchema;
  readonly now: () => Date;
}

const batchSizeDefault = 4096;
const batchSizeMax = 100_000;

/**
 * Adds samples batch by batch, and answers their ids in order. Each batch is stored whole or not at all;
 * those before a failure or a cancel stay, and the error's `details.addedCount` counts them.
 */
export async function addSamples(
  context: SampleWriterContext,
  samples: Iterable<NewSample> | AsyncIterable<NewSample>,
  options: AddSamplesOptions,
): Promise<string[]> {
  const batchSize = checkedBatchSize(options.batchSize ?? batchSizeDefault);
  const ids: string[] = [];
  let batch: NewSample[] = [];
  const flush = async (): Promise<void> => {
    throwIfCancelled(options.signal, "Adding samples");
    for (const id of await addBatch(context, batch, options)) ids.push(id);
    batch = [];
    options.progress?.({ done: ids.length });
  };
  try {
    for await (const sample of samples) {
      batch.push(sample);
      if (batch.length === batchSize) await flush();
    }
    if (batch.length > 0) await flush();
  } catch (error) {
    throw withCount(error, ids.length);
  }
  return ids;
}

/** The path as the dataset has it: absolute, or a URL as it is. */
export function normalizeFilepath(filepath: unknown): string {
  if (typeof filepath !== "string" || filepath === "" || filepath.includes("\0")) {
    throw wrong("filepath", "the path of a file or a URL", filepath);
  }
  if (isAbsolute(filepath) || /^[a-z][a-z0-9+.-]+:/i.test(filepath)) return filepath;
  return resolve(filepath);
}

async function addBatch(
  context: SampleWriterContext,
  samples: readonly NewSample[],
  options: AddSamplesOptions,
): Promise<readonly string[]> {
  const { store, schema } = context;
  const time = context.now();
  const batch = samples.map((sample) => withStandardFields(sample, time));
  const ids = batch.map(({ id }) => id);
  const filepaths = batch.map(({ filepath }) => filepath);
  await schema.change(store, async (transaction) => {
    const plan = planSchema(schema, batch);
    const encoded = plannedFields(schema, plan).map((field) => encodeColumn(field, batch));
    await refuseRepeated(transaction, "id", ids);
    if (options.allowRepeatedFilepaths !== true) {
      await refuseRepeated(transaction, "filepath", filepaths);
    }
    await carryOut(transaction, schema, plan);
    const next = await nextPosition(transaction);
    const positions: DuckDBValue[] = batch.map((_, index) => next + BigInt(index));
    // The table's order: the standard columns, `position`, then the fields as they were added.
    const columns = [...encoded.slice(0, 6), positions, ...encoded.slice(6)];
    await transaction.append("samples", columns, batch.length);
  });
  return ids;
}

function withStandardFields(
  sample: NewSample,
  time: Date,
): FieldValues & { readonly id: string; readonly filepath: string } {
  if (typeof sample !== "object" || sample === null) throw wrong("a sample", "an object", sample);
  return {
    ...sample,
    id: sample.id === undefined ? newObjectId(time.getTime()) : encodeId(sample.id, "id"),
    filepath: normalizeFilepath(sample.filepath),
    tags: sample.tags ?? [],
    createdAt: sample.createdAt ?? time,
    lastModifiedAt: sample.lastModifiedAt ?? time,
  };
}

async function refuseRepeated(
  transaction: Transaction,
  column: "id" | "filepath",
  values: readonly string[],
): Promise<void> {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) throw repeated(column, value, "is given twice");
    seen.add(value);
  }
  const rows = await transaction.query(
    `SELECT ${column} AS found FROM samples WHERE ${column} IN (SELECT unnest($1)) LIMIT 1`,
    [values],
  );
  if (rows[0] !== undefined) throw repeated(column, String(rows[0]["found"]), "is there already");
}

function repeated(column: "id" | "filepath", value: string, how: string): BrainError {
  const remedy =
    column === "id" ? "" : ". Set allowRepeatedFilepaths to have a file in it more than once";
  return new BrainError(
    column === "id" ? "duplicate-id" : "duplicate-filepath",
    `Cannot add a sample: its ${column} "${value}" ${how}${remedy}`,
    { details: { [column]: value } },
  );
}

async function nextPosition(transaction: Transaction): Promise<bigint> {
  const rows = await transaction.query(
    "SELECT coalesce(max(position), -1) + 1 AS next FROM samples",
  );
  return BigInt(String(rows[0]?.["next"] ?? 0));
}

function checkedBatchSize(batchSize: number): number {
  if (Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= batchSizeMax) return batchSize;
  throw new BrainError(
    "invalid-argument",
    `batchSize is ${batchSize}: give a whole number from 1 to ${batchSizeMax}`,
  );
}

function withCount(error: unknown, addedCount: number): unknown {
  if (!(error instanceof BrainError)) return error;
  const message = addedCount === 0 ? error.message : `${error.message} (${addedCount} were added)`;
  const details = { ...error.details, addedCount };
  return new BrainError(error.code, message, { details, cause: error.cause });
}
