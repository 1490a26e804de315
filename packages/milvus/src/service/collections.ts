import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Collection, isEngineError, physicalMs } from "@redkite/engine";
import { invalidParameter, MilvusError, refused } from "../errors.ts";
import { type ConsistencyLevel, StatusSchema } from "../wire/gen/common_pb.ts";
import {
  AlterCollectionRequestSchema,
  BoolResponseSchema,
  type CreateCollectionRequest,
  CreateCollectionRequestSchema,
  type DescribeCollectionRequest,
  DescribeCollectionRequestSchema,
  DescribeCollectionResponseSchema,
  DropCollectionRequestSchema,
  GetCollectionStatisticsRequestSchema,
  GetCollectionStatisticsResponseSchema,
  HasCollectionRequestSchema,
  RenameCollectionRequestSchema,
  ShowCollectionsRequestSchema,
  ShowCollectionsResponseSchema,
  ShowType,
} from "../wire/gen/milvus_pb.ts";
import { checkProperties } from "./collection-properties.ts";
import { isSameSchema, schemaFromWire, schemaToWire } from "./collection-schema.ts";
import { toMap, toPairs } from "./key-values.ts";
import { type Call, type MethodTable, method } from "./method.ts";

const shardsMax = 16;

/** Creating, describing, changing and dropping collections. */
export const collectionMethods: MethodTable = {
  CreateCollection: method(CreateCollectionRequestSchema, StatusSchema, createCollection),
  DropCollection: method(DropCollectionRequestSchema, StatusSchema, async (request, call) => {
    // As in Milvus, dropping what there is not is no error.
    if (call.database.hasCollection(request.collectionName, call.databaseName)) {
      await call.database.dropCollection(request.collectionName, call.databaseName);
    }
    return {};
  }),
  HasCollection: method(HasCollectionRequestSchema, BoolResponseSchema, (request, call) => ({
    status: {},
    value: call.database.hasCollection(request.collectionName, call.databaseName),
  })),
  DescribeCollection: method(
    DescribeCollectionRequestSchema,
    DescribeCollectionResponseSchema,
    (request, call) => describe(findDescribed(request, call)),
  ),
  ShowCollections: method(
    ShowCollectionsRequestSchema,
    ShowCollectionsResponseSchema,
    (request, call) => {
      const wanted = new Set(request.collectionNames);
      const isShown = (collection: Collection) =>
        (wanted.size === 0 || wanted.has(collection.name)) &&
        (request.type !== ShowType.InMemory || collection.loadState === "loaded");
      return showCollections(call.database.listCollections(call.databaseName).filter(isShown));
    },
  ),
  GetCollectionStatistics: method(
    GetCollectionStatisticsRequestSchema,
    GetCollectionStatisticsResponseSchema,
    (request, call) => {
      const { rowCount } = call.database.collection(request.collectionName, call.databaseName);
      return { status: {}, stats: [{ key: "row_count", value: `${rowCount}` }] };
    },
  ),
  RenameCollection: method(RenameCollectionRequestSchema, StatusSchema, async (request, call) => {
    const { database, databaseName } = call;
    const toDatabase = request.newDBName === "" ? databaseName : request.newDBName;
    await database.renameCollection(request.oldName, request.newName, {
      database: databaseName,
      toDatabase,
    });
    return {};
  }),
  AlterCollection: method(AlterCollectionRequestSchema, StatusSchema, async (request, call) => {
    const set = toMap(request.properties);
    if (set.size === 0 && request.deleteKeys.length === 0) {
      throw invalidParameter("no properties or delete keys provided");
    }
    if (request.deleteKeys.includes("dynamicfield.enabled")) {
      throw invalidParameter("cannot delete key dynamicfield.enabled");
    }
    checkProperties(set);
    const collection = call.database.collection(request.collectionName, call.databaseName);
    await collection.alterProperties({ set: Object.fromEntries(set), remove: request.deleteKeys });
    return {};
  }),
};

async function createCollection(
  request: CreateCollectionRequest,
  call: Call,
): Promise<MessageInitShape<typeof StatusSchema>> {
  const { database, databaseName } = call;
  const schema = schemaFromWire(request.schema);
  const properties = new Map([...schema.properties, ...toMap(request.properties)]);
  checkProperties(properties);
  if (request.shardsNum > shardsMax) {
    throw invalidParameter(`maximum shards's number should be limited to ${shardsMax}`);
  }
  if (request.numPartitions > 0n) {
    throw refused("num_partitions should only be specified with partition key field enabled");
  }
  const name = request.collectionName;
  try {
    await database.createCollection(
      {
        name,
        fields: schema.fields,
        dynamicField: schema.dynamicField,
        description: schema.description,
        properties: Object.fromEntries(properties),
        consistencyLevel: request.consistencyLevel,
        shardsNum: Math.max(1, request.shardsNum),
        load: false,
      },
      databaseName,
    );
  } catch (error) {
    if (!isEngineError(error, "collection-exists")) throw error;
    const existing = database.collection(name, databaseName);
    if (existing.name !== name) {
      throw new MilvusError("aliasConflict", { fields: { database: databaseName, alias: name } });
    }
    // As in Milvus, creating the same collection again is no error.
    if (!isSameSchema(existing.schema, schema)) {
      throw refused(`create duplicate collection with different parameters, collection: ${name}`);
    }
  }
  return {};
}

function findDescribed(request: DescribeCollectionRequest, call: Call): Collection {
  const { database, databaseName } = call;
  const { collectionName: name, collectionID: id } = request;
  if (name === "" && id !== 0n) {
    const found = database.listCollections(databaseName).find((item) => BigInt(item.id) === id);
    if (found !== undefined) return found;
    throw cannotFind(databaseName, `${id}`);
  }
  try {
    return database.collection(name, databaseName);
  } catch (error) {
    throw isEngineError(error, "collection-not-found") ? cannotFind(databaseName, name) : error;
  }
}

/** `DescribeCollection` has kept the words that clients looked for before there were codes. */
function cannotFind(database: string, collection: string): MilvusError {
  return new MilvusError("collectionNotFound", {
    text: "can't find collection",
    fields: { database, collection },
  });
}

function describe(
  collection: Collection,
): MessageInitShape<typeof DescribeCollectionResponseSchema> {
  const { createdAt, updatedAt } = collection;
  return {
    status: {},
    schema: schemaToWire(collection),
    collectionID: BigInt(collection.id),
    collectionName: collection.name,
    dbName: collection.database,
    aliases: [...collection.aliases],
    properties: toPairs(collection.properties),
    // It is the number that CreateCollection was given.
    consistencyLevel: collection.consistencyLevel as ConsistencyLevel,
    shardsNum: collection.shardsNum,
    numPartitions: BigInt(collection.listPartitions().length),
    createdTimestamp: createdAt,
    createdUtcTimestamp: BigInt(physicalMs(createdAt)),
    // The writes' `schema_timestamp` is compared with it.
    updateTimestamp: updatedAt,
    updateTimestampStr: `${updatedAt}`,
  };
}

function showCollections(
  shown: readonly Collection[],
): MessageInitShape<typeof ShowCollectionsResponseSchema> {
  return {
    status: {},
    collectionNames: shown.map((collection) => collection.name),
    collectionIds: shown.map((collection) => BigInt(collection.id)),
    createdTimestamps: shown.map((collection) => collection.createdAt),
    createdUtcTimestamps: shown.map((collection) => BigInt(physicalMs(collection.createdAt))),
    inMemoryPercentages: shown.map((item) => (item.loadState === "loaded" ? 100n : 0n)),
    queryServiceAvailable: shown.map((collection) => collection.loadState === "loaded"),
    shardsNum: shown.map((collection) => collection.shardsNum),
  };
}
