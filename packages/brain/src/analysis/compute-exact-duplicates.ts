import { BrainError, isBrainError } from "../base/brain-error.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { fileSize, hashFile } from "../media/file-content.ts";
import type { SampleCollection, View } from "../view/sample-collection.ts";
import { checkOptionNames, type RunOptions } from "./analysis-options.ts";
import { runAnalysis } from "./analysis-run.ts";
import { forEachConcurrently } from "./for-each-concurrently.ts";
import { itemsView } from "./items-view.ts";

export interface ExactDuplicatesOptions extends RunOptions, LongOperationOptions {
  /** Whether files that can't be read are passed over, and listed. Default true. */
  readonly skipFailures?: boolean;
}

/** A sample whose file could not be read, and why. */
export interface FileFailure {
  readonly id: string;
  readonly filepath: string;
  readonly reason: string;
}

/** What a search for equal files found, as it is kept. */
export interface ExactDuplicateGroups {
  /** Of each first sample with a file the others with an equal file, in the order of the collection. */
  readonly duplicates: readonly (readonly [id: string, duplicateIds: readonly string[]])[];
  readonly failures: readonly FileFailure[];
}

/** Samples whose files are equal byte by byte. */
export class ExactDuplicates implements ExactDuplicateGroups {
  readonly duplicates: ExactDuplicateGroups["duplicates"];
  readonly failures: readonly FileFailure[];
  readonly #samples: SampleCollection<Dataset>;

  constructor(samples: SampleCollection<Dataset>, { duplicates, failures }: ExactDuplicateGroups) {
    this.#samples = samples;
    this.duplicates = duplicates;
    this.failures = failures;
  }

  get neighborsMap(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.duplicates);
  }

  /** What may go: all but the first of equal files. */
  get duplicateIds(): readonly string[] {
    return this.duplicates.flatMap(([, ids]) => ids);
  }

  /** Each first sample followed by its duplicates. What was deleted since is left out. */
  duplicatesView(): View<Dataset> {
    const ids = this.duplicates.flatMap(([first, others]) => [first, ...others]);
    return itemsView(this.#samples, undefined, ids);
  }

  /** What is kept of it by a brain run. */
  toJSON(): ExactDuplicateGroups {
    const { duplicates, failures } = this;
    return { duplicates, failures };
  }
}

/** Files that are read at a time. */
const readsMax = 4;

/**
 * Finds samples whose files are equal byte by byte. Only files of equal size are read.
 *
 * @throws {BrainError} `invalid-argument`, `run-exists`, `cancelled`; `file-not-found` and
 * `file-unreadable` if `skipFailures` is false.
 * @example
 * const { duplicateIds, failures } = await computeExactDuplicates(dataset);
 */
export async function computeExactDuplicates(
  samples: SampleCollection<Dataset>,
  options: ExactDuplicatesOptions = {},
): Promise<ExactDuplicates> {
  const what = "find exact duplicates";
  checkOptionNames(what, options, ["skipFailures", "brainKey", "overwrite", "progress", "signal"]);
  if (samples.patchesField !== undefined) {
    throw new BrainError(
      "invalid-argument",
      "Cannot find exact duplicates of patches: only of files",
    );
  }
  const { skipFailures = true, brainKey, overwrite, progress, signal } = options;
  const run = {
    type: "exact_duplicates",
    method: "sha256",
    config: { skipFailures },
    brainKey,
    overwrite,
    progress,
  } as const;
  return await runAnalysis(samples, run, async (progress) => {
    const files = new FileGroups(skipFailures, signal);
    const ids = await samples.ids();
    const filepaths = (await samples.values("filepath")).map(String);
    const entries = [...new Map(ids.map((id, i) => [id, { id, filepath: filepaths[i] }])).values()];
    const bySize = await files.group(entries, fileSize);
    const total = entries.length;
    let done = total - bySize.flat().length;
    progress({ done, total });
    const byContent = await files.group(bySize.flat(), async (filepath) => {
      const hash = await hashFile(filepath);
      progress({ done: ++done, total });
      return hash;
    });
    // In the order of the collection, whichever file was read first.
    const places = new Map(entries.map(({ id }, place) => [id, place]));
    const duplicates = byContent
      .map((group) => group.map(({ id }) => id))
      .map((group) => group.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0)))
      .sort(([a], [b]) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
      .map(([first, ...others]) => [first, others] as const);
    const result = new ExactDuplicates(samples, { duplicates, failures: files.failures });
    const summary = {
      duplicateCount: result.duplicateIds.length,
      failureCount: files.failures.length,
    };
    return { result, stored: result.toJSON(), summary };
  });
}

interface FileEntry {
  readonly id: string;
  readonly filepath: string;
}

/** Puts files together that have something in common, and remembers those that can't be read. */
class FileGroups {
  readonly failures: FileFailure[] = [];
  readonly #skipFailures: boolean;
  readonly #signal: AbortSignal | undefined;

  constructor(skipFailures: boolean, signal: AbortSignal | undefined) {
    this.#skipFailures = skipFailures;
    this.#signal = signal;
  }

  /** Groups of two or more. */
  async group(
    entries: readonly FileEntry[],
    keyOf: (filepath: string) => Promise<string | number>,
  ): Promise<FileEntry[][]> {
    const groups = new Map<string | number, FileEntry[]>();
    await forEachConcurrently(entries, readsMax, async (entry) => {
      throwIfCancelled(this.#signal, "Finding exact duplicates");
      const key = await this.#read(entry, keyOf);
      if (key === undefined) return;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
    });
    return [...groups.values()].filter(({ length }) => length > 1);
  }

  async #read<Key>(
    { id, filepath }: FileEntry,
    keyOf: (filepath: string) => Promise<Key>,
  ): Promise<Key | undefined> {
    try {
      return await keyOf(filepath);
    } catch (error) {
      if (!this.#skipFailures || !isBrainError(error)) throw error;
      this.failures.push({ id, filepath, reason: error.message });
      return undefined;
    }
  }
}
