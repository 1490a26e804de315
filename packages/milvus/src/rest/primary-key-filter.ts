import type { JsonValue } from "@redkite/engine";
import { type CollectionSchema, DataType } from "../wire/gen/schema_pb.ts";
import { int64Of, isJsonArray } from "./body-shape.ts";
import { looseText } from "./loose-text.ts";
import { restError } from "./rest-error.ts";

/** The filter for the rows with these keys; one key need not be in a list. Throws `RestError`. */
export function primaryKeyFilter(schema: CollectionSchema, given: JsonValue): string {
  const field = schema.fields.find(({ isPrimaryKey }) => isPrimaryKey);
  if (field === undefined) {
    throw restError("checkPrimaryKey", `collection: ${schema.name} has no primary field`);
  }
  const keys = isJsonArray(given) ? given : [given];
  const literals = keys.map(field.dataType === DataType.VarChar ? textLiteral : integerLiteral);
  return `${field.name} in [${literals.join(",")}]`;
}

function integerLiteral(key: JsonValue): string {
  const integer = int64Of(key);
  if (integer !== undefined) return `${integer}`;
  throw restError("checkPrimaryKey", `unable to cast "${looseText(key)}" to int64`);
}

/** As a literal of the filter language, whatever is in it. */
function textLiteral(key: JsonValue): string {
  if (typeof key === "string") return JSON.stringify(key);
  throw restError("checkPrimaryKey", `"${looseText(key)}" is no text`);
}
