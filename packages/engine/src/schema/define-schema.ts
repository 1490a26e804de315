import { EngineError, type EngineErrorDetails } from "../base/errors.ts";
import {
  type CollectionSchema,
  dynamicFieldName,
  type Field,
  type FieldDefinition,
} from "./collection-schema.ts";
import { type DataType, dataTypes, infoOf } from "./data-type.ts";
import { checkDefault } from "./default-value.ts";
import { limits } from "./limits.ts";
import { checkName } from "./name.ts";

/** The ids below are Milvus's own columns: 0 the row id, 1 the timestamp. */
const firstUserFieldId = 100;

/** What a caller gives to define the fields of a collection. */
export interface SchemaDefinition {
  /** Only for the wording of errors. */
  readonly collection: string;
  readonly fields: readonly FieldDefinition[];
  readonly dynamicField?: boolean;
  readonly description?: string;
}

/**
 * Checks a definition against Milvus's rules and completes it: ids, defaults, the dynamic field.
 * Throws `schema-invalid`, `field-name-invalid`, `limit-exceeded` or `unsupported`.
 */
export function defineSchema(definition: SchemaDefinition): CollectionSchema {
  const { collection, fields: given, dynamicField = false, description = "" } = definition;
  if (given.length > limits.fieldsPerCollection) {
    throw new EngineError(
      "limit-exceeded",
      `maximum field's number should be limited to ${limits.fieldsPerCollection}`,
      { details: { found: given.length, max: limits.fieldsPerCollection } },
    );
  }
  if (description.length > limits.collectionDescriptionLength) {
    throw invalid(
      `description [${description.slice(0, 16)}...] exceeds max length ${limits.collectionDescriptionLength}`,
    );
  }
  const fields = given.map((field, i) => defineField(collection, field, firstUserFieldId + i));
  checkNamesDiffer(fields);
  checkPrimaryKey(fields);
  checkVectorFields(fields);
  if (dynamicField) fields.push(makeDynamicField(firstUserFieldId + fields.length));
  return { description, fields, dynamicField };
}

/** The primary key field. Every schema has exactly one. */
export function primaryKeyOf(schema: CollectionSchema): Field {
  const field = schema.fields.find((candidate) => candidate.primaryKey);
  if (field === undefined) throw invalid("Schema must have a primary key field");
  return field;
}

export function vectorFieldsOf(schema: CollectionSchema): readonly Field[] {
  return schema.fields.filter((field) => infoOf(field.type).family === "vector");
}

export function dynamicFieldOf(schema: CollectionSchema): Field | undefined {
  return schema.dynamicField ? schema.fields.at(-1) : undefined;
}

export function fieldNamed(schema: CollectionSchema, name: string): Field | undefined {
  return schema.fields.find((field) => field.name === name);
}

function defineField(collection: string, given: FieldDefinition, id: number): Field {
  checkName("field", given.name);
  if (!Object.hasOwn(dataTypes, given.type)) {
    throw new EngineError(
      "unsupported",
      `data type ${given.type} of field ${given.name} is not supported`,
      { details: { field: given.name, type: given.type, allowed: Object.keys(dataTypes) } },
    );
  }
  const field: Field = {
    id,
    name: given.name,
    type: given.type,
    description: given.description ?? "",
    primaryKey: given.primaryKey ?? false,
    autoId: given.autoId ?? false,
    nullable: given.nullable ?? false,
    ...(given.defaultValue === undefined ? {} : { defaultValue: given.defaultValue }),
    ...typeParameters(collection, given),
  };
  checkFlags(field);
  checkDefault(field);
  return field;
}

/** The parameters that the type takes, each checked; others are left out. */
function typeParameters(collection: string, given: FieldDefinition): Partial<Field> {
  switch (given.type) {
    case "VarChar":
      return { maxLength: checkMaxLength(collection, given) };
    case "Array":
      return arrayParameters(collection, given);
    case "FloatVector":
      return { dim: checkDim(given) };
    default:
      return {};
  }
}

function checkMaxLength(collection: string, given: FieldDefinition): number {
  const { name, maxLength } = given;
  if (maxLength === undefined) {
    throw invalid(
      `type param(max_length) should be specified for the field(${name}) of collection ${collection}`,
      { field: name },
    );
  }
  if (!isIntegerWithin(maxLength, 1, limits.varCharLength)) {
    throw invalid(
      `the maximum length specified for the field(${name}) should be in (0, ${limits.varCharLength}], but got ${maxLength} instead`,
      { field: name, found: maxLength, max: limits.varCharLength },
    );
  }
  return maxLength;
}

function arrayParameters(collection: string, given: FieldDefinition): Partial<Field> {
  const { name, elementType, maxCapacity } = given;
  if (elementType === undefined || !isElementType(elementType)) {
    throw invalid(`element type ${elementType ?? "None"} is not supported`, { field: name });
  }
  if (maxCapacity === undefined) {
    throw invalid(
      `type param(max_capacity) should be specified for the field(${name}) of collection ${collection}`,
      { field: name },
    );
  }
  if (!isIntegerWithin(maxCapacity, 1, limits.arrayCapacity)) {
    throw invalid(
      `the maximum capacity specified for a Array should be in (0, ${limits.arrayCapacity}]`,
      { field: name, found: maxCapacity, max: limits.arrayCapacity },
    );
  }
  if (elementType !== "VarChar") return { elementType, maxCapacity };
  return { elementType, maxCapacity, maxLength: checkMaxLength(collection, given) };
}

function isElementType(type: DataType): boolean {
  return Object.hasOwn(dataTypes, type) && infoOf(type).canBeArrayElement;
}

function checkDim(given: FieldDefinition): number {
  const { name, dim } = given;
  if (dim === undefined) {
    throw invalid(
      `dimension is not defined in field type params of field ${name}, check type param \`dim\` for vector field`,
      { field: name },
    );
  }
  if (!isIntegerWithin(dim, limits.dimMin, limits.dimMax)) {
    throw invalid(
      `invalid dimension: ${dim} of field ${name}. it should be in range ${limits.dimMin} to ${limits.dimMax}`,
      { field: name, found: dim, min: limits.dimMin, max: limits.dimMax },
    );
  }
  return dim;
}

function checkFlags(field: Field): void {
  const { name, type } = field;
  if (field.autoId && !field.primaryKey) {
    throw invalid(`only primary field can speficy AutoID with true, field name = ${name}`, {
      field: name,
    });
  }
  if (field.primaryKey && !infoOf(type).canBePrimaryKey) {
    throw invalid("the data type of primary key should be Int64 or VarChar", { field: name, type });
  }
  if (field.primaryKey && field.nullable) {
    throw invalid(`primary field not support null, name: ${name}`, { field: name });
  }
  if (field.nullable && infoOf(type).family === "vector") {
    throw new EngineError("unsupported", `nullable vector field ${name} is not supported`, {
      details: { field: name },
    });
  }
}

function checkNamesDiffer(fields: readonly Field[]): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (seen.has(name)) throw invalid(`duplicated field name ${name}`, { field: name });
    seen.add(name);
  }
}

function checkPrimaryKey(fields: readonly Field[]): void {
  const keys = fields.filter((field) => field.primaryKey);
  if (keys.length === 0) throw invalid("Schema must have a primary key field");
  if (keys.length > 1) {
    throw invalid("there are more than one primary key", { fields: keys.map((key) => key.name) });
  }
}

function checkVectorFields(fields: readonly Field[]): void {
  const count = fields.filter((field) => infoOf(field.type).family === "vector").length;
  if (count === 0) throw invalid("schema does not contain vector field");
  if (count > limits.vectorFieldsPerCollection) {
    throw new EngineError(
      "limit-exceeded",
      `maximum vector field's number should be limited to ${limits.vectorFieldsPerCollection}`,
      { details: { found: count, max: limits.vectorFieldsPerCollection } },
    );
  }
}

function makeDynamicField(id: number): Field {
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

function isIntegerWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function invalid(message: string, details: EngineErrorDetails = {}): EngineError {
  return new EngineError("schema-invalid", message, { details });
}
