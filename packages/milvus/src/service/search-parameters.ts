import {
  type Collection,
  type SearchRequest as EngineSearchRequest,
  type GivenParameters,
  type GroupBy,
  limits,
  type Metric,
  type OrderBy,
  type ReadRequest,
} from "@redkite/engine";
import { invalidParameter, refused, unsupported } from "../errors.ts";
import type { SearchRequest } from "../wire/gen/milvus_pb.ts";
import { groupByOf } from "./group-parameters.ts";
import { type IteratorParameters, iteratorParametersOf } from "./iterator-parameters.ts";
import { integerOf, isTrue, objectOf, toMap } from "./key-values.ts";
import { orderByOf } from "./order-parameters.ts";
import { readOptionsOf } from "./read-parameters.ts";
import { type TimeOutput, timeOutputOf } from "./time-output.ts";

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
  readonly groupBy?: GroupBy;
  readonly orderBy: readonly OrderBy[];
  readonly read: Pick<ReadRequest, "at" | "hold" | "ignoreGrowing">;
  /** Decimals that scores are rounded to; -1 for all. */
  readonly roundDecimal: number;
  readonly times: TimeOutput;
  /** The search is of an iteration, of either version of the protocol. */
  readonly isIteration: boolean;
  /** The search is for the next batch of an iteration of the second version. */
  readonly iterator?: IteratorParameters;
}

/** What a request asks for, but for the number of hits and what becomes of them. */
export type PlainSearch = Omit<EngineSearchRequest, "k" | "offset" | "groupBy" | "boost">;

/** The window of a hybrid search, whose parts take no offset of their own. */
export interface HybridWindow {
  readonly limit: number;
  readonly offset: number;
}

/**
 * Reads and checks `search_params`, with Milvus's texts. Names that we don't know are left alone,
 * as Milvus does: some clients send parameters of an index under that index's name.
 * `hybrid` is set for the parts of a hybrid search. Throws `MilvusError`.
 */
export function parseSearchParameters(
  request: Pick<SearchRequest, "searchParams" | "guaranteeTimestamp">,
  collection: Collection,
  hybrid?: HybridWindow,
): SearchParameters {
  const parameters = toMap(request.searchParams);
  const params = indexParametersOf(parameters);
  if ((params["analyzer_name"] ?? "") !== "") throw unsupported("full text search (analyzer_name)");
  const isIteration = isTrue(parameters.get("iterator"));
  if (hybrid !== undefined && isIteration) {
    throw unsupported("search iterator of a hybrid search");
  }
  const k = topkOf(parameters, { hybrid, isIteration });
  const offset = hybrid === undefined ? offsetOf(parameters) : 0;
  if (k + offset > limits.resultWindow) {
    throw refused(`offset+topk [${k + offset}] is invalid, ${windowText(k + offset)}`);
  }
  const groupBy = hybrid === undefined ? groupByOf(parameters) : undefined;
  const orderBy = hybrid === undefined ? orderByOf(parameters) : [];
  if (isIteration) refuseInIterations(groupBy, orderBy);
  const iterator = iteratorParametersOf(parameters, offset);
  const field = parameters.get("anns_field");
  const metric = parameters.get("metric_type");
  return {
    k,
    offset,
    params,
    orderBy,
    read: readOptionsOf(parameters, collection, request.guaranteeTimestamp),
    roundDecimal: roundDecimalOf(parameters),
    times: timeOutputOf(parameters, collection),
    isIteration,
    ...(groupBy && { groupBy }),
    ...(iterator && { iterator }),
    ...(field === undefined || field === "" ? {} : { field }),
    ...(metric === undefined || metric === "" ? {} : { metric: metric.toUpperCase() as Metric }),
  };
}

function refuseInIterations(groupBy: GroupBy | undefined, orderBy: readonly OrderBy[]): void {
  if (groupBy !== undefined) {
    throw invalidParameter("Not allowed to do groupBy when doing iteration");
  }
  if (orderBy.length > 0) {
    throw invalidParameter("order_by is not supported when using search iterator");
  }
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

function topkOf(
  parameters: ReadonlyMap<string, string>,
  { hybrid, isIteration }: { hybrid: HybridWindow | undefined; isIteration: boolean },
): number {
  const wholeWindow = hybrid === undefined ? undefined : hybrid.limit + hybrid.offset;
  const k = integerOf(parameters, "topk") ?? wholeWindow;
  if (k === undefined) throw refused("topk is required");
  if (isInWindow(k)) return k;
  // An iteration may be for more rows than one search answers.
  if (isIteration) return limits.resultWindow;
  throw refused(`topk [${k}] is invalid, ${windowText(k)}`);
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
