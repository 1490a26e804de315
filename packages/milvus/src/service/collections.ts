import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Collection, checkName, isEngineError, physicalMs } from "@redkite/engine";
import { invalidParameter, MilvusError, refused, toStatus } from "../errors.ts";
import { ConsistencyLevel, StatusSchema } from "../wire/gen/common_pb.ts";
import {
  type AlterCollectionRequest,
  AlterCollectionRequestSchema,
  BatchDescribeCollectionRequestSchema,
  BatchDescribeCollectionResponseSchema,
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
  TruncateCollectionRequestSchema,
  TruncateCollectionResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { checkIsolation, checkProperties, checkPropertyChange } from "./collection-properties.ts";
import {
  isSameSchema,
  schemaFromWire,
  schemaToWire,
  timeZoneProperty,
} from "./collection-schema.ts";
import { isBoolean, isTrue, toMap, toPairs } from "./key-values.ts";
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
  TruncateCollection: method(
    TruncateCollectionRequestSchema,
    TruncateCollectionResponseSchema,
    async (request, call) => {
      await call.database.collection(request.collectionName, call.databaseName).truncate();
      return { status: {} };
    },
  ),
  HasCollection: method(HasCollectionRequestSchema, BoolResponseSchema, (request, call) => {
    const name = request.collectionName;
    checkName("collection", name);
    return { status: {}, value: call.database.hasCollection(name, call.databaseName) };
  }),
  DescribeCollection: method(
    DescribeCollectionRequestSchema,
    DescribeCollectionResponseSchema,
    (request, call) => describe(findDescribed(request, call), call),
  ),
  BatchDescribeCollection: method(
    BatchDescribeCollectionRequestSchema,
    BatchDescribeCollectionResponseSchema,
    (request, call) => ({
      status: {},
      responses: [
        ...request.collectionName.map((name) => ({ collectionName: name, collectionID: 0n })),
        ...request.collectionID.map((id) => ({ collectionName: "", collectionID: id })),
      ].map((wanted) => describeOrStatus(wanted, call)),
    }),
  ),
  ShowCollections: method(
    ShowCollectionsRequestSchema,
    ShowCollectionsResponseSchema,
    async (request, call) => {
      const { permissions } = await call.access.store.current();
      const wanted = new Set(request.collectionNames);
      const isShown = (collection: Collection) =>
        (wanted.size === 0 || wanted.has(collection.name)) &&
        permissions.seesCollection(call.user, call.databaseName, collection.name) &&
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
    const collection = call.database.collection(request.collectionName, call.databaseName);
    await alterCollection(collection, request);
    return {};
  }),
};

async function alterCollection(
  collection: Collection,
  { properties, deleteKeys }: AlterCollectionRequest,
): Promise<void> {
  const set = toMap(properties);
  if (set.size > 0 && deleteKeys.length > 0) {
    throw invalidParameter("cannot provide both DeleteKeys and ExtraParams");
  }
  if (set.size === 0 && deleteKeys.length === 0) {
    throw invalidParameter("no properties or delete keys provided");
  }
  if (deleteKeys.includes(dynamicFieldKey)) {
    throw invalidParameter(
      `cannot delete key ${dynamicFieldKey}, dynamic field schema could support set to true/false`,
    );
  }
  const dynamicField = set.get(dynamicFieldKey);
  if (dynamicField !== undefined) return alterDynamicField(collection, dynamicField, set.size);
  checkProperties(set);
  checkPropertyChange(collection, { set, remove: deleteKeys });
  const description = set.get("collection.description");
  const consistencyLevel = consistencyLevelOf(set.get("consistency_level"));
  set.delete("collection.description");
  set.delete("consistency_level");
  await collection.alterProperties({
    set: Object.fromEntries(set),
    remove: deleteKeys,
    ...(description !== undefined && { description }),
    ...(consistencyLevel !== undefined && { consistencyLevel }),
  });
}

const dynamicFieldKey = "dynamicfield.enabled";

async function alterDynamicField(
  collection: Collection,
  value: string,
  count: number,
): Promise<void> {
  if (!isBoolean(value)) throw invalidParameter(`invalid dynamic schema property value: ${value}`);
  if (count > 1) {
    throw invalidParameter("cannot alter dynamic schema with other properties at the same time");
  }
  await collection.setDynamicField(isTrue(value));
}

/** By name or number; what is neither changes nothing, as in Milvus. */
function consistencyLevelOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const levels: Readonly<Record<string, number | string>> = ConsistencyLevel;
  const level = /^\d+$/.test(value) ? Number(value) : levels[value];
  return typeof level === "number" && level <= ConsistencyLevel.Customized ? level : undefined;
}

async function createCollection(
  request: CreateCollectionRequest,
  call: Call,
): Promise<MessageInitShape<typeof StatusSchema>> {
  const { database, databaseName } = call;
  // A collection has the time zone of its database unless it is given one.
  const { timezone } = database.describeDatabase(databaseName).properties;
  const given = new Map([
    ...(timezone === undefined ? [] : [[timeZoneProperty, timezone] as const]),
    ...toMap(request.properties),
  ]);
  const schema = schemaFromWire(request.schema, given.get(timeZoneProperty));
  const properties = new Map([...given, ...schema.properties, ...toMap(request.properties)]);
  checkProperties(properties);
  if (request.shardsNum > shardsMax) {
    throw invalidParameter(`maximum shards's number should be limited to ${shardsMax}`);
  }
  const numPartitions = Number(request.numPartitions);
  const name = request.collectionName;
  checkConsistencyLevel(request.consistencyLevel);
  checkIsolation(
    name,
    schema.fields.some((field) => field.partitionKey === true),
    properties,
  );
  try {
    await database.createCollection(
      {
        name,
        fields: schema.fields,
        structs: schema.structs,
        dynamicField: schema.dynamicField,
        description: schema.description,
        properties: Object.fromEntries(properties),
        consistencyLevel: request.consistencyLevel,
        shardsNum: Math.max(1, request.shardsNum),
        ...(numPartitions !== 0 && { numPartitions }),
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

function checkConsistencyLevel(level: number): void {
  if (level >= 0 && level <= ConsistencyLevel.Customized) return;
  throw invalidParameter(`unknown consistency level: ${level}`);
}

function findDescribed(
  request: Pick<DescribeCollectionRequest, "collectionName" | "collectionID">,
  call: Call,
): Collection {
  const { database, databaseName } = call;
  const { collectionName: name, collectionID: id } = request;
  if (name === "" && id !== 0n) {
    const found = database.listCollections(databaseName).find((item) => BigInt(item.id) === id);
    if (found !== undefined) return found;
    throw cannotFind(databaseName, `${id}`);
  }
  checkName("collection", name);
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

/** In a list of answers, each has a status of its own. */
function describeOrStatus(
  wanted: Pick<DescribeCollectionRequest, "collectionName" | "collectionID">,
  call: Call,
): MessageInitShape<typeof DescribeCollectionResponseSchema> {
  try {
    return describe(findDescribed(wanted, call), call);
  } catch (error) {
    return { status: toStatus(error), collectionName: wanted.collectionName };
  }
}

function describe(
  collection: Collection,
  { database }: Call,
): MessageInitShape<typeof DescribeCollectionResponseSchema> {
  const { createdAt, updatedAt } = collection;
  return {
    status: {},
    schema: schemaToWire(collection),
    collectionID: BigInt(collection.id),
    collectionName: collection.name,
    dbName: collection.database,
    dbId: BigInt(database.describeDatabase(collection.database).id),
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
