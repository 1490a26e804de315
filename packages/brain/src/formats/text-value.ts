import type { JsonValue } from "../schema/labels.ts";

/**
 * What an attribute's text means in formats that have text only: `true` and `false` (Python's
 * capitals too), numbers as JavaScript writes them, else the text. `"007"` stays a text.
 */
export function parseTextValue(text: string): JsonValue {
  if (text === "true" || text === "True") return true;
  if (text === "false" || text === "False") return false;
  const number = Number(text);
  return text !== "" && Number.isFinite(number) && String(number) === text ? number : text;
}

/** The text of an attribute's value: lists and objects as JSON. */
export function textOfValue(value: JsonValue): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
