import {
  type Collection,
  type Column,
  EngineError,
  type Field,
  fieldsOfStruct,
  type StructArray,
  subFieldName,
} from "@redkite/engine";
import { columnOfWireField, type WireColumnOptions } from "./column-of-wire-field.ts";
import type { WireField } from "./wire-field.ts";

/**
 * A request's data of an array of structs as a column per sub-field, by the name of the field; none
 * when no sub-field has data: the struct then counts as left out. That all sub-fields have as many
 * elements in each row is checked by the engine. Throws `schema-mismatch` with Milvus's texts.
 */
export function columnsOfWireStruct(
  { schema, name: collection }: Pick<Collection, "schema" | "name">,
  struct: StructArray,
  { wire, options }: { wire: WireField; options: WireColumnOptions },
): Map<string, Column> {
  const { name } = struct;
  if (wire.data.kind !== "structs") {
    throw mismatch(
      name,
      `field convert FieldData_StructArrays fail in fieldData, fieldName: ${name}, collectionName:${collection}`,
    );
  }
  const { fields: sent } = wire.data;
  const fields = fieldsOfStruct(schema, name);
  if (sent.length !== fields.length) {
    throw mismatch(
      name,
      `length of fields of struct field mismatch length of the fields in schema, fieldName: ${name}, collectionName:${collection}, fieldData fields length:${sent.length}, schema fields length:${fields.length}`,
    );
  }
  const columns = new Map<string, Column>();
  if (!hasData(struct, sent)) return columns;
  for (const subField of sent) {
    const field = fieldOf(fields, subField, struct);
    if (columns.has(field.name))
      throw mismatch(name, `sub-field '${subField.name}' is given twice`);
    columns.set(field.name, columnOfWireField(field, subField, options));
  }
  return columns;
}

/** Either all sub-fields have data or none. */
function hasData({ name }: StructArray, sent: readonly WireField[]): boolean {
  const count = sent.filter(({ data }) => !isEmpty(data)).length;
  if (count === sent.length) return true;
  if (count > 0) {
    throw mismatch(
      name,
      `inconsistent sub-field data in struct '${name}': ${count} of ${sent.length} sub-fields have data, all must be present or all absent`,
    );
  }
  for (const { name: subField, valid } of sent) {
    const row = valid?.indexOf(1) ?? -1;
    if (row < 0) continue;
    throw mismatch(
      name,
      `sub-field '${subField}' in struct '${name}' claims row ${row} is valid but no payload is provided`,
    );
  }
  return false;
}

function isEmpty(data: WireField["data"]): boolean {
  if (data.kind === "other") return data.name === "";
  return (data.kind === "array" || data.kind === "vectorArray") && data.offsets.length === 1;
}

function fieldOf(fields: readonly Field[], sent: WireField, { name }: StructArray): Field {
  const field = fields.find(
    (candidate) => candidate.name === sent.name || subFieldName(candidate) === sent.name,
  );
  if (field !== undefined) return field;
  throw mismatch(name, `sub-field '${sent.name}' not found in struct schema '${name}'`);
}

function mismatch(field: string, message: string): EngineError {
  return new EngineError("schema-mismatch", message, { details: { field } });
}
