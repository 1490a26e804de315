import { EngineError, type EngineErrorDetails } from "../base/errors.ts";
import type { Field, FieldDefinition, ScalarValue } from "./collection-schema.ts";
import { type DataType, dataTypes, infoOf } from "./data-type.ts";
import { checkDefault } from "./default-value.ts";
import { limits } from "./limits.ts";
import { checkName } from "./name.ts";
import { parseTimestamptz } from "./timestamptz.ts";

/** Where a field is defined. */
export interface FieldPlace {
  /** Only for the wording of errors. */
  readonly collection: string;
  readonly id: number;
  /** The struct that it is a sub-field of. */
  readonly struct?: string;
}

/**
 * Checks a definition against Milvus's rules for one field and completes it. Throws
 * `schema-invalid` or `field-name-invalid`; `unsupported` for a type that there is not.
 */
export function defineField(given: FieldDefinition, { collection, id, struct }: FieldPlace): Field {
  checkName("field", given.name);
  checkType(given);
  if (given.type === "ArrayOfVector" && struct === undefined) {
    throw invalidSchema(
      `array of vector can only be in the struct array field, field name: ${given.name}`,
      { field: given.name },
    );
  }
  const { defaultValue, params = {} } = given;
  const field: Field = {
    id,
    name: given.name,
    type: given.type,
    description: given.description ?? "",
    primaryKey: given.primaryKey ?? false,
    autoId: given.autoId ?? false,
    nullable: given.nullable ?? false,
    ...(defaultValue === undefined ? {} : { defaultValue: asStored(given.type, defaultValue) }),
    ...typeParameters(collection, given),
    ...(given.partitionKey === true ? { partitionKey: true } : {}),
    ...(given.clusteringKey === true ? { clusteringKey: true } : {}),
    ...(Object.keys(params).length === 0 ? {} : { params }),
  };
  if (field.primaryKey && field.nullable) {
    throw invalidSchema(`primary field not support null, name: ${field.name}`, {
      field: field.name,
    });
  }
  checkDefault(field);
  return field;
}

/** Throws `unsupported` unless the type is one of ours: definitions may come from JavaScript. */
export function checkType(given: FieldDefinition): void {
  if (Object.hasOwn(dataTypes, given.type)) return;
  throw new EngineError(
    "unsupported",
    `data type ${given.type} of field ${given.name} is not supported`,
    { details: { field: given.name, type: given.type, allowed: Object.keys(dataTypes) } },
  );
}

/** Times are kept as microseconds since 1970. */
function asStored(type: DataType, value: ScalarValue): ScalarValue {
  return type === "Timestamptz" && typeof value === "string" ? parseTimestamptz(value) : value;
}

/** The parameters that the type takes, each checked; others are left out. */
function typeParameters(collection: string, given: FieldDefinition): Partial<Field> {
  switch (given.type) {
    case "VarChar":
      return { maxLength: checkMaxLength(collection, given) };
    case "Array":
      return arrayParameters(collection, given);
    case "ArrayOfVector":
      return vectorArrayParameters(collection, given);
    case "SparseFloatVector":
      if (given.dim === undefined) return {};
      throw invalidSchema(`dim should not be specified for sparse vector field ${given.name}(0)`, {
        field: given.name,
      });
    default:
      return infoOf(given.type).family === "vector" ? { dim: checkDim(given, given.type) } : {};
  }
}

function checkMaxLength(collection: string, { name, maxLength }: FieldDefinition): number {
  if (maxLength === undefined) {
    throw invalidSchema(
      `type param(max_length) should be specified for the field(${name}) of collection ${collection}`,
      { field: name },
    );
  }
  if (!isIntegerWithin(maxLength, 1, limits.varCharLength)) {
    throw invalidSchema(
      `the maximum length specified for the field(${name}) should be in (0, ${limits.varCharLength}], but got ${maxLength} instead`,
      { field: name, found: maxLength, max: limits.varCharLength },
    );
  }
  return maxLength;
}

function arrayParameters(collection: string, given: FieldDefinition): Partial<Field> {
  const { name, elementType } = given;
  if (elementType === undefined || !isElementType(elementType)) {
    throw invalidSchema(`element type ${elementType ?? "None"} is not supported`, { field: name });
  }
  const maxLength =
    elementType === "VarChar" ? { maxLength: checkMaxLength(collection, given) } : {};
  return { elementType, maxCapacity: checkMaxCapacity(collection, given), ...maxLength };
}

function vectorArrayParameters(collection: string, given: FieldDefinition): Partial<Field> {
  const { name, elementType } = given;
  const isVector = elementType !== undefined && Object.hasOwn(dataTypes, elementType);
  if (!isVector || infoOf(elementType).element === undefined) {
    throw invalidSchema(
      `Unsupported element type ${elementType ?? "None"} of ArrayOfVector field ${name}, only fixed dimension vector types are supported`,
      { field: name },
    );
  }
  const dim = checkDim(given, elementType);
  return { elementType, dim, maxCapacity: checkMaxCapacity(collection, given) };
}

function checkMaxCapacity(collection: string, { name, maxCapacity }: FieldDefinition): number {
  if (maxCapacity === undefined) {
    throw invalidSchema(
      `type param(max_capacity) should be specified for array field ${name} of collection ${collection}`,
      { field: name },
    );
  }
  checkCapacityRange(name, maxCapacity);
  return maxCapacity;
}

/** Throws `schema-invalid` unless arrays may have so many elements at most. */
export function checkCapacityRange(name: string, maxCapacity: number): void {
  if (isIntegerWithin(maxCapacity, 1, limits.arrayCapacity)) return;
  throw invalidSchema(
    `the maximum capacity specified for a Array should be in (0, ${limits.arrayCapacity}]`,
    { field: name, found: maxCapacity, max: limits.arrayCapacity },
  );
}

function isElementType(type: DataType): boolean {
  return Object.hasOwn(dataTypes, type) && infoOf(type).canBeArrayElement;
}

function checkDim({ name, dim }: FieldDefinition, type: DataType): number {
  if (dim === undefined) {
    throw invalidSchema(
      `dimension is not defined in field type params of field ${name}, check type param \`dim\` for vector field`,
      { field: name },
    );
  }
  const isBinary = infoOf(type).element === "bit";
  const max = isBinary ? limits.binaryDimMax : limits.dimMax;
  const details = { field: name, found: dim, min: limits.dimMin, max };
  if (!Number.isInteger(dim) || dim < limits.dimMin) {
    throw invalidSchema(
      `invalid dimension: ${dim}. should be in range ${limits.dimMin} ~ ${limits.dimMax}`,
      details,
    );
  }
  if (isBinary && dim % 8 !== 0) {
    throw invalidSchema(
      `invalid dimension: ${dim} of field ${name}. binary vector dimension should be multiple of 8. `,
      details,
    );
  }
  if (dim > max) {
    throw invalidSchema(
      `invalid dimension: ${dim} of field ${name}. ${isBinary ? "binary" : "float"} vector dimension should be in range ${limits.dimMin} ~ ${max}`,
      details,
    );
  }
  return dim;
}

export function isIntegerWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

/** The error for a schema that breaks a rule of Milvus's. */
export function invalidSchema(message: string, details: EngineErrorDetails = {}): EngineError {
  return new EngineError("schema-invalid", message, { details });
}
