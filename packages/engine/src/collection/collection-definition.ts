import type { Timestamp } from "../base/clock.ts";
import type { FieldDefinition, StructArrayDefinition } from "../schema/collection-schema.ts";
import type { IndexDefinition } from "./index-definition.ts";

/** What a caller gives to make a collection. */
export interface CollectionDefinition {
  readonly name: string;
  readonly fields: readonly FieldDefinition[];
  readonly structs?: readonly StructArrayDefinition[];
  /** Whether rows may carry values of undefined fields. Default false. */
  readonly dynamicField?: boolean;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** Milvus's number, kept for its clients; reads here always see all acknowledged writes. */
  readonly consistencyLevel?: number;
  /** Kept for Milvus's clients; a single node has one of everything. */
  readonly shardsNum?: number;
  /** Partitions that rows are spread over by the partition key, 1 to 1,024. Default 16. */
  readonly numPartitions?: number;
  /** Indexes to make at once. With `load` and none given: AUTOINDEX by cosine on vector fields. */
  readonly indexes?: readonly IndexDefinition[];
  /** Whether the collection can be read at once. Default true. */
  readonly load?: boolean;
}

/** What is to change of a collection's definition, beside its schema. */
export interface CollectionChange {
  readonly set?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  /** At most 1,024 bytes. */
  readonly description?: string;
  readonly consistencyLevel?: number;
}

export interface PartitionInfo {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Timestamp;
  /** Rows that are not deleted. */
  readonly rowCount: number;
  readonly loaded: boolean;
}

export interface SegmentInfo {
  readonly id: number;
  readonly partition: string;
  readonly rowCount: number;
  /** Bytes of the columns, on the disk or in memory. */
  readonly byteSize: number;
  readonly state: "growing" | "sealed";
}
