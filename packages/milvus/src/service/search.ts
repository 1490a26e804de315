import { create } from "@bufbuild/protobuf";
import {
  type Collection,
  type SearchRequest as EngineSearchRequest,
  infoOf,
  type SearchResult,
} from "@redkite/engine";
import { invalidParameter, refused, unsupported } from "../errors.ts";
import { PlaceholderType, PlaceholderTypeSchema, StatusSchema } from "../wire/gen/common_pb.ts";
import { type SearchRequest, SearchRequestSchema } from "../wire/gen/milvus_pb.ts";
import { decodePlaceholderGroup, type WirePlaceholders } from "../wire/placeholder-group.ts";
import { encodeSearchResults, type WireIteratorState } from "../wire/search-results.ts";
import { wireFieldOfOutput } from "../wire/wire-field-of-output.ts";
import { checkPartitions, outputNames, primaryKeyName } from "./answer.ts";
import { templatesFromWire } from "./filter-templates.ts";
import { pinnedMoment } from "./iterator-parameters.ts";
import { toMap } from "./key-values.ts";
import { decodeRequest, type MethodTable, methodWith } from "./method.ts";
import { searchPrefixes, withPrefixes } from "./read-errors.ts";
import { parseSearchParameters, roundScores, type SearchParameters } from "./search-parameters.ts";

/** Search by one vector field. */
export const searchMethods: MethodTable = {
  Search: methodWith(SearchRequestSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    refuseUnsupported(request);
    const parameters = parseSearchParameters(request.searchParams);
    const { iterator, roundDecimal } = parameters;
    const options: ReadOptions = {
      partitions: request.partitionNames,
      outputFields: request.outputFields,
      ...pinnedMoment(toMap(request.searchParams), request.guaranteeTimestamp),
    };
    const answer = { outputFields: request.outputFields, roundDecimal };
    if (iterator !== undefined) {
      // An iteration outlives the call that begins it: the call's signal is not for it.
      const search = searchOf(collection, request, parameters, options);
      const batch = await withPrefixes(searchPrefixes, () =>
        call.iterators.next(collection, search, iterator),
      );
      const topK = iterator.batchSize;
      return encodeAnswer(collection, batch.result, { ...answer, topK, iterator: batch });
    }
    const result = await runSearch(collection, request, parameters, {
      ...options,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    return encodeAnswer(collection, result, { ...answer, topK: parameters.k });
  }),
};

/** Refuses what would change the answer and is not built yet. Throws `MilvusError`. */
export function refuseUnsupported(request: SearchRequest): void {
  const { searchInput } = request;
  if (searchInput.case === "ids") throw unsupported("search by ids");
  if (request.functionScore !== undefined) throw unsupported("function_score of a search");
  if (request.functionChains.length > 0) throw unsupported("function_chains of a search");
  if (request.highlighter !== undefined) throw unsupported("highlighter of a search");
  if (request.searchAggregation !== undefined) throw unsupported("search_aggregation");
  if (request.subReqs.length > 0) throw unsupported("sub_reqs of a search");
  if ((request.namespace ?? "") !== "") throw unsupported("namespace of a search");
  if (request.travelTimestamp !== 0n) throw unsupported("time travel (travel_timestamp)");
}

type ReadOptions = Pick<EngineSearchRequest, "partitions" | "outputFields" | "signal" | "at">;

/** Carries out one `SearchRequest`, whose parameters are parsed already. */
export async function runSearch(
  collection: Collection,
  request: SearchRequest,
  parameters: SearchParameters,
  options: ReadOptions,
): Promise<SearchResult> {
  const { k, offset } = parameters;
  const search = searchOf(collection, request, parameters, options);
  return withPrefixes(searchPrefixes, () => collection.search({ ...search, k, offset }));
}

/** What a `SearchRequest` asks for, but for the number of hits. */
function searchOf(
  collection: Collection,
  request: SearchRequest,
  { field, metric, params }: SearchParameters,
  options: ReadOptions,
): Omit<EngineSearchRequest, "k"> {
  checkPartitions(collection, options.partitions ?? []);
  const placeholders = placeholdersOf(request);
  checkPlaceholders(collection, field, placeholders);
  return {
    ...options,
    vectors: placeholders.vectors,
    params,
    filter: request.dsl,
    templates: templatesFromWire(request.exprTemplateValues),
    ...(field === undefined ? {} : { field }),
    ...(metric === undefined ? {} : { metric }),
  };
}

interface AnswerOptions {
  readonly topK: number;
  readonly outputFields: readonly string[];
  readonly roundDecimal: number;
  readonly iterator?: WireIteratorState;
}

/** Encodes hits as a `SearchResults`. */
export function encodeAnswer(
  collection: Collection,
  result: SearchResult,
  { topK, outputFields, roundDecimal, iterator }: AnswerOptions,
): Uint8Array {
  return encodeSearchResults({
    status: create(StatusSchema),
    collectionName: collection.name,
    sessionTimestamp: result.at,
    results: {
      queryCount: result.counts.length,
      topK,
      topKs: result.counts,
      keys: result.keys,
      scores: roundScores(result.scores, roundDecimal),
      fields: result.fields.map(wireFieldOfOutput),
      outputFields: outputNames(collection, outputFields),
      primaryFieldName: primaryKeyName(collection),
      ...(iterator && { iterator }),
    },
  });
}

function placeholdersOf({ searchInput }: SearchRequest): WirePlaceholders {
  if (searchInput.case !== "placeholderGroup") throw refused("Either data or ids must be provided");
  return decodeRequest(() => decodePlaceholderGroup(searchInput.value));
}

/** Checks what the engine can't see any more in a run of floats: kind and size of the vectors. */
function checkPlaceholders(
  collection: Collection,
  fieldName: string | undefined,
  placeholders: WirePlaceholders,
): void {
  const { typeId, dim, queryCount } = placeholders;
  const field = searchedField(collection, fieldName);
  if (queryCount === 0) {
    throw refused(
      "nq [0] is invalid, nq (number of search vector per search request) should be in range [1, 16384], but got 0",
    );
  }
  if (typeId === PlaceholderType.VarChar) throw unsupported("full text search");
  if (typeId !== PlaceholderType.FloatVector || placeholders.elementLevel) {
    const found =
      PlaceholderTypeSchema.values.find(({ number }) => number === typeId)?.name ?? typeId;
    throw invalidParameter(
      `vector type must be the same, field ${field.name} - type ${field.type}, search info type ${found}`,
    );
  }
  if (dim !== field.dim) {
    throw invalidParameter(
      `vector dimension mismatch, expected vector size(byte) ${(field.dim ?? 0) * 4}, actual ${dim * 4}`,
    );
  }
}

function searchedField(
  collection: Collection,
  name: string | undefined,
): Collection["schema"]["fields"][number] {
  const { fields } = collection.schema;
  if (name === undefined) {
    const vectorFields = fields.filter((field) => infoOf(field.type).family === "vector");
    if (vectorFields.length === 1) return vectorFields[0];
    throw invalidParameter(
      "multiple anns_fields exist, please specify a anns_field in search_params",
    );
  }
  const field = fields.find((candidate) => candidate.name === name);
  const plan = searchPrefixes.plan;
  if (field === undefined) {
    throw invalidParameter(
      `${plan}: failed to get field schema by name: fieldName(${name}) not found`,
    );
  }
  if (infoOf(field.type).family !== "vector") {
    throw invalidParameter(`${plan}: field (${name}) to search is not of vector data type`);
  }
  return field;
}
