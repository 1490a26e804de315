import { type GivenParameters, limits, type Metric } from "@redkite/engine";
import { refused, unsupported } from "../errors.ts";
import type { KeyValuePair } from "../wire/gen/common_pb.ts";
import { type IteratorParameters, iteratorParametersOf } from "./iterator-parameters.ts";
import { integerOf, isTrue, objectOf, toMap } from "./key-values.ts";

/** What the `search_params` of a request say. */
export interface SearchParameters {
  /** The vector field; absent when the collection has only one. */
  readonly field?: string;
  readonly k: number;
  readonly offset: number;
  /** Whatever the client wrote: the engine compares it with the index's metric. */
  readonly metric?: Metric;
  /** What the index is asked with, its range of scores included: the engine checks it. */
  readonly params: GivenParameters;
  /** Decimals that scores are rounded to; -1 for all. */
  readonly roundDecimal: number;
  /** The search is for the next batch of an iteration. */
  readonly iterator?: IteratorParameters;
}

/** Parameters that change an answer and that are not built yet. */
const unsupportedParameters: Readonly<Record<string, string>> = {
  group_by_field: "grouping search (group_by_field)",
  group_by_fields: "grouping search (group_by_fields)",
  order_by_fields: "order_by_fields of a search",
  analyzer_name: "full text search (analyzer_name)",
};

/**
 * Reads and checks `search_params`, with Milvus's texts. Names that we don't know are left alone,
 * as Milvus does: some clients send parameters of an index under that index's name.
 * `hybrid` has the window of a hybrid search, whose parts take no offset of their own.
 * Throws `MilvusError`.
 */
export function parseSearchParameters(
  pairs: readonly KeyValuePair[],
  hybrid?: { readonly limit: number; readonly offset: number },
): SearchParameters {
  const parameters = toMap(pairs);
  const params = indexParametersOf(parameters);
  refuseUnsupported(params);
  if (hybrid !== undefined && isTrue(parameters.get("iterator"))) {
    throw unsupported("search iterator of a hybrid search");
  }
  const k = topkOf(parameters, hybrid);
  const offset = hybrid === undefined ? offsetOf(parameters) : 0;
  if (k + offset > limits.resultWindow) {
    throw refused(`offset+topk [${k + offset}] is invalid, ${windowText(k + offset)}`);
  }
  const iterator = iteratorParametersOf(parameters, offset);
  const field = parameters.get("anns_field");
  const metric = parameters.get("metric_type");
  return {
    k,
    offset,
    params,
    roundDecimal: roundDecimalOf(parameters),
    ...(iterator && { iterator }),
    ...(field === undefined || field === "" ? {} : { field }),
    ...(metric === undefined || metric === "" ? {} : { metric: metric.toUpperCase() as Metric }),
  };
}

/** `round_decimal`: 0 to 6 decimals, or -1 for all of them. Throws `MilvusError`. */
export function roundDecimalOf(parameters: ReadonlyMap<string, string>): number {
  const text = parameters.get("round_decimal") ?? "-1";
  if (/^(?:-1|[0-6])$/.test(text)) return Number(text);
  throw refused(`round_decimal [${text}] is invalid, should be -1 or an integer in range [0, 6]`);
}

/** The scores, rounded to so many decimals; as they are for -1. */
export function roundScores(scores: Float32Array, decimals: number): Float32Array {
  if (decimals === -1) return scores;
  const factor = 10 ** decimals;
  return scores.map((score) => Math.round(score * factor) / factor);
}

/**
 * Clients send the parameters of the index as pairs, in the JSON of `params`, or both: the JSON
 * decides. Empty pairs are what clients send for nothing.
 */
function indexParametersOf(parameters: ReadonlyMap<string, string>): GivenParameters {
  const given = [...parameters].filter(([name, text]) => name !== "params" && text !== "");
  // What comes from JSON is a JSON value.
  const nested = objectOf(parameters, "params") as GivenParameters;
  return { ...Object.fromEntries(given), ...nested };
}

function refuseUnsupported(params: GivenParameters): void {
  for (const [name, feature] of Object.entries(unsupportedParameters)) {
    const value = params[name] ?? "";
    if (value !== "") throw unsupported(feature);
  }
}

function topkOf(
  parameters: ReadonlyMap<string, string>,
  hybrid: { readonly limit: number; readonly offset: number } | undefined,
): number {
  const wholeWindow = hybrid === undefined ? undefined : hybrid.limit + hybrid.offset;
  const k = integerOf(parameters, "topk") ?? wholeWindow;
  if (k === undefined) throw refused("topk is required");
  if (!isInWindow(k)) throw refused(`topk [${k}] is invalid, ${windowText(k)}`);
  return k;
}

function offsetOf(parameters: ReadonlyMap<string, string>): number {
  const offset = integerOf(parameters, "offset") ?? 0;
  if (offset === 0 || isInWindow(offset)) return offset;
  throw refused(`offset [${offset}] is invalid, ${windowText(offset)}`);
}

function isInWindow(value: number): boolean {
  return value >= 1 && value <= limits.resultWindow;
}

function windowText(found: number): string {
  return `it should be in range [1, ${limits.resultWindow}], but got ${found}`;
}
