import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type JsonValue, stringifyJson } from "@redkite/engine";
import { invalidParameter, MilvusError } from "../errors.ts";
import { DslType } from "../wire/gen/common_pb.ts";
import type { SearchRequestSchema, SearchResults } from "../wire/gen/milvus_pb.ts";
import {
  type CollectionSchema,
  DataType,
  type FunctionScoreSchema,
  type IDs,
  IDsSchema,
} from "../wire/gen/schema_pb.ts";
import { answerRows } from "./answer-rows.ts";
import {
  anything,
  type BodyOf,
  bodyShape,
  bool,
  int32,
  int64Of,
  list,
  listOf,
  nested,
  optional,
  record,
  required,
  text,
  texts,
} from "./body-shape.ts";
import { readConsistency } from "./consistency-level.ts";
import { schemaOf } from "./entity-routes.ts";
import { functionOf, functionShape } from "./field-schema.ts";
import { filterValuesOf } from "./filter-values.ts";
import { looseText, pairsOf } from "./loose-text.ts";
import type { RestCall } from "./rest-call.ts";
import { RestError, restError, restErrorKinds } from "./rest-error.ts";
import { type RestAnswer, type RestRoute, route } from "./rest-route.ts";
import { aggregationOf, aggregationShape, answerBuckets } from "./search-aggregation.ts";
import { groupingOf, hasParam, searchParamsOf, windowOf } from "./search-params.ts";
import { searchVectors } from "./search-vectors.ts";

const functionScore = nested(
  bodyShape("FunctionScore", { functions: listOf(nested(functionShape)), params: record() }),
);

const common = {
  dbName: text(),
  collectionName: required(text()),
  partitionNames: texts(),
  limit: int32(100),
  offset: int32(),
  outputFields: texts(),
  groupingField: text(),
  groupSize: int32(),
  strictGroupSize: bool(),
  consistencyLevel: text(),
  functionScore,
  functionChains: list(),
};

const searchShape = bodyShape("SearchReqV2", {
  ...common,
  data: list(),
  ids: list(),
  annsField: text(),
  filter: text(),
  exprParams: record(),
  searchParams: record(),
  orderByFields: texts(),
  searchAggregation: optional(aggregationShape),
});

const subSearchShape = bodyShape("SubSearchReq", {
  data: list(),
  annsField: text(),
  filter: text(),
  exprParams: record(),
  metricType: text(),
  limit: int32(),
  offset: int32(),
  params: record(),
  searchAggregation: anything(),
});

const hybridShape = bodyShape("HybridSearchReq", {
  ...common,
  search: listOf(nested(subSearchShape)),
  rerank: nested(bodyShape("Rand", { strategy: text(), params: record() })),
  searchAggregation: anything(),
});

type SearchBody = BodyOf<typeof searchShape>;
type SubSearchBody = BodyOf<typeof subSearchShape>;
type HybridBody = BodyOf<typeof hybridShape>;
type SearchInit = MessageInitShape<typeof SearchRequestSchema>;

export const searchRoutes: readonly RestRoute[] = [
  route({
    path: "/entities/search",
    method: "search",
    summary: "Finds the rows nearest to vectors, or to the rows with the given keys",
    body: searchShape,
    run: search,
  }),
  // The second is the name that it had first.
  ...["/entities/hybrid_search", "/entities/advanced_search"].map((path) =>
    route({
      path,
      method: "hybridSearch",
      summary: "Searches several vector fields and ranks what they find together",
      body: hybridShape,
      run: hybridSearch,
    }),
  ),
];

async function search(body: SearchBody, call: RestCall): Promise<RestAnswer> {
  const { collectionName, searchParams, orderByFields } = body;
  const consistency = readConsistency(body.consistencyLevel);
  const schema = await schemaOf(collectionName, call);
  checkInput(body);
  checkAggregation(body);
  if (orderByFields.length > 0 && hasParam(searchParams, "order_by_fields")) {
    throw invalidParameter(
      "ambiguous order by: use either orderByFields or searchParams.order_by_fields, not both",
    );
  }
  refuseChains(body);
  const { searchAggregation: aggregation } = body;
  const results = await call.invoke("search", {
    dbName: call.databaseName,
    collectionName,
    partitionNames: [...body.partitionNames],
    dsl: body.filter,
    dslType: DslType.BoolExprV1,
    outputFields: [...body.outputFields],
    searchParams: [
      ...searchParamsOf(searchParams),
      ...windowOf(body),
      ...groupingOf(body),
      ...(body.annsField === "" ? [] : [{ key: "anns_field", value: body.annsField }]),
      ...(orderByFields.length === 0
        ? []
        : [{ key: "order_by_fields", value: orderByFields.join(",") }]),
    ],
    exprTemplateValues: filterValuesOf(body.exprParams),
    ...consistency,
    ...inputOf(body, schema),
    ...scoreOf(body),
    ...(aggregation === undefined ? {} : { searchAggregation: aggregationOf(aggregation) }),
  });
  return answerOf(results, schema, call);
}

async function hybridSearch(body: HybridBody, call: RestCall): Promise<RestAnswer> {
  const consistency = readConsistency(body.consistencyLevel);
  if ([body, ...body.search].some((part) => part.searchAggregation !== null)) {
    throw invalidParameter("searchAggregation is not supported for hybrid search");
  }
  refuseChains(body);
  const schema = await schemaOf(body.collectionName, call);
  const { strategy, params } = body.rerank;
  const results = await call.invoke("hybridSearch", {
    dbName: call.databaseName,
    collectionName: body.collectionName,
    partitionNames: [...body.partitionNames],
    requests: body.search.map((part) => partOf(part, { body, schema, call })),
    outputFields: [...body.outputFields],
    rankParams: [
      { key: "strategy", value: strategy },
      { key: "params", value: stringifyJson(params) ?? "{}" },
      { key: "limit", value: `${body.limit}` },
      { key: "offset", value: `${body.offset}` },
      { key: "round_decimal", value: "-1" },
      ...groupingOf(body),
    ],
    ...consistency,
    ...scoreOf(body),
  });
  return answerOf(results, schema, call);
}

function partOf(
  part: SubSearchBody,
  { body, schema, call }: { body: HybridBody; schema: CollectionSchema; call: RestCall },
): SearchInit {
  const metric = part.metricType === "" ? [] : [{ key: "metric_type", value: part.metricType }];
  return {
    dbName: call.databaseName,
    collectionName: body.collectionName,
    partitionNames: [...body.partitionNames],
    dsl: part.filter,
    dslType: DslType.BoolExprV1,
    outputFields: [...body.outputFields],
    searchParams: [
      ...searchParamsOf(part.params),
      ...metric,
      ...windowOf(part),
      { key: "anns_field", value: part.annsField },
    ],
    exprTemplateValues: filterValuesOf(part.exprParams),
    ...vectorsOf(part, schema),
  };
}

function checkInput({ ids, data }: SearchBody): void {
  if (ids.length > 0 && data.length > 0) {
    throw new RestError(
      1100,
      "primary keys (ids) and query vectors (data) are mutually exclusive. " +
        "Please provide either 'ids' or 'data', not both",
    );
  }
  if (ids.length > 0 || data.length > 0) return;
  throw new RestError(
    restErrorKinds.missingParameters.code,
    "either 'ids' (for primary key search) or 'data' (for vector search) must be provided",
  );
}

/** What a search with an aggregation may not have beside it. */
function checkAggregation(body: SearchBody): void {
  if (body.searchAggregation === undefined) return;
  const { searchParams } = body;
  const refusals: readonly [boolean, string][] = [
    [body.ids.length > 0, "ids and searchAggregation cannot be used simultaneously"],
    [body.offset !== 0, "offset is not supported with searchAggregation"],
    [
      hasParam(searchParams, "offset"),
      "searchParams.offset is not supported with searchAggregation",
    ],
    [
      body.groupingField !== "" || body.groupSize !== 0 || body.strictGroupSize,
      "groupingField/groupSize/strictGroupSize and searchAggregation cannot be used simultaneously",
    ],
    [
      hasParam(searchParams, "group_by_field") || hasParam(searchParams, "group_by_fields"),
      "searchParams.group_by_field(s) and searchAggregation cannot be used simultaneously",
    ],
    [
      body.orderByFields.length > 0,
      "orderByFields and searchAggregation cannot be used simultaneously",
    ],
  ];
  for (const [isRefused, reason] of refusals) if (isRefused) throw invalidParameter(reason);
}

function refuseChains({ functionChains }: { readonly functionChains: readonly JsonValue[] }): void {
  if (functionChains.length === 0) return;
  throw invalidParameter("functionChains is not supported by Redkite yet");
}

/** What a search is for, and how many there are of it. */
interface SearchInput {
  readonly searchInput:
    | { readonly case: "ids"; readonly value: IDs }
    | { readonly case: "placeholderGroup"; readonly value: Uint8Array<ArrayBuffer> };
  readonly nq: bigint;
}

function inputOf(body: SearchBody, schema: CollectionSchema): SearchInput {
  if (body.ids.length === 0) return vectorsOf(body, schema);
  return {
    searchInput: { case: "ids", value: idsOf(body.ids, schema) },
    nq: BigInt(body.ids.length),
  };
}

function vectorsOf(
  { data, annsField }: { readonly data: readonly JsonValue[]; readonly annsField: string },
  schema: CollectionSchema,
): SearchInput {
  try {
    return {
      searchInput: { case: "placeholderGroup", value: searchVectors(data, schema, annsField) },
      nq: BigInt(data.length),
    };
  } catch (error) {
    if (!(error instanceof MilvusError)) throw error;
    throw restError("incorrectFormat", error.message);
  }
}

/** The keys of the rows whose vectors are searched for. Throws `MilvusError`. */
function idsOf(ids: readonly JsonValue[], schema: CollectionSchema): IDs {
  const key = schema.fields.find(({ isPrimaryKey }) => isPrimaryKey);
  if (key?.dataType === DataType.VarChar) {
    const data = ids.map((id, index) => {
      const text = looseText(id);
      if (text !== "" && typeof id !== "object") return text;
      throw invalidId(`empty string id at index ${index}`);
    });
    return create(IDsSchema, { idField: { case: "strId", value: { data } } });
  }
  const data = ids.map((id, index) => {
    const integer = int64Of(id);
    if (integer !== undefined) return integer;
    throw invalidId(`invalid int64 id at index ${index}: ${looseText(id)}`);
  });
  return create(IDsSchema, { idField: { case: "intId", value: { data } } });
}

function invalidId(reason: string): RestError {
  return new RestError(1100, `invalid parameter, error: ${reason}: invalid parameter`);
}

function scoreOf({ functionScore: given }: Pick<SearchBody, "functionScore">): {
  functionScore?: MessageInitShape<typeof FunctionScoreSchema>;
} {
  if (given.functions.length === 0) return {};
  const functions = given.functions.map(functionOf);
  return { functionScore: { functions, params: pairsOf(given.params) } };
}

function answerOf(
  { results }: SearchResults,
  schema: CollectionSchema,
  { int64AsText }: RestCall,
): RestAnswer {
  if (results === undefined) return { data: [], cost: 0 };
  const options = { schema, int64AsText };
  const recalls = results.recalls.length > 0 ? { recalls: results.recalls } : {};
  if (results.aggTopks.length > 0) {
    const { aggTopks } = results;
    return { data: answerBuckets(results, options), cost: 0, aggTopks, ...recalls };
  }
  if (results.topK === 0n) return { data: [], cost: 0 };
  return { data: answerRows(results, options), cost: 0, topks: results.topks, ...recalls };
}
