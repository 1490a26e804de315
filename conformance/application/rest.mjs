/**
 * The application of application.mjs over the REST API, with nothing but `fetch`. Iterators are what its users write:
 * pages behind the last key, or behind an offset.
 *
 *   node rest.mjs '{"address": "host:port", "token": "user:password"}'    with "caFile" also NODE_EXTRA_CA_CERTS
 */
import { FIELDS, FILTERS, film, inOrder, numbers, shown, TITLES } from "./films.mjs";

const field = (fieldName, dataType, params = {}, more = {}) => ({
  fieldName,
  dataType,
  elementTypeParams: params,
  ...more,
});
const SCHEMA = {
  enableDynamicField: true,
  fields: [
    field("id", "Int64", {}, { isPrimary: true }),
    field("title", "VarChar", { max_length: 100 }),
    field("genre", "VarChar", { max_length: 20 }, { isPartitionKey: true }),
    field("year", "Int16"),
    field("minutes", "Int32"),
    field("rating", "Float"),
    field("gross", "Double", {}, { nullable: true }),
    field("colour", "Bool"),
    field("tags", "Array", { max_capacity: 8, max_length: 20 }, { elementDataType: "VarChar" }),
    field("details", "JSON"),
    field("place", "Geometry"),
    field("plot", "FloatVector", { dim: 4 }),
    field("poster", "BinaryVector", { dim: 16 }),
    field("sound", "Float16Vector", { dim: 4 }),
    field("words", "SparseFloatVector"),
  ],
};
const index = (fieldName, indexType, metricType, params = {}) => ({
  fieldName,
  indexName: `${fieldName}_index`,
  indexType,
  metricType,
  params,
});
const INDEXES = [
  index("plot", "HNSW", "L2", { M: 8, efConstruction: 64 }),
  index("poster", "BIN_FLAT", "HAMMING"),
  index("sound", "FLAT", "IP"),
  index("words", "SPARSE_INVERTED_INDEX", "IP"),
];
const PLOT = { annsField: "plot", data: [[1, 0.5, 0.25, 1]] };
const SOUND = { annsField: "sound", data: [[-1, 0.5, 0.75, 2]] };

const { address, token, caFile } = JSON.parse(process.argv[2]);
const root = `${caFile === undefined ? "http" : "https"}://${address}/v2/vectordb`;
const headers = {
  "content-type": "application/json",
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
};
const print = (...parts) => process.stdout.write(`${parts.join(" ")}\n`);

/** Gives the reply; throws it when it tells of an error. */
async function post(path, body) {
  const response = await fetch(root + path, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const reply = await response.json();
  if (reply.code !== 0) throw Object.assign(new Error(`${path}: ${reply.message}`), { reply });
  return reply;
}

const inArchive = async (path, body = {}) => await post(path, { dbName: "archive", ...body });
const ofFilms = async (path, body = {}) =>
  await inArchive(path, { collectionName: "films", ...body });

async function main() {
  await databases();
  await films();
  await questions();
  await searches();
  await pages();
  await changes();
  await partitions();
  await end();
}

async function databases() {
  const properties = { "database.max.collections": 10 };
  await post("/databases/create", { dbName: "archive", properties });
  print("databases", ...(await post("/databases/list", {})).data.sort());
  const { data } = await post("/databases/describe", { dbName: "archive" });
  print("database properties", propertyOf(data.properties, "database.max.collections"));
}

async function films() {
  const params = { partitionsNum: 4, consistencyLevel: "Strong", ttlSeconds: 86400 };
  await ofFilms("/collections/create", { schema: SCHEMA, params });
  await ofFilms("/indexes/create", { indexParams: INDEXES });
  await described();
  for (const indexName of (await ofFilms("/indexes/list")).data.sort()) {
    const [found] = (await ofFilms("/indexes/describe", { indexName })).data;
    print("index", indexName, found.indexType, found.metricType);
  }
  await state();
  await ofFilms("/collections/load");
  await state();
  const data = TITLES.map((_, position) => film(position + 1));
  const inserted = await ofFilms("/entities/insert", { data });
  const changed = { ...film(12), title: "Aliens", year: 1986 };
  const upserted = await ofFilms("/entities/upsert", { data: [changed] });
  print("inserted", inserted.data.insertCount, "upserted", upserted.data.upsertCount);
}

async function questions() {
  const got = await ofFilms("/entities/get", { id: [1, 12], outputFields: FIELDS });
  for (const { tags, ...row } of inOrder(got.data)) {
    const values = { ...row, tags: tags.Data.StringData.data };
    print("film", row.id, ...FIELDS.map((name) => shown(values[name])));
  }
  const outputFields = ["plot", "poster", "sound", "words"];
  const [full] = (await ofFilms("/entities/query", { filter: "id == 5", outputFields })).data;
  const words = Object.entries(full.words).map(([position, weight]) => `${position}:${weight}`);
  const poster = Buffer.from(full.poster, "base64");
  print(
    "vectors",
    numbers(full.plot),
    numbers(poster),
    numbers(halves(full.sound)),
    `{${words.join(" ")}}`,
  );
  for (const filter of FILTERS) print(`${filter}:`, await ids({ filter }));
  const exprParams = { years: [1927, 1948, 1969], least: 5.5 };
  print("templates:", await ids({ filter: "year in {years} and rating >= {least}", exprParams }));
  print("page:", await ids({ filter: "id > 0", limit: 3, offset: 4 }));
  const count = { filter: 'genre == "drama"', outputFields: ["count(*)"], limit: 0 };
  print("count", (await ofFilms("/entities/query", count)).data[0]["count(*)"]);
}

async function searches() {
  const byGenre = { ...PLOT, limit: 4, groupingField: "genre" };
  const poster = { annsField: "poster", data: [[3, 252]], limit: 4 };
  const words = { annsField: "words", data: [{ 3: 0.5, 21: 1.5, 23: 0.25 }], limit: 4 };
  const ring = { params: { radius: 2, range_filter: 0.25 } };
  await search("nearest", { ...PLOT, limit: 4 });
  await search("filtered", { ...PLOT, limit: 4, filter: "colour == true" });
  await search("offset", { ...PLOT, limit: 4, offset: 2 });
  await search("range", { ...PLOT, limit: 10, searchParams: ring });
  await search("grouped", byGenre);
  await search("two groups", { ...byGenre, limit: 2, groupSize: 2, strictGroupSize: true });
  await search("binary", { ...poster, filter: "id in [1, 3, 5, 8]" });
  await search("float16", { ...SOUND, limit: 3 });
  await search("sparse", words);
  const data = [
    [0, 0, 0, 0],
    [4, 1, 0.5, 1],
  ];
  const two = { annsField: "plot", data, limit: 2, outputFields: ["title"] };
  const { data: hits, topks } = await ofFilms("/entities/search", two);
  for (const top of topks)
    print(
      "of two",
      hits
        .splice(0, top)
        .map(({ id, title }) => `${id} ${title}`)
        .join(", "),
    );
  const parts = [PLOT, SOUND].map((part) => ({ ...part, limit: 5 }));
  const weights = [0.75, 0.25];
  await hybrid("rrf", parts, { strategy: "rrf", params: { k: 10 } });
  await hybrid("weighted", parts, { strategy: "weighted", params: { weights } });
}

async function pages() {
  let last = 2;
  for (const limit of [4, 4, 1]) {
    const page = { filter: `id > ${last}`, limit, outputFields: ["id"] };
    const keys = (await ofFilms("/entities/query", page)).data.map(({ id }) => id);
    last = keys.at(-1);
    print("query batch", ...keys);
  }
  for (const offset of [0, 5]) {
    const { data } = await ofFilms("/entities/search", { ...PLOT, limit: 5, offset });
    print("search batch", ...data.map(({ id }) => id));
  }
}

async function changes() {
  await ofFilms("/aliases/create", { aliasName: "library" });
  const { data: aliases } = await ofFilms("/aliases/list");
  const { data: alias } = await inArchive("/aliases/describe", { aliasName: "library" });
  print("aliases", ...aliases, "of", alias.collectionName);
  print("by alias:", await ids({ collectionName: "library", filter: "id < 3" }));
  await inArchive("/aliases/drop", { aliasName: "library" });

  await ofFilms("/collections/fields/add", {
    schema: field("copies", "Int32", {}, { nullable: true }),
  });
  await ofFilms("/entities/insert", { data: [{ ...film(1), id: 13, copies: 3 }] });
  print(
    `copies: ${await ids({ filter: "copies == 3" })}, none: ${await ids({ filter: "copies is null" })}`,
  );
  const properties = { "collection.ttl.seconds": 3600 };
  await ofFilms("/collections/alter_properties", { properties });
  await described();
  await ofFilms("/collections/drop_properties", { propertyKeys: Object.keys(properties) });
  await described();

  const byIds = await ofFilms("/entities/delete", { filter: "id in [1, 2]" });
  const byFilter = await ofFilms("/entities/delete", { filter: "year < 1950" });
  const left = await ids({ filter: "id > 0" });
  print("deleted", byIds.data.deleteCount, byFilter.data.deleteCount, "left", left);
  await ofFilms("/collections/flush");
  print("after flush:", await ids({ filter: "id > 0" }));
}

async function partitions() {
  const people = { collectionName: "people" };
  const crew = { ...people, partitionName: "crew" };
  await inArchive("/collections/create", { ...people, dimension: 2, metricType: "L2" });
  await inArchive("/partitions/create", crew);
  print("partitions", ...(await inArchive("/partitions/list", people)).data.sort());
  await inArchive("/entities/insert", {
    ...people,
    data: [{ id: 1, vector: [0, 1], name: "Ann" }],
  });
  await inArchive("/entities/insert", { ...crew, data: [{ id: 2, vector: [1, 1], name: "Bo" }] });
  const near = {
    ...people,
    annsField: "vector",
    data: [[0, 0]],
    limit: 5,
    consistencyLevel: "Strong",
  };
  await search("all people", near);
  await search("crew", { ...near, partitionNames: ["crew"] });
  await inArchive("/collections/flush", people);
  print("rows", (await inArchive("/collections/get_stats", people)).data.rowCount);
  await inArchive("/partitions/release", { ...people, partitionNames: ["crew"] });
  await inArchive("/partitions/drop", crew);
  print("people:", await ids({ ...people, filter: "id > 0" }));
}

async function end() {
  await inArchive("/collections/rename", {
    collectionName: "people",
    newCollectionName: "persons",
  });
  print("collections", ...(await inArchive("/collections/list")).data.sort());
  await ofFilms("/collections/release");
  const left = { dbName: "archive", collectionName: "films", filter: "id > 0", limit: 1 };
  await refused("/entities/query", left);
  await ofFilms("/indexes/drop", { indexName: "words_index" });
  print("indexes", ...(await ofFilms("/indexes/list")).data.sort());
  await refused("/databases/create", { dbName: "1st" });
  await refused("/databases/drop", { dbName: "archive" });
  await ofFilms("/collections/drop");
  await inArchive("/collections/drop", { collectionName: "persons" });
  print("has films", (await ofFilms("/collections/has")).data.has);
  await post("/databases/drop", { dbName: "archive" });
  print("databases", ...(await post("/databases/list", {})).data);
}

async function described() {
  const { data } = await ofFilms("/collections/describe");
  print("fields", ...data.fields.map(({ name, type }) => `${name}:${type}`));
  print("ttl", propertyOf(data.properties, "collection.ttl.seconds"));
}

async function state() {
  const { data } = await ofFilms("/collections/get_load_state");
  print("loaded", data.loadState === "LoadStateLoaded");
}

async function ids(question) {
  const { data } = await ofFilms("/entities/query", { outputFields: ["id"], ...question });
  return inOrder(data)
    .map(({ id }) => id)
    .join(" ");
}

async function search(name, question) {
  printHits(name, (await ofFilms("/entities/search", question)).data);
}

async function hybrid(name, parts, rerank) {
  const { data } = await ofFilms("/entities/hybrid_search", { search: parts, rerank, limit: 4 });
  printHits(name, data);
}

function printHits(name, hits) {
  print(`${name}:`, hits.map(({ id, distance }) => `${id} ${distance.toFixed(6)}`).join(", "));
}

/** What the server says of a call that must fail. */
async function refused(path, body) {
  const said = await post(path, body).catch((error) => error.reply ?? error);
  print("error", said.code, said.message);
}

function propertyOf(pairs, key) {
  return pairs.find((pair) => pair.key === key)?.value ?? "none";
}

/** Half-precision floats come in base64. */
function halves(base64) {
  const bytes = Buffer.from(base64, "base64");
  return Array.from({ length: bytes.length / 2 }, (_, position) =>
    half(bytes.readUInt16LE(2 * position)),
  );
}

/** A positive number of half precision that is not tiny, as the application's all are. */
function half(bits) {
  return (1 + (bits & 0x3ff) / 1024) * 2 ** ((bits >> 10) - 15);
}

await main();
