/** Batches that are remembered at most. */
const batchesMax = 1_000;
/** How long Snowflake may repeat one: it gives up far earlier. */
const rememberedMs = 10 * 60 * 1_000;

interface Batch {
  readonly answer: Promise<string>;
  readonly atMs: number;
}

/**
 * Snowflake sends a batch again when the answer does not reach it, with the same id. Its rows are not inserted twice:
 * who sends an id again gets the answer of the first time, or waits for it. A batch that failed is carried out again.
 */
export class RepeatedBatches {
  readonly #batches = new Map<string, Batch>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Without an id, every batch is a new one. */
  run(id: string | undefined, work: () => Promise<string>): Promise<string> {
    if (id === undefined) return work();
    this.#forget();
    const known = this.#batches.get(id);
    if (known !== undefined) return known.answer;
    const answer = work();
    this.#batches.set(id, { answer, atMs: this.#nowMs() });
    answer.catch(() => this.#batches.delete(id));
    return answer;
  }

  /** The map has the oldest first. */
  #forget(): void {
    const oldestMs = this.#nowMs() - rememberedMs;
    for (const [id, { atMs }] of this.#batches) {
      if (atMs >= oldestMs && this.#batches.size < batchesMax) return;
      this.#batches.delete(id);
    }
  }
}
