import { later } from "../base/clock.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import type { GrowingSegment } from "../segment/growing-segment.ts";
import type { SealedSegment, SealedSegmentInfo } from "../segment/sealed-segment.ts";
import { timestampFieldId } from "../segment/segment.ts";
import { writeSegmentDeletes, writeSegmentFiles } from "../segment/write-segment.ts";
import { type CollectionStore, logSequenceOf } from "./collection-store.ts";

/**
 * Moves all rows and deletes from memory and log to files of their own: ends the log, writes the
 * growing segments and what was deleted of the sealed ones, changes the manifest, removes the log.
 * When it fails, everything is as it was, and a later flush does it all.
 */
export async function flushStore(store: CollectionStore): Promise<void> {
  await store.maintenance.run(() => flush(store));
}

async function flush(store: CollectionStore): Promise<void> {
  if (!needsFlush(store)) return;
  const firstLog = await store.rotateLog();
  const sealing = [...store.sealing];
  const lastTimestamp = store.applied;
  const written: SealedSegment[] = [];
  for (const segment of sealing) written.push(await seal(store, segment));
  const oldInfos = await writeDeletes(store, [...store.sealed, ...written]);
  // A partition may have been dropped meanwhile: its segments are no longer in `sealing`.
  const isKept = (_: unknown, i: number): boolean => store.sealing.includes(sealing[i]);
  await store.changeManifest(
    () => ({
      segments: [...store.sealed, ...written.filter(isKept)].map(({ info }) => info),
      firstLog,
      lastTimestamp: later(lastTimestamp, store.manifest.lastTimestamp),
    }),
    () => {
      store.sealed.push(...written.filter(isKept));
      store.sealing = store.sealing.filter((segment) => !sealing.includes(segment));
    },
  );
  await removeOldFiles(store, oldInfos, firstLog);
}

function needsFlush(store: CollectionStore): boolean {
  return (
    store.growing.length > 0 ||
    store.sealing.length > 0 ||
    store.sealed.some((segment) => segment.deleted.isDirty || segment.hasPendingDeletes)
  );
}

/** Writes the rows of a full segment. It shares its deletes and indexes with what takes its place. */
async function seal(store: CollectionStore, segment: GrowingSegment): Promise<SealedSegment> {
  const { fileSystem } = store.options;
  const path = store.segmentPath(segment.id);
  const columns = store.manifest.schema.fields.map(({ id }) => id);
  const byteSize = await writeSegmentFiles(
    fileSystem,
    path,
    new Map([...columns, timestampFieldId].map((id) => [id, segment.column(id)])),
  );
  const info: SealedSegmentInfo = {
    id: segment.id,
    partitionId: segment.partitionId,
    rowCount: segment.rowCount,
    byteSize,
    oldest: segment.oldest,
    newest: segment.newest,
    columns,
  };
  const { deleted, indexes } = segment;
  return store.sealedSegment(info, { deleted, indexes });
}

/** Writes new delete files where there are new deletes, and answers the infos that name the old. */
async function writeDeletes(
  store: CollectionStore,
  segments: readonly SealedSegment[],
): Promise<SealedSegmentInfo[]> {
  const keyFieldId = primaryKeyOf(store.manifest.schema).id;
  const replaced: SealedSegmentInfo[] = [];
  for (const segment of segments) {
    if (segment.hasPendingDeletes) await segment.load([keyFieldId]);
    if (!segment.deleted.isDirty) continue;
    const { count } = segment.deleted;
    const { fileSystem } = store.options;
    const deleteFile = await writeSegmentDeletes(fileSystem, segment.path, segment.deleted);
    replaced.push(segment.info);
    segment.info = { ...segment.info, deleteFile };
    segment.deleted.markPersisted(count);
  }
  return replaced;
}

async function removeOldFiles(
  store: CollectionStore,
  oldInfos: readonly SealedSegmentInfo[],
  firstLog: number,
): Promise<void> {
  const { fileSystem } = store.options;
  await Promise.allSettled(
    oldInfos.map(async ({ id, deleteFile }) => {
      if (deleteFile !== undefined) {
        await fileSystem.remove(`${store.segmentPath(id)}/${deleteFile}`);
      }
    }),
  );
  await removeLogsBefore(store, firstLog);
}

/**
 * Removes logs whose rows are in segments, or nowhere any more. What can't be removed now is when
 * the database is opened next.
 */
export async function removeLogsBefore(store: CollectionStore, firstLog: number): Promise<void> {
  const { fileSystem, path } = store.options;
  const [listed] = await Promise.allSettled([fileSystem.list(path)]);
  const names = listed.status === "fulfilled" ? (listed.value ?? []) : [];
  const old = names.filter((name) => (logSequenceOf(name) ?? firstLog) < firstLog);
  await Promise.allSettled(old.map((name) => fileSystem.remove(`${path}/${name}`)));
}
