import { invalidParameter, refused } from "../errors.ts";
import type { KeyValuePair } from "../wire/gen/common_pb.ts";

/** Milvus's lists of named texts, as a map. The last of equal names wins. */
export function toMap(pairs: readonly KeyValuePair[]): Map<string, string> {
  return new Map(pairs.map(({ key, value }) => [key, value]));
}

/** The pairs of a record, in its order, as messages. */
export function toPairs(
  record: Readonly<Record<string, string>>,
): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

/** What `strconv.ParseBool` takes for true, which is how Milvus reads booleans. */
export function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(?:1|t|true)$/i.test(text);
}

/** Whether `strconv.ParseBool` takes it. */
export function isBoolean(text: string): boolean {
  return isTrue(text) || /^(?:0|f|false)$/i.test(text);
}

/**
 * The decimal integer of a name; `undefined` when it is absent or empty.
 * Throws `MilvusError` with Milvus's text for anything else.
 */
export function integerOf(
  parameters: ReadonlyMap<string, string>,
  name: string,
): number | undefined {
  const text = parameters.get(name) ?? "";
  if (text === "") return undefined;
  if (!/^\s*-?\d+\s*$/.test(text)) throw refused(`${name} [${text}] is invalid`);
  return Number(text);
}

/** The JSON value of a name; `undefined` when it is absent or empty. Throws `MilvusError`. */
export function jsonOf(parameters: ReadonlyMap<string, string>, name: string): unknown {
  const text = parameters.get(name) ?? "";
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter(`${name} is not valid JSON: ${text.slice(0, 64)}`);
  }
}

/** A JSON object, empty when the name is absent or empty. Throws `MilvusError`. */
export function objectOf(
  parameters: ReadonlyMap<string, string>,
  name: string,
): Record<string, unknown> {
  const value = jsonOf(parameters, name) ?? {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw invalidParameter(`${name} should be a JSON object`);
}
