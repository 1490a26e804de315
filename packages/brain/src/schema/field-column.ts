import { BrainError } from "../base/brain-error.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { FieldInfo, ScalarType } from "./field.ts";
import {
  elementLabelType,
  isLabelListType,
  isLabelType,
  labelMembers,
  memberSqlTypes,
  snakeCase,
} from "./label-shape.ts";

/** The fields that every sample has, in the order of their columns. */
export const standardFields: readonly FieldInfo[] = [
  { name: "id", type: "string", readOnly: true },
  { name: "filepath", type: "string" },
  { name: "tags", type: "list", elementType: "string" },
  { name: "metadata", type: "dict" },
  { name: "createdAt", type: "datetime", readOnly: true },
  { name: "lastModifiedAt", type: "datetime", readOnly: true },
];

const standardNames: ReadonlySet<string> = new Set(standardFields.map(({ name }) => name));

/** Columns that are no fields, and names that views give a meaning of their own. */
const reservedColumns: ReadonlySet<string> = new Set([
  "position",
  "sample_id",
  "type",
  ...standardFields.flatMap(({ name }) => [name.toLowerCase(), snakeCase(name)]),
  "sampleid",
]);

const scalarSqlTypes: Readonly<Record<ScalarType, string>> = {
  bool: "BOOLEAN",
  int: "BIGINT",
  float: "DOUBLE",
  string: "VARCHAR",
  date: "DATE",
  datetime: "TIMESTAMP",
};

const metadataSqlType =
  "STRUCT(size_bytes BIGINT, mime_type VARCHAR, width BIGINT, height BIGINT, num_channels BIGINT)";

/** A field name's greatest length, in characters. */
export const fieldNameLengthMax = 128;

/** Whether every sample has this field. */
export function isStandardField(name: string): boolean {
  return standardNames.has(name);
}

/** The column of the table `samples` that holds a field, not quoted. */
export function columnName(fieldName: string): string {
  return isStandardField(fieldName) ? snakeCase(fieldName) : fieldName;
}

/** The type of a field's column. */
export function columnSqlType(field: FieldInfo): string {
  const { type } = field;
  if (field.name === "metadata") return metadataSqlType;
  if (isLabelType(type)) return labelSqlType(field);
  switch (type) {
    case "dict":
      return "JSON";
    case "list":
      return field.elementType === undefined ? "JSON" : `${scalarSqlTypes[field.elementType]}[]`;
    case "vector":
      return `FLOAT[${field.dim ?? 0}]`;
    default:
      return scalarSqlTypes[type];
  }
}

/** Throws `field-name-invalid` for a name that no new field can have. */
export function checkFieldName(name: string): void {
  if (!/^[\p{L}][\p{L}\p{N}_ -]*$/u.test(name) || name.length > fieldNameLengthMax) {
    throw new BrainError(
      "field-name-invalid",
      `Cannot use ${JSON.stringify(name)} as the name of a field: names begin with a letter and have ` +
        `letters, digits, "_", "-" and spaces, at most ${fieldNameLengthMax}`,
      { details: { name } },
    );
  }
  // Every object has "constructor" and the like: a sample without the field would seem to have it.
  if (reservedColumns.has(name.toLowerCase()) || name in Object.prototype) {
    throw new BrainError(
      "field-name-invalid",
      `Cannot use "${name}" as the name of a field: it is reserved`,
      { details: { name } },
    );
  }
}

function labelSqlType(field: FieldInfo): string {
  const { type } = field;
  if (!isLabelType(type)) return "JSON";
  const members = labelMembers[elementLabelType(type)].map(
    ({ column, kind }) => `${quoteIdentifier(column)} ${memberSqlTypes[kind]}`,
  );
  return `STRUCT(${members.join(", ")})${isLabelListType(type) ? "[]" : ""}`;
}
