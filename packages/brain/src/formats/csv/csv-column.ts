import type { FieldValue } from "../../schema/field.ts";
import type { JsonValue } from "../../schema/labels.ts";
import type { ColumnType } from "../dataset-format.ts";

/** Reads a cell. `undefined` says that it is not of the type. An empty cell has no value: `null`. */
export function parseCell(text: string, type: ColumnType): FieldValue | undefined {
  if (text === "") return null;
  switch (type) {
    case "string":
      return text;
    case "bool":
      return parseBool(text);
    case "int":
      return parseInteger(text);
    case "float":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseTime(text) : undefined;
    case "datetime":
      return parseTime(text);
    case "json":
      return parseJson(text);
  }
}

/** The cell of a value; the empty one where there is none. */
export function cellOf(value: FieldValue | undefined, isDate = false): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) {
    const text = value.toISOString();
    return isDate ? text.slice(0, 10) : text;
  }
  if (value instanceof Float32Array) return JSON.stringify(Array.from(value));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Tags as one cell: with commas between, or as JSON where a tag has one or could be taken for it. */
export function cellOfTags(tags: readonly string[]): string {
  const isPlain = tags.every((tag) => tag !== "" && tag.trim() === tag && !tag.includes(","));
  if (isPlain && !(tags[0] ?? "").startsWith("[")) return tags.join(",");
  return JSON.stringify(tags);
}

export function parseTags(text: string): string[] | undefined {
  if (text === "") return [];
  if (!text.startsWith("[")) return text.split(",").map((tag) => tag.trim());
  const tags = parseJson(text);
  const isList = Array.isArray(tags) && tags.every((tag) => typeof tag === "string");
  return isList ? tags : undefined;
}

function parseBool(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "1") return true;
  return lower === "false" || lower === "0" ? false : undefined;
}

function parseInteger(text: string): number | bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

function parseTime(text: string): Date | undefined {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    // What was read from JSON is JSON.
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
