import {
  type Boost,
  type Collection,
  type HybridSearchRequest as EngineHybridSearch,
  type GroupBy,
  limits,
  type RankedSearchRequest,
  type Ranker,
} from "@redkite/engine";
import { invalidParameter, refused, unsupported } from "../errors.ts";
import {
  type HybridSearchRequest,
  HybridSearchRequestSchema,
  type SearchRequest,
} from "../wire/gen/milvus_pb.ts";
import { checkPartitions, encodeSearchAnswer } from "./answer.ts";
import { templatesFromWire } from "./filter-templates.ts";
import { rankerOfStrategy, scoreFunctionsOf } from "./function-score.ts";
import { groupByOf } from "./group-parameters.ts";
import { integerOf, toMap } from "./key-values.ts";
import { type MethodTable, methodWith } from "./method.ts";
import { orderByOf } from "./order-parameters.ts";
import { searchPrefixes, withPrefixes } from "./read-errors.ts";
import { readOptionsOf } from "./read-parameters.ts";
import { type HybridWindow, parseSearchParameters, roundDecimalOf } from "./search-parameters.ts";
import { searchTargetOf } from "./search-vectors.ts";
import { type TimeOutput, timeOutputOf } from "./time-output.ts";
import { refuseUnsupportedParts } from "./unsupported-parts.ts";

/** Several searches, whose answers a ranker makes one. */
export const hybridSearchMethods: MethodTable = {
  HybridSearch: methodWith(HybridSearchRequestSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    const parameters = toMap(request.rankParams);
    const window = windowOf(parameters);
    checkRequest(request);
    checkPartitions(collection, request.partitionNames);
    const { ranker, boost } = rankingOf(request, parameters);
    const groupBy = rankedGroupsOf(parameters);
    const times = timeOutputOf(parameters, collection);
    const search: EngineHybridSearch = {
      ...readOptionsOf(parameters, collection, request.guaranteeTimestamp),
      ...window,
      ranker,
      searches: request.requests.map((part) => partOf(part, { collection, window, boost, times })),
      partitions: request.partitionNames,
      outputFields: request.outputFields,
      orderBy: orderByOf(parameters),
      ...(groupBy && { groupBy }),
      ...(call.signal && { signal: call.signal }),
    };
    const result = await withPrefixes(searchPrefixes, () => collection.hybridSearch(search));
    return encodeSearchAnswer(collection, result, {
      topK: window.limit,
      outputFields: request.outputFields,
      roundDecimal: roundDecimalOf(parameters),
      times,
    });
  }),
};

function checkRequest(request: HybridSearchRequest): void {
  const { length } = request.requests;
  const max = limits.hybridSearches;
  if (length === 0) throw refused("minimum of ann search requests is 1");
  if (length > max) throw refused(`maximum of ann search requests is ${max}`);
  refuseUnsupportedParts("hybrid search", request);
}

function windowOf(parameters: ReadonlyMap<string, string>): HybridWindow {
  const limit = integerOf(parameters, "limit");
  if (limit === undefined) throw refused("limit not found in rank_params");
  return { offset: integerOf(parameters, "offset") ?? 0, limit };
}

/** Functions go before the strategy of older clients; a boost alone leaves that as it is. */
function rankingOf(
  { functionScore }: HybridSearchRequest,
  parameters: ReadonlyMap<string, string>,
): { readonly ranker: Ranker; readonly boost: Boost | undefined } {
  const { ranker, boost } = scoreFunctionsOf(functionScore);
  return { ranker: ranker ?? rankerOfStrategy(parameters), boost };
}

type GroupScorer = "max" | "sum" | "avg";
const groupScorers: readonly string[] = ["max", "sum", "avg"];

function rankedGroupsOf(
  parameters: ReadonlyMap<string, string>,
): (GroupBy & { readonly scorer: GroupScorer }) | undefined {
  const scorer = parameters.get("rank_group_scorer") || "max";
  if (!groupScorers.includes(scorer)) {
    throw invalidParameter(`invalid group scorer "${scorer}", must be max/sum/avg`);
  }
  const groupBy = groupByOf(parameters);
  return groupBy && { ...groupBy, scorer: scorer as GroupScorer };
}

interface HybridParts {
  readonly collection: Collection;
  readonly window: HybridWindow;
  /** Of the whole request: it goes for each of its searches. */
  readonly boost: Boost | undefined;
  readonly times: TimeOutput;
}

function partOf(
  request: SearchRequest,
  { collection, window, boost, times }: HybridParts,
): RankedSearchRequest {
  refuseUnsupportedParts("search", request);
  if (request.searchAggregation !== undefined) {
    throw invalidParameter("search_aggregation is not supported in hybrid_search");
  }
  if (request.functionScore !== undefined) {
    throw unsupported("function_score of a part of a hybrid search");
  }
  const { field, metric, params, k } = parseSearchParameters(request, collection, window);
  const { vectors } = searchTargetOf(request, collection, field);
  if (vectors === undefined) {
    throw invalidParameter("search by IDs is not supported in hybrid search");
  }
  return {
    k,
    vectors,
    params,
    timeZone: times.timeZone,
    filter: request.dsl,
    templates: templatesFromWire(request.exprTemplateValues),
    ...(field !== undefined && { field }),
    ...(metric !== undefined && { metric }),
    ...(boost && { boost }),
  };
}
