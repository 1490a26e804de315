import { type BodyOf, bodyShape, required, text, texts } from "./body-shape.ts";
import type { RestCall } from "./rest-call.ts";
import { done, type RestRoute, route } from "./rest-route.ts";
import { rowCountOf } from "./row-count.ts";

const collectionName = bodyShape("CollectionNameReq", {
  dbName: text(),
  collectionName: required(text()),
});
const onePartition = bodyShape("PartitionReq", {
  dbName: text(),
  collectionName: required(text()),
  partitionName: required(text()),
});
const somePartitions = bodyShape("PartitionsReq", {
  dbName: text(),
  collectionName: required(text()),
  partitionNames: required(texts()),
});

export const partitionRoutes: readonly RestRoute[] = [
  route({
    path: "/partitions/list",
    method: "showPartitions",
    summary: "Lists the names of a collection's partitions",
    body: collectionName,
    run: async (body, call) => {
      const request = { dbName: call.databaseName, collectionName: body.collectionName };
      return { data: (await call.invoke("showPartitions", request)).partitionNames };
    },
  }),
  route({
    path: "/partitions/has",
    method: "hasPartition",
    summary: "Tells whether a collection has a partition",
    body: onePartition,
    run: async (body, call) => ({
      data: { has: (await call.invoke("hasPartition", oneOf(body, call))).value },
    }),
  }),
  route({
    path: "/partitions/get_stats",
    method: "getPartitionStatistics",
    summary: "Counts the rows of a partition",
    body: onePartition,
    run: async (body, call) => {
      const { stats } = await call.invoke("getPartitionStatistics", oneOf(body, call));
      return { data: { rowCount: rowCountOf(stats) } };
    },
  }),
  route({
    path: "/partitions/create",
    method: "createPartition",
    summary: "Creates a partition",
    body: onePartition,
    run: async (body, call) => {
      await call.invoke("createPartition", oneOf(body, call));
      return done;
    },
  }),
  route({
    path: "/partitions/drop",
    method: "dropPartition",
    summary: "Drops a partition that is not loaded",
    body: onePartition,
    run: async (body, call) => {
      await call.invoke("dropPartition", oneOf(body, call));
      return done;
    },
  }),
  route({
    path: "/partitions/load",
    method: "loadPartitions",
    summary: "Loads partitions",
    body: somePartitions,
    run: async (body, call) => {
      await call.invoke("loadPartitions", someOf(body, call));
      return done;
    },
  }),
  route({
    path: "/partitions/release",
    method: "releasePartitions",
    summary: "Releases partitions",
    body: somePartitions,
    run: async (body, call) => {
      await call.invoke("releasePartitions", someOf(body, call));
      return done;
    },
  }),
];

function oneOf(body: BodyOf<typeof onePartition>, call: RestCall) {
  return { ...body, dbName: call.databaseName };
}

function someOf(body: BodyOf<typeof somePartitions>, call: RestCall) {
  return { ...body, partitionNames: [...body.partitionNames], dbName: call.databaseName };
}
