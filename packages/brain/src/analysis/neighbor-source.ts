import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { VectorInput } from "./analysis-options.ts";
import { type ItemVectors, readItemVectors } from "./item-vectors.ts";
import { NeighborLists } from "./neighbor-lists.ts";

interface Opened {
  readonly items: ItemVectors;
  readonly lists: NeighborLists;
}

/**
 * The neighbours that results were found by: vectors are read when they are asked for, and then kept with
 * what was found, in memory only.
 */
export class NeighborSource {
  readonly patchesField: string | undefined;
  readonly #samples: SampleCollection<Dataset>;
  readonly #input: () => VectorInput;
  #opened: Opened | undefined;
  #userCount = 0;

  /** @param input How to find the vectors; may throw where they were not kept. */
  constructor(
    samples: SampleCollection<Dataset>,
    patchesField: string | undefined,
    input: () => VectorInput,
  ) {
    this.#samples = samples;
    this.patchesField = patchesField;
    this.#input = input;
  }

  /** Opens it at once. */
  static async open(
    samples: SampleCollection<Dataset>,
    input: VectorInput,
    options: LongOperationOptions,
  ): Promise<NeighborSource> {
    const opened = await open(samples, input, options);
    const source = new NeighborSource(samples, opened.items.patchesField, () => input);
    source.#opened = opened;
    return source;
  }

  async use<Result>(
    options: LongOperationOptions,
    work: (lists: NeighborLists, items: ItemVectors) => Promise<Result>,
  ): Promise<Result> {
    this.#opened ??= await open(this.#samples, this.#input(), options);
    const { lists, items } = this.#opened;
    this.#userCount++;
    try {
      return await work(lists, items);
    } finally {
      this.#userCount--;
      if (this.#userCount === 0) await lists.freeIndex();
    }
  }

  /** Forgets vectors and neighbours; the next use reads them again. */
  close(): void {
    this.#opened = undefined;
  }
}

async function open(
  samples: SampleCollection<Dataset>,
  input: VectorInput,
  options: LongOperationOptions,
): Promise<Opened> {
  const items = await readItemVectors(samples, { ...input, ...options });
  return { items, lists: new NeighborLists(items.table) };
}
