import type { OrderBy } from "@redkite/engine";
import { invalidParameter, type MilvusError } from "../errors.ts";

/**
 * The order that `order_by_fields` asks for: `field[:asc|desc[:nulls_first|nulls_last]]`, separated
 * by commas. The engine checks the fields. Throws `MilvusError` with Milvus's texts.
 */
export function orderByOf(parameters: ReadonlyMap<string, string>): readonly OrderBy[] {
  return splitNames(parameters.get("order_by_fields") ?? "").map(criterionOf);
}

/** Names that are separated by commas, but for those commas that belong to a path in JSON. */
export function splitNames(text: string): string[] {
  return splitOutside(text, ",").filter((name) => name !== "");
}

function criterionOf(text: string): OrderBy {
  const [field, direction = "", nulls = "", ...rest] = splitOutside(text, ":");
  if (field === "") throw invalidParameter("empty field name in order_by_fields");
  if (rest.length > 0) throw nullsError(rest.join(":"));
  return { field, direction: directionOf(field, direction), ...nullsOf(nulls) };
}

function directionOf(field: string, text: string): "asc" | "desc" {
  switch (text.toLowerCase()) {
    case "":
    case "asc":
    case "ascending":
      return "asc";
    case "desc":
    case "descending":
      return "desc";
    default:
      throw invalidParameter(
        `invalid order direction '${text}' for field '${field}', must be 'asc' or 'desc'`,
      );
  }
}

function nullsOf(text: string): Pick<OrderBy, "nulls"> {
  switch (text.toLowerCase()) {
    case "":
      return {};
    case "nulls_first":
      return { nulls: "first" };
    case "nulls_last":
      return { nulls: "last" };
    default:
      throw nullsError(text);
  }
}

function nullsError(text: string): MilvusError {
  return invalidParameter(`invalid null ordering '${text}', must be 'nulls_first' or 'nulls_last'`);
}

/** The parts of a text between separators that stand outside brackets, trimmed. */
function splitOutside(text: string, separator: "," | ":"): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "[") depth++;
    else if (text[i] === "]") depth--;
    else if (text[i] === separator && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}
