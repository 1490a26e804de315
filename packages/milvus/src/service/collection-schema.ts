import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Collection,
  type CollectionSchema,
  type DataType,
  dataTypes,
  dynamicFieldName,
  type Field,
  type FieldDefinition,
  infoOf,
  type ScalarValue,
} from "@redkite/engine";
import { invalidParameter, unsupported } from "../errors.ts";
import {
  type CollectionSchemaSchema,
  CollectionSchemaSchema as collectionSchemaMessage,
  DataType as DataTypeId,
  DataTypeSchema,
  type FieldSchema,
  type FieldSchemaSchema,
  type ValueField,
} from "../wire/gen/schema_pb.ts";
import { decodeMessage } from "../wire/messages.ts";
import { isTrue, toMap } from "./key-values.ts";
import { decodeRequest } from "./method.ts";

/** The part of a collection's definition that travels as `schema.CollectionSchema`. */
export interface SchemaOfWire {
  readonly fields: readonly FieldDefinition[];
  readonly dynamicField: boolean;
  readonly description: string;
  readonly properties: ReadonlyMap<string, string>;
}

/**
 * Reads the schema of a `CreateCollectionRequest`.
 * Throws `MilvusError` for bytes that are no schema and for what the engine has no type for.
 */
export function schemaFromWire(bytes: Uint8Array): SchemaOfWire {
  const schema = decodeRequest(() => decodeMessage(collectionSchemaMessage, bytes));
  const [firstFunction] = schema.functions;
  if (firstFunction !== undefined) throw unsupported(`function ${firstFunction.name}`);
  const [firstStruct] = schema.structArrayFields;
  if (firstStruct !== undefined) throw unsupported(`struct array field ${firstStruct.name}`);
  if (schema.externalSource !== "") throw unsupported("external_source of a collection");
  return {
    fields: schema.fields.map(fieldFromWire),
    dynamicField: schema.enableDynamicField,
    description: schema.description,
    properties: toMap(schema.properties),
  };
}

/** A collection's schema as `DescribeCollection` shows it: without the dynamic field. */
export function schemaToWire(
  collection: Collection,
): MessageInitShape<typeof CollectionSchemaSchema> {
  const { schema } = collection;
  return {
    name: collection.name,
    description: schema.description,
    enableDynamicField: schema.dynamicField,
    fields: schema.fields.filter((field) => field.name !== dynamicFieldName).map(fieldToWire),
  };
}

/** Whether a definition says the same as a collection's schema: creating it again is no error. */
export function isSameSchema(schema: CollectionSchema, wanted: SchemaOfWire): boolean {
  const found = schema.fields.filter((field) => field.name !== dynamicFieldName);
  return (
    schema.dynamicField === wanted.dynamicField &&
    schema.description === wanted.description &&
    found.length === wanted.fields.length &&
    found.every((field, i) => isSameField(field, wanted.fields[i]))
  );
}

function isSameField(found: Field, wanted: FieldDefinition): boolean {
  return (
    found.name === wanted.name &&
    found.type === wanted.type &&
    found.description === (wanted.description ?? "") &&
    found.primaryKey === (wanted.primaryKey ?? false) &&
    found.autoId === (wanted.autoId ?? false) &&
    found.nullable === (wanted.nullable ?? false) &&
    String(found.defaultValue) === String(wanted.defaultValue) &&
    found.dim === wanted.dim &&
    found.maxLength === wanted.maxLength &&
    found.elementType === wanted.elementType &&
    found.maxCapacity === wanted.maxCapacity
  );
}

function fieldFromWire(field: FieldSchema): FieldDefinition {
  const { name } = field;
  if (field.isPartitionKey) throw unsupported(`partition key field ${name}`);
  if (field.isClusteringKey) throw unsupported(`clustering key field ${name}`);
  if (field.isFunctionOutput) throw unsupported(`function output field ${name}`);
  const type = typeFromWire(name, field.dataType);
  const defaultValue = defaultFromWire(field, type);
  return {
    name,
    type,
    description: field.description,
    primaryKey: field.isPrimaryKey,
    autoId: field.autoID,
    nullable: field.nullable,
    ...(defaultValue === undefined ? {} : { defaultValue }),
    ...typeParametersFromWire(field, type),
  };
}

// The table has exactly the types as its keys.
const typeNames = Object.keys(dataTypes) as DataType[];

const typesByWireId: ReadonlyMap<number, DataType> = new Map(
  typeNames.map((type) => [DataTypeId[type], type]),
);

function typeFromWire(field: string, id: DataTypeId): DataType {
  const type = typesByWireId.get(id);
  if (type !== undefined) return type;
  const name = DataTypeSchema.values.find((value) => value.number === id)?.name ?? `${id}`;
  if (name === "String") {
    throw invalidParameter("string data type not supported yet, please use VarChar type instead");
  }
  if (name === "None") throw invalidParameter(`data type None of field ${field} is not valid`);
  throw unsupported(`data type ${name} of field ${field}`);
}

/** The parameters that decide nothing here: they are about where Milvus keeps the field. */
function typeParametersFromWire(field: FieldSchema, type: DataType): Partial<FieldDefinition> {
  const parameters = toMap(field.typeParams);
  for (const name of ["enable_analyzer", "enable_match"]) {
    if (isTrue(parameters.get(name))) throw unsupported(`${name} of field ${field.name}`);
  }
  const dim = parameters.get("dim");
  const maxLength = parameters.get("max_length");
  const maxCapacity = parameters.get("max_capacity");
  const family = infoOf(type).family;
  const isText = family === "string" || (family === "array" && isTextArray(field));
  return {
    ...(family === "vector" && dim !== undefined ? { dim: parseDim(field, dim) } : {}),
    ...(isText && maxLength !== undefined
      ? { maxLength: parseInteger(field, "max_length", maxLength) }
      : {}),
    ...(family === "array"
      ? {
          elementType: typeFromWire(field.name, field.elementType),
          ...(maxCapacity === undefined
            ? {}
            : { maxCapacity: parseInteger(field, "max_capacity", maxCapacity) }),
        }
      : {}),
  };
}

function isTextArray(field: FieldSchema): boolean {
  return typesByWireId.get(field.elementType) === "VarChar";
}

function parseDim(field: FieldSchema, text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw invalidParameter(`invalid dimension: ${text} of field ${field.name}`);
}

function parseInteger(field: FieldSchema, parameter: string, text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw invalidParameter(`the value for ${parameter} of field ${field.name} must be an integer`);
}

/** Where a default value of each type travels in `schema.ValueField`. */
const valueCases: Readonly<Partial<Record<DataType, ValueField["data"]["case"]>>> = {
  Bool: "boolData",
  Int8: "intData",
  Int16: "intData",
  Int32: "intData",
  Int64: "longData",
  Float: "floatData",
  Double: "doubleData",
  VarChar: "stringData",
};

function defaultFromWire(field: FieldSchema, type: DataType): ScalarValue | undefined {
  const data = field.defaultValue?.data;
  if (data === undefined || data.case === undefined) return undefined;
  const { name } = field;
  const expected = valueCases[type];
  if (expected === undefined) {
    throw invalidParameter(`type not support default_value, type:${type}, name:${name}`);
  }
  if (data.case !== expected || data.value instanceof Uint8Array) {
    throw invalidParameter(
      `type (${type}) of field (${name}) is not equal to the type(${data.case}) of default_value`,
    );
  }
  return data.value;
}

function fieldToWire(field: Field): MessageInitShape<typeof FieldSchemaSchema> {
  const parameters = {
    dim: field.dim,
    max_length: field.maxLength,
    max_capacity: field.maxCapacity,
  };
  return {
    fieldID: BigInt(field.id),
    name: field.name,
    description: field.description,
    isPrimaryKey: field.primaryKey,
    autoID: field.autoId,
    nullable: field.nullable,
    dataType: DataTypeId[field.type],
    elementType: field.elementType === undefined ? DataTypeId.None : DataTypeId[field.elementType],
    typeParams: Object.entries(parameters)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ({ key, value: `${value}` })),
    ...(field.defaultValue === undefined ? {} : { defaultValue: defaultToWire(field) }),
  };
}

function defaultToWire(field: Field): Pick<ValueField, "data"> {
  const { type, defaultValue: value } = field;
  switch (typeof value) {
    case "boolean":
      return { data: { case: "boolData", value } };
    case "bigint":
      return type === "Int64"
        ? { data: { case: "longData", value } }
        : { data: { case: "intData", value: Number(value) } };
    case "string":
      return { data: { case: "stringData", value } };
    case "number":
      if (type === "Float") return { data: { case: "floatData", value } };
      if (type === "Double") return { data: { case: "doubleData", value } };
      if (type === "Int64") return { data: { case: "longData", value: BigInt(value) } };
      return { data: { case: "intData", value } };
    default:
      return { data: { case: undefined } };
  }
}
