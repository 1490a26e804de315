import { must } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { earlier, later } from "../base/clock.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { infoOf } from "../schema/data-type.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { gatherColumn, type Picks } from "../schema/gather.ts";
import { vectorByteLength, vectorShapeOf } from "../schema/vector-layout.ts";
import type { DeletedRows } from "../segment/deleted-rows.ts";
import { timestampField } from "../segment/growing-segment.ts";
import type { SealedSegment } from "../segment/sealed-segment.ts";
import { fieldsOfExpiry, mayHaveExpired, subtractExpired } from "../segment/segment.ts";
import { writeSegmentDeletes, writeSegmentFiles } from "../segment/write-segment.ts";
import type { CollectionStore } from "./collection-store.ts";
import {
  type CompactionCandidate,
  type CompactionPlan,
  planCompactions,
  planFullCompaction,
} from "./compaction-policy.ts";

/** Readies a segment that no read sees yet, before it takes the place of others. */
export type Prepare = (segment: SealedSegment) => Promise<void>;

/** Segments that were replaced by one, or by none when no row was left. */
export interface Merge {
  readonly sources: readonly number[];
  readonly target?: number;
}

type Policy = (candidates: readonly CompactionCandidate[]) => CompactionPlan[];

/** Merges and rewrites segments as the policy plans it. */
export async function compactStore(store: CollectionStore, prepare: Prepare): Promise<void> {
  await store.maintenance.run(() => compactPlanned(store, planCompactions, prepare));
}

/** Rewrites every segment that has deleted rows and merges all it can: what a user asks for. */
export function compactFully(store: CollectionStore, prepare: Prepare): Promise<Merge[]> {
  return store.maintenance.run(() => compactPlanned(store, planFullCompaction, prepare));
}

async function compactPlanned(
  store: CollectionStore,
  policy: Policy,
  prepare: Prepare,
): Promise<Merge[]> {
  // Deletes of segments whose keys are not in memory must be known before rows are picked.
  const keyFieldId = primaryKeyOf(store.manifest.schema).id;
  const behind = store.sealed.filter((segment) => segment.hasPendingDeletes);
  await Promise.all(behind.map((segment) => segment.load([keyFieldId])));
  const doomed = await doomedRows(store);
  const candidates = store.sealed.map((segment) => {
    const { id, partitionId, rowCount } = segment;
    const byteSize = segment.byteSize + absentVectorBytes(store, segment);
    return { id, partitionId, rowCount, byteSize, deletedCount: doomed.countOf(segment) };
  });
  const merges: Merge[] = [];
  for (const plan of policy(candidates)) {
    const sources = store.sealed.filter(({ id }) => plan.some((planned) => planned.id === id));
    if (sources.length !== plan.length) continue;
    merges.push(await replaceSegments(store, sources, { prepare, doomed }));
  }
  return merges;
}

/**
 * What rows would take more if they were merged with rows that have vectors of fields which were
 * added after them: nulls of vectors are as long as vectors.
 */
function absentVectorBytes({ manifest }: CollectionStore, segment: SealedSegment): number {
  const absent = manifest.schema.fields.filter(
    (field) => infoOf(field.type).layout === "vector" && !segment.hasColumn(field.id),
  );
  const bytesOf = (field: Field): number => {
    const { element, dim } = vectorShapeOf(field);
    return vectorByteLength(element, dim);
  };
  return absent.reduce((sum, field) => sum + segment.rowCount * bytesOf(field), 0);
}

/** Which rows a compaction leaves out: the same ones for its plans and for its deeds. */
interface DoomedRows {
  countOf(segment: SealedSegment): number;
  /** The rows of a segment that stay. */
  keep(segment: SealedSegment): Bitset;
}

/**
 * Rows that are deleted, but for those that an iteration still sees, and rows that have expired.
 * What is deleted later stays, and is carried over.
 */
async function doomedRows(store: CollectionStore): Promise<DoomedRows> {
  const { expiry } = store;
  const pinned = store.pinned.oldest();
  const kept = new Map<SealedSegment, Bitset>();
  for (const segment of store.sealed) {
    const rows = Bitset.full(segment.rowCount);
    if (expiry !== undefined && mayHaveExpired(segment, expiry)) {
      const [fieldId] = fieldsOfExpiry(expiry);
      const column = await segment.readColumn(fieldId);
      subtractExpired(rows, expiry, () => column);
    }
    for (const [row, deletedAt] of segment.deleted.entries()) {
      if (pinned === undefined || deletedAt <= pinned) rows.delete(row);
    }
    kept.set(segment, rows);
  }
  const keep = (segment: SealedSegment): Bitset =>
    kept.get(segment) ?? Bitset.full(segment.rowCount);
  return { keep, countOf: (segment) => segment.rowCount - keep(segment).count() };
}

/**
 * Replaces segments of one partition by one with the rows that stay. Reads and writes go on: deletes
 * that come while files are written are carried over in the step that replaces.
 */
async function replaceSegments(
  store: CollectionStore,
  sources: readonly SealedSegment[],
  work: CompactionWork,
): Promise<Merge> {
  try {
    await Promise.all(sources.map((source) => source.holdKeys()));
    return await replaceHeld(store, sources, work);
  } finally {
    for (const source of sources) source.releaseKeys();
  }
}

interface CompactionWork {
  readonly prepare: Prepare;
  readonly doomed: DoomedRows;
}

async function replaceHeld(
  store: CollectionStore,
  sources: readonly SealedSegment[],
  { prepare, doomed }: CompactionWork,
): Promise<Merge> {
  const live = sources.map((source) => doomed.keep(source));
  const picks = picksOf(live);
  const merged = picks.rows.length === 0 ? [] : [await writeMerged(store, sources, picks)];
  for (const segment of merged) {
    await writeKnownDeletes(store, sources, { live, segment });
    await prepare(segment);
  }
  await store.changeManifest(
    () => ({ segments: [...replaced(store, sources, merged)].map(({ info }) => info) }),
    () => {
      if (merged.length > 0) carryDeletes(sources, live, merged[0].deleted);
      store.sealed = replaced(store, sources, merged);
    },
  );
  await removeSegments(store, sources);
  const ids = sources.map(({ id }) => id);
  return merged.length === 0 ? { sources: ids } : { sources: ids, target: merged[0].id };
}

/**
 * Rows that are kept although they are deleted, for reads of the past, stay deleted: the log may no
 * longer have the deletes that the sources' files have.
 */
async function writeKnownDeletes(
  store: CollectionStore,
  sources: readonly SealedSegment[],
  { live, segment }: { live: readonly Bitset[]; segment: SealedSegment },
): Promise<void> {
  carryDeletes(sources, live, segment.deleted);
  const { count } = segment.deleted;
  if (count === 0) return;
  const { fileSystem } = store.options;
  const deleteFile = await writeSegmentDeletes(fileSystem, segment.path, segment.deleted);
  segment.info = { ...segment.info, deleteFile };
  segment.deleted.markPersisted(count);
}

/**
 * Removes the files of segments that the manifest no longer names. What can't be removed now is when
 * the database is opened next: the change that made it superfluous has been made.
 */
export async function removeSegments(
  store: CollectionStore,
  segments: readonly SealedSegment[],
): Promise<void> {
  for (const segment of segments) {
    await segment.settle();
    await Promise.allSettled([store.options.fileSystem.removeDirectory(segment.path)]);
  }
}

function replaced(
  store: CollectionStore,
  sources: readonly SealedSegment[],
  merged: readonly SealedSegment[],
): SealedSegment[] {
  // A source may have gone with its partition: then what was made of it goes too.
  const isWhole = sources.every((source) => store.sealed.includes(source));
  const others = store.sealed.filter((segment) => !sources.includes(segment));
  return isWhole ? [...merged, ...others] : others;
}

function picksOf(live: readonly Bitset[]): Picks {
  const from: number[] = [];
  const rows: number[] = [];
  for (const [i, set] of live.entries()) {
    set.forEach((row) => {
      from.push(i);
      rows.push(row);
    });
  }
  return { from, rows };
}

async function writeMerged(
  store: CollectionStore,
  sources: readonly SealedSegment[],
  picks: Picks,
): Promise<SealedSegment> {
  const { fileSystem } = store.options;
  const id = store.allocateId();
  const path = store.segmentPath(id);
  // What none of the sources has, the merged segment need not have either.
  const fields = store.manifest.schema.fields.filter(({ id: fieldId }) =>
    sources.some((source) => source.hasColumn(fieldId)),
  );
  const columns = mergedColumns([...fields, timestampField], sources, picks);
  const byteSize = await writeSegmentFiles(fileSystem, path, columns);
  return store.sealedSegment({
    id,
    partitionId: sources[0].partitionId,
    rowCount: picks.rows.length,
    byteSize,
    oldest: sources.map((source) => source.oldest).reduce(earlier),
    newest: sources.map((source) => source.newest).reduce(later),
    columns: fields.map(({ id: fieldId }) => fieldId),
  });
}

/** The columns of the picked rows, one after the other: memory holds one of them at a time. */
async function* mergedColumns(
  fields: readonly Field[],
  sources: readonly SealedSegment[],
  picks: Picks,
): AsyncGenerator<readonly [number, Column]> {
  for (const field of fields) {
    const parts = await Promise.all(sources.map((source) => source.readColumn(field.id)));
    yield [field.id, gatherColumn(field, parts, picks)];
  }
}

/** Rows that were deleted after they were picked are deleted in the merged segment too. */
function carryDeletes(
  sources: readonly SealedSegment[],
  live: readonly Bitset[],
  deleted: DeletedRows,
): void {
  let firstRow = 0;
  for (const [i, source] of sources.entries()) {
    for (const [row, timestamp] of source.deleted.entries()) {
      if (live[i].has(row)) deleted.add(firstRow + live[i].rank(row), timestamp);
    }
    firstRow += must(live[i], "rows of a source").count();
  }
}
