import {
  type Collection,
  gatherColumn,
  keyAt,
  limits,
  type Metric,
  type OutputField,
  primaryKeyOf,
  type SearchResult,
} from "@redkite/engine";
import { invalidParameter, refused, unsupported } from "../errors.ts";
import { type HybridSearchRequest, HybridSearchRequestSchema } from "../wire/gen/milvus_pb.ts";
import { integerOf, isTrue, jsonOf, objectOf, toMap } from "./key-values.ts";
import { type MethodTable, methodWith } from "./method.ts";
import { type FusedHit, fuse, makeRanker, type RankedList, type Ranker } from "./ranker.ts";
import { encodeAnswer, refuseUnsupported, runSearch } from "./search.ts";
import { parseSearchParameters, roundDecimalOf } from "./search-parameters.ts";
import { metricOf } from "./searched-metric.ts";

const searchesMax = 1024;

/** Several searches, whose answers a ranker makes one. */
export const hybridSearchMethods: MethodTable = {
  HybridSearch: methodWith(HybridSearchRequestSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    const window = windowOf(request);
    const ranker = rankerOf(request);
    const searches: RankedSearch[] = [];
    for (const search of request.requests) {
      refuseUnsupported(search);
      const parameters = parseSearchParameters(search.searchParams, window);
      const at = searches[0]?.result.at;
      const result = await runSearch(collection, search, parameters, {
        partitions: request.partitionNames,
        outputFields: request.outputFields,
        // All searches show the moment that the first one shows.
        ...(at === undefined ? {} : { at }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
      searches.push({ result, metric: metricOf(collection, parameters.field, parameters.metric) });
    }
    const roundDecimal = roundDecimalOf(toMap(request.rankParams));
    return encodeAnswer(collection, merge(collection, searches, ranker, window), {
      topK: window.limit,
      outputFields: request.outputFields,
      roundDecimal,
    });
  }),
};

interface Window {
  readonly offset: number;
  readonly limit: number;
}

interface RankedSearch {
  readonly result: SearchResult;
  readonly metric: Metric;
}

/** Where a fused hit's row lies: in which search's answer, and where in it. */
interface Location {
  readonly search: number;
  readonly row: number;
}

function windowOf(request: HybridSearchRequest): Window {
  const parameters = toMap(request.rankParams);
  const limit = integerOf(parameters, "limit");
  if (limit === undefined) throw refused("limit not found in rank_params");
  const offset = integerOf(parameters, "offset") ?? 0;
  const prefix = "invalid max query result window";
  if (offset < 0) throw refused(`${prefix}, offset [${offset}] is invalid, should be gte than 0`);
  if (limit < 1) throw refused(`${prefix}, limit [${limit}] is invalid, should be greater than 0`);
  const max = limits.resultWindow;
  if (offset + limit > max) {
    const range = `(offset+limit) should be in range [1, ${max}]`;
    throw refused(`${prefix}, ${range}, but got ${offset + limit}`);
  }
  return { offset, limit };
}

function rankerOf(request: HybridSearchRequest): Ranker {
  const searchCount = request.requests.length;
  if (searchCount === 0) throw refused("minimum of ann search requests is 1");
  if (searchCount > searchesMax) throw refused(`maximum of ann search requests is ${searchesMax}`);
  if (request.functionChains.length > 0) throw unsupported("function_chains of a hybrid search");
  if ((request.namespace ?? "") !== "") throw unsupported("namespace of a search");
  const parameters = toMap(request.rankParams);
  if ((parameters.get("group_by_field") ?? "") !== "") {
    throw unsupported("grouping search (group_by_field)");
  }
  if (request.functionScore !== undefined) return rankerOfFunction(request, searchCount);
  const strategy = parameters.get("strategy");
  const { k, weights, norm_score: normalize } = objectOf(parameters, "params");
  return makeRanker(
    {
      ...(strategy === undefined || strategy === "" ? {} : { strategy }),
      k,
      weights,
      normalize: normalize === true,
    },
    searchCount,
  );
}

/** Newer clients send the same two rankers as a function of type RERANK. */
function rankerOfFunction(request: HybridSearchRequest, searchCount: number): Ranker {
  const functions = request.functionScore?.functions ?? [];
  const parameters = toMap(functions[0]?.params ?? []);
  const strategy = parameters.get("reranker") ?? "";
  if (functions.length !== 1 || !["rrf", "weighted"].includes(strategy)) {
    throw unsupported(`reranker ${strategy || "function"} of a hybrid search`);
  }
  return makeRanker(
    {
      strategy,
      k: jsonOf(parameters, "k"),
      weights: jsonOf(parameters, "weights"),
      normalize: isTrue(parameters.get("norm_score")),
    },
    searchCount,
  );
}

function merge(
  collection: Collection,
  searches: readonly RankedSearch[],
  ranker: Ranker,
  window: Window,
): SearchResult {
  const [first] = searches;
  const queryCount = first.result.counts.length;
  if (searches.some(({ result }) => result.counts.length !== queryCount)) {
    throw invalidParameter("nq should be the same in all searches of a hybrid search");
  }
  const counts = new Uint32Array(queryCount);
  const hits: (FusedHit<bigint | string> & Location)[] = [];
  const starts = new Array<number>(searches.length).fill(0);
  for (let query = 0; query < queryCount; query++) {
    const fused = fuseQuery(searches, { query, starts }, ranker, window);
    counts[query] = fused.length;
    hits.push(...fused);
    searches.forEach(({ result }, i) => {
      starts[i] += result.counts[query];
    });
  }
  const picks = { from: hits.map((hit) => hit.search), rows: hits.map((hit) => hit.row) };
  const results = searches.map(({ result }) => result);
  return {
    counts,
    scores: Float32Array.from(hits, (hit) => hit.score),
    keys: gatherColumn(
      primaryKeyOf(collection.schema),
      results.map((result) => result.keys),
      picks,
    ),
    fields: first.result.fields.map((output, i): OutputField => {
      const { field } = output;
      if (field === undefined) return output;
      const sources = results.map((result) => result.fields[i].column);
      return { ...output, column: gatherColumn(field, sources, picks) };
    }),
    at: first.result.at,
  };
}

/** One query's answers as one. `starts` has where its hits begin in each search's answer. */
function fuseQuery(
  searches: readonly RankedSearch[],
  { query, starts }: { readonly query: number; readonly starts: readonly number[] },
  ranker: Ranker,
  window: Window,
): (FusedHit<bigint | string> & Location)[] {
  const locations = new Map<bigint | string, Location>();
  const lists = searches.map(({ result, metric }, search): RankedList<bigint | string> => {
    const start = starts[search];
    const count = result.counts[query];
    const keys = Array.from({ length: count }, (_, i) => keyAt(result.keys, start + i));
    keys.forEach((key, i) => {
      if (!locations.has(key)) locations.set(key, { search, row: start + i });
    });
    return { metric, keys, scores: result.scores.subarray(start, start + count) };
  });
  return fuse(ranker, lists, window).map((hit) => ({
    ...hit,
    ...(locations.get(hit.key) ?? { search: 0, row: 0 }),
  }));
}
