import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ConsistencyLevel,
  PlaceholderGroupSchema,
  PlaceholderType,
} from "../../src/wire/gen/common_pb.ts";
import type {
  HybridSearchRequestSchema,
  QueryRequestSchema,
  SearchRequestSchema,
} from "../../src/wire/gen/milvus_pb.ts";
import { FunctionType } from "../../src/wire/gen/schema_pb.ts";
import {
  filmFields,
  floatVectors,
  Harness,
  ints,
  longs,
  schemaBytes,
  texts,
} from "../service/service-harness.ts";
import { searchDifferences } from "./differences.ts";
import { outcomeOf, type Row } from "./outcome.ts";

type SearchInit = MessageInitShape<typeof SearchRequestSchema>;
type QueryInit = MessageInitShape<typeof QueryRequestSchema>;
type HybridInit = MessageInitShape<typeof HybridSearchRequestSchema>;

const collectionName = "films";
const vector = new Uint8Array(Float32Array.of(1, 0).buffer);
const placeholderGroup = toBinary(
  PlaceholderGroupSchema,
  create(PlaceholderGroupSchema, {
    placeholders: [{ tag: "$0", type: PlaceholderType.FloatVector, values: [vector] }],
  }),
);
const data = { case: "placeholderGroup", value: placeholderGroup } as const;

function pairs(parameters: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(parameters).map(([key, value]) => ({ key, value }));
}

function search(parameters: Readonly<Record<string, string>>, rest: SearchInit = {}): SearchInit {
  const searchParams = pairs({ anns_field: "vector", topk: "3", ...parameters });
  return { collectionName, searchInput: data, nq: 1n, searchParams, ...rest };
}

const params = (value: object): { params: string } => ({ params: JSON.stringify(value) });

function rerank(
  parameters: Readonly<Record<string, string>>,
): NonNullable<SearchInit["functionScore"]> {
  const decay = { name: "rerank", type: FunctionType.Rerank, inputFieldNames: ["year"] };
  return { functions: [{ ...decay, params: pairs(parameters) }] };
}

const decay = { reranker: "decay", origin: "1980", scale: "10", decay: "0.5" };

/** What a search can ask for, each asked of three rows. */
const searches: Readonly<Record<string, SearchInit>> = {
  "`topk`, `offset`": search({ offset: "1" }),
  "`metric_type`": search({ metric_type: "COSINE" }),
  "`round_decimal`": search({ round_decimal: "2" }),
  "`ignore_growing`": search({ ignore_growing: "true" }),
  "`radius`, `range_filter`": search(params({ radius: 0.1, range_filter: 1 })),
  "a filter (`dsl`)": search({}, { dsl: "year > 1970" }),
  "filter templates": search(
    {},
    { dsl: "year > {y}", exprTemplateValues: { y: { val: { case: "int64Val", value: 1970n } } } },
  ),
  "`consistency_level`": search({}, { consistencyLevel: ConsistencyLevel.Eventually }),
  "`hints`: `iterative_filter`": search({ hints: "iterative_filter" }, { dsl: "year > 1970" }),
  partitions: search({}, { partitionNames: ["_default"] }),
  "output fields, `*`": search({}, { outputFields: ["*"] }),
  "`group_by_field`": search({ group_by_field: "year" }),
  "`group_size`, `strict_group_size`": search({
    group_by_field: "year",
    group_size: "2",
    strict_group_size: "true",
  }),
  "`group_by_fields`": search({ group_by_fields: "year,title" }),
  "`order_by_fields`": search({ order_by_fields: "year:desc" }),
  "iterator, first version": search({ iterator: "True" }),
  "iterator, second version": search({
    iterator: "True",
    search_iter_v2: "True",
    search_iter_batch_size: "2",
  }),
  "search by ids": search(
    {},
    {
      searchInput: {
        case: "ids",
        value: { idField: { case: "intId", value: { data: [1n] } } },
      },
    },
  ),
  "decay ranker, `gauss`": search({}, { functionScore: rerank({ ...decay, function: "gauss" }) }),
  "decay ranker, `exp`": search({}, { functionScore: rerank({ ...decay, function: "exp" }) }),
  "decay ranker, `linear`": search({}, { functionScore: rerank({ ...decay, function: "linear" }) }),
  "boost ranker": search(
    {},
    {
      functionScore: {
        functions: [
          {
            name: "boost",
            type: FunctionType.Rerank,
            params: pairs({ reranker: "boost", filter: "year > 1970", weight: "2" }),
          },
        ],
      },
    },
  ),
  "model ranker": search(
    {},
    { functionScore: rerank({ reranker: "model", provider: "tei", queries: '["q"]' }) },
  ),
  "`timezone`": search({ timezone: "Asia/Tokyo" }),
  "`analyzer_name`": search({ analyzer_name: "english" }),
  "function chains": search({}, { functionChains: [{}] }),
  highlighter: search({}, { highlighter: {} }),
  namespace: search({}, { namespace: "n" }),
  "time travel (`travel_timestamp`)": search({}, { travelTimestamp: 1n }),
};

const two = [search({}), search({})];

const hybridSearches: Readonly<Record<string, HybridInit>> = {
  RRF: hybrid({ strategy: "rrf", params: '{"k":60}' }),
  weighted: hybrid({ strategy: "weighted", params: '{"weights":[0.5,0.5]}' }),
  "weighted, `norm_score`": hybrid({
    strategy: "weighted",
    params: '{"weights":[0.5,0.5],"norm_score":true}',
  }),
  "`offset`, `round_decimal`": hybrid({ offset: "1", round_decimal: "2" }),
  "`group_by_field`, `rank_group_scorer`": hybrid({
    group_by_field: "year",
    rank_group_scorer: "max",
  }),
  "ranker as a function (`function_score`)": hybrid({}, rerank({ reranker: "rrf", k: "60" })),
  "decay ranker": hybrid({}, rerank({ ...decay, function: "gauss" })),
};

function hybrid(
  rank: Readonly<Record<string, string>>,
  functionScore?: NonNullable<SearchInit["functionScore"]>,
): HybridInit {
  const rankParams = pairs({ limit: "2", ...rank });
  return { collectionName, requests: two, rankParams, ...(functionScore && { functionScore }) };
}

const queries: Readonly<Record<string, QueryInit>> = {
  "`limit`, `offset`": query({ limit: "1", offset: "1" }),
  "`count(*)`": { ...query({}), outputFields: ["count(*)"] },
  "`order_by_fields` with `limit`": query({ limit: "2", order_by_fields: "year:desc" }),
  "`group_by_fields` with `count`, `sum`, `avg`, `min`, `max`": {
    ...query({ group_by_fields: "year" }),
    outputFields: ["year", "count(*)", "sum(year)", "avg(year)", "min(year)", "max(year)"],
  },
  "query iterator": query({ limit: "1", iterator: "True", reduce_stop_for_best: "True" }),
  partitions: { ...query({}), partitionNames: ["_default"] },
  "`timezone`": query({ timezone: "Asia/Tokyo" }),
};

function query(parameters: Readonly<Record<string, string>>): QueryInit {
  return { collectionName, expr: "id >= 0", queryParams: pairs(parameters) };
}

export interface SearchTables {
  readonly search: readonly Row[];
  readonly hybrid: readonly Row[];
  readonly query: readonly Row[];
}

/** What searches, hybrid searches and queries can ask for, tried. */
export async function searchTables(): Promise<SearchTables> {
  const harness = await Harness.open();
  const schema = schemaBytes({ fields: filmFields });
  await harness.ok("createCollection", { collectionName, schema });
  const extraParams = pairs({ index_type: "FLAT", metric_type: "COSINE" });
  await harness.ok("createIndex", { collectionName, fieldName: "vector", extraParams });
  const fieldsData = [
    longs("id", [1n, 2n, 3n]),
    texts("title", ["Solaris", "Stalker", "Mirror"]),
    ints("year", [1972, 1979, 1975]),
    floatVectors("vector", [
      [1, 0],
      [0.8, 0.6],
      [0, 1],
    ]),
  ];
  await harness.ok("insert", { collectionName, numRows: 3, fieldsData });
  await harness.ok("loadCollection", { collectionName });
  const tables = {
    search: await rowsOf(searches, (request) => harness.call("search", request)),
    hybrid: await rowsOf(hybridSearches, (request) => harness.call("hybridSearch", request)),
    query: await rowsOf(queries, (request) => harness.call("query", request)),
  };
  await harness.close();
  return tables;
}

async function rowsOf<T>(
  requests: Readonly<Record<string, T>>,
  ask: (request: T) => Promise<object>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, request] of Object.entries(requests)) {
    const difference = searchDifferences[name];
    rows.push({ name, outcome: await outcomeOf(ask(request)), ...(difference && { difference }) });
  }
  return rows;
}
