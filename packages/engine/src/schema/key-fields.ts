import { EngineError } from "../base/errors.ts";
import type { FieldDefinition } from "./collection-schema.ts";
import { infoOf } from "./data-type.ts";
import { invalidSchema } from "./define-field.ts";

/** Throws `schema-invalid` unless there is one primary key, of a type that can be one. */
export function checkPrimaryKey(fields: readonly FieldDefinition[]): void {
  const keys = fields.filter((field) => field.primaryKey === true);
  if (keys.length === 0) throw invalidSchema("Schema must have a primary key field");
  if (keys.length > 1) {
    const names = keys.map((key) => key.name);
    throw invalidSchema(
      `there are more than one primary key, field name = ${names[0]}, ${names[1]}`,
      { fields: names },
    );
  }
  const [{ name, type }] = keys;
  if (!infoOf(type).canBePrimaryKey) {
    throw invalidSchema("the data type of primary key should be Int64 or VarChar", {
      field: name,
      type,
    });
  }
  const made = fields.find((field) => field.autoId === true && field.primaryKey !== true);
  if (made !== undefined) {
    throw invalidSchema(
      `only primary field can speficy AutoID with true, field name = ${made.name}`,
      { field: made.name },
    );
  }
}

/** Throws `schema-invalid` for a partition key that can be none, and for a second one. */
export function checkPartitionKey(fields: readonly FieldDefinition[]): void {
  const [key, second] = fields.filter((field) => field.partitionKey === true);
  if (key === undefined) return;
  const details = { field: key.name };
  if (key.primaryKey === true) {
    throw invalidSchema("the partition key field must not be primary field", details);
  }
  if (key.nullable === true) {
    throw invalidSchema("partition key field not support nullable", details);
  }
  if (!infoOf(key.type).canBePrimaryKey) {
    throw invalidSchema("the data type of partition key should be Int64 or VarChar", details);
  }
  if (second !== undefined) throw moreThanOne("partition", key, second);
}

/** Throws `schema-invalid` for a clustering key that can be none, `schema-illegal` for a second one. */
export function checkClusteringKey(fields: readonly FieldDefinition[]): void {
  const [key, second] = fields.filter((field) => field.clusteringKey === true);
  if (key === undefined) return;
  checkClusteringType(key);
  if (second !== undefined) {
    // Milvus has another code for this one rule.
    const { message, details } = moreThanOne("clustering", key, second);
    throw new EngineError("schema-illegal", message, { details });
  }
}

/** Rows can be kept together by what has an order. */
export function checkClusteringType({ name, type }: FieldDefinition): void {
  const { family } = infoOf(type);
  if (family === "integer" || family === "float" || family === "string") return;
  throw invalidSchema(`clustering key field ${name} has unsupported data type ${type}`, {
    field: name,
  });
}

function moreThanOne(
  what: "partition" | "clustering",
  first: FieldDefinition,
  second: FieldDefinition,
): ReturnType<typeof invalidSchema> {
  return invalidSchema(
    `there are more than one ${what} key, field name = ${first.name}, ${second.name}`,
    { fields: [first.name, second.name] },
  );
}
