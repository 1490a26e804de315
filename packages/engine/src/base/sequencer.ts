/** Runs tasks one after the other, in the order in which they were given. */
export class Sequencer {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the task does. A failed task does not keep later ones from running. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all tasks that were given so far have ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
