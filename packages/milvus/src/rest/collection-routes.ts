import { CompactionState, LoadState } from "../wire/gen/common_pb.ts";
import { bodyShape, bool, int64, record, required, text, texts } from "./body-shape.ts";
import { describeCollection } from "./collection-description.ts";
import { createCollectionRoute } from "./create-collection.ts";
import { enumName } from "./enum-names.ts";
import { pairsOf } from "./loose-text.ts";
import type { RestCall } from "./rest-call.ts";
import { done, type RestAnswer, type RestRoute, route } from "./rest-route.ts";
import { rowCountOf } from "./row-count.ts";

const named = { dbName: text(), collectionName: required(text()) };
const collectionName = bodyShape("CollectionNameReq", { ...named, partitionNames: texts() });

export const collectionRoutes: readonly RestRoute[] = [
  route({
    path: "/collections/list",
    method: "showCollections",
    summary: "Lists the names of the collections",
    body: bodyShape("DatabaseReq", { dbName: text() }),
    run: async (_body, call) => {
      const request = { dbName: call.databaseName };
      return { data: (await call.invoke("showCollections", request)).collectionNames };
    },
  }),
  route({
    path: "/collections/has",
    method: "hasCollection",
    summary: "Tells whether there is a collection",
    body: collectionName,
    run: async (body, call) => ({
      data: { has: (await call.invoke("hasCollection", nameIn(body, call))).value },
    }),
  }),
  route({
    path: "/collections/describe",
    method: "describeCollection",
    summary: "Describes a collection",
    body: collectionName,
    run: (body, call) => describeCollection(body.collectionName, call),
  }),
  route({
    path: "/collections/get_stats",
    method: "getCollectionStatistics",
    summary: "Counts the rows of a collection",
    body: collectionName,
    run: async (body, call) => {
      const { stats } = await call.invoke("getCollectionStatistics", nameIn(body, call));
      return { data: { rowCount: rowCountOf(stats) } };
    },
  }),
  route({
    path: "/collections/get_load_state",
    method: "getLoadState",
    summary: "Tells whether a collection, or some of its partitions, is loaded",
    body: collectionName,
    run: loadStateOf,
  }),
  createCollectionRoute,
  route({
    path: "/collections/drop",
    method: "dropCollection",
    summary: "Drops a collection",
    body: collectionName,
    run: async (body, call) => {
      await call.invoke("dropCollection", nameIn(body, call));
      return done;
    },
  }),
  route({
    path: "/collections/truncate",
    method: "truncateCollection",
    summary: "Removes all rows of a collection",
    body: collectionName,
    run: async (body, call) => {
      await call.invoke("truncateCollection", nameIn(body, call));
      return done;
    },
  }),
  route({
    path: "/collections/rename",
    method: "renameCollection",
    summary: "Renames a collection, or moves it to another database",
    body: bodyShape("RenameCollectionReq", {
      ...named,
      newCollectionName: required(text()),
      newDbName: text(),
    }),
    run: async (body, call) => {
      const dbName = call.databaseName;
      const { collectionName: oldName, newCollectionName: newName, newDbName } = body;
      const newDBName = newDbName || dbName;
      await call.invoke("renameCollection", { dbName, oldName, newName, newDBName });
      return done;
    },
  }),
  ...["/collections/load", "/collections/refresh_load"].map((path) =>
    route({
      path,
      method: "loadCollection",
      summary: path.endsWith("/load") ? "Loads a collection" : "Loads what was added since",
      body: collectionName,
      run: async (body, call) => {
        const refresh = path.endsWith("/refresh_load");
        await call.invoke("loadCollection", { ...nameIn(body, call), refresh });
        return done;
      },
    }),
  ),
  route({
    path: "/collections/release",
    method: "releaseCollection",
    summary: "Releases a collection",
    body: collectionName,
    run: async (body, call) => {
      await call.invoke("releaseCollection", nameIn(body, call));
      return done;
    },
  }),
  route({
    path: "/collections/alter_properties",
    method: "alterCollection",
    summary: "Sets properties of a collection",
    body: bodyShape("CollectionReqWithProperties", { ...named, properties: record() }),
    run: async (body, call) => {
      const properties = pairsOf(body.properties);
      await call.invoke("alterCollection", { ...nameIn(body, call), properties });
      return done;
    },
  }),
  route({
    path: "/collections/drop_properties",
    method: "alterCollection",
    summary: "Removes properties of a collection",
    body: bodyShape("DropCollectionPropertiesReq", { ...named, propertyKeys: texts() }),
    run: async (body, call) => {
      const deleteKeys = [...body.propertyKeys];
      await call.invoke("alterCollection", { ...nameIn(body, call), deleteKeys });
      return done;
    },
  }),
  route({
    path: "/collections/compact",
    method: "manualCompaction",
    summary: "Starts a compaction",
    body: bodyShape("CompactReq", { ...named, isClustering: bool() }),
    run: async (body, call) => {
      const request = { ...nameIn(body, call), majorCompaction: body.isClustering };
      return {
        data: { compactionID: (await call.invoke("manualCompaction", request)).compactionID },
      };
    },
  }),
  route({
    path: "/collections/get_compaction_state",
    method: "getCompactionState",
    summary: "Tells how far a compaction is",
    body: bodyShape("GetCompactionStateReq", { jobID: int64() }),
    run: async ({ jobID }, call) => {
      const found = await call.invoke("getCompactionState", { compactionID: jobID });
      return {
        data: {
          compactionID: jobID,
          state: enumName(CompactionState, found.state),
          executingPlanNumber: found.executingPlanNo,
          timeoutPlanNumber: found.timeoutPlanNo,
          completedPlanNumber: found.completedPlanNo,
        },
      };
    },
  }),
  route({
    path: "/collections/flush",
    method: "flush",
    summary: "Writes a collection's rows from memory to files",
    body: bodyShape("FlushReq", named),
    run: async (body, call) => {
      // The service answers when the files are there, so there is nothing to wait for.
      const dbName = call.databaseName;
      await call.invoke("flush", { dbName, collectionNames: [body.collectionName] });
      return done;
    },
  }),
];

async function loadStateOf(
  body: { readonly collectionName: string; readonly partitionNames: readonly string[] },
  call: RestCall,
): Promise<RestAnswer> {
  const request = { ...nameIn(body, call), partitionNames: [...body.partitionNames] };
  const { state } = await call.invoke("getLoadState", request);
  if (state === LoadState.LoadStateNotLoad) return { data: { loadState: "LoadStateNotLoad" } };
  if (state === LoadState.LoadStateNotExist) {
    // Throws what is wrong: there is no such collection.
    await call.describe(body.collectionName);
  }
  const { progress } = await call.invoke("getLoadingProgress", request);
  const name = progress >= 100n ? "LoadStateLoaded" : "LoadStateLoading";
  return { data: { loadState: name, loadProgress: progress }, message: "" };
}

function nameIn(
  body: { readonly collectionName: string },
  call: RestCall,
): { dbName: string; collectionName: string } {
  return { dbName: call.databaseName, collectionName: body.collectionName };
}
