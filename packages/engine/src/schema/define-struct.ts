import type { Field, FieldDefinition, StructArrayDefinition } from "./collection-schema.ts";
import { checkType, defineField, invalidSchema } from "./define-field.ts";
import { checkName } from "./name.ts";
import { structFieldName } from "./struct-array.ts";

/**
 * Checks a definition of an array of structs against Milvus's rules and answers its sub-fields,
 * numbered from `firstId`. Throws `schema-invalid`, `field-name-invalid` or `unsupported`.
 */
export function defineStructFields(
  given: StructArrayDefinition,
  { collection, firstId }: { collection: string; firstId: number },
): Field[] {
  const { name: struct, nullable = false } = given;
  checkName("field", struct);
  if (given.fields.length === 0) {
    throw invalidSchema(`struct array field ${struct} has no sub-fields`, { field: struct });
  }
  const fields = given.fields.map((subField, i) => {
    checkSubField(subField);
    const field = defineField(subField, { collection, id: firstId + i, struct });
    return { ...field, nullable, name: structFieldName(struct, field.name), struct };
  });
  checkCapacities(struct, given.fields);
  refuseOwnNullable(given);
  return fields;
}

/** What a sub-field can't be, in the order in which Milvus looks at it. */
function checkSubField(given: FieldDefinition): void {
  const { name } = given;
  const refused = (what: string) =>
    invalidSchema(`${what} is not supported for struct field, field name = ${name}`, {
      field: name,
    });
  if (given.primaryKey === true) throw refused("primary key");
  if (given.autoId === true) throw refused("autoID");
  checkType(given);
  if (given.type !== "Array" && given.type !== "ArrayOfVector") {
    throw invalidSchema(
      `fields in StructArrayField must be Array or ArrayOfVector, field name = ${name}, field type = ${given.type}`,
      { field: name },
    );
  }
  if (given.partitionKey === true) throw refused("partition key");
  if (given.clusteringKey === true) throw refused("clustering key");
}

function checkCapacities(struct: string, fields: readonly FieldDefinition[]): void {
  const [{ maxCapacity: expected }] = fields;
  const other = fields.find(({ maxCapacity }) => maxCapacity !== expected);
  if (other === undefined) return;
  throw invalidSchema(
    `all sub-fields in struct array field must have the same max_capacity: structName=${struct}, subFieldName=${other.name}, max_capacity=${other.maxCapacity}, expected=${expected}`,
    { field: struct },
  );
}

/** A row has the whole struct or nothing of it. */
function refuseOwnNullable({ name, nullable = false, fields }: StructArrayDefinition): void {
  if (nullable) return;
  const found = fields.find((field) => field.nullable === true);
  if (found === undefined) return;
  throw invalidSchema(
    `sub-field in non-nullable struct cannot be nullable individually, set nullable on the struct instead: structName=${name}, subFieldName=${found.name}`,
    { field: name },
  );
}
