import { EngineError } from "../base/errors.ts";
import {
  type CollectionSchema,
  dynamicFieldName,
  type Field,
  type FieldDefinition,
  type StructArrayDefinition,
} from "./collection-schema.ts";
import {
  checkCapacityRange,
  checkType,
  defineField,
  invalidSchema,
  isIntegerWithin,
} from "./define-field.ts";
import {
  checkNamesDiffer,
  checkVectorCount,
  fieldNamed,
  holdsVectors,
  makeDynamicField,
  makeStruct,
} from "./define-schema.ts";
import { defineStructFields } from "./define-struct.ts";
import { checkClusteringType } from "./key-fields.ts";
import { limits } from "./limits.ts";
import { structNamed } from "./struct-array.ts";

/** Changes of a field. What is left out stays. */
export interface FieldChange {
  readonly maxLength?: number;
  readonly maxCapacity?: number;
  readonly description?: string;
  /** Parameters to set. Only `mmap.enabled` and `warmup` can be. */
  readonly params?: Readonly<Record<string, string>>;
  /** Names of parameters to take away. */
  readonly droppedParams?: readonly string[];
}

/**
 * The schema with one more field, behind all others. Rows that are there have no value of it, so it
 * must be nullable. Throws `schema-invalid`, `field-name-invalid`, `limit-exceeded`, `unsupported`.
 */
export function addField(
  schema: CollectionSchema,
  definition: FieldDefinition,
  collection = "",
): CollectionSchema {
  checkType(definition);
  checkRoomFor(schema, 1);
  const { name } = definition;
  checkNamesDiffer([...(schema.structs ?? []), ...schema.fields, definition]);
  refuseKeys(schema, definition);
  if (holdsVectors(definition)) checkVectorCount(schema.fields.filter(holdsVectors).length + 1);
  if (definition.nullable !== true) {
    throw invalidSchema(`added field must be nullable, please check it, field name = ${name}`, {
      field: name,
    });
  }
  const id = nextFieldIdOf(schema);
  const field = defineField(definition, { collection, id });
  return { ...schema, fields: [...schema.fields, field], nextFieldId: id + 1 };
}

/** The schema with one more array of structs. Throws as {@link addField}. */
export function addStruct(
  schema: CollectionSchema,
  definition: StructArrayDefinition,
  collection = "",
): CollectionSchema {
  const { name, fields: given } = definition;
  checkRoomFor(schema, given.length);
  if (definition.nullable !== true) {
    throw invalidSchema(`added field must be nullable, please check it, field name = ${name}`, {
      field: name,
    });
  }
  const id = nextFieldIdOf(schema);
  const added = defineStructFields(definition, { collection, firstId: id + 1 });
  const structs = [...(schema.structs ?? []), makeStruct(definition, id)];
  const fields = [...schema.fields, ...added];
  checkNamesDiffer([...structs, ...fields]);
  checkVectorCount(fields.filter(holdsVectors).length);
  return { ...schema, fields, structs, nextFieldId: id + 1 + added.length };
}

/**
 * The schema without a field, or without a struct and its sub-fields. Throws `schema-invalid` for
 * what can't be taken away.
 */
export function dropField(schema: CollectionSchema, name: string): CollectionSchema {
  if (name === "") throw invalidSchema("field name is empty");
  if (structNamed(schema, name) !== undefined) return dropStruct(schema, name);
  const field = fieldNamed(schema, name);
  if (field === undefined) throw invalidSchema(`field not found: ${name}`, { field: name });
  const kind = undroppableKind(field);
  if (kind !== undefined) throw invalidSchema(`cannot drop ${kind}: ${name}`, { field: name });
  if (holdsVectors(field) && schema.fields.filter(holdsVectors).length === 1) {
    throw invalidSchema(`cannot drop the last vector field: ${name}`, { field: name });
  }
  const fields = schema.fields.filter((other) => other !== field);
  return { ...schema, fields, nextFieldId: nextFieldIdOf(schema) };
}

/**
 * The schema with a field changed: longer or shorter values, other parameters. Throws
 * `schema-invalid`, and `field-not-found`.
 */
export function alterField(
  schema: CollectionSchema,
  name: string,
  change: FieldChange,
): CollectionSchema {
  const field = fieldNamed(schema, name);
  if (field === undefined || name === dynamicFieldName) {
    throw new EngineError("field-not-found", `field ${name} does not exist in collection`, {
      details: { field: name, allowed: schema.fields.map((other) => other.name) },
    });
  }
  const altered = changed(field, change);
  const fields = schema.fields.map((other) => (other === field ? altered : other));
  return { ...schema, fields };
}

/** The schema with the dynamic field. */
export function addDynamicField(schema: CollectionSchema): CollectionSchema {
  if (schema.dynamicField) return schema;
  checkRoomFor(schema, 1);
  const id = nextFieldIdOf(schema);
  const fields = [...schema.fields, makeDynamicField(id)];
  return { ...schema, fields, dynamicField: true, nextFieldId: id + 1 };
}

/** The schema without the dynamic field. */
export function dropDynamicField(schema: CollectionSchema): CollectionSchema {
  const fields = schema.fields.filter((field) => field.name !== dynamicFieldName);
  return { ...schema, fields, dynamicField: false, nextFieldId: nextFieldIdOf(schema) };
}

function nextFieldIdOf({ nextFieldId, fields, structs = [] }: CollectionSchema): number {
  return nextFieldId ?? Math.max(...fields.map(({ id }) => id), ...structs.map(({ id }) => id)) + 1;
}

function checkRoomFor({ fields }: CollectionSchema, count: number): void {
  const max = limits.fieldsPerCollection;
  const present = fields.filter((field) => field.name !== dynamicFieldName).length;
  if (present + count <= max) return;
  throw new EngineError(
    "limit-exceeded",
    `The number of fields has reached the maximum value ${max}`,
    { details: { found: present + count, max } },
  );
}

/** What an added field can't be: rows that are there have been placed already. */
function refuseKeys(schema: CollectionSchema, definition: FieldDefinition): void {
  const { name } = definition;
  const details = { field: name };
  if (definition.primaryKey === true) {
    throw invalidSchema(`not support to add pk field, field name = ${name}`, details);
  }
  if (definition.autoId === true) {
    throw invalidSchema(
      `only primary field can speficy AutoID with true, field name = ${name}`,
      details,
    );
  }
  if (definition.partitionKey === true) {
    // The two spaces are Milvus's.
    throw invalidSchema(`not support to add partition key field, field name  = ${name}`, details);
  }
  if (definition.clusteringKey !== true) return;
  checkClusteringType(definition);
  if (schema.fields.some((field) => field.clusteringKey === true)) {
    throw invalidSchema(`already has another clustering key field, field name: ${name}`, details);
  }
}

function undroppableKind(field: Field): string | undefined {
  if (field.primaryKey) return "primary key field";
  if (field.partitionKey === true) return "partition key field";
  if (field.clusteringKey === true) return "clustering key field";
  if (field.name === dynamicFieldName) return "system field";
  return field.struct === undefined ? undefined : "sub-field of struct array field";
}

function dropStruct(schema: CollectionSchema, name: string): CollectionSchema {
  const fields = schema.fields.filter((field) => field.struct !== name);
  if (!fields.some(holdsVectors)) {
    throw invalidSchema(
      `cannot drop struct array field ${name}: it would leave no vector field in the collection`,
      { field: name },
    );
  }
  const { structs = [], ...rest } = schema;
  const kept = structs.filter((struct) => struct.name !== name);
  const nextFieldId = nextFieldIdOf(schema);
  return { ...rest, fields, nextFieldId, ...(kept.length === 0 ? {} : { structs: kept }) };
}

const changeableParams: ReadonlySet<string> = new Set(["mmap.enabled", "warmup"]);

function changed(field: Field, change: FieldChange): Field {
  const { maxLength, maxCapacity, description, params = {}, droppedParams = [] } = change;
  if (maxLength !== undefined) checkNewLength(field, maxLength);
  if (maxCapacity !== undefined) checkNewCapacity(field, maxCapacity);
  const refused = Object.keys(params).find((key) => !changeableParams.has(key));
  if (refused !== undefined) {
    throw invalidSchema(`${refused} does not allow update in collection field param`, {
      field: field.name,
    });
  }
  const undroppable = droppedParams.find((key) => !changeableParams.has(key));
  if (undroppable !== undefined) {
    throw invalidSchema(`${undroppable} is not allowed to drop in collection field param`, {
      field: field.name,
    });
  }
  const { params: before, ...rest } = field;
  const after = Object.entries({ ...before, ...params }).filter(
    ([key]) => !droppedParams.includes(key),
  );
  return {
    ...rest,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(maxCapacity === undefined ? {} : { maxCapacity }),
    ...(description === undefined ? {} : { description }),
    ...(after.length === 0 ? {} : { params: Object.fromEntries(after) }),
  };
}

function checkNewLength({ name, maxLength, struct }: Field, given: number): void {
  if (maxLength === undefined || struct !== undefined) {
    throw invalidSchema(`${name} can not modify the maxlength for non-string types`, {
      field: name,
    });
  }
  if (given > limits.varCharLength) {
    throw invalidSchema(`${given} exceeds the maximum allowed value ${limits.varCharLength}`, {
      field: name,
      found: given,
      max: limits.varCharLength,
    });
  }
  if (!isIntegerWithin(given, 1, limits.varCharLength)) {
    throw invalidSchema(
      `the maximum length specified for the field(${name}) should be in (0, ${limits.varCharLength}], but got ${given} instead`,
      { field: name, found: given, max: limits.varCharLength },
    );
  }
}

function checkNewCapacity({ name, type, struct }: Field, given: number): void {
  if (type !== "Array" || struct !== undefined) {
    throw invalidSchema(`${name} can not modify the maxcapacity for non-array types`, {
      field: name,
    });
  }
  checkCapacityRange(name, given);
}
