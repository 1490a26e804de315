import { type JsonValue, stringifyJson } from "@redkite/engine";
import type { JsonRecord } from "./body-shape.ts";

/**
 * A JSON value as the text that Milvus's REST API takes it for: texts as they are, null and what is
 * absent as "", all else as JSON.
 */
export function looseText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : (stringifyJson(value) ?? "");
}

/** The properties of an object as Milvus's pairs of texts. */
export function pairsOf(record: JsonRecord): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value: looseText(value) }));
}

/** Milvus's pairs without what else their messages carry. */
export function plainPairs(
  pairs: readonly { readonly key: string; readonly value: string }[],
): { key: string; value: string }[] {
  return pairs.map(({ key, value }) => ({ key, value }));
}
