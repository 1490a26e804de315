/** Does work for each item, so much at a time; after the first failure, which is thrown, no more begins. */
export async function forEachConcurrently<Item>(
  items: Iterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let isStopped = false;
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && !isStopped; next = queue.next()) {
      try {
        await work(next.value);
      } catch (error) {
        isStopped = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
