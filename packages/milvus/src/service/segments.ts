import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Collection, SegmentInfo } from "@redkite/engine";
import { SegmentLevel, SegmentState } from "../wire/gen/common_pb.ts";
import {
  GetPersistentSegmentInfoRequestSchema,
  GetPersistentSegmentInfoResponseSchema,
  GetQuerySegmentInfoRequestSchema,
  GetQuerySegmentInfoResponseSchema,
  type PersistentSegmentInfoSchema,
  type QuerySegmentInfoSchema,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";

/** The only node there is. */
export const nodeId = 1n;

/** What a collection's rows lie in. */
export const segmentMethods: MethodTable = {
  GetPersistentSegmentInfo: method(
    GetPersistentSegmentInfoRequestSchema,
    GetPersistentSegmentInfoResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      return {
        status: {},
        infos: collection.segments().map((info) => persistent(collection, info)),
      };
    },
  ),
  GetQuerySegmentInfo: method(
    GetQuerySegmentInfoRequestSchema,
    GetQuerySegmentInfoResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const loaded = new Set(
        collection
          .listPartitions()
          .flatMap((partition) => (partition.loaded ? partition.name : [])),
      );
      const segments = collection.segments().filter((info) => loaded.has(info.partition));
      return { status: {}, infos: segments.map((info) => queried(collection, info)) };
    },
  ),
};

/** A number of something of a collection that no other collection uses: clients pass it on alone. */
export function globalId(collection: Collection, id: number): bigint {
  return (BigInt(collection.id) << 32n) | BigInt(id);
}

/** The collection and the number that {@link globalId} was made of. */
export function localIds(id: bigint): { readonly collectionId: number; readonly id: number } {
  return { collectionId: Number(id >> 32n), id: Number(BigInt.asUintN(32, id)) };
}

function persistent(
  collection: Collection,
  info: SegmentInfo,
): MessageInitShape<typeof PersistentSegmentInfoSchema> {
  return {
    segmentID: globalId(collection, info.id),
    collectionID: BigInt(collection.id),
    partitionID: partitionIdOf(collection, info),
    numRows: BigInt(info.rowCount),
    state: info.state === "sealed" ? SegmentState.Flushed : SegmentState.Growing,
    level: SegmentLevel.L1,
  };
}

function queried(
  collection: Collection,
  info: SegmentInfo,
): MessageInitShape<typeof QuerySegmentInfoSchema> {
  const index = collection.listIndexes().find(({ metric }) => metric !== undefined);
  return {
    segmentID: globalId(collection, info.id),
    collectionID: BigInt(collection.id),
    partitionID: partitionIdOf(collection, info),
    memSize: BigInt(info.byteSize),
    numRows: BigInt(info.rowCount),
    indexName: index?.name ?? "",
    indexID: BigInt(index?.id ?? 0),
    nodeID: nodeId,
    nodeIds: [nodeId],
    state: info.state === "sealed" ? SegmentState.Sealed : SegmentState.Growing,
    level: SegmentLevel.L1,
  };
}

function partitionIdOf(collection: Collection, { partition }: SegmentInfo): bigint {
  return BigInt(collection.listPartitions().find(({ name }) => name === partition)?.id ?? 0);
}
