import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  AlterAliasRequestSchema,
  CreateAliasRequestSchema,
  DescribeAliasRequestSchema,
  DescribeAliasResponseSchema,
  DropAliasRequestSchema,
  ListAliasesRequestSchema,
  ListAliasesResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";

/** Other names of collections. */
export const aliasMethods: MethodTable = {
  CreateAlias: method(CreateAliasRequestSchema, StatusSchema, async (request, call) => {
    await call.database.createAlias(request.alias, request.collectionName, call.databaseName);
    return {};
  }),
  DropAlias: method(DropAliasRequestSchema, StatusSchema, async (request, call) => {
    await call.database.dropAlias(request.alias, call.databaseName);
    return {};
  }),
  AlterAlias: method(AlterAliasRequestSchema, StatusSchema, async (request, call) => {
    await call.database.alterAlias(request.alias, request.collectionName, call.databaseName);
    return {};
  }),
  DescribeAlias: method(
    DescribeAliasRequestSchema,
    DescribeAliasResponseSchema,
    (request, call) => {
      const info = call.database.describeAlias(request.alias, call.databaseName);
      return {
        status: {},
        dbName: info.database,
        alias: info.alias,
        collection: info.collection,
      };
    },
  ),
  ListAliases: method(ListAliasesRequestSchema, ListAliasesResponseSchema, (request, call) => {
    const collection = request.collectionName === "" ? undefined : request.collectionName;
    const infos = call.database.listAliases(collection, call.databaseName);
    return {
      status: {},
      dbName: call.databaseName,
      collectionName: request.collectionName,
      aliases: infos.map((info) => info.alias),
    };
  }),
};
