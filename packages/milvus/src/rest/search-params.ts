import { stringifyJson } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import { isJsonObject, type JsonRecord } from "./body-shape.ts";
import { looseText, pairsOf } from "./loose-text.ts";

/** One of the pairs of texts that a search is told its parameters with. */
interface Pair {
  readonly key: string;
  readonly value: string;
}

/** Parameters may stand in `params` or beside it: they are sent in both places. Throws `MilvusError`. */
export function searchParamsOf(given: JsonRecord): Pair[] {
  const { params = {}, ...outer } = given;
  if (params !== null && !isJsonObject(params)) {
    throw invalidParameter("searchParams.params must be a dict");
  }
  const inner = params ?? {};
  for (const [key, value] of Object.entries(outer)) {
    if (!Object.hasOwn(inner, key) || stringifyJson(inner[key]) === stringifyJson(value)) continue;
    throw invalidParameter(
      `ambiguous parameter: ${key}, in search_param: ${looseText(value)}, ` +
        `in search_param.params: ${looseText(inner[key])}`,
    );
  }
  const pairs = pairsOf(outer).map(({ key, value }) => ({
    key: key === "ignoreGrowing" ? "ignore_growing" : key,
    value,
  }));
  const all = { key: "params", value: stringifyJson({ ...outer, ...inner }) ?? "{}" };
  return [
    all,
    ...pairs,
    { key: "round_decimal", value: looseText(outer["round_decimal"]) || "-1" },
  ];
}

/** Whether a parameter stands in `params` or beside it. */
export function hasParam(params: JsonRecord, name: string): boolean {
  const inner = params["params"];
  return Object.hasOwn(params, name) || (isJsonObject(inner) && Object.hasOwn(inner, name));
}

/** How many hits are wanted, and how many are skipped. */
export function windowOf({
  limit,
  offset,
}: {
  readonly limit: number;
  readonly offset: number;
}): Pair[] {
  return [
    { key: "topk", value: `${limit}` },
    { key: "offset", value: `${offset}` },
  ];
}

/** By what hits are grouped, and how large the groups are. */
export function groupingOf(body: {
  readonly groupingField: string;
  readonly groupSize: number;
  readonly strictGroupSize: boolean;
}): Pair[] {
  if (body.groupingField === "") return [];
  const field = { key: "group_by_field", value: body.groupingField };
  if (body.groupSize <= 0) return [field];
  return [
    field,
    { key: "group_size", value: `${body.groupSize}` },
    { key: "strict_group_size", value: `${body.strictGroupSize}` },
  ];
}
