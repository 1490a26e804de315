import type { GroupBy } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import { isTrue } from "./key-values.ts";
import { splitNames } from "./order-parameters.ts";

const jsonTypes: readonly string[] = ["Bool", "Int8", "Int16", "Int32", "Int64", "VarChar"];

/**
 * How a search groups its hits, if it does. The single field goes before the list of fields, as in
 * Milvus. The engine checks the fields. Throws `MilvusError` with Milvus's texts.
 */
export function groupByOf(parameters: ReadonlyMap<string, string>): GroupBy | undefined {
  const size = groupSizeOf(parameters);
  const single = parameters.get("group_by_field")?.trim() ?? "";
  const fields = single === "" ? splitNames(parameters.get("group_by_fields") ?? "") : [single];
  if (fields.length === 0) return undefined;
  const path = parameters.get("json_path") ?? "";
  const jsonType = jsonTypeOf(parameters.get("json_type") ?? "");
  return {
    fields: path === "" ? fields : [jsonPathOf(fields[0], path), ...fields.slice(1)],
    size,
    strict: isTrue(parameters.get("strict_group_size")),
    strictCast: isTrue(parameters.get("strict_cast")),
    ...(jsonType && { jsonType }),
  };
}

function groupSizeOf(parameters: ReadonlyMap<string, string>): number {
  const text = parameters.get("group_size") ?? "";
  if (text === "") return 1;
  if (/^\s*[+-]?\d+\s*$/.test(text)) return Number(text);
  throw invalidParameter(`failed to parse input group size:${text}`);
}

/** A path is given as `field["key"]`, or as a JSON pointer into the field: `/key`. */
function jsonPathOf(field: string, path: string): string {
  if (!path.startsWith("/")) return path;
  const steps = path
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return field + steps.map((step) => `[${JSON.stringify(step)}]`).join("");
}

function jsonTypeOf(name: string): GroupBy["jsonType"] | undefined {
  if (name === "") return undefined;
  if (jsonTypes.includes(name)) return name as NonNullable<GroupBy["jsonType"]>;
  throw invalidParameter(`unsupported json_type ${name} for JSON group by`);
}
