import { EngineError } from "../base/errors.ts";
import { type BoundFilter, partitionKeyValues } from "../filter/filter.ts";
import { columnOf } from "../schema/column-of-values.ts";
import { limits } from "../schema/limits.ts";
import { checkName } from "../schema/name.ts";
import type { SealedSegment } from "../segment/sealed-segment.ts";
import type { Segment } from "../segment/segment.ts";
import type { PartitionInfo, SegmentInfo } from "./collection-definition.ts";
import { defaultPartitionName, type StoredPartition } from "./collection-manifest.ts";
import type { CollectionStore } from "./collection-store.ts";
import { removeSegments } from "./compactor.ts";
import { partitionIndexAt, partitionKeyOf } from "./partition-routing.ts";

/** A collection's store and, for the wording of errors, its name. */
export interface NamedStore {
  readonly store: CollectionStore;
  readonly name: string;
}

/** Throws `partition-exists`, `limit-exceeded` or `invalid-parameter`. */
export async function createPartition(target: NamedStore, name: string): Promise<void> {
  const { store } = target;
  refuseWithPartitionKey(store, "disable create partition if partition key mode is used");
  checkName("partition", name);
  await store.changeManifest(({ partitions }) => {
    if (partitions.some((partition) => partition.name === name)) {
      throw new EngineError("partition-exists", `partition already exist: ${name}`, {
        details: { partition: name, collection: target.name },
      });
    }
    const max = limits.partitionsPerCollection;
    if (partitions.length >= max) {
      throw new EngineError(
        "limit-exceeded",
        `partition number (${partitions.length}) exceeds max configuration (${max}), collection: ${target.name}`,
        { details: { max } },
      );
    }
    const createdAt = store.options.clock.next();
    return { partitions: [...partitions, { id: store.allocateId(), name, createdAt }] };
  });
}

/**
 * Drops a partition with its rows, which must be released before. The default one stays. Does
 * nothing when it is not there.
 */
export async function dropPartition({ store }: NamedStore, name: string): Promise<void> {
  refuseWithPartitionKey(store, "disable drop partition if partition key mode is used");
  if (name === defaultPartitionName) {
    throw new EngineError("invalid-parameter", "default partition cannot be deleted", {
      details: { partition: name },
    });
  }
  const partition = store.manifest.partitions.find((candidate) => candidate.name === name);
  if (partition === undefined) return;
  const { loaded } = store.manifest;
  if (loaded === "all" || loaded.includes(partition.id)) {
    throw new EngineError(
      "invalid-parameter",
      "partition cannot be dropped, partition is loaded, please release it first",
      { details: { partition: name } },
    );
  }
  let dropped: readonly SealedSegment[] = [];
  await store.changeManifest(
    ({ partitions, segments }) => ({
      partitions: partitions.filter(({ id }) => id !== partition.id),
      segments: segments.filter(({ partitionId }) => partitionId !== partition.id),
    }),
    () => {
      dropped = store.sealed.filter(({ partitionId }) => partitionId === partition.id);
      store.forgetPartition(partition.id);
    },
  );
  await store.maintenance.run(() => removeSegments(store, dropped));
}

export function listPartitions(store: CollectionStore): readonly PartitionInfo[] {
  const { partitions, loaded } = store.manifest;
  return partitions.map(({ id, name, createdAt }) => ({
    id,
    name,
    createdAt,
    loaded: loaded === "all" || loaded.includes(id),
    rowCount: store.segments
      .filter(({ partitionId }) => partitionId === id)
      .reduce((sum, { rowCount, deleted }) => sum + rowCount - deleted.count, 0),
  }));
}

export function listSegments(store: CollectionStore): readonly SegmentInfo[] {
  const nameOf = new Map(store.manifest.partitions.map(({ id, name }) => [id, name]));
  return store.segments.map(({ id, partitionId, rowCount, byteSize, state }) => ({
    id,
    partition: nameOf.get(partitionId) ?? "",
    rowCount,
    byteSize,
    state,
  }));
}

/** Throws `partition-not-found`. */
export function partitionNamed(
  { store, name: collection }: NamedStore,
  name: string,
): StoredPartition {
  const found = store.manifest.partitions.find((partition) => partition.name === name);
  if (found !== undefined) return found;
  throw new EngineError("partition-not-found", "partition not found", {
    details: { partition: name, collection },
  });
}

/**
 * The partition that a write names; `undefined` when rows are spread by their partition key.
 * Throws `partition-not-found`, or `invalid-parameter` when rows are spread and one is named.
 */
export function partitionOfWrite(
  target: NamedStore,
  name: string | undefined,
): StoredPartition | undefined {
  if (partitionKeyOf(target.store.manifest.schema) === undefined) {
    return partitionNamed(target, name ?? defaultPartitionName);
  }
  if (name !== undefined) refuseNamedPartition(target.store);
  return undefined;
}

/**
 * The segments that a read looks into: of the named partitions, of all loaded ones when none is
 * named; those whose partition keys can't match the filter are left out.
 * Throws `collection-not-loaded`, `partition-not-found`, `partition-not-loaded`, `io`, and
 * `invalid-parameter` when partitions are named where rows are spread by their key.
 */
export function segmentsToRead(
  target: NamedStore,
  names: readonly string[] | undefined,
  filter: BoundFilter | undefined,
): readonly Segment[] {
  const { store, name } = target;
  store.requireWhole();
  const { loaded } = store.manifest;
  const details = { collection: name };
  const isNamed = names !== undefined && names.length > 0;
  if (isNamed) refuseNamedPartition(store);
  if (loaded !== "all" && loaded.length === 0) {
    throw new EngineError("collection-not-loaded", "collection not loaded", { details });
  }
  const ids = isNamed ? names.map((partition) => partitionNamed(target, partition).id) : undefined;
  if (loaded !== "all" && ids?.some((id) => !loaded.includes(id))) {
    throw new EngineError("partition-not-loaded", "partition not loaded", {
      details: { ...details, partition: names ?? [] },
    });
  }
  const wanted = ids ?? matchingPartitions(store, filter);
  if (wanted === undefined && loaded === "all") return store.segments;
  const isReadable = (id: number): boolean =>
    (loaded === "all" || loaded.includes(id)) && (wanted?.includes(id) ?? true);
  return store.segments.filter(({ partitionId }) => isReadable(partitionId));
}

/** Throws `invalid-parameter` where partitions are not the caller's to choose. */
export function refuseNamedPartition(store: CollectionStore): void {
  refuseWithPartitionKey(
    store,
    "not support manually specifying the partition names if partition key mode is used",
  );
}

/** Throws `invalid-parameter` with this text when rows are spread by a partition key. */
function refuseWithPartitionKey(store: CollectionStore, message: string): void {
  const field = partitionKeyOf(store.manifest.schema);
  if (field === undefined) return;
  throw new EngineError("invalid-parameter", message, { details: { field: field.name } });
}

/** The ids of the partitions that rows that match the filter can be in; `undefined` for any. */
function matchingPartitions(
  store: CollectionStore,
  filter: BoundFilter | undefined,
): readonly number[] | undefined {
  const { schema, partitions } = store.manifest;
  const field = partitionKeyOf(schema);
  const values = field && filter && partitionKeyValues(filter, field.id);
  if (field === undefined || values === undefined) return undefined;
  const keys = columnOf(field, values);
  const ids = new Set<number>();
  for (let row = 0; row < keys.rowCount; row++) {
    ids.add(partitions[partitionIndexAt(keys, row, partitions.length)].id);
  }
  return [...ids];
}
