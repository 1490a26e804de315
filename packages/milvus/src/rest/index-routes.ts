import { stringifyJson } from "@redkite/engine";
import { milvusErrorKinds } from "../errors.ts";
import { IndexState } from "../wire/gen/common_pb.ts";
import type { IndexDescription } from "../wire/gen/milvus_pb.ts";
import {
  type BodyShape,
  bodyShape,
  type JsonRecord,
  listOf,
  nested,
  record,
  required,
  text,
  texts,
} from "./body-shape.ts";
import { enumName } from "./enum-names.ts";
import { looseText, pairsOf } from "./loose-text.ts";
import type { RestCall } from "./rest-call.ts";
import { RestError } from "./rest-error.ts";
import { done, type RestRoute, route } from "./rest-route.ts";

/** How an index is asked for, in `indexes/create` and `collections/create`. */
export interface IndexParam {
  readonly fieldName: string;
  readonly indexName: string;
  readonly metricType: string;
  readonly indexType: string;
  readonly params: JsonRecord;
}

export const indexParam: BodyShape<IndexParam> = bodyShape("IndexParam", {
  fieldName: text(),
  indexName: text(),
  metricType: text(),
  indexType: text(),
  params: record(),
});

const namedIndex = {
  dbName: text(),
  collectionName: required(text()),
  indexName: required(text()),
};

export const indexRoutes: readonly RestRoute[] = [
  route({
    path: "/indexes/list",
    method: "describeIndex",
    summary: "Lists the names of a collection's indexes",
    body: bodyShape("CollectionNameReq", { dbName: text(), collectionName: required(text()) }),
    run: async ({ collectionName }, call) => ({
      data: (await describeIndexes(collectionName, call)).map((index) => index.indexName),
    }),
  }),
  route({
    path: "/indexes/describe",
    method: "describeIndex",
    summary: "Describes an index",
    body: bodyShape("IndexReq", namedIndex),
    run: async ({ collectionName, indexName }, call) => {
      const request = { dbName: call.databaseName, collectionName, indexName };
      const { indexDescriptions } = await call.invoke("describeIndex", request);
      return { data: indexDescriptions.map(describe) };
    },
  }),
  route({
    path: "/indexes/create",
    method: "createIndex",
    summary: "Creates indexes",
    body: bodyShape("IndexParamReq", {
      dbName: text(),
      collectionName: required(text()),
      indexParams: required(listOf(nested(indexParam))),
    }),
    run: async ({ collectionName, indexParams: wanted }, call) => {
      for (const param of wanted) await createIndex(collectionName, param, call);
      return done;
    },
  }),
  route({
    path: "/indexes/drop",
    method: "dropIndex",
    summary: "Drops an index",
    body: bodyShape("IndexReq", namedIndex),
    run: async ({ collectionName, indexName }, call) => {
      await call.invoke("dropIndex", {
        dbName: call.databaseName,
        collectionName,
        indexName,
      });
      return done;
    },
  }),
  route({
    path: "/indexes/alter_properties",
    method: "alterIndex",
    summary: "Sets properties of an index",
    body: bodyShape("IndexReqWithProperties", { ...namedIndex, properties: record() }),
    run: async ({ collectionName, indexName, properties }, call) => {
      await call.invoke("alterIndex", {
        dbName: call.databaseName,
        collectionName,
        indexName,
        extraParams: pairsOf(properties),
      });
      return done;
    },
  }),
  route({
    path: "/indexes/drop_properties",
    method: "alterIndex",
    summary: "Removes properties of an index",
    body: bodyShape("DropIndexPropertiesReq", { ...namedIndex, propertyKeys: texts() }),
    run: async ({ collectionName, indexName, propertyKeys }, call) => {
      await call.invoke("alterIndex", {
        dbName: call.databaseName,
        collectionName,
        indexName,
        deleteKeys: [...propertyKeys],
      });
      return done;
    },
  }),
];

/** Creates one index. Throws `RestError`. */
export async function createIndex(
  collectionName: string,
  param: IndexParam,
  call: RestCall,
): Promise<void> {
  const { fieldName, indexName } = param;
  await call.invoke("createIndex", {
    dbName: call.databaseName,
    collectionName,
    fieldName,
    indexName,
    extraParams: extraParamsOf(param),
  });
}

/** The indexes of a collection; none is no error. Throws `RestError` for all else. */
export async function describeIndexes(
  collectionName: string,
  call: RestCall,
  fieldName = "",
): Promise<readonly IndexDescription[]> {
  const request = { dbName: call.databaseName, collectionName, fieldName };
  try {
    return (await call.invoke("describeIndex", request)).indexDescriptions;
  } catch (error) {
    if (error instanceof RestError && error.code === milvusErrorKinds.indexNotFound.code) return [];
    throw error;
  }
}

/** The index type may stand in `params` instead. */
export function extraParamsOf({ indexType, metricType, params }: IndexParam): {
  key: string;
  value: string;
}[] {
  const type = indexType || looseText(params["index_type"]);
  return [
    { key: "index_type", value: type },
    { key: "metric_type", value: metricType },
    { key: "params", value: Object.keys(params).length > 0 ? (stringifyJson(params) ?? "") : "" },
  ].filter(({ value }) => value !== "");
}

function describe(index: IndexDescription): object {
  const params = new Map(index.params.map(({ key, value }) => [key, value]));
  return {
    indexName: index.indexName,
    fieldName: index.fieldName,
    indexType: params.get("index_type") ?? "",
    metricType: params.get("metric_type") ?? "",
    totalRows: index.totalRows,
    pendingRows: index.pendingIndexRows,
    indexedRows: index.indexedRows,
    indexState: enumName(IndexState, index.state),
    failReason: index.indexStateFailReason,
    minIndexVersion: index.minIndexVersion,
    maxIndexVersion: index.maxIndexVersion,
  };
}
