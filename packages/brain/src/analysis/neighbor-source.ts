import type { LongOperationOptions } from "../base/progress.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import type { VectorInput } from "./analysis-options.ts";
import { type ItemVectors, openItemVectors } from "./item-vectors.ts";
import { NeighborLists } from "./neighbor-lists.ts";

interface Opened {
  readonly items: ItemVectors;
  readonly lists: NeighborLists;
}

/** The neighbours that results were found by: opened when they are asked for, and then kept. */
export class NeighborSource {
  readonly patchesField: string | undefined;
  readonly #samples: SampleCollection<Dataset>;
  readonly #input: () => VectorInput;
  #opened: Opened | undefined;

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
    return await work(this.#opened.lists, this.#opened.items);
  }

  /** Leaves the index; the next use opens it again. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.items.close();
  }
}

async function open(
  samples: SampleCollection<Dataset>,
  input: VectorInput,
  options: LongOperationOptions,
): Promise<Opened> {
  const items = await openItemVectors(samples, { ...input, ...options });
  return { items, lists: await NeighborLists.open(items) };
}
