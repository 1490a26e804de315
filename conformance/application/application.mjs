/**
 * An application of a film archive that uses most of what a Milvus client offers, with the official Node SDK or with
 * Redkite's class of the same name. The folder holds the same application for other clients: all print the same lines.
 */
import { DataType } from "@zilliz/milvus2-sdk-node";
import { clientSettings } from "../drivers/client-settings.mjs";
import { FIELDS, FILTERS, film, inOrder, numbers, shown, TITLES } from "./films.mjs";

const VECTORS = ["plot", "poster", "sound", "words"];

const SCHEMA = [
  { name: "id", data_type: DataType.Int64, is_primary_key: true },
  { name: "title", data_type: DataType.VarChar, max_length: 100 },
  { name: "genre", data_type: DataType.VarChar, max_length: 20, is_partition_key: true },
  { name: "year", data_type: DataType.Int16 },
  { name: "minutes", data_type: DataType.Int32 },
  { name: "rating", data_type: DataType.Float },
  { name: "gross", data_type: DataType.Double, nullable: true },
  { name: "colour", data_type: DataType.Bool },
  {
    name: "tags",
    data_type: DataType.Array,
    element_type: DataType.VarChar,
    max_capacity: 8,
    max_length: 20,
  },
  { name: "details", data_type: DataType.JSON },
  { name: "place", data_type: DataType.Geometry },
  { name: "plot", data_type: DataType.FloatVector, dim: 4 },
  { name: "poster", data_type: DataType.BinaryVector, dim: 16 },
  { name: "sound", data_type: DataType.Float16Vector, dim: 4 },
  { name: "words", data_type: DataType.SparseFloatVector },
];

const HNSW = { M: 8, efConstruction: 64 };
const INDEXES = [
  { field_name: "plot", index_type: "HNSW", metric_type: "L2", params: HNSW },
  { field_name: "poster", index_type: "BIN_FLAT", metric_type: "HAMMING" },
  { field_name: "sound", index_type: "FLAT", metric_type: "IP" },
  { field_name: "words", index_type: "SPARSE_INVERTED_INDEX", metric_type: "IP" },
].map((index) => ({ ...index, index_name: `${index.field_name}_index` }));

/**
 * @param {new (config: any) => any} MilvusClient
 * @param {import("../runner.mjs").Connection} connection
 * @param {(line: string) => void} print
 */
export async function runApplication(MilvusClient, connection, print) {
  const client = new MilvusClient(clientSettings(connection));
  await client.connectPromise;
  try {
    await new Application(client, print).run();
  } finally {
    await client.closeConnection();
  }
}

class Application {
  #client;
  #print;

  constructor(client, print) {
    this.#client = client;
    this.#print = (...parts) => print(parts.join(" "));
  }

  async run() {
    await this.#databases();
    await this.#films();
    await this.#questions();
    await this.#searches();
    await this.#iterators();
    await this.#changes();
    await this.#partitions();
    await this.#end();
  }

  async #databases() {
    const properties = { "database.max.collections": 10 };
    await this.#call("createDatabase", { db_name: "archive", properties });
    const { db_names: names } = await this.#call("listDatabases");
    this.#print("databases", ...names.sort());
    const found = await this.#call("describeDatabase", { db_name: "archive" });
    this.#print("database properties", propertyOf(found.properties, "database.max.collections"));
    await this.#call("useDatabase", { db_name: "archive" });
  }

  async #films() {
    await this.#call("createCollection", {
      collection_name: "films",
      fields: SCHEMA,
      enable_dynamic_field: true,
      consistency_level: "Strong",
      num_partitions: 4,
      properties: { "collection.ttl.seconds": 86400 },
    });
    for (const index of INDEXES) await this.#ofFilms("createIndex", index);
    await this.#described();
    const { index_descriptions: indexes } = await this.#ofFilms("describeIndex");
    for (const { index_name: name, params } of indexes)
      this.#print(
        "index",
        name,
        ...["index_type", "metric_type"].map((key) => propertyOf(params, key)),
      );
    await this.#state();
    await this.#ofFilms("loadCollectionSync");
    await this.#state();
    const data = TITLES.map((_, index) => film(index + 1));
    const inserted = await this.#ofFilms("insert", { data });
    const changed = { ...film(12), title: "Aliens", year: 1986 };
    const upserted = await this.#ofFilms("upsert", { data: [changed] });
    this.#print("inserted", inserted.insert_cnt, "upserted", upserted.upsert_cnt);
  }

  async #questions() {
    const got = await this.#ofFilms("get", { ids: [1, 12], output_fields: FIELDS });
    // The SDK leaves a row's dynamic keys in $meta.
    for (const row of inOrder(got.data).map((found) => ({ ...found, ...found.$meta })))
      this.#print("film", row.id, ...FIELDS.map((name) => shown(row[name])));
    const full = await this.#ofFilms("query", { filter: "id == 5", output_fields: VECTORS });
    const { plot, poster, sound, words } = full.data[0];
    const weights = Object.entries(words).map(([index, weight]) => `${index}:${weight}`);
    this.#print(
      "vectors",
      numbers(plot),
      numbers(poster),
      numbers(sound),
      `{${weights.join(" ")}}`,
    );
    for (const filter of FILTERS) this.#print(`${filter}:`, await this.#ids({ filter }));
    const exprValues = { years: [1927, 1948, 1969], least: 5.5 };
    const filter = "year in {years} and rating >= {least}";
    this.#print("templates:", await this.#ids({ filter, exprValues }));
    this.#print("page:", await this.#ids({ filter: "id > 0", limit: 3, offset: 4 }));
    const { data: count } = await this.#ofFilms("count", { expr: 'genre == "drama"' });
    this.#print("count", count);
  }

  async #searches() {
    const plot = { anns_field: "plot", data: [1, 0.5, 0.25, 1], limit: 4 };
    const byGenre = { ...plot, group_by_field: "genre" };
    const poster = { anns_field: "poster", data: [3, 252], limit: 4 };
    const sound = { anns_field: "sound", data: [-1, 0.5, 0.75, 2], limit: 3 };
    const words = { anns_field: "words", data: [{ 3: 0.5, 21: 1.5, 23: 0.25 }], limit: 4 };
    await this.#search("nearest", plot);
    await this.#search("filtered", { ...plot, filter: "colour == true" });
    await this.#search("offset", { ...plot, offset: 2 });
    await this.#search("range", { ...plot, limit: 10, params: { radius: 2, range_filter: 0.25 } });
    await this.#search("grouped", byGenre);
    await this.#search("two groups", {
      ...byGenre,
      limit: 2,
      group_size: 2,
      strict_group_size: true,
    });
    await this.#search("binary", { ...poster, filter: "id in [1, 3, 5, 8]" });
    await this.#search("float16", sound);
    await this.#search("sparse", words);
    const data = [
      [0, 0, 0, 0],
      [4, 1, 0.5, 1],
    ];
    const two = { ...plot, data, limit: 2, output_fields: ["id", "title"] };
    for (const hits of (await this.#ofFilms("search", two)).results)
      this.#print("of two", hits.map((hit) => `${hit.id} ${hit.title}`).join(", "));
    const hybrid = { data: [plot, sound].map((request) => ({ ...request, limit: 5 })), limit: 4 };
    const weights = [0.75, 0.25];
    await this.#search("rrf", { ...hybrid, rerank: { strategy: "rrf", params: { k: 10 } } });
    await this.#search("weighted", {
      ...hybrid,
      rerank: { strategy: "weighted", params: { weights } },
    });
  }

  async #iterators() {
    const all = { collection_name: "films", output_fields: ["id"] };
    const plot = { anns_field: "plot", data: [1, 0.5, 0.25, 1] };
    const rows = { ...all, filter: "id > 2", batchSize: 4, limit: 9 };
    for await (const batch of await this.#client.queryIterator(rows))
      this.#print("query batch", ...batch.map(({ id }) => id));
    const hits = { ...all, ...plot, batchSize: 5, limit: 10 };
    for await (const batch of await this.#client.searchIterator(hits))
      this.#print("search batch", ...batch.map(({ id }) => id));
  }

  async #changes() {
    await this.#ofFilms("createAlias", { alias: "library" });
    const { aliases } = await this.#ofFilms("listAliases");
    const { collection } = await this.#ofFilms("describeAlias", { alias: "library" });
    this.#print("aliases", ...aliases, "of", collection);
    this.#print("by alias:", await this.#ids({ collection_name: "library", filter: "id < 3" }));
    await this.#call("dropAlias", { alias: "library" });

    const copies = { name: "copies", data_type: DataType.Int32, nullable: true };
    await this.#ofFilms("addCollectionField", { field: copies });
    await this.#ofFilms("insert", { data: [{ ...film(1), id: 13, copies: 3 }] });
    const none = await this.#ids({ filter: "copies is null" });
    this.#print(`copies: ${await this.#ids({ filter: "copies == 3" })}, none: ${none}`);
    const properties = { "collection.ttl.seconds": 3600 };
    await this.#ofFilms("alterCollectionProperties", { properties });
    await this.#described();
    await this.#ofFilms("dropCollectionProperties", { properties: Object.keys(properties) });
    await this.#described();

    const byIds = await this.#ofFilms("delete", { ids: [1, 2] });
    const byFilter = await this.#ofFilms("delete", { filter: "year < 1950" });
    const left = await this.#ids({ filter: "id > 0" });
    this.#print("deleted", byIds.delete_cnt, byFilter.delete_cnt, "left", left);
    await this.#call("flushSync", { collection_names: ["films"] });
    this.#print("after flush:", await this.#ids({ filter: "id > 0" }));
  }

  async #partitions() {
    const people = { collection_name: "people" };
    const crew = { ...people, partition_name: "crew" };
    await this.#call("createCollection", { ...people, dimension: 2, metric_type: "L2" });
    await this.#call("createPartition", crew);
    const { partition_names: names } = await this.#call("listPartitions", people);
    this.#print("partitions", ...names.sort());
    await this.#call("insert", { ...people, data: [{ id: 1, vector: [0, 1], name: "Ann" }] });
    await this.#call("insert", { ...crew, data: [{ id: 2, vector: [1, 1], name: "Bo" }] });
    const near = { ...people, anns_field: "vector", data: [0, 0], limit: 5 };
    await this.#search("all people", near);
    await this.#search("crew", { ...near, partition_names: ["crew"] });
    await this.#call("flushSync", { collection_names: ["people"] });
    const { data: stats } = await this.#call("getCollectionStatistics", people);
    this.#print("rows", stats.row_count);
    await this.#call("releasePartitions", { ...people, partition_names: ["crew"] });
    await this.#call("dropPartition", crew);
    this.#print("people:", await this.#ids({ ...people, filter: "id > 0" }));
  }

  async #end() {
    const renamed = { collection_name: "people", new_collection_name: "persons" };
    await this.#call("renameCollection", renamed);
    const { data: collections } = await this.#call("showCollections");
    this.#print("collections", ...collections.map(({ name }) => name).sort());
    await this.#ofFilms("releaseCollection");
    await this.#refused("query", { collection_name: "films", filter: "id > 0", limit: 1 });
    await this.#ofFilms("dropIndex", { index_name: "words_index" });
    const { indexes } = await this.#ofFilms("listIndexes");
    this.#print("indexes", ...indexes.sort());
    await this.#refused("createDatabase", { db_name: "1st" });
    await this.#refused("dropDatabase", { db_name: "archive" });
    await this.#ofFilms("dropCollection");
    await this.#call("dropCollection", { collection_name: "persons" });
    this.#print("has films", (await this.#ofFilms("hasCollection")).value);
    await this.#call("useDatabase", { db_name: "default" });
    await this.#call("dropDatabase", { db_name: "archive" });
    this.#print("databases", ...(await this.#call("listDatabases")).db_names);
  }

  async #described() {
    const { schema, properties } = await this.#ofFilms("describeCollection");
    this.#print(
      "fields",
      ...schema.fields.map(({ name, dataType }) => `${name}:${DataType[dataType]}`),
    );
    this.#print("ttl", propertyOf(properties, "collection.ttl.seconds"));
  }

  async #state() {
    this.#print("loaded", (await this.#ofFilms("getLoadState")).state === "LoadStateLoaded");
  }

  async #ids(question) {
    const found = await this.#ofFilms("query", {
      output_fields: ["id"],
      consistency_level: "Strong",
      ...question,
    });
    return inOrder(found.data)
      .map(({ id }) => id)
      .join(" ");
  }

  async #search(name, question) {
    // The SDK shows a hit's key only among its output fields.
    const found = await this.#ofFilms("search", {
      output_fields: ["id"],
      consistency_level: "Strong",
      ...question,
    });
    // One query given as a list of one is answered with a list of one.
    const hits = found.results.flat();
    this.#print(`${name}:`, hits.map(({ id, score }) => `${id} ${score.toFixed(6)}`).join(", "));
  }

  /** What the server says of a call that must fail. */
  async #refused(name, request) {
    const said = await this.#call(name, request).catch((error) => error.status ?? error);
    this.#print("error", said.code ?? 0, said.reason);
  }

  async #ofFilms(name, request = {}) {
    return await this.#call(name, { collection_name: "films", ...request });
  }

  /** Gives the reply; throws the status in it when that tells of an error. */
  async #call(name, request) {
    const reply = await this.#client[name](request);
    const status = reply.status ?? reply;
    if (status.error_code !== "Success") throw Object.assign(new Error(status.reason), { status });
    return reply;
  }
}

function propertyOf(pairs, key) {
  return pairs.find((pair) => pair.key === key)?.value ?? "none";
}
