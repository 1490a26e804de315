import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Collection,
  type CollectionSchema,
  dynamicFieldName,
  type Field,
  type FieldDefinition,
  fieldsOfStruct,
  type StructArray,
  type StructArrayDefinition,
  subFieldName,
} from "@redkite/engine";
import { unsupported } from "../errors.ts";
import {
  type CollectionSchemaSchema,
  CollectionSchemaSchema as collectionSchemaMessage,
  type FunctionSchema,
  FunctionTypeSchema,
  type StructArrayFieldSchema,
  type StructArrayFieldSchemaSchema,
} from "../wire/gen/schema_pb.ts";
import { decodeMessage } from "../wire/messages.ts";
import { fieldFromWire, fieldToWire } from "./field-schema.ts";
import { toMap } from "./key-values.ts";
import { decodeRequest } from "./method.ts";

/** The property that says in which time zone a collection's times are shown and read. */
export const timeZoneProperty = "timezone";

/** The part of a collection's definition that travels as `schema.CollectionSchema`. */
export interface SchemaOfWire {
  readonly fields: readonly FieldDefinition[];
  readonly structs: readonly StructArrayDefinition[];
  readonly dynamicField: boolean;
  readonly description: string;
  readonly properties: ReadonlyMap<string, string>;
}

/**
 * Reads the schema of a `CreateCollectionRequest`. Times among default values are in `timeZone` where
 * they name no offset, by default in that of the schema's own properties.
 * Throws `MilvusError` for bytes that are no schema and for what the engine has no type for.
 */
export function schemaFromWire(bytes: Uint8Array, timeZone?: string): SchemaOfWire {
  const schema = decodeRequest(() => decodeMessage(collectionSchemaMessage, bytes));
  refuseFunctions(schema.functions);
  if (schema.externalSource !== "") throw unsupported("external_source of a collection");
  if (schema.enableNamespace) throw unsupported("namespaces (enable_namespace) of a collection");
  const properties = toMap(schema.properties);
  const zone = timeZone ?? properties.get(timeZoneProperty);
  return {
    fields: schema.fields.map((field) => fieldFromWire(field, zone)),
    structs: schema.structArrayFields.map(structFromWire),
    dynamicField: schema.enableDynamicField,
    description: schema.description,
    properties,
  };
}

/** Reads an array of structs of a schema. Throws `MilvusError`. */
export function structFromWire(struct: StructArrayFieldSchema): StructArrayDefinition {
  return {
    name: struct.name,
    description: struct.description,
    nullable: struct.nullable,
    fields: struct.fields.map((field) => fieldFromWire(field)),
  };
}

/** A collection's schema as `DescribeCollection` shows it: without the dynamic field. */
export function schemaToWire(
  collection: Collection,
): MessageInitShape<typeof CollectionSchemaSchema> {
  const { schema, properties } = collection;
  return {
    name: collection.name,
    description: schema.description,
    enableDynamicField: schema.dynamicField,
    fields: plainFields(schema).map((field) => fieldToWire(field, properties[timeZoneProperty])),
    structArrayFields: (schema.structs ?? []).map((struct) => structToWire(schema, struct)),
  };
}

function structToWire(
  schema: CollectionSchema,
  struct: StructArray,
): MessageInitShape<typeof StructArrayFieldSchemaSchema> {
  return {
    fieldID: BigInt(struct.id),
    name: struct.name,
    description: struct.description,
    nullable: struct.nullable,
    fields: fieldsOfStruct(schema, struct.name).map((field) => ({
      ...fieldToWire(field),
      name: subFieldName(field),
    })),
  };
}

/** Whether a definition says the same as a collection's schema: creating it again is no error. */
export function isSameSchema(schema: CollectionSchema, wanted: SchemaOfWire): boolean {
  const structs = schema.structs ?? [];
  return (
    schema.dynamicField === wanted.dynamicField &&
    schema.description === wanted.description &&
    areSameFields(plainFields(schema), wanted.fields) &&
    structs.length === wanted.structs.length &&
    structs.every((struct, i) => isSameStruct(schema, struct, wanted.structs[i]))
  );
}

function isSameStruct(
  schema: CollectionSchema,
  { name, description, nullable }: StructArray,
  wanted: StructArrayDefinition,
): boolean {
  const fields = fieldsOfStruct(schema, name).map((field) => ({
    ...field,
    name: subFieldName(field),
  }));
  return (
    name === wanted.name &&
    description === (wanted.description ?? "") &&
    nullable === (wanted.nullable ?? false) &&
    areSameFields(
      fields,
      wanted.fields.map((field) => ({ ...field, nullable })),
    )
  );
}

function areSameFields(found: readonly Field[], wanted: readonly FieldDefinition[]): boolean {
  return found.length === wanted.length && found.every((field, i) => isSameField(field, wanted[i]));
}

function isSameField(found: Field, wanted: FieldDefinition): boolean {
  return (
    found.name === wanted.name &&
    found.type === wanted.type &&
    found.description === (wanted.description ?? "") &&
    found.primaryKey === (wanted.primaryKey ?? false) &&
    found.autoId === (wanted.autoId ?? false) &&
    found.nullable === (wanted.nullable ?? false) &&
    (found.partitionKey ?? false) === (wanted.partitionKey ?? false) &&
    (found.clusteringKey ?? false) === (wanted.clusteringKey ?? false) &&
    String(found.defaultValue) === String(wanted.defaultValue) &&
    isSameType(found, wanted)
  );
}

/** Throws `MilvusError` that names the first of the functions, which compute fields from others. */
export function refuseFunctions([first]: readonly FunctionSchema[]): void {
  if (first === undefined) return;
  const type = FunctionTypeSchema.values.find(({ number }) => number === first.type);
  throw unsupported(`function ${first.name} of type ${type?.name ?? first.type}`);
}

function isSameType(found: Field, wanted: FieldDefinition): boolean {
  return (
    found.dim === wanted.dim &&
    found.maxLength === wanted.maxLength &&
    found.elementType === wanted.elementType &&
    found.maxCapacity === wanted.maxCapacity &&
    areSameParams(found.params ?? {}, wanted.params ?? {})
  );
}

function areSameParams(
  found: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(found);
  return (
    names.length === Object.keys(wanted).length &&
    names.every((name) => found[name] === wanted[name])
  );
}

/** The fields that a schema lists beside its structs. */
function plainFields(schema: CollectionSchema): readonly Field[] {
  return schema.fields.filter(
    (field) => field.name !== dynamicFieldName && field.struct === undefined,
  );
}
