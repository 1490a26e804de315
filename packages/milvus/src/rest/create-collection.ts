import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { invalidParameter } from "../errors.ts";
import { ConsistencyLevel } from "../wire/gen/common_pb.ts";
import { CollectionSchemaSchema, DataType } from "../wire/gen/schema_pb.ts";
import {
  type BodyOf,
  bodyShape,
  bool,
  int32,
  listOf,
  nested,
  record,
  required,
  text,
} from "./body-shape.ts";
import { consistencyLevelNamed } from "./consistency-level.ts";
import {
  fieldOf,
  fieldShape,
  functionOf,
  functionShape,
  structOf,
  structShape,
} from "./field-schema.ts";
import { createIndex, type IndexParam, indexParam } from "./index-routes.ts";
import { looseText, pairsOf } from "./loose-text.ts";
import type { RestCall } from "./rest-call.ts";
import { restError } from "./rest-error.ts";
import { done, type RestAnswer, type RestRoute, route } from "./rest-route.ts";

const schemaShape = bodyShape("CollectionSchema", {
  fields: listOf(nested(fieldShape)),
  structFields: listOf(nested(structShape)),
  functions: listOf(nested(functionShape)),
  autoID: bool(),
  enableDynamicField: bool(),
});

/** A dimension for the quick way, or a schema. */
const collectionShape = bodyShape("CollectionReq", {
  dbName: text(),
  collectionName: required(text()),
  description: text(),
  dimension: int32(),
  idType: text(),
  autoID: bool(),
  metricType: text(),
  primaryFieldName: text("id"),
  vectorFieldName: text("vector"),
  vectorFieldType: text("FloatVector"),
  schema: nested(schemaShape),
  indexParams: listOf(nested(indexParam)),
  params: record(),
  properties: record(),
  consistencyLevel: text(),
});

type CollectionBody = BodyOf<typeof collectionShape>;
type SchemaInit = MessageInitShape<typeof CollectionSchemaSchema>;

export const createCollectionRoute: RestRoute = route({
  path: "/collections/create",
  method: "createCollection",
  summary: "Creates a collection from a dimension or a schema",
  body: collectionShape,
  run: createCollection,
});

/**
 * Creates a collection, and its indexes, and loads it: the quick way always, from a schema when
 * the request asks for indexes. Throws `RestError` and `MilvusError`.
 */
async function createCollection(body: CollectionBody, call: RestCall): Promise<RestAnswer> {
  const isQuick = body.schema.fields.length === 0;
  const schema = isQuick ? quickSchemaOf(body) : schemaOf(body);
  const { collectionName, params } = body;
  await call.invoke("createCollection", {
    dbName: call.databaseName,
    collectionName,
    schema: toBinary(CollectionSchemaSchema, create(CollectionSchemaSchema, schema)),
    shardsNum: countOf(params, "shardsNum") ?? 1,
    numPartitions: BigInt(partitionCountOf(body)),
    consistencyLevel: consistencyLevelOf(body),
    properties: propertiesOf(body),
  });
  const wanted = isQuick ? [quickIndexOf(body)] : body.indexParams;
  if (wanted.length === 0) return done;
  const names = fieldNamesOf(schema);
  for (const param of wanted) {
    if (!names.has(param.fieldName)) {
      throw restError("missingParameters", `\`${param.fieldName}\` hasn't defined in schema`);
    }
    await createIndex(collectionName, param, call);
  }
  await call.invoke("loadCollection", { dbName: call.databaseName, collectionName });
  return done;
}

/** A vector type of the quick way. The first of its metrics is the one it has by default. */
interface QuickVector {
  readonly type: DataType;
  readonly metrics: readonly string[];
  /** Milvus's words for another metric. */
  readonly refusal: string;
}

const floatMetrics = {
  metrics: ["COSINE", "L2", "IP"],
  refusal: "float vector index does not support metric type: ",
};

const quickVectors: Readonly<Record<string, QuickVector>> = {
  FloatVector: { type: DataType.FloatVector, ...floatMetrics },
  BinaryVector: {
    type: DataType.BinaryVector,
    metrics: ["HAMMING", "JACCARD", "SUBSTRUCTURE", "SUPERSTRUCTURE", "MHJACCARD"],
    refusal: "binary vector index does not support metric type: ",
  },
  Float16Vector: { type: DataType.Float16Vector, ...floatMetrics },
  BFloat16Vector: { type: DataType.BFloat16Vector, ...floatMetrics },
  SparseFloatVector: {
    type: DataType.SparseFloatVector,
    metrics: ["IP"],
    refusal: "only IP is the supported metric type for quick create, not ",
  },
};

function quickSchemaOf(body: CollectionBody): SchemaInit {
  const { collectionName: name, description, dimension, params } = body;
  if (body.schema.functions.length > 0) {
    throw invalidParameter("functions are not supported for quickly create collection", {
      expected: "schema",
      actual: "functions",
    });
  }
  const { type } = quickVectorOf(body);
  checkDimension(type, dimension);
  quickMetricOf(body);
  return {
    name,
    description,
    enableDynamicField: dynamicFieldOf(params),
    fields: [
      {
        fieldID: 100n,
        name: body.primaryFieldName,
        isPrimaryKey: true,
        autoID: body.autoID,
        ...quickKeyOf(body),
      },
      {
        fieldID: 101n,
        name: body.vectorFieldName,
        dataType: type,
        typeParams:
          type === DataType.SparseFloatVector ? [] : [{ key: "dim", value: `${dimension}` }],
      },
    ],
  };
}

function quickVectorOf({ vectorFieldType }: CollectionBody): QuickVector {
  if (Object.hasOwn(quickVectors, vectorFieldType)) return quickVectors[vectorFieldType];
  const names = Object.keys(quickVectors).join(", ");
  throw invalidParameter(`vectorFieldType can only be [${names}], default: FloatVector`, {
    expected: names,
    actual: vectorFieldType,
  });
}

function checkDimension(type: DataType, dimension: number): void {
  if (type === DataType.SparseFloatVector) {
    if (dimension === 0) return;
    throw invalidParameter("dimension should not be specified for SparseFloatVector quick create", {
      expected: 0,
      actual: dimension,
    });
  }
  if (dimension !== 0) return;
  throw invalidParameter(
    "dimension is required for quickly create collection(default metric type: COSINE)",
    { expected: "collectionName & dimension", actual: "collectionName" },
  );
}

function quickKeyOf({ idType, params }: CollectionBody) {
  switch (idType) {
    case "":
    case "Int64":
    case "int64":
      return { dataType: DataType.Int64 };
    case "VarChar":
    case "Varchar":
      return {
        dataType: DataType.VarChar,
        typeParams: [{ key: "max_length", value: looseText(params["max_length"]) }],
      };
    default:
      throw invalidParameter("idType can only be [Int64, VarChar], default: Int64", {
        expected: "Int64, Varchar",
        actual: idType,
      });
  }
}

/** The quick way has a dynamic field unless told otherwise. */
function dynamicFieldOf(params: CollectionBody["params"]): boolean {
  const text = looseText(params["enableDynamicField"]);
  if (text === "" || /^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw invalidParameter(`parse enableDynamicField fail, err:${text} is no boolean`);
}

function quickIndexOf(body: CollectionBody): IndexParam {
  const { vectorFieldName } = body;
  return {
    fieldName: vectorFieldName,
    indexName: vectorFieldName,
    metricType: quickMetricOf(body),
    indexType: "",
    params: {},
  };
}

/** Checked before the collection is made, so that none is left behind without its index. */
function quickMetricOf(body: CollectionBody): string {
  const { metrics, refusal } = quickVectorOf(body);
  const metric = body.metricType || metrics[0];
  if (metrics.includes(metric)) return metric;
  throw invalidParameter(`${refusal}${metric}`, {
    expected: "valid index params",
    actual: "invalid index params",
  });
}

function schemaOf({ collectionName: name, description, schema }: CollectionBody): SchemaInit {
  const outputs = new Set(schema.functions.flatMap((item) => item.outputFieldNames));
  return {
    name,
    description,
    autoID: schema.autoID,
    enableDynamicField: schema.enableDynamicField,
    functions: schema.functions.map(functionOf),
    fields: schema.fields.map((field) => ({
      ...fieldOf(field),
      autoID: field.isPrimary && schema.autoID,
      isFunctionOutput: outputs.has(field.fieldName),
    })),
    structArrayFields: schema.structFields.map(structOf),
  };
}

/** The names that indexes may be asked for. */
function fieldNamesOf({ fields = [], structArrayFields = [] }: SchemaInit): ReadonlySet<string> {
  const subFields = structArrayFields.flatMap(({ name, fields: inner = [] }) =>
    inner.map((field) => `${name}[${field.name}]`),
  );
  return new Set([...fields.map(({ name = "" }) => name), ...subFields]);
}

/** Only a partition key makes a number of partitions of use. */
function partitionCountOf({ schema, params }: CollectionBody): number {
  const hasKey = schema.fields.some((field) => field.isPartitionKey);
  return hasKey ? (countOf(params, "partitionsNum") ?? 0) : 0;
}

/** A whole number of `params`. Milvus ignores what is none, we don't. */
function countOf(params: CollectionBody["params"], name: string): number | undefined {
  const text = looseText(params[name]);
  if (text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidParameter(`${name} should be a number`, { expected: "number", actual: text });
}

const levelNames = "Strong, Session, Bounded, Eventually, Customized";

function consistencyLevelOf({ consistencyLevel, params }: CollectionBody): ConsistencyLevel {
  const inParams = looseText(params["consistencyLevel"]);
  if (consistencyLevel !== "" && inParams !== "" && consistencyLevel !== inParams) {
    throw invalidParameter("top-level consistencyLevel conflicts with params.consistencyLevel", {
      expected: "same consistencyLevel",
      actual: inParams,
    });
  }
  const name = consistencyLevel || inParams;
  if (name === "") return ConsistencyLevel.Bounded;
  const level = consistencyLevelNamed(name);
  if (level !== undefined) return level;
  throw invalidParameter(`consistencyLevel can only be [${levelNames}], default: Bounded`, {
    expected: levelNames,
    actual: name,
  });
}

/** The properties that `params` may hold, and what Milvus calls them. */
const propertyParams: Readonly<Record<string, string>> = {
  ttlSeconds: "collection.ttl.seconds",
  ttlField: "ttl_field",
  partitionKeyIsolation: "partitionkey.isolation",
  "mmap.enabled": "mmap.enabled",
};

function propertiesOf({ params, properties }: CollectionBody): { key: string; value: string }[] {
  const fromParams = Object.entries(propertyParams).flatMap(([name, key]) =>
    Object.hasOwn(params, name) ? [{ key, value: looseText(params[name]) }] : [],
  );
  const given = pairsOf(properties).map(({ key, value }) => ({
    key: key === "ttl.seconds" ? "collection.ttl.seconds" : key,
    value,
  }));
  const all = [...given, ...fromParams];
  if (all.filter(({ key }) => key === "collection.ttl.seconds").length > 1) {
    throw invalidParameter("collection TTL is specified multiple times");
  }
  return all;
}
