import { bodyShape, record, required, text, texts } from "./body-shape.ts";
import { pairsOf, plainPairs } from "./loose-text.ts";
import { done, type RestRoute, route } from "./rest-route.ts";

const withProperties = bodyShape("DatabaseReqWithProperties", {
  dbName: required(text()),
  properties: record(),
});
const byName = bodyShape("DatabaseReqRequiredName", { dbName: required(text()) });

export const databaseRoutes: readonly RestRoute[] = [
  route({
    path: "/databases/create",
    method: "createDatabase",
    summary: "Creates a database",
    body: withProperties,
    run: async ({ dbName, properties }, call) => {
      await call.invoke("createDatabase", { dbName, properties: pairsOf(properties) });
      return done;
    },
  }),
  route({
    path: "/databases/drop",
    method: "dropDatabase",
    summary: "Drops an empty database",
    body: byName,
    run: async ({ dbName }, call) => {
      await call.invoke("dropDatabase", { dbName });
      return done;
    },
  }),
  route({
    path: "/databases/list",
    method: "listDatabases",
    summary: "Lists the names of the databases",
    body: bodyShape("EmptyReq", {}),
    run: async (_body, call) => ({ data: (await call.invoke("listDatabases", {})).dbNames }),
  }),
  route({
    path: "/databases/describe",
    method: "describeDatabase",
    summary: "Describes a database",
    body: byName,
    run: async (body, call) => {
      const { dbName, dbID, properties } = await call.invoke("describeDatabase", body);
      return { data: { dbName, dbID, properties: plainPairs(properties) } };
    },
  }),
  ...["/databases/alter", "/databases/alter_properties"].map((path) =>
    route({
      path,
      method: "alterDatabase",
      summary: "Sets properties of a database",
      body: withProperties,
      run: async ({ dbName, properties }, call) => {
        await call.invoke("alterDatabase", { dbName, properties: pairsOf(properties) });
        return done;
      },
    }),
  ),
  route({
    path: "/databases/drop_properties",
    method: "alterDatabase",
    summary: "Removes properties of a database",
    body: bodyShape("DropDatabasePropertiesReq", {
      dbName: required(text()),
      propertyKeys: texts(),
    }),
    run: async ({ dbName, propertyKeys }, call) => {
      await call.invoke("alterDatabase", { dbName, deleteKeys: [...propertyKeys] });
      return done;
    },
  }),
];
