import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CreateCollectionRequestSchema } from "../../src/wire/gen/milvus_pb.ts";
import {
  DataType,
  type FieldSchemaSchema,
  type FunctionSchemaSchema,
  FunctionType,
} from "../../src/wire/gen/schema_pb.ts";
import { Harness, schemaBytes } from "../service/service-harness.ts";
import { collectionDifferences } from "./differences.ts";
import { outcomeOf, type Row } from "./outcome.ts";

type Field = Exclude<MessageInitShape<typeof FieldSchemaSchema>, { $typeName: string }>;
type Request = Omit<MessageInitShape<typeof CreateCollectionRequestSchema>, "$typeName">;

interface Schema {
  readonly fields: Field[];
  readonly functions?: MessageInitShape<typeof FunctionSchemaSchema>[];
  readonly enableDynamicField?: boolean;
  readonly externalSource?: string;
}

const pair = (key: string, value: string): { key: string; value: string } => ({ key, value });

const id: Field = { name: "id", dataType: DataType.Int64, isPrimaryKey: true };
const number: Field = { name: "number", dataType: DataType.Int64 };
const time: Field = { name: "time", dataType: DataType.Timestamptz, nullable: true };
const text: Field = {
  name: "text",
  dataType: DataType.VarChar,
  typeParams: [pair("max_length", "64")],
};
const vector: Field = {
  name: "vector",
  dataType: DataType.FloatVector,
  typeParams: [pair("dim", "8")],
};
const sparse: Field = { name: "sparse", dataType: DataType.SparseFloatVector };
const bits: Field = {
  name: "bits",
  dataType: DataType.BinaryVector,
  typeParams: [pair("dim", "64")],
};

/** A field that is computed from `text`. */
function computed(type: FunctionType, output: Field): Schema {
  const analyzed = {
    ...text,
    typeParams: [pair("max_length", "64"), pair("enable_analyzer", "true")],
  };
  const made = {
    name: "made",
    type,
    inputFieldNames: ["text"],
    outputFieldNames: [output.name ?? ""],
  };
  return { fields: [id, analyzed, vector, output], functions: [made] };
}

const withFields = (...fields: Field[]): [Schema] => [{ fields: [id, vector, ...fields] }];
const withProperties = (...properties: { key: string; value: string }[]): [Schema, Request] => [
  { fields: [id, { ...number, isPartitionKey: true }, time, vector] },
  { properties },
];

/** What a new collection can ask for. */
const collections: Readonly<Record<string, readonly [schema: Schema, request?: Request]>> = {
  "keys of VarChar": [{ fields: [{ ...text, isPrimaryKey: true }, vector] }],
  "keys that are made (`auto_id`)": [{ fields: [{ ...id, autoID: true }, vector] }],
  "several vector fields": withFields(sparse, bits),
  "nullable fields": withFields({ ...number, nullable: true }),
  "nullable vectors": [{ fields: [id, { ...vector, nullable: true }] }],
  "default values": withFields({
    ...number,
    defaultValue: { data: { case: "longData", value: 7n } },
  }),
  "dynamic field": [{ fields: [id, vector], enableDynamicField: true }],
  "partition key": withFields({ ...number, isPartitionKey: true }),
  "`partitionkey.isolation`": withProperties(pair("partitionkey.isolation", "true")),
  "clustering key": withFields({ ...number, isClusteringKey: true }),
  shards: [{ fields: [id, vector] }, { shardsNum: 4 }],
  "time to live (`collection.ttl.seconds`)": withProperties(pair("collection.ttl.seconds", "60")),
  "time to live of each row (`ttl_field`)": withProperties(pair("ttl_field", "time")),
  "`timezone`": withProperties(pair("timezone", "Europe/Berlin")),
  "`mmap.enabled`": withProperties(pair("mmap.enabled", "true")),
  "analyzers (`enable_analyzer`)": withFields({
    ...text,
    typeParams: [pair("max_length", "64"), pair("enable_analyzer", "true")],
  }),
  "function BM25": [computed(FunctionType.BM25, sparse)],
  "function TextEmbedding": [
    computed(FunctionType.TextEmbedding, { ...vector, name: "embedding" }),
  ],
  "function MinHash": [computed(FunctionType.MinHash, bits)],
  "external collection": [{ fields: [id, vector], externalSource: "s3://bucket/films" }],
};

/** What a new collection can ask for, each tried. */
export async function collectionRows(): Promise<Row[]> {
  const harness = await Harness.open();
  const rows: Row[] = [];
  for (const [name, [schema, request = {}]] of Object.entries(collections)) {
    const collectionName = `collections_${rows.length}`;
    const asked = { ...request, collectionName, schema: schemaBytes(schema) };
    const outcome = await outcomeOf(harness.call("createCollection", asked));
    const difference = collectionDifferences[name];
    rows.push({ name, outcome, ...(difference && { difference }) });
  }
  await harness.close();
  return rows;
}
