import { invalidParameter } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  AlterDatabaseRequestSchema,
  CreateDatabaseRequestSchema,
  DescribeDatabaseRequestSchema,
  DescribeDatabaseResponseSchema,
  DropDatabaseRequestSchema,
  ListDatabasesRequestSchema,
  ListDatabasesResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { toMap, toPairs } from "./key-values.ts";
import { type MethodTable, method } from "./method.ts";

/** Databases: names for collections to live under. */
export const databaseMethods: MethodTable = {
  CreateDatabase: method(CreateDatabaseRequestSchema, StatusSchema, async (request, call) => {
    const properties = Object.fromEntries(toMap(request.properties));
    await call.database.createDatabase(request.dbName, properties);
    return {};
  }),
  DropDatabase: method(DropDatabaseRequestSchema, StatusSchema, async (request, call) => {
    await call.database.dropDatabase(request.dbName);
    return {};
  }),
  ListDatabases: method(
    ListDatabasesRequestSchema,
    ListDatabasesResponseSchema,
    async (_request, call) => {
      const { permissions } = await call.access.store.current();
      const databases = call.database
        .listDatabases()
        .filter(({ name }) => permissions.seesDatabase(call.user, name));
      return {
        status: {},
        dbNames: databases.map((info) => info.name),
        createdTimestamp: databases.map((info) => info.createdAt),
        dbIds: databases.map((info) => BigInt(info.id)),
      };
    },
  ),
  DescribeDatabase: method(
    DescribeDatabaseRequestSchema,
    DescribeDatabaseResponseSchema,
    (_request, call) => {
      const info = call.database.describeDatabase(call.databaseName);
      return {
        status: {},
        dbName: info.name,
        dbID: BigInt(info.id),
        createdTimestamp: info.createdAt,
        properties: toPairs(info.properties),
      };
    },
  ),
  AlterDatabase: method(AlterDatabaseRequestSchema, StatusSchema, async (request, call) => {
    const set = Object.fromEntries(toMap(request.properties));
    if (request.properties.length === 0 && request.deleteKeys.length === 0) {
      throw invalidParameter(
        "alter database with empty properties and delete keys, expected to set either properties or delete keys",
      );
    }
    if (request.properties.length > 0 && request.deleteKeys.length > 0) {
      throw invalidParameter(
        "alter database cannot modify properties and delete keys at the same time",
      );
    }
    await call.database.alterDatabase(call.databaseName, { set, remove: request.deleteKeys });
    return {};
  }),
};
