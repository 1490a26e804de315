import type { JsonValue } from "@redkite/engine";
import { invalidParameter, MilvusError } from "../errors.ts";
import { writeFieldData } from "../wire/field-data.ts";
import type { DescribeCollectionResponse, MutationResult } from "../wire/gen/milvus_pb.ts";
import { type CollectionSchema, FieldPartialUpdateOp_OpType } from "../wire/gen/schema_pb.ts";
import { WireWriter } from "../wire/wire-writer.ts";
import { answerRows, keysOf } from "./answer-rows.ts";
import {
  anything,
  type BodyField,
  type BodyOf,
  bodyShape,
  bool,
  int32,
  type JsonRecord,
  list,
  listOf,
  nested,
  record,
  required,
  text,
  texts,
} from "./body-shape.ts";
import { readConsistency } from "./consistency-level.ts";
import { enumNumber } from "./enum-names.ts";
import { filterValuesOf } from "./filter-values.ts";
import { insertColumns } from "./insert-columns.ts";
import { primaryKeyFilter } from "./primary-key-filter.ts";
import type { RestCall } from "./rest-call.ts";
import { restError, restErrorKinds } from "./rest-error.ts";
import { type RestAnswer, type RestRoute, route } from "./rest-route.ts";

const named = { dbName: text(), collectionName: required(text()) };

/** How an upsert changes the rows that are there. */
export const updateShapes: {
  readonly partialUpdate: BodyField<boolean>;
  readonly fieldOps: BodyField<readonly { readonly fieldName: string; readonly op: string }[]>;
} = {
  partialUpdate: bool(),
  fieldOps: listOf(nested(bodyShape("FieldPartialUpdateOp", { fieldName: text(), op: text() }))),
};

const rowsShape = bodyShape("CollectionDataReq", {
  ...named,
  partitionName: text(),
  data: required(list()),
  ...updateShapes,
});

/** Reading and writing rows. Searches have a file of their own. */
export const entityRoutes: readonly RestRoute[] = [
  route({
    path: "/entities/insert",
    method: "insert",
    summary: "Inserts rows",
    body: rowsShape,
    run: async (body, call) => {
      const result = await call.invokeEncoded("insert", await encodeRows(body, "insert", call));
      return written(result, { count: "insertCount", ids: "insertIds" }, call);
    },
  }),
  route({
    path: "/entities/upsert",
    method: "upsert",
    summary: "Inserts rows, or replaces those with the same keys",
    body: rowsShape,
    run: async (body, call) => {
      const result = await call.invokeEncoded("upsert", await encodeRows(body, "upsert", call));
      return written(result, { count: "upsertCount", ids: "upsertIds" }, call);
    },
  }),
  route({
    path: "/entities/delete",
    method: "delete",
    summary: "Deletes the rows that a filter finds",
    body: bodyShape("CollectionFilterReq", {
      ...named,
      partitionName: text(),
      filter: required(text()),
      exprParams: record(),
    }),
    run: async ({ collectionName, partitionName, filter, exprParams }, call) => {
      const { deleteCnt } = await call.invoke("delete", {
        dbName: call.databaseName,
        collectionName,
        partitionName,
        expr: filter,
        exprTemplateValues: filterValuesOf(exprParams),
      });
      return { data: { deleteCount: deleteCnt }, cost: 0 };
    },
  }),
  route({
    path: "/entities/get",
    method: "query",
    summary: "Reads the rows with the given keys",
    body: bodyShape("CollectionIDReq", {
      ...named,
      partitionName: text(),
      partitionNames: texts(),
      outputFields: texts(["*"]),
      id: required(anything()),
      consistencyLevel: text(),
    }),
    run: async (body, call) => {
      const schema = await schemaOf(body.collectionName, call);
      const expr = primaryKeyFilter(schema, body.id);
      return query({ ...body, filter: expr, exprParams: {} }, schema, call);
    },
  }),
  route({
    path: "/entities/query",
    method: "query",
    summary: "Reads the rows that a filter finds",
    body: bodyShape("QueryReqV2", {
      ...named,
      partitionNames: texts(),
      outputFields: texts(["*"]),
      filter: text(),
      limit: int32(100),
      offset: int32(),
      exprParams: record(),
      consistencyLevel: text(),
      orderByFields: texts(),
      groupByFields: texts(),
    }),
    run: async (body, call) => query(body, await schemaOf(body.collectionName, call), call),
  }),
];

/** The present schema of a collection. Throws `RestError`. */
export async function schemaOf(collectionName: string, call: RestCall): Promise<CollectionSchema> {
  return schemaIn(await call.describe(collectionName));
}

function schemaIn({ schema, collectionName }: DescribeCollectionResponse): CollectionSchema {
  if (schema !== undefined) return schema;
  throw invalidParameter(`collection ${collectionName} has no schema`);
}

/** The request for rows: an `InsertRequest`, or an `UpsertRequest`. */
async function encodeRows(
  body: BodyOf<typeof rowsShape>,
  method: "insert" | "upsert",
  call: RestCall,
): Promise<Uint8Array> {
  const found = await call.describe(body.collectionName);
  const columns = withInsertError(() =>
    insertColumns(rowsIn(body.data), schemaIn(found), {
      isInsert: method === "insert",
      isPartial: method === "upsert" && changesFields(body),
      takesAutoId: found.properties.some(
        ({ key, value }) => key === "allow_insert_auto_id" && value === "true",
      ),
    }),
  );
  const writer = new WireWriter();
  writer.string(2, call.databaseName);
  writer.string(3, body.collectionName);
  writer.string(4, body.partitionName);
  for (const column of columns) writeFieldData(writer, 5, column);
  writer.uint32(7, body.data.length);
  if (method === "upsert") writeUpdate(writer, body);
  return writer.finish();
}

/** Whether rows need not have all fields: operations make an upsert partial, as the service takes it. */
function changesFields({ partialUpdate, fieldOps }: BodyOf<typeof rowsShape>): boolean {
  return partialUpdate || fieldOps.some(({ op }) => operationNamed(op) !== "REPLACE");
}

/** Names of operations are taken without regard to case and spaces around them. */
function operationNamed(op: string): string {
  return op.trim().toUpperCase();
}

function rowsIn(data: readonly JsonValue[]): readonly JsonValue[] {
  if (data.length > 0) return data;
  throw restError("invalidInsertData", restErrorKinds.missingParameters.text);
}

/** What only an `UpsertRequest` has. */
function writeUpdate(
  writer: WireWriter,
  { partialUpdate, fieldOps }: BodyOf<typeof rowsShape>,
): void {
  writer.bool(9, partialUpdate);
  for (const { fieldName, op } of fieldOps) {
    const type = enumNumber(FieldPartialUpdateOp_OpType, operationNamed(op));
    if (type === undefined) throw invalidParameter(`unsupported field op: ${op}`);
    const mark = writer.begin(11);
    writer.string(1, fieldName).int32(2, type).end(mark);
  }
}

function withInsertError<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof MilvusError)) throw error;
    throw restError("invalidInsertData", error.message);
  }
}

function written(
  result: MutationResult,
  names: { readonly count: string; readonly ids: string },
  call: RestCall,
): RestAnswer {
  const { insertCnt, upsertCnt, IDs } = result;
  const count = names.count === "insertCount" ? insertCnt : upsertCnt;
  const ids = IDs === undefined ? [] : keysOf(IDs, call);
  return { data: { [names.count]: count, [names.ids]: ids }, cost: 0 };
}

interface QueryBody {
  readonly collectionName: string;
  readonly partitionNames: readonly string[];
  readonly outputFields: readonly string[];
  readonly filter: string;
  readonly exprParams: JsonRecord;
  readonly consistencyLevel: string;
  readonly limit?: number;
  readonly offset?: number;
  readonly orderByFields?: readonly string[];
  readonly groupByFields?: readonly string[];
}

async function query(
  body: QueryBody,
  schema: CollectionSchema,
  call: RestCall,
): Promise<RestAnswer> {
  const results = await call.invoke("query", {
    dbName: call.databaseName,
    collectionName: body.collectionName,
    expr: body.filter,
    outputFields: [...body.outputFields],
    partitionNames: [...body.partitionNames],
    queryParams: queryParamsOf(body),
    exprTemplateValues: filterValuesOf(body.exprParams),
    ...readConsistency(body.consistencyLevel),
  });
  const { int64AsText } = call;
  return { data: answerRows(results, { schema, int64AsText }), cost: 0 };
}

/** Counting all rows has no limit; counting groups has one. */
function queryParamsOf(body: QueryBody): { key: string; value: string }[] {
  const { limit = 0, offset = 0, orderByFields = [], groupByFields = [], outputFields } = body;
  const isCount =
    groupByFields.length === 0 &&
    outputFields.length === 1 &&
    outputFields[0].trim().toLowerCase() === "count(*)";
  return [
    { key: "offset", value: offset > 0 ? `${offset}` : "" },
    { key: "limit", value: limit > 0 && !isCount ? `${limit}` : "" },
    { key: "order_by_fields", value: orderByFields.join(",") },
    { key: "group_by_fields", value: groupByFields.join(",") },
  ].filter(({ value }) => value !== "");
}
