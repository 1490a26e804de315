import { create } from "@bufbuild/protobuf";
import { countOutput, type QueryRequest as EngineQueryRequest } from "@redkite/engine";
import { invalidParameter, unsupported } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import { type QueryRequest, QueryRequestSchema } from "../wire/gen/milvus_pb.ts";
import { encodeQueryResults } from "../wire/query-results.ts";
import { wireFieldOfOutput } from "../wire/wire-field-of-output.ts";
import { checkPartitions, outputNames, primaryKeyName } from "./answer.ts";
import { templatesFromWire } from "./filter-templates.ts";
import { pinnedMoment } from "./iterator-parameters.ts";
import { integerOf, toMap } from "./key-values.ts";
import { type MethodTable, methodWith } from "./method.ts";
import { queryPrefixes, withPrefixes } from "./read-errors.ts";

/** Reading rows by filter. */
export const queryMethods: MethodTable = {
  Query: methodWith(QueryRequestSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    refuseUnsupported(request);
    checkPartitions(collection, request.partitionNames);
    const outputFields = request.outputFields.map(normaliseCount);
    const isCount = outputFields.includes(countOutput);
    const parameters = toMap(request.queryParams);
    const window = windowOf(parameters);
    if (request.expr.trim() === "" && window.limit === undefined && !isCount) {
      throw invalidParameter("empty expression should be used with limit");
    }
    const result = await withPrefixes(queryPrefixes, () =>
      collection.query({
        ...window,
        ...pinnedMoment(parameters, request.guaranteeTimestamp),
        filter: request.expr,
        templates: templatesFromWire(request.exprTemplateValues),
        partitions: request.partitionNames,
        outputFields,
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      }),
    );
    const key = primaryKeyName(collection);
    return encodeQueryResults({
      status: create(StatusSchema),
      fields: result.fields.map(wireFieldOfOutput),
      collectionName: collection.name,
      outputFields: isCount ? outputFields : outputNames(collection, [...outputFields, key]),
      sessionTimestamp: result.at,
      primaryFieldName: key,
    });
  }),
};

function refuseUnsupported(request: QueryRequest): void {
  const parameters = toMap(request.queryParams);
  for (const name of ["group_by_fields", "order_by_fields"]) {
    if ((parameters.get(name) ?? "") !== "") throw unsupported(`${name} of a query`);
  }
  const aggregate = request.outputFields.find(
    (name) =>
      /^\s*(?:count|sum|avg|min|max)\s*\(/i.test(name) && normaliseCount(name) !== countOutput,
  );
  if (aggregate !== undefined) throw unsupported(`aggregation ${aggregate}`);
  if ((request.namespace ?? "") !== "") throw unsupported("namespace of a query");
  if (request.travelTimestamp !== 0n) throw unsupported("time travel (travel_timestamp)");
}

function normaliseCount(name: string): string {
  return name.trim().toLowerCase() === countOutput ? countOutput : name;
}

/** As in Milvus, an offset without a limit says nothing. The engine checks the window. */
function windowOf(
  parameters: ReadonlyMap<string, string>,
): Pick<EngineQueryRequest, "limit" | "offset"> {
  const limit = integerOf(parameters, "limit");
  if (limit === undefined) return {};
  return { limit, offset: integerOf(parameters, "offset") ?? 0 };
}
