import { must } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { earlier, later } from "../base/clock.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { gatherColumn, type Picks } from "../schema/gather.ts";
import type { DeletedRows } from "../segment/deleted-rows.ts";
import { timestampField } from "../segment/growing-segment.ts";
import { SealedSegment } from "../segment/sealed-segment.ts";
import { writeSegmentFiles } from "../segment/write-segment.ts";
import type { CollectionStore } from "./collection-store.ts";
import {
  type CompactionCandidate,
  type CompactionPlan,
  planCompactions,
  planFullCompaction,
} from "./compaction-policy.ts";

/** Readies a segment that no read sees yet, before it takes the place of others. */
export type Prepare = (segment: SealedSegment) => Promise<void>;

/** Merges and rewrites segments as the policy plans it. */
export async function compactStore(store: CollectionStore, prepare: Prepare): Promise<void> {
  await store.maintenance.run(() => compactPlanned(store, planCompactions, prepare));
}

/** Rewrites every segment that has deleted rows and merges all it can: what a user asks for. */
export async function compactFully(store: CollectionStore, prepare: Prepare): Promise<void> {
  await store.maintenance.run(() => compactPlanned(store, planFullCompaction, prepare));
}

async function compactPlanned(
  store: CollectionStore,
  policy: (candidates: readonly CompactionCandidate[]) => CompactionPlan[],
  prepare: Prepare,
): Promise<void> {
  // Deletes of segments whose keys are not in memory must be known before rows are picked.
  const keyFieldId = primaryKeyOf(store.manifest.schema).id;
  const behind = store.sealed.filter((segment) => segment.hasPendingDeletes);
  await Promise.all(behind.map((segment) => segment.load([keyFieldId])));
  const plans = policy(
    store.sealed.map(({ id, partitionId, rowCount, byteSize, deleted }) => ({
      id,
      partitionId,
      rowCount,
      byteSize,
      deletedCount: deleted.count,
    })),
  );
  for (const plan of plans) {
    const sources = store.sealed.filter(({ id }) => plan.some((planned) => planned.id === id));
    if (sources.length === plan.length) await replaceSegments(store, sources, prepare);
  }
}

/**
 * Replaces segments of one partition by one with the rows that are not deleted. Reads and writes go
 * on: deletes that come while files are written are carried over in the step that replaces.
 */
async function replaceSegments(
  store: CollectionStore,
  sources: readonly SealedSegment[],
  prepare: Prepare,
): Promise<void> {
  const keyFieldId = primaryKeyOf(store.manifest.schema).id;
  await Promise.all(sources.map((source) => source.load([keyFieldId])));
  const live = sources.map(liveRows);
  const picks = picksOf(live);
  const merged = picks.rows.length === 0 ? [] : [await writeMerged(store, sources, picks)];
  for (const segment of merged) await prepare(segment);
  await store.changeManifest(
    () => ({ segments: [...replaced(store, sources, merged)].map(({ info }) => info) }),
    () => {
      if (merged.length > 0) carryDeletes(sources, live, merged[0].deleted);
      store.sealed = replaced(store, sources, merged);
    },
  );
  await removeSegments(store, sources);
}

/** Removes the files of segments that the manifest no longer names. */
export async function removeSegments(
  store: CollectionStore,
  segments: readonly SealedSegment[],
): Promise<void> {
  for (const segment of segments) {
    await segment.settle();
    await store.options.fileSystem.removeDirectory(segment.path);
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

function liveRows(segment: SealedSegment): Bitset {
  const rows = Bitset.full(segment.rowCount);
  for (const [row] of segment.deleted.entries()) rows.delete(row);
  return rows;
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
  const fields: readonly Field[] = [...store.manifest.schema.fields, timestampField];
  const byteSize = await writeSegmentFiles(fileSystem, path, mergedColumns(fields, sources, picks));
  const info = {
    id,
    partitionId: sources[0].partitionId,
    rowCount: picks.rows.length,
    byteSize,
    oldest: sources.map((source) => source.oldest).reduce(earlier),
    newest: sources.map((source) => source.newest).reduce(later),
  };
  const keyFieldId = primaryKeyOf(store.manifest.schema).id;
  const { indexFiles } = store;
  return new SealedSegment({ fileSystem, path, info, keyFieldId, indexFiles });
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
