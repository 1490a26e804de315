import { ConsistencyLevel, LoadState } from "../wire/gen/common_pb.ts";
import type { DescribeCollectionResponse } from "../wire/gen/milvus_pb.ts";
import {
  DataType,
  type FieldSchema,
  type FunctionSchema,
  type StructArrayFieldSchema,
  type ValueField,
} from "../wire/gen/schema_pb.ts";
import { enumName } from "./enum-names.ts";
import { describeIndexes } from "./index-routes.ts";
import { plainPairs } from "./loose-text.ts";
import type { RestCall } from "./rest-call.ts";
import type { RestAnswer } from "./rest-route.ts";

/** Field of the schema that only Milvus itself sees. */
const dynamicFieldName = "$meta";

/** Describes a collection as `collections/describe` does. Throws `RestError`. */
export async function describeCollection(name: string, call: RestCall): Promise<RestAnswer> {
  const found = await call.describe(name);
  const request = { dbName: call.databaseName, collectionName: name };
  const { state } = await call.invoke("getLoadState", request);
  const indexes = await describeIndexes(name, call);
  const { aliases } = await call.invoke("listAliases", request);
  return {
    data: {
      ...describe(found),
      aliases,
      load: enumName(LoadState, state),
      indexes: indexes.map(shortIndex),
    },
    message: "",
  };
}

function describe(found: DescribeCollectionResponse): object {
  const { schema } = found;
  const fields = schema?.fields ?? [];
  return {
    collectionName: found.collectionName,
    collectionID: found.collectionID,
    description: schema?.description ?? "",
    autoId: fields.some((field) => field.isPrimaryKey && field.autoID),
    fields: fields
      .filter(({ name }) => name !== dynamicFieldName)
      .map((field) => fieldDetail(field)),
    structFields: (schema?.structArrayFields ?? []).map(structDetail),
    functions: (schema?.functions ?? []).map(functionDetail),
    shardsNum: found.shardsNum,
    partitionsNum: found.numPartitions,
    consistencyLevel: enumName(ConsistencyLevel, found.consistencyLevel),
    enableDynamicField: schema?.enableDynamicField ?? false,
    externalSource: schema?.externalSource ?? "",
    externalSpec: schema?.externalSpec ?? "",
    properties: plainPairs(found.properties),
  };
}

function fieldDetail(field: FieldSchema): object {
  const isArray = field.dataType === DataType.Array || field.dataType === DataType.ArrayOfVector;
  return {
    name: field.name,
    id: field.fieldID,
    type: enumName(DataType, field.dataType),
    primaryKey: field.isPrimaryKey,
    partitionKey: field.isPartitionKey,
    clusteringKey: field.isClusteringKey,
    autoId: field.autoID,
    description: field.description,
    nullable: field.nullable,
    ...(isArray ? { elementType: enumName(DataType, field.elementType) } : {}),
    ...(field.typeParams.length > 0 ? { params: plainPairs(field.typeParams) } : {}),
    ...(field.defaultValue === undefined ? {} : { defaultValue: goOneof(field.defaultValue) }),
    ...(field.isFunctionOutput ? { isFunctionOutput: true } : {}),
    ...(field.externalField === "" ? {} : { externalField: field.externalField }),
  };
}

/** A value as Go writes the message that Milvus answers: `{"Data": {"LongData": 1}}`. */
function goOneof({ data }: ValueField): object {
  if (data.case === undefined) return { Data: null };
  return { Data: { [`${data.case[0].toUpperCase()}${data.case.slice(1)}`]: data.value } };
}

function structDetail(struct: StructArrayFieldSchema): object {
  return {
    name: struct.name,
    id: struct.fieldID,
    description: struct.description,
    nullable: struct.nullable,
    type: "ArrayOfStruct",
    fields: struct.fields.map((field) => ({ ...fieldDetail(field), name: shortName(field.name) })),
    ...(struct.typeParams.length > 0 ? { params: plainPairs(struct.typeParams) } : {}),
  };
}

/** The name of a sub-field without that of its struct: `s[v]` is `v`. */
export function shortName(name: string): string {
  return /\[(.+)\]$/.exec(name)?.[1] ?? name;
}

function functionDetail(item: FunctionSchema): object {
  return {
    name: item.name,
    description: item.description,
    type: item.type,
    id: item.id,
    inputFieldNames: item.inputFieldNames,
    outputFieldNames: item.outputFieldNames,
    params: plainPairs(item.params),
  };
}

function shortIndex(index: {
  readonly indexName: string;
  readonly fieldName: string;
  readonly params: readonly { readonly key: string; readonly value: string }[];
}): object {
  const metric = index.params.find(({ key }) => key === "metric_type");
  return {
    indexName: index.indexName,
    fieldName: index.fieldName,
    metricType: metric?.value ?? "COSINE",
  };
}
