import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Collection, fieldNamed, holdsVectors, type IndexInfo } from "@redkite/engine";
import { invalidParameter, MilvusError, refused } from "../errors.ts";
import { IndexState, StatusSchema } from "../wire/gen/common_pb.ts";
import {
  type AlterIndexRequest,
  AlterIndexRequestSchema,
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
import { toMap, toPairs } from "./key-values.ts";
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
  AlterIndex: method(AlterIndexRequestSchema, StatusSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    await alterIndex(collection, request);
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
  const { fieldName, indexName } = request;
  const field = fieldNamed(collection.schema, fieldName);
  const isVector = field !== undefined && holdsVectors(field);
  await collection.createIndex({
    field: fieldName,
    ...(indexName !== "" && { name: indexName }),
    ...indexDefinitionOf(request.extraParams, isVector),
  });
}

async function alterIndex(
  collection: Collection,
  { indexName, extraParams, deleteKeys }: AlterIndexRequest,
): Promise<void> {
  if (indexName === "") throw invalidParameter("index name is empty");
  if (extraParams.length > 0 && deleteKeys.length > 0) {
    throw invalidParameter("cannot provide both DeleteKeys and ExtraParams");
  }
  if (extraParams.length === 0 && deleteKeys.length === 0) {
    throw invalidParameter("no properties or delete keys provided");
  }
  const set = Object.fromEntries(toMap(extraParams));
  await collection.alterIndex(indexName, { set, remove: deleteKeys });
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
