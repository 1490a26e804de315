import { must } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { earlier, later } from "../base/clock.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { gatherColumn, type Picks } from "../schema/gather.ts";
import { DeletedRows } from "../segment/deleted-rows.ts";
import { timestampField } from "../segment/growing-segment.ts";
import { SealedSegment } from "../segment/sealed-segment.ts";
import { writeSegmentFiles } from "../segment/write-segment.ts";
import type { CollectionStore } from "./collection-store.ts";
import { planCompactions } from "./compaction-policy.ts";

/** Merges and rewrites segments as the policy plans it, until it plans nothing. */
export async function compactStore(store: CollectionStore): Promise<void> {
  await store.maintenance.run(() => compactPlanned(store));
}

/** Rewrites every segment that has deleted rows and merges all it can: what a user asks for. */
export async function compactFully(store: CollectionStore): Promise<void> {
  await store.maintenance.run(async () => {
    await compactPlanned(store);
    for (const segment of [...store.sealed]) {
      if (segment.deleted.count > 0) await replaceSegments(store, [segment]);
    }
  });
}

async function compactPlanned(store: CollectionStore): Promise<void> {
  const plans = planCompactions(
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
    if (sources.length === plan.length) await replaceSegments(store, sources);
  }
}

/**
 * Replaces segments of one partition by one with the rows that are not deleted. Reads and writes go
 * on: deletes that come while files are written are carried over in the step that replaces.
 */
async function replaceSegments(
  store: CollectionStore,
  sources: readonly SealedSegment[],
): Promise<void> {
  const fields: readonly Field[] = [...store.manifest.schema.fields, timestampField];
  const fieldIds = fields.map(({ id }) => id);
  await Promise.all(sources.map((source) => source.load(fieldIds)));
  const live = sources.map(liveRows);
  const picks = picksOf(live);
  const merged = picks.rows.length === 0 ? [] : [await writeMerged(store, sources, picks)];
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
  const columns = new Map<number, Column>();
  for (const field of [...store.manifest.schema.fields, timestampField]) {
    const parts = sources.map((source) => source.column(field.id));
    columns.set(field.id, gatherColumn(field, parts, picks));
  }
  const byteSize = await writeSegmentFiles(fileSystem, path, columns);
  const info = {
    id,
    partitionId: sources[0].partitionId,
    rowCount: picks.rows.length,
    byteSize,
    oldest: sources.map((source) => source.oldest).reduce(earlier),
    newest: sources.map((source) => source.newest).reduce(later),
  };
  const keyFieldId = primaryKeyOf(store.manifest.schema).id;
  return new SealedSegment({ fileSystem, path, info, keyFieldId, deleted: new DeletedRows() });
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
