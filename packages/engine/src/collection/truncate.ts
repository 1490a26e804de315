import type { CollectionStore } from "./collection-store.ts";
import { removeSegments } from "./compactor.ts";
import { removeLogsBefore } from "./flusher.ts";

/**
 * Removes all rows in one step; schema, indexes and partitions stay. Rows that are written meanwhile
 * stay too. When it fails, everything is as it was.
 */
export async function truncateStore(store: CollectionStore): Promise<void> {
  await store.maintenance.run(async () => {
    const firstLog = await store.rotateLog();
    const { sealed, sealing, applied } = store;
    await store.changeManifest(
      () => ({ segments: [], firstLog, lastTimestamp: applied }),
      () => {
        store.sealed = store.sealed.filter((segment) => !sealed.includes(segment));
        store.sealing = store.sealing.filter((segment) => !sealing.includes(segment));
      },
    );
    await removeSegments(store, sealed);
    await removeLogsBefore(store, firstLog);
  });
}
