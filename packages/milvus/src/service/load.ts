import { type Collection, isEngineError } from "@redkite/engine";
import { MilvusError } from "../errors.ts";
import { LoadState, StatusSchema } from "../wire/gen/common_pb.ts";
import {
  GetLoadingProgressRequestSchema,
  GetLoadingProgressResponseSchema,
  GetLoadStateRequestSchema,
  GetLoadStateResponseSchema,
  LoadCollectionRequestSchema,
  LoadPartitionsRequestSchema,
  ReleaseCollectionRequestSchema,
  ReleasePartitionsRequestSchema,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";
import { selectPartitions } from "./partitions.ts";

/**
 * Loading and releasing. What requests say about replicas, resource groups, priority and which
 * fields to load decides where Milvus keeps data, not what it answers, and is not used.
 */
export const loadMethods: MethodTable = {
  LoadCollection: method(LoadCollectionRequestSchema, StatusSchema, async (request, call) => {
    await call.database.collection(request.collectionName, call.databaseName).load();
    return {};
  }),
  ReleaseCollection: method(ReleaseCollectionRequestSchema, StatusSchema, async (request, call) => {
    await call.database.collection(request.collectionName, call.databaseName).release();
    return {};
  }),
  LoadPartitions: method(LoadPartitionsRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    await collection.load(checkPartitionNames(request.partitionNames));
    return {};
  }),
  ReleasePartitions: method(ReleasePartitionsRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    await collection.release(checkPartitionNames(request.partitionNames));
    return {};
  }),
  GetLoadState: method(GetLoadStateRequestSchema, GetLoadStateResponseSchema, (request, call) => {
    let collection: Collection;
    try {
      collection = call.database.collection(request.collectionName, call.databaseName);
    } catch (error) {
      // Milvus answers this one question about a missing collection without an error.
      if (!isMissing(error)) throw error;
      return { status: {}, state: LoadState.LoadStateNotExist };
    }
    const isLoadedNow = isLoaded(collection, request.partitionNames);
    const state = isLoadedNow ? LoadState.LoadStateLoaded : LoadState.LoadStateNotLoad;
    return { status: {}, state };
  }),
  GetLoadingProgress: method(
    GetLoadingProgressRequestSchema,
    GetLoadingProgressResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      if (!isLoaded(collection, request.partitionNames)) throw notLoaded(request);
      return { status: {}, progress: 100n, refreshProgress: 100n };
    },
  ),
};

function isLoaded(collection: Collection, partitionNames: readonly string[]): boolean {
  if (partitionNames.length === 0) return collection.loadState === "loaded";
  return selectPartitions(collection.listPartitions(), partitionNames).every((info) => info.loaded);
}

function isMissing(error: unknown): boolean {
  return isEngineError(error, "collection-not-found") || isEngineError(error, "database-not-found");
}

function notLoaded(request: { collectionName: string; partitionNames: string[] }): MilvusError {
  return request.partitionNames.length === 0
    ? new MilvusError("collectionNotLoaded", { fields: { collection: request.collectionName } })
    : new MilvusError("partitionNotLoaded", {
        fields: { partition: request.partitionNames.join(",") },
      });
}

function checkPartitionNames(names: readonly string[]): readonly string[] {
  if (names.length > 0) return names;
  throw new MilvusError("parameterInvalid", {
    fields: { expected: "any partition", actual: "empty partition list" },
  });
}
