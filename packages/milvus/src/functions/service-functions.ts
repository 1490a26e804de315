import type { JsonValue } from "@redkite/engine";
import { dynamicFieldName, parseJson } from "@redkite/engine";
import { isJsonArray, isJsonObject, type JsonRecord } from "../rest/body-shape.ts";
import { entityRoutes, schemaOf } from "../rest/entity-routes.ts";
import type { RestCall } from "../rest/rest-call.ts";
import type { RestAnswer, RestRoute } from "../rest/rest-route.ts";
import { searchRoutes } from "../rest/search-routes.ts";
import { isVectorType } from "../rest/vector-values.ts";
import type { FunctionResults, FunctionRow } from "./function-batch.ts";
import { FunctionError } from "./function-error.ts";

/** Turns texts into vectors, one each, in order. */
export type TextEmbedder = (texts: readonly string[]) => Promise<readonly ArrayLike<number>[]>;

export interface FunctionContext {
  /** The service, in a database. */
  readonly callIn: (databaseName: string) => RestCall;
  readonly embed: TextEmbedder | undefined;
}

/** A function of SQL that the server answers, a batch of rows at a time. */
export interface ServiceFunction {
  readonly argumentCount: number;
  /** Rows with a NULL among their arguments are not given to it: their result is NULL. */
  readonly run: (
    rows: readonly FunctionRow[],
    context: FunctionContext,
  ) => Promise<FunctionResults>;
}

const insertRoute = routeOf(entityRoutes, "/entities/insert");
const searchRoute = routeOf(searchRoutes, "/entities/search");

/** The functions by their paths. */
export const serviceFunctions: ReadonlyMap<string, ServiceFunction> = new Map([
  ["/sf/search", { argumentCount: 3, run: search }],
  ["/sf/search-text", { argumentCount: 3, run: searchText }],
  ["/sf/insert", { argumentCount: 2, run: insert }],
  ["/sf/embed", { argumentCount: 1, run: embed }],
]);

/** `search(collection, vector, k)`: the hits of each row, nearest first, as a list of objects. */
async function search(
  rows: readonly FunctionRow[],
  context: FunctionContext,
): Promise<FunctionResults> {
  const vectors = rows.map(({ number, args }) => {
    const vector = semiStructured(args[1]);
    if (isJsonArray(vector) || isJsonObject(vector)) return vector;
    throw new FunctionError(`row ${String(number)}: the second argument is not a vector`);
  });
  return await searchVectors(rows, vectors, context);
}

/** `search_text(collection, text, k)`: as `search`, for the vectors of texts. */
async function searchText(
  rows: readonly FunctionRow[],
  context: FunctionContext,
): Promise<FunctionResults> {
  const vectors = await embedTexts(
    rows,
    rows.map((row) => textAt(row, 1)),
    context,
  );
  return await searchVectors(rows, vectors, context);
}

/** `embed(text)`: the text's vector. */
async function embed(
  rows: readonly FunctionRow[],
  context: FunctionContext,
): Promise<FunctionResults> {
  return await embedTexts(
    rows,
    rows.map((row) => textAt(row, 0)),
    context,
  );
}

/** `insert(collection, row)`: the key that the row has got, as `{"id": key}`. */
async function insert(
  rows: readonly FunctionRow[],
  { callIn }: FunctionContext,
): Promise<FunctionResults> {
  const results: unknown[] = new Array(rows.length).fill(null);
  for (const [name, places] of grouped(rows, (row) => textAt(row, 0))) {
    const { databaseName, collectionName } = collectionOf(name);
    const data = places.map((place) => semiStructured(rows[place].args[1]));
    const answer = await insertRoute.run({ collectionName, data }, callIn(databaseName));
    const { insertIds } = answer.data as { readonly insertIds: readonly unknown[] };
    for (const [index, place] of places.entries()) results[place] = { id: insertIds[index] };
  }
  return results;
}

async function embedTexts(
  rows: readonly FunctionRow[],
  texts: readonly string[],
  { embed }: FunctionContext,
): Promise<readonly (readonly number[])[]> {
  if (embed === undefined) throw new FunctionError("this server has no model for texts");
  const vectors = await embed(texts);
  if (vectors.length !== rows.length) {
    throw new Error(`The text model answered ${vectors.length} vectors for ${rows.length} texts`);
  }
  return vectors.map((vector) => Array.from(vector));
}

/** One search for all rows that ask the same collection for as many hits. */
async function searchVectors(
  rows: readonly FunctionRow[],
  vectors: readonly JsonValue[],
  { callIn }: FunctionContext,
): Promise<FunctionResults> {
  const results: unknown[] = new Array(rows.length).fill(null);
  const groups = grouped(rows, (row) => JSON.stringify([textAt(row, 0), wholeNumberAt(row, 2)]));
  for (const places of groups.values()) {
    const [first] = places;
    const { databaseName, collectionName } = collectionOf(textAt(rows[first], 0));
    const call = callIn(databaseName);
    const answer = await searchRoute.run(
      {
        collectionName,
        data: places.map((place) => vectors[place]),
        limit: wholeNumberAt(rows[first], 2),
        outputFields: await shownFields(collectionName, call),
      },
      call,
    );
    for (const [index, hits] of hitsOf(answer, places.length).entries()) {
      results[places[index]] = hits;
    }
  }
  return results;
}

/** All fields but vectors, which are long and say nothing to who looks at them. */
async function shownFields(collectionName: string, call: RestCall): Promise<string[]> {
  const { fields, structArrayFields, enableDynamicField } = await schemaOf(collectionName, call);
  const plain = fields.filter(({ dataType, isDynamic }) => !isVectorType(dataType) && !isDynamic);
  return [
    ...[...plain, ...structArrayFields].map(({ name }) => name),
    ...(enableDynamicField ? [dynamicFieldName] : []),
  ];
}

/** The hits of each query: an answer has them one after the other, and how many each has. */
function hitsOf({ data, topks = [] }: RestAnswer, count: number): unknown[][] {
  const hits = Array.isArray(data) ? data : [];
  let from = 0;
  return Array.from({ length: count }, (_, index) => {
    const to = from + Number(topks[index] ?? 0);
    const own = hits.slice(from, to);
    from = to;
    return own;
  });
}

/** The places of the rows of each group, in the order of their first rows. */
function grouped(
  rows: readonly FunctionRow[],
  keyOf: (row: FunctionRow) => string,
): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [place, row] of rows.entries()) {
    const key = keyOf(row);
    const places = groups.get(key);
    if (places === undefined) groups.set(key, [place]);
    else places.push(place);
  }
  return groups;
}

/** `collection` of the default database, or `database.collection`: no name has a dot. */
function collectionOf(name: string): { databaseName: string; collectionName: string } {
  const dot = name.indexOf(".");
  if (dot < 0) return { databaseName: "default", collectionName: name };
  return { databaseName: name.slice(0, dot), collectionName: name.slice(dot + 1) };
}

function textAt({ number, args }: FunctionRow, index: number): string {
  const value = args[index];
  if (typeof value === "string") return value;
  throw new FunctionError(`row ${String(number)}: argument ${index + 1} is not a text`);
}

function wholeNumberAt({ number, args }: FunctionRow, index: number): number {
  const value = args[index];
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw new FunctionError(`row ${String(number)}: argument ${index + 1} is not a whole number`);
}

/** Lists and objects come as they are, or, from a column of texts, as JSON in a text. */
function semiStructured(value: JsonValue): JsonValue | JsonRecord {
  if (typeof value !== "string") return value;
  try {
    return parseJson(value);
  } catch (error) {
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

function routeOf(routes: readonly RestRoute[], path: string): RestRoute {
  const found = routes.find((route) => route.path === path);
  if (found === undefined) throw new Error(`There is no route ${path}`);
  return found;
}
