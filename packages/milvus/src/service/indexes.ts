import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Collection, type IndexInfo, infoOf } from "@redkite/engine";
import { invalidParameter, MilvusError, refused } from "../errors.ts";
import { IndexState, StatusSchema } from "../wire/gen/common_pb.ts";
import {
  type CreateIndexRequest,
  CreateIndexRequestSchema,
  DescribeIndexRequestSchema,
  DescribeIndexResponseSchema,
  type DropIndexRequest,
  DropIndexRequestSchema,
  GetIndexBuildProgressRequestSchema,
  GetIndexBuildProgressResponseSchema,
  GetIndexStateRequestSchema,
  GetIndexStateResponseSchema,
  GetIndexStatisticsRequestSchema,
  GetIndexStatisticsResponseSchema,
  type IndexDescriptionSchema,
} from "../wire/gen/milvus_pb.ts";
import { indexDefinitionOf } from "./index-parameters.ts";
import { toPairs } from "./key-values.ts";
import { type MethodTable, method } from "./method.ts";

/** Indexes of fields: what was asked for is described, and how far it is. */
export const indexMethods: MethodTable = {
  CreateIndex: method(CreateIndexRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    await createIndex(collection, request);
    return {};
  }),
  DropIndex: method(DropIndexRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    await dropIndex(collection, request);
    return {};
  }),
  DescribeIndex: method(
    DescribeIndexRequestSchema,
    DescribeIndexResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const indexDescriptions = findIndexes(collection, request).map(describeIndex);
      return { status: {}, indexDescriptions };
    },
  ),
  GetIndexStatistics: method(
    GetIndexStatisticsRequestSchema,
    GetIndexStatisticsResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const wanted = { ...request, fieldName: "" };
      return { status: {}, indexDescriptions: findIndexes(collection, wanted).map(describeIndex) };
    },
  ),
  GetIndexState: method(
    GetIndexStateRequestSchema,
    GetIndexStateResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const { state, failReason = "" } = findIndex(collection, request);
      return { status: {}, state: indexStates[state], failReason };
    },
  ),
  GetIndexBuildProgress: method(
    GetIndexBuildProgressRequestSchema,
    GetIndexBuildProgressResponseSchema,
    (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const { indexedRows, totalRows } = findIndex(collection, request);
      return { status: {}, indexedRows: BigInt(indexedRows), totalRows: BigInt(totalRows) };
    },
  ),
};

const indexStates: Readonly<Record<IndexInfo["state"], IndexState>> = {
  building: IndexState.InProgress,
  finished: IndexState.Finished,
  failed: IndexState.Failed,
};

async function createIndex(collection: Collection, request: CreateIndexRequest): Promise<void> {
  const { fieldName } = request;
  const field = collection.schema.fields.find((candidate) => candidate.name === fieldName);
  if (field === undefined) {
    throw invalidParameter(`cannot create index on non-exist field: ${fieldName}`);
  }
  const isVector = infoOf(field.type).family === "vector";
  await collection.createIndex({
    field: fieldName,
    name: request.indexName === "" ? defaultName(collection, fieldName) : request.indexName,
    ...indexDefinitionOf(request.extraParams, isVector),
  });
}

/** A field that has an index already keeps its name, so that creating it again is no error. */
function defaultName(collection: Collection, fieldName: string): string {
  return collection.listIndexes().find((index) => index.field === fieldName)?.name ?? fieldName;
}

async function dropIndex(collection: Collection, request: DropIndexRequest): Promise<void> {
  // As in Milvus, dropping what there is not is no error.
  for (const index of selectIndexes(collection, request)) {
    if (index.metric !== undefined && collection.loadState === "loaded") {
      throw invalidParameter(
        `vector index cannot be dropped on loaded collection: ${collection.id}`,
      );
    }
    await collection.dropIndex(index.name);
  }
}

/** Names of an index and of a field, either of which may be empty: any. */
interface WantedIndexes {
  readonly collectionName: string;
  readonly indexName: string;
  readonly fieldName: string;
}

function selectIndexes(
  collection: Collection,
  { indexName, fieldName }: WantedIndexes,
): readonly IndexInfo[] {
  return collection
    .listIndexes()
    .filter((index) =>
      indexName === "" ? fieldName === "" || index.field === fieldName : index.name === indexName,
    );
}

/** At least one index. Throws `MilvusError` when there is none. */
function findIndexes(collection: Collection, wanted: WantedIndexes): readonly IndexInfo[] {
  const found = selectIndexes(collection, wanted);
  if (found.length > 0) return found;
  const { collectionName, indexName } = wanted;
  throw new MilvusError("indexNotFound", {
    fields: indexName === "" ? { collection: collectionName } : { indexName },
  });
}

/** Exactly one index. Throws `MilvusError`. */
function findIndex(collection: Collection, wanted: WantedIndexes): IndexInfo {
  const found = findIndexes(collection, wanted);
  if (found.length === 1) return found[0];
  throw refused("there are multiple indexes, please specify the index_name");
}

function describeIndex(index: IndexInfo): MessageInitShape<typeof IndexDescriptionSchema> {
  return {
    indexName: index.name,
    indexID: BigInt(index.id),
    fieldName: index.field,
    params: toPairs({
      index_type: index.type,
      ...(index.metric === undefined ? {} : { metric_type: index.metric }),
      ...index.params,
    }),
    indexedRows: BigInt(index.indexedRows),
    totalRows: BigInt(index.totalRows),
    pendingIndexRows: BigInt(index.pendingRows),
    state: indexStates[index.state],
    indexStateFailReason: index.failReason ?? "",
  };
}
