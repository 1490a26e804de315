import type { Boost, Collection, Field, Ranker, SearchResult } from "@redkite/engine";
import { invalidParameter, unsupported } from "../errors.ts";
import { type SearchRequest, SearchRequestSchema } from "../wire/gen/milvus_pb.ts";
import { checkPartitions, encodeSearchAnswer, type SearchAnswer } from "./answer.ts";
import { templatesFromWire } from "./filter-templates.ts";
import { scoreFunctionsOf } from "./function-score.ts";
import { type Call, type MethodTable, methodWith } from "./method.ts";
import { searchPrefixes, withPrefixes } from "./read-errors.ts";
import { answerAggregation } from "./search-aggregation.ts";
import {
  type PlainSearch,
  parseSearchParameters,
  type SearchParameters,
} from "./search-parameters.ts";
import { searchTargetOf } from "./search-vectors.ts";
import { refuseUnsupportedParts } from "./unsupported-parts.ts";

/** Search by one vector field. */
export const searchMethods: MethodTable = {
  Search: methodWith(SearchRequestSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    refuseUnsupportedParts("search", request);
    if (request.subReqs.length > 0) throw unsupported("sub_reqs of a search");
    const parameters = parseSearchParameters(request, collection);
    const templates = templatesFromWire(request.exprTemplateValues);
    const { ranker, boost } = scoreFunctionsOf(request.functionScore, templates);
    checkCombination(request, parameters);
    checkPartitions(collection, request.partitionNames);
    const search = searchOf(request, parameters, collection);
    if (parameters.isIteration) refuseLists(search, collection);
    const { outputFields, searchAggregation } = request;
    const { roundDecimal, times, iterator } = parameters;
    const answer = { outputFields, roundDecimal, times };
    if (searchAggregation !== undefined) {
      const asked = { search, aggregation: searchAggregation, answer: { ...answer, topK: 0 } };
      return answerAggregation(collection, asked, call);
    }
    if (iterator !== undefined) {
      // An iteration outlives the call that begins it: the call's signal is not for it.
      const batch = await withPrefixes(searchPrefixes, () =>
        call.iterators.next(collection, search, iterator),
      );
      const shown = { ...answer, topK: iterator.batchSize, iterator: batch };
      return encodeSearchAnswer(collection, batch.result, shown);
    }
    const asked = { search, parameters, ...(ranker && { ranker }), ...(boost && { boost }) };
    const result = await withPrefixes(searchPrefixes, () => runSearch(collection, asked, call));
    const shown: SearchAnswer = { ...answer, topK: parameters.k };
    return encodeSearchAnswer(collection, result, shown);
  }),
};

/** Refuses what can't be asked for at once, with Milvus's texts. */
function checkCombination(request: SearchRequest, parameters: SearchParameters): void {
  const { groupBy, orderBy, offset, isIteration, iterator } = parameters;
  const isReranked = request.functionScore !== undefined;
  if (isReranked && orderBy.length > 0) {
    throw invalidParameter("order_by and function rerank cannot be used together");
  }
  if (isReranked && iterator !== undefined) {
    throw invalidParameter("function rerank is not supported with search iterator v2");
  }
  if (request.searchAggregation === undefined) return;
  if (groupBy !== undefined) {
    throw invalidParameter(
      "group_by_field(s) and search_aggregation cannot be used simultaneously",
    );
  }
  if (orderBy.length > 0) {
    throw invalidParameter("order_by_fields is not supported with search_aggregation");
  }
  if (isReranked) throw invalidParameter("function_score is not supported with search_aggregation");
  if (isIteration) {
    throw invalidParameter("search iterator is not supported with search_aggregation");
  }
  if (offset > 0) throw invalidParameter("offset is not supported with search_aggregation");
}

function searchOf(
  request: SearchRequest,
  { field, metric, params, read, times }: SearchParameters,
  collection: Collection,
): PlainSearch {
  return {
    ...read,
    timeZone: times.timeZone,
    ...searchTargetOf(request, collection, field),
    partitions: request.partitionNames,
    outputFields: request.outputFields,
    params,
    filter: request.dsl,
    templates: templatesFromWire(request.exprTemplateValues),
    ...(field !== undefined && { field }),
    ...(metric !== undefined && { metric }),
  };
}

/**
 * Refuses iterations over arrays of vectors: Milvus has none over lists, and its clients, which leave
 * out rows that they have, lose elements of rows. Throws `MilvusError`.
 */
function refuseLists({ vectors, field }: PlainSearch, { schema }: Collection): void {
  if (vectors !== undefined && "layout" in vectors && vectors.layout === "list") {
    throw invalidParameter(
      "search iterator is not supported for multi-search-multi on embedding list fields",
    );
  }
  const isOfLists = ({ name, type }: Field): boolean =>
    type === "ArrayOfVector" && (field === undefined || name === field);
  if (schema.fields.some(isOfLists)) {
    throw unsupported("search iterator among the elements of an array of structs");
  }
}

interface AskedSearch {
  readonly search: PlainSearch;
  readonly parameters: SearchParameters;
  readonly ranker?: Ranker;
  readonly boost?: Boost;
}

function runSearch(
  collection: Collection,
  { search, parameters, ranker, boost }: AskedSearch,
  { signal }: Call,
): Promise<SearchResult> {
  const { k, offset, groupBy, orderBy } = parameters;
  const shared = { ...(groupBy && { groupBy }), ...(signal && { signal }) };
  if (ranker === undefined) {
    const whole = { ...search, ...shared, k, offset, orderBy, ...(boost && { boost }) };
    return collection.search(whole);
  }
  // A ranker of a plain search ranks its hits alone.
  const { outputFields, partitions, at, ignoreGrowing, ...plain } = search;
  return collection.hybridSearch({
    searches: [{ ...plain, k: k + offset, ...(boost && { boost }) }],
    limit: k,
    offset,
    ranker,
    ...shared,
    ...(outputFields && { outputFields }),
    ...(partitions && { partitions }),
    ...(at !== undefined && { at }),
    ...(ignoreGrowing !== undefined && { ignoreGrowing }),
  });
}
