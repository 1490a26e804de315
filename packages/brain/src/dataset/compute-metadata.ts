import { availableParallelism } from "node:os";
import { BrainError, messageOf } from "../base/brain-error.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import { readImageMetadata } from "../media/image-size.ts";
import type { ImageMetadata } from "../schema/sample.ts";
import type { SampleWriterContext } from "./add-samples.ts";
import { type SampleUpdate, updateSamples } from "./update-samples.ts";

export interface ComputeMetadataOptions extends LongOperationOptions {
  /** Whether files are read again whose metadata is there as a whole; `false` by default. */
  readonly overwrite?: boolean;
  /** How many files are read at once; four times the number of cores by default. */
  readonly concurrency?: number;
}

/** A file that could not be read. */
export interface MetadataFailure {
  readonly id: string;
  readonly filepath: string;
  readonly error: BrainError;
}

/** What became of the files. Those that failed have no metadata. */
export interface ComputeMetadataResult {
  readonly computedCount: number;
  readonly failures: readonly MetadataFailure[];
}

/** How many files' metadata are stored at a time. */
const storedAtOnce = 1000;

/** Samples without metadata, or with what an import knew of it. */
const incomplete =
  "metadata.size_bytes IS NULL OR metadata.mime_type IS NULL OR metadata.num_channels IS NULL";

/** Reads the headers of the image files, many at once, and stores what they say. */
export async function computeMetadata(
  context: SampleWriterContext,
  { overwrite = false, concurrency, progress, signal }: ComputeMetadataOptions,
): Promise<ComputeMetadataResult> {
  const width = checkedConcurrency(concurrency ?? availableParallelism() * 4);
  const where = overwrite ? "" : `WHERE ${incomplete}`;
  const rows = await context.store.query(
    `SELECT id, filepath FROM samples ${where} ORDER BY position`,
  );
  const failures: MetadataFailure[] = [];
  let computedCount = 0;
  for (let start = 0; start < rows.length; start += storedAtOnce) {
    const files = rows
      .slice(start, start + storedAtOnce)
      .map(({ id, filepath }) => ({ id: String(id), filepath: String(filepath) }));
    const updates: SampleUpdate[] = [];
    const read = async (file: { id: string; filepath: string }): Promise<void> => {
      throwIfCancelled(signal, "Reading metadata");
      const metadata = await metadataOrError(file.filepath);
      if (metadata instanceof BrainError) failures.push({ ...file, error: metadata });
      else updates.push({ id: file.id, metadata });
    };
    await forEachAtOnce(files, width, read);
    if (updates.length > 0) await updateSamples(context, updates);
    computedCount += updates.length;
    progress?.({ done: Math.min(start + storedAtOnce, rows.length), total: rows.length });
  }
  return { computedCount, failures };
}

async function metadataOrError(filepath: string): Promise<ImageMetadata | BrainError> {
  try {
    return await readImageMetadata(filepath);
  } catch (error) {
    if (error instanceof BrainError) return error;
    return new BrainError("file-unreadable", `Cannot read ${filepath}: ${messageOf(error)}`);
  }
}

async function forEachAtOnce<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}

function checkedConcurrency(concurrency: number): number {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 256) return concurrency;
  throw new BrainError(
    "invalid-argument",
    `concurrency is ${concurrency}: give a whole number from 1 to 256`,
  );
}
