import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type DataType,
  dataTypes,
  type Field,
  type FieldDefinition,
  holdsVectors,
  infoOf,
} from "@redkite/engine";
import { invalidParameter, unsupported } from "../errors.ts";
import {
  DataType as DataTypeId,
  DataTypeSchema,
  type FieldSchema,
  type FieldSchemaSchema,
} from "../wire/gen/schema_pb.ts";
import { defaultFromWire, defaultToWire } from "./default-values.ts";
import { toMap, toPairs } from "./key-values.ts";

/**
 * Reads a field of a schema; times among default values are in `timeZone` where they name no offset.
 * Throws `MilvusError` for what the engine has no type for.
 */
export function fieldFromWire(field: FieldSchema, timeZone = "UTC"): FieldDefinition {
  const { name } = field;
  if (field.isFunctionOutput) throw unsupported(`function output field ${name}`);
  if (field.isDynamic) throw invalidParameter("cannot explicitly set a field as a dynamic field");
  const type = typeFromWire(name, field.dataType);
  const defaultValue = defaultFromWire(field, type, timeZone);
  return {
    name,
    type,
    description: field.description,
    primaryKey: field.isPrimaryKey,
    autoId: field.autoID,
    nullable: field.nullable,
    partitionKey: field.isPartitionKey,
    clusteringKey: field.isClusteringKey,
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

/** The parameters that types have of their own; others are kept as they are. */
const typeParameters: ReadonlySet<string> = new Set(["dim", "max_length", "max_capacity"]);

function typeParametersFromWire(field: FieldSchema, type: DataType): Partial<FieldDefinition> {
  const parameters = toMap(field.typeParams);
  const { family } = infoOf(type);
  const isList = family === "array" || family === "vectors";
  const isText =
    family === "string" || (isList && typesByWireId.get(field.elementType) === "VarChar");
  const dim = parameters.get("dim");
  const maxLength = parameters.get("max_length");
  const maxCapacity = parameters.get("max_capacity");
  const params = [...parameters].filter(([name]) => !typeParameters.has(name));
  return {
    ...(isList ? { elementType: typeFromWire(field.name, field.elementType) } : {}),
    ...(dim === undefined || !holdsVectors({ type }) ? {} : { dim: parseDim(field, dim) }),
    ...(maxLength === undefined || !isText
      ? {}
      : { maxLength: parseInteger(field, "max_length", maxLength) }),
    ...(maxCapacity === undefined || !isList
      ? {}
      : { maxCapacity: parseInteger(field, "max_capacity", maxCapacity) }),
    ...(params.length === 0 ? {} : { params: Object.fromEntries(params) }),
  };
}

function parseDim(field: FieldSchema, text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw invalidParameter(`invalid dimension: ${text} of field ${field.name}`);
}

function parseInteger(field: FieldSchema, parameter: string, text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw invalidParameter(`the value for ${parameter} of field ${field.name} must be an integer`);
}

/** A field as `DescribeCollection` shows it, with times among default values in `timeZone`. */
export function fieldToWire(
  field: Field,
  timeZone?: string,
): MessageInitShape<typeof FieldSchemaSchema> {
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
    isPartitionKey: field.partitionKey ?? false,
    isClusteringKey: field.clusteringKey ?? false,
    dataType: DataTypeId[field.type],
    elementType: field.elementType === undefined ? DataTypeId.None : DataTypeId[field.elementType],
    typeParams: [
      ...Object.entries(parameters)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => ({ key, value: `${value}` })),
      ...toPairs(field.params ?? {}),
    ],
    ...(field.defaultValue === undefined
      ? {}
      : { defaultValue: defaultToWire(field.type, field.defaultValue, timeZone) }),
  };
}
