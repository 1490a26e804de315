import type { Timestamp } from "../base/clock.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import type { SealedSegmentInfo } from "../segment/sealed-segment.ts";
import type { StoredIndex } from "./index-definition.ts";

/** A partition as the manifest holds it. */
export interface StoredPartition {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Timestamp;
}

/**
 * All that a collection is on disk, beside its name, which is the catalog's: replaced in one step at
 * each change. What it does not name is not there. `docs/format/manifest.md` describes the file.
 */
export interface CollectionManifest {
  readonly id: number;
  readonly schema: CollectionSchema;
  /** How often the schema has changed. Absent: never. */
  readonly schemaVersion?: number;
  readonly properties: Readonly<Record<string, string>>;
  /** Milvus's number: 0 Strong, 1 Session, 2 Bounded, 3 Eventually, 4 Customized. */
  readonly consistencyLevel: number;
  readonly shardsNum: number;
  readonly createdAt: Timestamp;
  readonly updatedAt: Timestamp;
  readonly partitions: readonly StoredPartition[];
  /** Ids of the partitions that may be read: `all`, also those to come, or a list. */
  readonly loaded: "all" | readonly number[];
  readonly indexes: readonly StoredIndex[];
  readonly segments: readonly SealedSegmentInfo[];
  /** The log files from this sequence number on hold what is in no segment. */
  readonly firstLog: number;
  /** Ids are never used twice. */
  readonly nextId: number;
  /** No timestamp in the segments is newer. */
  readonly lastTimestamp: Timestamp;
}

/** The partition that every collection has, and that rows go to when none is named. */
export const defaultPartitionName = "_default";
