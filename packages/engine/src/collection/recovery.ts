import { must } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { DeletedRows } from "../segment/deleted-rows.ts";
import { IndexFiles } from "../segment/index-files.ts";
import type { SealedSegment, SealedSegmentInfo } from "../segment/sealed-segment.ts";
import { readDeleteFile } from "../storage/delete-file.ts";
import { readDocument } from "../storage/json-document.ts";
import { readLog } from "../storage/log-reader.ts";
import { LogWriter } from "../storage/log-writer.ts";
import type { CollectionManifest } from "./collection-manifest.ts";
import { CollectionStore, logPath, logSequenceOf, type StoreOptions } from "./collection-store.ts";

/**
 * Opens a collection's folder: reads the manifest, replays the log on to it, and removes files that
 * no manifest names, which a crash has left. Throws `corrupt-file`, `format-too-new` or `io`.
 */
export async function recoverCollection(options: StoreOptions): Promise<CollectionStore> {
  const { fileSystem, path, clock } = options;
  // A process that was killed may have renamed the manifest without syncing the folder: what is
  // removed below because of this manifest must not be gone when the manifest is.
  await fileSystem.syncDirectory(path);
  const manifest = await readManifest(options);
  clock.observe(manifest.lastTimestamp);
  const store = new CollectionStore(options, manifest, new IndexFiles(fileSystem));
  store.sealed = await Promise.all(manifest.segments.map((info) => openSegment(store, info)));
  await replayLogs(store);
  // Deletes from the log must count from the start, in the number of rows too.
  const behind = store.sealed.filter((segment) => segment.hasPendingDeletes);
  const keyFieldId = primaryKeyOf(manifest.schema).id;
  await Promise.all(behind.map((segment) => segment.load([keyFieldId])));
  await removeLeftovers(store);
  return store;
}

/** Segments of the first format don't say which columns they have: those of all fields. */
type StoredManifest = Omit<CollectionManifest, "segments"> & {
  readonly segments: readonly (Omit<SealedSegmentInfo, "columns"> &
    Partial<Pick<SealedSegmentInfo, "columns">>)[];
};

async function readManifest({ fileSystem, path }: StoreOptions): Promise<CollectionManifest> {
  const stored = await readDocument<StoredManifest>(fileSystem, "manifest", `${path}/manifest`);
  const columns = stored.schema.fields.map(({ id }) => id);
  return { ...stored, segments: stored.segments.map((info) => ({ columns, ...info })) };
}

async function openSegment(
  store: CollectionStore,
  info: SealedSegmentInfo,
): Promise<SealedSegment> {
  const { fileSystem } = store.options;
  const { id, deleteFile } = info;
  if (deleteFile === undefined) return store.sealedSegment(info);
  const deletes = await readDeleteFile(fileSystem, `${store.segmentPath(id)}/${deleteFile}`);
  return store.sealedSegment(info, { deleted: DeletedRows.fromFile(deletes) });
}

async function replayLogs(store: CollectionStore): Promise<void> {
  const { fileSystem, path, durability } = store.options;
  const { firstLog } = store.manifest;
  const names = (await fileSystem.list(path)) ?? [];
  const sequences = names
    .map(logSequenceOf)
    .filter((sequence) => sequence !== undefined)
    .filter((sequence) => sequence >= firstLog)
    .sort((a, b) => a - b);
  for (const [i, sequence] of sequences.entries()) {
    const contents = await readLog(fileSystem, logPath(path, sequence));
    for (const record of contents.records) store.apply(record);
    const isLast = i === sequences.length - 1;
    if (!isLast && contents.torn) throw tornBeforeTheEnd(logPath(path, sequence), contents.length);
    if (!isLast) continue;
    const { length, isOld } = contents;
    const options = { durability, sequence, length };
    // Of a log that was torn this cuts the end off, so that a newer one may follow.
    const log = await LogWriter.reopen(fileSystem, logPath(path, sequence), options);
    if (!isOld) store.continueLog(log, sequence);
    else {
      // New records may have what its version has not: an older Redkite would take it for damaged.
      await log.close();
      store.beginLogAt(sequence + 1);
    }
  }
}

/** Only the newest log can end in the middle of a record: the others were ended in order. */
function tornBeforeTheEnd(path: string, length: number): EngineError {
  return new EngineError(
    "corrupt-file",
    `Cannot recover from the log "${path}": it ends in the middle of a record at byte ${length}, though a newer log exists; restore the folder from a backup`,
    { details: { path, length } },
  );
}

async function removeLeftovers(store: CollectionStore): Promise<void> {
  const { fileSystem, path } = store.options;
  const { firstLog, segments } = store.manifest;
  for (const name of (await fileSystem.list(path)) ?? []) {
    const sequence = logSequenceOf(name);
    if (sequence !== undefined && sequence < firstLog) await fileSystem.remove(`${path}/${name}`);
  }
  const known = new Map(segments.map((info) => [String(info.id), info]));
  for (const name of (await fileSystem.list(`${path}/segments`)) ?? []) {
    if (!known.has(name)) {
      await fileSystem.removeDirectory(`${path}/segments/${name}`);
      continue;
    }
    await removeOldFiles(store, must(known.get(name), "segment"));
  }
}

/** Delete files that newer ones have replaced, and index files that the manifest does not name. */
async function removeOldFiles(store: CollectionStore, info: SealedSegmentInfo): Promise<void> {
  const { fileSystem } = store.options;
  const path = store.segmentPath(info.id);
  const named = [info.deleteFile, ...(info.indexes ?? []).map(({ file }) => file)];
  for (const name of (await fileSystem.list(path)) ?? []) {
    if (/\.(?:del|idx)$/.test(name) && !named.includes(name)) {
      await fileSystem.remove(`${path}/${name}`);
    }
  }
}
