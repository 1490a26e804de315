import { setTimeout as delay } from "node:timers/promises";
import { throwIfCancelled } from "../base/progress.ts";
import { callMilvus } from "../similarity/milvus-status.ts";
import type { SimilarityIndex } from "../similarity/similarity-index.ts";

/** Fewer vectors are compared as fast without an index as it takes to build one. */
const indexedRowsMin = 10_000;
const askAgainMs = 100;
/** Then the search goes on without: its answers are the same, only later. */
const waitMsMax = 10 * 60_000;

/**
 * Waits until the vectors of a large index are in Milvus's index: those that were written last are
 * searched one by one else, which for every vector against every other takes hours.
 */
export async function buildIndex(
  { collection }: SimilarityIndex,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { client, name } = collection;
  if ((await collection.count()) < indexedRowsMin) return;
  await callMilvus(`flush "${name}"`, () => client.flush({ collection_names: [name] }));
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += askAgainMs) {
    throwIfCancelled(signal, "Building the index");
    const { index_descriptions: indexes } = await callMilvus(
      `describe the index of "${name}"`,
      () => client.describeIndex({ collection_name: name }),
    );
    const index = indexes.find(({ field_name }) => field_name === "vector");
    if (index === undefined || Number(index.pending_index_rows) === 0) return;
    await delay(askAgainMs, undefined, signal === undefined ? {} : { signal }).catch(
      () => undefined,
    );
  }
}
