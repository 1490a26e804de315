import {
  type Collection,
  countOutput,
  type QueryRequest as EngineQuery,
  primaryKeyOf,
} from "@redkite/engine";
import { invalidParameter, refused } from "../errors.ts";
import { type QueryRequest, QueryRequestSchema } from "../wire/gen/milvus_pb.ts";
import { encodeQueryResults } from "../wire/query-results.ts";
import { wireFieldsOfOutput } from "../wire/wire-field-of-output.ts";
import { checkPartitions, outputNames, primaryKeyName } from "./answer.ts";
import { templatesFromWire } from "./filter-templates.ts";
import { integerOf, isBoolean, isTrue, toMap } from "./key-values.ts";
import { type MethodTable, methodWith } from "./method.ts";
import { orderByOf, splitNames } from "./order-parameters.ts";
import { queryPrefixes, withPrefixes } from "./read-errors.ts";
import { readOptionsOf } from "./read-parameters.ts";
import { timeOutputOf, withTimeParts } from "./time-output.ts";
import { refuseUnsupportedParts } from "./unsupported-parts.ts";

/** Reading rows by filter. */
export const queryMethods: MethodTable = {
  Query: methodWith(QueryRequestSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    refuseUnsupportedParts("query", request);
    checkPartitions(collection, request.partitionNames);
    const parameters = toMap(request.queryParams);
    const times = timeOutputOf(parameters, collection);
    const { timeZone } = times;
    const query = { ...queryOf(request, collection, parameters), timeZone };
    const result = await withPrefixes(queryPrefixes, () =>
      collection.query({ ...query, ...(call.signal && { signal: call.signal }) }),
    );
    const key = primaryKeyName(collection);
    const { outputFields = [] } = query;
    const fields = withTimeParts(result.fields, times);
    return encodeQueryResults({
      fields: wireFieldsOfOutput(collection.schema, fields, { timeZone }),
      collectionName: collection.name,
      outputFields: isAggregated(query)
        ? result.fields.map(({ name }) => name)
        : outputNames(collection, [...outputFields, key]),
      sessionTimestamp: result.at,
      primaryFieldName: key,
      ...(result.elements && { elements: result.elements }),
    });
  }),
};

function queryOf(
  request: QueryRequest,
  collection: Collection,
  parameters: ReadonlyMap<string, string>,
): EngineQuery {
  checkFlags(parameters);
  const query: EngineQuery = {
    ...windowOf(parameters),
    ...readOptionsOf(parameters, collection, request.guaranteeTimestamp),
    filter: request.expr,
    templates: templatesFromWire(request.exprTemplateValues),
    partitions: request.partitionNames,
    outputFields: request.outputFields.map(normaliseCount),
    orderBy: orderByOf(parameters),
    groupBy: splitNames(parameters.get("group_by_fields") ?? ""),
    ...elementCursorOf(parameters, collection),
  };
  if (query.orderBy?.length !== 0 && isTrue(parameters.get("iterator"))) {
    throw invalidParameter("ORDER BY with iterator is not supported");
  }
  const needsLimit = request.expr.trim() === "" && query.orderBy?.length === 0;
  if (needsLimit && query.limit === undefined && !isAggregated(query)) {
    throw invalidParameter("empty expression should be used with limit");
  }
  return query;
}

/**
 * Where an iteration by `element_filter` goes on. Its filter wants keys from that of the last row on:
 * of that row the elements that were answered are left out.
 */
function elementCursorOf(
  parameters: ReadonlyMap<string, string>,
  { schema }: Collection,
): Pick<EngineQuery, "afterElement"> {
  const key = parameters.get("query_iter_last_pk");
  const element = integerOf(parameters, "query_iter_last_element_offset");
  if (key === undefined && element === undefined) return {};
  if (key === undefined || element === undefined || element < 0) {
    throw invalidParameter(
      "query_iter_last_pk and query_iter_last_element_offset must be given together",
    );
  }
  if (primaryKeyOf(schema).type === "VarChar") return { afterElement: { key, element } };
  if (/^-?\d{1,19}$/.test(key)) return { afterElement: { key: BigInt(key), element } };
  throw refused(`query_iter_last_pk [${key}] is invalid`);
}

/** Milvus tells groups and aggregates by names of this form. */
const aggregateForm = /^\s*(?:count|sum|avg|min|max)\s*\(\s*[\w*]*\s*\)\s*$/i;

function isAggregated({ outputFields = [], groupBy = [] }: EngineQuery): boolean {
  return groupBy.length > 0 || outputFields.some((name) => aggregateForm.test(name));
}

/** Flags of iterations, which a query answers in the order of its keys anyway. */
function checkFlags(parameters: ReadonlyMap<string, string>): void {
  const texts = { reduce_stop_for_best: "reduce_stop_for_best", iterator: "iterator field" };
  for (const [name, what] of Object.entries(texts)) {
    const text = parameters.get(name);
    if (text === undefined || isBoolean(text)) continue;
    throw invalidParameter(`value for ${what} is invalid`, {
      expected: "true or false",
      actual: text,
    });
  }
}

function normaliseCount(name: string): string {
  return name.trim().toLowerCase() === countOutput ? countOutput : name;
}

/** As in Milvus, an offset without a limit says nothing. The engine checks the window. */
function windowOf(parameters: ReadonlyMap<string, string>): Pick<EngineQuery, "limit" | "offset"> {
  const limit = integerOf(parameters, "limit");
  if (limit === undefined) return {};
  return { limit, offset: integerOf(parameters, "offset") ?? 0 };
}
