import {
  type Collection,
  type CollectionSchema,
  holdsVectors,
  isEngineError,
} from "@redkite/engine";
import { invalidParameter, MilvusError, refused } from "../errors.ts";
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
import { checkResourceGroup } from "./resource-groups.ts";

/**
 * Loading and releasing. Fields that a list of fields leaves out need no index, and come to memory
 * when they are first read. (Milvus refused to read them up to 2.5.)
 */
export const loadMethods: MethodTable = {
  LoadCollection: method(LoadCollectionRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    checkLoad(request);
    await collection.load(undefined, fieldsToLoad(collection.schema, request.loadFields));
    return {};
  }),
  ReleaseCollection: method(ReleaseCollectionRequestSchema, StatusSchema, async (request, call) => {
    await call.database.collection(request.collectionName, call.databaseName).release();
    return {};
  }),
  LoadPartitions: method(LoadPartitionsRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    refusePartitions(collection, "load");
    checkLoad(request);
    const fields = fieldsToLoad(collection.schema, request.loadFields);
    await collection.load(checkPartitionNames(request.partitionNames), fields);
    return {};
  }),
  ReleasePartitions: method(ReleasePartitionsRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    refusePartitions(collection, "release");
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
    return { status: {}, state: loadStates[loadStateOf(collection, request.partitionNames)] };
  }),
  GetLoadingProgress: method(
    GetLoadingProgressRequestSchema,
    GetLoadingProgressResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const state = loadStateOf(collection, request.partitionNames);
      if (state === "not-loaded") throw notLoaded(request);
      const progress = state === "loaded" ? 100n : 0n;
      return { status: {}, progress, refreshProgress: progress };
    },
  ),
};

const loadStates: Readonly<Record<Collection["loadState"], LoadState>> = {
  loaded: LoadState.LoadStateLoaded,
  loading: LoadState.LoadStateLoading,
  "not-loaded": LoadState.LoadStateNotLoad,
};

function loadStateOf(
  collection: Collection,
  partitionNames: readonly string[],
): Collection["loadState"] {
  const { loadState } = collection;
  if (partitionNames.length === 0 || loadState !== "loaded") return loadState;
  const partitions = selectPartitions(collection.listPartitions(), partitionNames);
  return partitions.every((info) => info.loaded) ? "loaded" : "not-loaded";
}

/** What requests to load have in common. */
interface LoadRequest {
  readonly replicaNumber: number;
  readonly resourceGroups: readonly string[];
}

function checkLoad({ replicaNumber, resourceGroups }: LoadRequest): void {
  if (resourceGroups.length > 1 && resourceGroups.length !== replicaNumber) {
    const rule = "resource group num can only be 0, 1 or same as replica number";
    const asked = `replica=[${replicaNumber}] resource group=[${resourceGroups.join(",")}]`;
    throw refused(`${asked}, ${rule}`);
  }
  if (replicaNumber > 1) {
    throw new MilvusError("serviceResourceInsufficient", {
      message: `call query coordinator LoadCollection: when load ${replicaNumber} replica count`,
      fields: { currentStreamingNode: 1, expectedStreamingNode: replicaNumber },
    });
  }
  for (const group of resourceGroups) checkResourceGroup(group);
}

/** The names of the fields of a list, which must have what searches can't do without. */
function fieldsToLoad(
  schema: CollectionSchema,
  names: readonly string[],
): readonly string[] | undefined {
  if (names.length === 0) return undefined;
  const list = `load field list [${names.join(" ")}]`;
  const fields = names.flatMap((name) => {
    const found = schema.fields.filter((field) => field.name === name || field.struct === name);
    if (found.length > 0) return found;
    throw invalidParameter(`failed to get field schema by name: fieldName(${name}) not found`);
  });
  for (const [kind, needed] of Object.entries({
    "primary key": schema.fields.find((field) => field.primaryKey),
    "partition key": schema.fields.find((field) => field.partitionKey === true),
  })) {
    if (needed === undefined || fields.includes(needed)) continue;
    throw invalidParameter(`${list} does not contain ${kind} field ${needed.name}`);
  }
  if (fields.some(holdsVectors)) {
    return fields.map(({ name }) => name);
  }
  throw invalidParameter(`${list} does not contain vector field`);
}

function refusePartitions({ schema }: Collection, verb: "load" | "release"): void {
  if (!schema.fields.some((field) => field.partitionKey === true)) return;
  throw invalidParameter(`disable ${verb} partitions if partition key mode is used`);
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
