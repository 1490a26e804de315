import { bodyShape, required, text } from "./body-shape.ts";
import { done, type RestRoute, route } from "./rest-route.ts";

const aliasOfCollection = bodyShape("AliasCollectionReq", {
  dbName: text(),
  collectionName: required(text()),
  aliasName: required(text()),
});
const alias = bodyShape("AliasReq", { dbName: text(), aliasName: required(text()) });

export const aliasRoutes: readonly RestRoute[] = [
  route({
    path: "/aliases/list",
    method: "listAliases",
    summary: "Lists the aliases of a collection, or of all",
    body: bodyShape("OptionalCollectionNameReq", { dbName: text(), collectionName: text() }),
    run: async ({ collectionName }, call) => {
      const request = { dbName: call.databaseName, collectionName };
      return { data: (await call.invoke("listAliases", request)).aliases };
    },
  }),
  route({
    path: "/aliases/describe",
    method: "describeAlias",
    summary: "Tells which collection an alias stands for",
    body: alias,
    run: async ({ aliasName }, call) => {
      const request = { dbName: call.databaseName, alias: aliasName };
      const found = await call.invoke("describeAlias", request);
      const { dbName, collection: collectionName } = found;
      return { data: { dbName, collectionName, aliasName: found.alias } };
    },
  }),
  route({
    path: "/aliases/create",
    method: "createAlias",
    summary: "Gives a collection an alias",
    body: aliasOfCollection,
    run: async ({ collectionName, aliasName }, call) => {
      const dbName = call.databaseName;
      await call.invoke("createAlias", { dbName, collectionName, alias: aliasName });
      return done;
    },
  }),
  route({
    path: "/aliases/drop",
    method: "dropAlias",
    summary: "Drops an alias",
    body: alias,
    run: async ({ aliasName }, call) => {
      await call.invoke("dropAlias", { dbName: call.databaseName, alias: aliasName });
      return done;
    },
  }),
  route({
    path: "/aliases/alter",
    method: "alterAlias",
    summary: "Makes an alias stand for another collection",
    body: aliasOfCollection,
    run: async ({ collectionName, aliasName }, call) => {
      const dbName = call.databaseName;
      await call.invoke("alterAlias", { dbName, collectionName, alias: aliasName });
      return done;
    },
  }),
];
