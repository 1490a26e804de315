import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Collection, type Field, type IndexInfo, infoOf } from "@redkite/engine";
import { invalidParameter, MilvusError } from "../errors.ts";
import { IndexState, StatusSchema } from "../wire/gen/common_pb.ts";
import {
  type CreateIndexRequest,
  CreateIndexRequestSchema,
  DescribeIndexRequestSchema,
  DescribeIndexResponseSchema,
  type DropIndexRequest,
  DropIndexRequestSchema,
  type IndexDescriptionSchema,
} from "../wire/gen/milvus_pb.ts";
import { autoIndex, checkVectorIndex } from "./index-parameters.ts";
import { objectOf, toMap, toPairs } from "./key-values.ts";
import { type MethodTable, method } from "./method.ts";

/** Indexes of fields. The engine builds what serves them; what was asked for is described. */
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
      const found = selectIndexes(collection, request);
      if (found.length === 0) {
        throw new MilvusError("indexNotFound", {
          fields:
            request.indexName === ""
              ? { collection: request.collectionName }
              : { indexName: request.indexName },
        });
      }
      return { status: {}, indexDescriptions: found.map(describeIndex) };
    },
  ),
};

async function createIndex(collection: Collection, request: CreateIndexRequest): Promise<void> {
  const { fieldName } = request;
  const field = findField(collection, fieldName);
  if (field === undefined) {
    throw invalidParameter(`cannot create index on non-exist field: ${fieldName}`);
  }
  const given = toMap(request.extraParams);
  const parameters = flatten(given);
  const type = (parameters.get("index_type") || autoIndex).toUpperCase();
  given.delete("index_type");
  given.delete("metric_type");
  await collection.createIndex({
    field: fieldName,
    name: request.indexName === "" ? defaultName(collection, fieldName) : request.indexName,
    type,
    ...(isVector(field) ? { metric: checkVectorIndex(type, parameters) } : {}),
    // As given, so that it is described as given.
    params: Object.fromEntries(given),
  });
}

/** A field that has an index already keeps its name, so that creating it again is no error. */
function defaultName(collection: Collection, fieldName: string): string {
  return collection.listIndexes().find((index) => index.field === fieldName)?.name ?? fieldName;
}

async function dropIndex(collection: Collection, request: DropIndexRequest): Promise<void> {
  // As in Milvus, dropping what there is not is no error.
  for (const index of selectIndexes(collection, request)) {
    const field = findField(collection, index.field);
    const isVectorIndex = field !== undefined && infoOf(field.type).family === "vector";
    if (isVectorIndex && collection.loadState === "loaded") {
      throw invalidParameter(
        `vector index cannot be dropped on loaded collection: ${collection.id}`,
      );
    }
    await collection.dropIndex(index.name);
  }
}

function selectIndexes(
  collection: Collection,
  wanted: { readonly indexName: string; readonly fieldName: string },
): readonly IndexInfo[] {
  const { indexName, fieldName } = wanted;
  return collection
    .listIndexes()
    .filter((index) =>
      indexName === "" ? fieldName === "" || index.field === fieldName : index.name === indexName,
    );
}

function describeIndex(index: IndexInfo): MessageInitShape<typeof IndexDescriptionSchema> {
  const rowCount = BigInt(index.rowCount);
  return {
    indexName: index.name,
    indexID: BigInt(index.id),
    fieldName: index.field,
    params: toPairs({
      index_type: index.type,
      ...(index.metric === undefined ? {} : { metric_type: index.metric }),
      ...index.params,
    }),
    indexedRows: rowCount,
    totalRows: rowCount,
    state: IndexState.Finished,
  };
}

function isVector(field: Field): boolean {
  return infoOf(field.type).family === "vector";
}

function findField(collection: Collection, name: string): Field | undefined {
  return collection.schema.fields.find((field) => field.name === name);
}

/** The parameters with those of the JSON in `params`, as texts. */
function flatten(given: ReadonlyMap<string, string>): Map<string, string> {
  const flat = new Map(given);
  flat.delete("params");
  for (const [name, value] of Object.entries(objectOf(given, "params"))) {
    flat.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return flat;
}
