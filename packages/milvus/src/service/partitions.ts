import { checkName, isEngineError, type PartitionInfo, physicalMs } from "@redkite/engine";
import { MilvusError } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  BoolResponseSchema,
  CreatePartitionRequestSchema,
  DropPartitionRequestSchema,
  GetPartitionStatisticsRequestSchema,
  GetPartitionStatisticsResponseSchema,
  HasPartitionRequestSchema,
  ShowPartitionsRequestSchema,
  ShowPartitionsResponseSchema,
  ShowType,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";

/** Partitions of a collection. */
export const partitionMethods: MethodTable = {
  CreatePartition: method(CreatePartitionRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    try {
      await collection.createPartition(request.partitionName);
    } catch (error) {
      // As in Milvus, creating what there is already is no error.
      if (!isEngineError(error, "partition-exists")) throw error;
    }
    return {};
  }),
  DropPartition: method(DropPartitionRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    checkName("partition", request.partitionName);
    await collection.dropPartition(request.partitionName);
    return {};
  }),
  HasPartition: method(HasPartitionRequestSchema, BoolResponseSchema, (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    checkName("partition", request.partitionName);
    return { status: {}, value: collection.hasPartition(request.partitionName) };
  }),
  ShowPartitions: method(
    ShowPartitionsRequestSchema,
    ShowPartitionsResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const shown = selectPartitions(collection.listPartitions(), request.partitionNames).filter(
        (info) => request.type !== ShowType.InMemory || info.loaded,
      );
      return {
        status: {},
        partitionNames: shown.map((info) => info.name),
        partitionIDs: shown.map((info) => BigInt(info.id)),
        createdTimestamps: shown.map((info) => info.createdAt),
        createdUtcTimestamps: shown.map((info) => BigInt(physicalMs(info.createdAt))),
        inMemoryPercentages: shown.map((info) => (info.loaded ? 100n : 0n)),
      };
    },
  ),
  GetPartitionStatistics: method(
    GetPartitionStatisticsRequestSchema,
    GetPartitionStatisticsResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const [info] = selectPartitions(collection.listPartitions(), [request.partitionName]);
      return { status: {}, stats: [{ key: "row_count", value: `${info.rowCount}` }] };
    },
  ),
};

/** The partitions of these names, all of them when there are none. Throws `MilvusError` 200. */
export function selectPartitions(
  partitions: readonly PartitionInfo[],
  names: readonly string[],
): readonly PartitionInfo[] {
  if (names.length === 0) return partitions;
  return names.map((name) => {
    const info = partitions.find((partition) => partition.name === name);
    if (info === undefined) {
      throw new MilvusError("partitionNotFound", { fields: { partition: name } });
    }
    return info;
  });
}
