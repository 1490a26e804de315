import type { JsonValue } from "@redkite/engine";
import {
  anything,
  type BodyShape,
  bodyShape,
  int32,
  isJsonArray,
  isJsonObject,
  type JsonRecord,
  list,
  required,
  text,
  texts,
} from "./body-shape.ts";
import { schemaOf, updateShapes } from "./entity-routes.ts";
import { primaryKeyFilter } from "./primary-key-filter.ts";
import type { RestCall } from "./rest-call.ts";
import { restError } from "./rest-error.ts";
import { restRoutes } from "./routes.ts";

/** One address of Milvus's first REST API, which clients of before 2.4 use. */
export interface LegacyRoute {
  /** The method of HTTP and the path. Parameters of GET are in the query, as if they were a body. */
  readonly address: string;
  /** Answers its `data`; the code is 200. Throws `RestError`. */
  readonly run: (body: JsonValue, call: RestCall) => Promise<unknown>;
}

const named = { dbName: text(), collectionName: required(text()) };
const rowsShape = bodyShape("InsertReq", { ...named, data: required(anything()) });
const upsertShape = bodyShape("UpsertReq", {
  ...named,
  data: required(anything()),
  ...updateShapes,
});

/** Each does what an address of the second API does. */
export const legacyRoutes: readonly LegacyRoute[] = [
  legacy("GET /collections", bodyShape("DatabaseReq", { dbName: text() }), ({ dbName }, call) =>
    ask("/collections/list", { dbName }, call),
  ),
  legacy(
    "POST /collections/create",
    bodyShape("CreateCollectionReq", {
      ...named,
      dimension: required(int32()),
      description: text(),
      metricType: text("COSINE"),
      primaryField: text("id"),
      vectorField: text("vector"),
    }),
    ({ primaryField: primaryFieldName, vectorField: vectorFieldName, ...body }, call) =>
      ask(
        "/collections/create",
        { ...body, primaryFieldName, vectorFieldName, autoID: true },
        call,
      ),
  ),
  legacy("GET /collections/describe", bodyShape("DescribeReq", named), describe),
  legacy("POST /collections/drop", bodyShape("DropCollectionReq", named), (body, call) =>
    ask("/collections/drop", body, call),
  ),
  legacy("POST /insert", rowsShape, (body, call) => write("/entities/insert", body, call)),
  legacy("POST /upsert", upsertShape, (body, call) => write("/entities/upsert", body, call)),
  legacy(
    "POST /search",
    bodyShape("SearchReq", {
      ...named,
      vector: required(list()),
      filter: text(),
      limit: int32(100),
      offset: int32(),
      outputFields: texts(),
    }),
    ({ vector, ...body }, call) => ask("/entities/search", { ...body, data: [vector] }, call),
  ),
  legacy(
    "POST /query",
    bodyShape("QueryReq", {
      ...named,
      filter: required(text()),
      limit: int32(100),
      offset: int32(),
      outputFields: texts(["*"]),
    }),
    (body, call) => ask("/entities/query", body, call),
  ),
  legacy(
    "POST /get",
    bodyShape("GetReq", { ...named, id: required(anything()), outputFields: texts(["*"]) }),
    (body, call) => ask("/entities/get", body, call),
  ),
  legacy(
    "POST /delete",
    bodyShape("DeleteReq", { ...named, id: anything(), filter: text() }),
    deleteRows,
  ),
];

function legacy<T>(
  address: string,
  shape: BodyShape<T>,
  run: (body: T, call: RestCall) => Promise<unknown>,
): LegacyRoute {
  return {
    address: address.replace(" ", " /v1/vector"),
    run: (body, call) => run(shape.read(body), call),
  };
}

/** What an address of the second API answers as its `data`. */
async function ask(path: string, body: JsonRecord, call: RestCall): Promise<unknown> {
  const route = restRoutes.find((item) => item.path === path);
  if (route === undefined) throw new RangeError(`There is no address ${path}`);
  return (await route.run(body, call)).data;
}

/** One row may come without a list around it. */
function write(
  path: string,
  { data, ...body }: { readonly collectionName: string; readonly data: JsonValue },
  call: RestCall,
): Promise<unknown> {
  return ask(path, { ...body, data: isJsonArray(data) ? data : [data] }, call);
}

async function deleteRows(
  body: { readonly collectionName: string; readonly id: JsonValue; readonly filter: string },
  call: RestCall,
): Promise<unknown> {
  const { id, collectionName } = body;
  if (id === null && body.filter === "") {
    throw restError("missingParameters", "neither id nor filter is given");
  }
  const filter =
    id === null ? body.filter : primaryKeyFilter(await schemaOf(collectionName, call), id);
  await ask("/entities/delete", { collectionName, filter }, call);
  return {};
}

/** The few properties of old, of which a field's type tells its length or dimension. */
async function describe(body: JsonRecord, call: RestCall): Promise<unknown> {
  const found = (await ask("/collections/describe", body, call)) as JsonRecord;
  const { collectionName, description, fields, indexes, load, shardsNum } = found;
  const enableDynamic = found["enableDynamicField"];
  const described = isJsonArray(fields) ? fields.map(describedField) : [];
  return {
    collectionName,
    description,
    fields: described,
    indexes,
    load,
    shardsNum,
    enableDynamic,
  };
}

function describedField(field: JsonValue): JsonValue {
  if (!isJsonObject(field)) return field;
  const { name, type, primaryKey, autoId, description, params } = field;
  const sizes = isJsonArray(params) ? params.filter(isJsonObject) : [];
  const size = sizes.find(({ key }) => key === "dim" || key === "max_length")?.["value"];
  const sizedType = size === undefined ? type : `${type}(${size})`;
  return { name, type: sizedType, primaryKey, autoId, description };
}
