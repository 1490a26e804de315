import { EngineError } from "../base/errors.ts";
import {
  type CollectionSchema,
  dynamicFieldName,
  type Field,
  type FieldDefinition,
  type StructArray,
  type StructArrayDefinition,
} from "./collection-schema.ts";
import { infoOf } from "./data-type.ts";
import { checkType, defineField, invalidSchema } from "./define-field.ts";
import { defineStructFields } from "./define-struct.ts";
import { checkClusteringKey, checkPartitionKey, checkPrimaryKey } from "./key-fields.ts";
import { limits } from "./limits.ts";

/** The ids below are Milvus's own columns: 0 the row id, 1 the timestamp. */
const firstUserFieldId = 100;

/** What a caller gives to define the fields of a collection. */
export interface SchemaDefinition {
  /** Only for the wording of errors. */
  readonly collection: string;
  readonly fields: readonly FieldDefinition[];
  readonly structs?: readonly StructArrayDefinition[];
  readonly dynamicField?: boolean;
  readonly description?: string;
}

/**
 * Checks a definition against Milvus's rules, in Milvus's order, and completes it: ids, defaults,
 * the dynamic field. Throws `schema-invalid`, `field-name-invalid`, `limit-exceeded` or
 * `unsupported`.
 */
export function defineSchema(definition: SchemaDefinition): CollectionSchema {
  const { collection, fields: given, structs: givenStructs = [] } = definition;
  const { dynamicField = false, description = "" } = definition;
  for (const field of given) checkType(field);
  checkCounts([...given, ...givenStructs.flatMap((struct) => struct.fields)]);
  if (Buffer.byteLength(description) > limits.collectionDescriptionLength) {
    throw invalidSchema(
      `description [${description.slice(0, 16)}...] exceeds max length ${limits.collectionDescriptionLength}`,
    );
  }
  checkPrimaryKey(given);
  checkPartitionKey(given);
  checkClusteringKey(given);
  let nextFieldId = firstUserFieldId;
  const fields = given.map((field) => defineField(field, { collection, id: nextFieldId++ }));
  const dynamic = dynamicField ? [makeDynamicField(nextFieldId++)] : [];
  const structs: StructArray[] = [];
  const subFields: Field[] = [];
  for (const struct of givenStructs) {
    structs.push(makeStruct(struct, nextFieldId++));
    subFields.push(...defineStructFields(struct, { collection, firstId: nextFieldId }));
    nextFieldId += struct.fields.length;
  }
  checkNamesDiffer([...fields, ...structs, ...subFields]);
  return {
    description,
    fields: [...fields, ...subFields, ...dynamic],
    ...(structs.length === 0 ? {} : { structs }),
    dynamicField,
    nextFieldId,
  };
}

/** The primary key field. Every schema has exactly one. */
export function primaryKeyOf(schema: CollectionSchema): Field {
  const field = schema.fields.find((candidate) => candidate.primaryKey);
  if (field === undefined) throw invalidSchema("Schema must have a primary key field");
  return field;
}

/** The fields of vectors; arrays of vectors are not among them. */
export function vectorFieldsOf(schema: CollectionSchema): readonly Field[] {
  return schema.fields.filter((field) => infoOf(field.type).family === "vector");
}

/** The fields that searches can be for: those with vectors, and those with arrays of them. */
export function searchedFieldsOf(schema: CollectionSchema): readonly Field[] {
  return schema.fields.filter(holdsVectors);
}

export function dynamicFieldOf(schema: CollectionSchema): Field | undefined {
  return schema.dynamicField ? fieldNamed(schema, dynamicFieldName) : undefined;
}

export function fieldNamed(schema: CollectionSchema, name: string): Field | undefined {
  return schema.fields.find((field) => field.name === name);
}

/** Whether the values are vectors, or arrays of them. */
export function holdsVectors({ type }: Pick<Field, "type">): boolean {
  const { family } = infoOf(type);
  return family === "vector" || family === "vectors";
}

function checkCounts(all: readonly FieldDefinition[]): void {
  if (all.length > limits.fieldsPerCollection) {
    throw new EngineError(
      "limit-exceeded",
      `maximum field's number should be limited to ${limits.fieldsPerCollection}`,
      { details: { found: all.length, max: limits.fieldsPerCollection } },
    );
  }
  // Types of sub-fields are checked later: what is none is no vector.
  const isVector = ({ type }: FieldDefinition): boolean =>
    /Vector$/.test(String(type)) && holdsVectors({ type });
  const vectorCount = all.filter(isVector).length;
  if (vectorCount === 0) throw invalidSchema("schema does not contain vector field");
  checkVectorCount(vectorCount);
}

/** Throws `limit-exceeded` for more fields of vectors than a collection may have. */
export function checkVectorCount(count: number): void {
  if (count <= limits.vectorFieldsPerCollection) return;
  throw new EngineError(
    "limit-exceeded",
    `maximum vector field's number should be limited to ${limits.vectorFieldsPerCollection}`,
    { details: { found: count, max: limits.vectorFieldsPerCollection } },
  );
}

/** Throws `schema-invalid` when a name is given twice, be it a field's or a struct's. */
export function checkNamesDiffer(named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw invalidSchema(`duplicated field name ${name}`, { field: name });
    seen.add(name);
  }
}

export function makeStruct(given: StructArrayDefinition, id: number): StructArray {
  const { name, description = "", nullable = false } = given;
  return { id, name, description, nullable };
}

export function makeDynamicField(id: number): Field {
  return {
    id,
    name: dynamicFieldName,
    type: "JSON",
    description: "dynamic schema",
    primaryKey: false,
    autoId: false,
    nullable: false,
  };
}
