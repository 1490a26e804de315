/**
 * The scenario's calls made with `MilvusClient` of the official Node SDK, or with Redkite's class of the same name:
 * both take the same requests, so one driver serves the client in this process and the client over gRPC.
 */

import { ClientError } from "./client-error.mjs";
import { clientSettings } from "./client-settings.mjs";
import { ACCESS_CALLS } from "./node-access-calls.mjs";
import { okay } from "./okay.mjs";

/** @typedef {Record<string, any>} Arguments */

export class NodeClientDriver {
  family = "node";
  #MilvusClient;
  /** @type {any} */
  #client = null;
  #database = "default";
  /** @type {import("../runner.mjs").Connection} */
  #connection = { address: "" };

  /** @param {new (config: any) => any} MilvusClient */
  constructor(MilvusClient) {
    this.#MilvusClient = MilvusClient;
  }

  /** @param {import("../runner.mjs").Connection} connection */
  async connect(connection) {
    this.#connection = connection;
    const settings = clientSettings(connection);
    this.#client = new this.#MilvusClient({ ...settings, database: this.#database });
    await this.#client.connectPromise;
  }

  async close() {
    await this.#client?.closeConnection();
    this.#client = null;
  }

  /**
   * Makes one call and gives its result in the scenario's neutral form.
   * @param {string} name @param {Arguments} args
   */
  async call(name, args) {
    const method = CALLS[name];
    if (method === undefined) throw new Error(`The Node driver does not know the call "${name}"`);
    try {
      if (name === "useDatabase") return await this.#useDatabase(args.name);
      if (name === "signIn") return await this.#signIn(args);
      return await method(this.#client, args);
    } catch (error) {
      throw ClientError.from(error);
    }
  }

  /** As another user; without a password as whom the runner gave. */
  async #signIn({ user, password }) {
    const connection = this.#connection;
    await this.close();
    try {
      await this.connect(
        password === undefined ? connection : { ...connection, token: `${user}:${password}` },
      );
    } finally {
      this.#connection = connection;
    }
    return {};
  }

  async #useDatabase(name) {
    okay(await this.#client.useDatabase({ db_name: name }));
    this.#database = name;
    return {};
  }
}

const CALLS = {
  ...ACCESS_CALLS,
  createDatabase: async (client, { name }) => okay(await client.createDatabase({ db_name: name })),
  listDatabases: async (client) => ({ names: okay(await client.listDatabases()).db_names }),
  useDatabase: async () => ({}),
  dropDatabase: async (client, { name }) => okay(await client.dropDatabase({ db_name: name })),

  createCollection: async (client, { name, description, dynamic, fields, consistency, more }) =>
    okay(
      await client.createCollection({
        collection_name: name,
        ...more,
        fields: fields.map(fieldRequest),
        ...(description === undefined ? {} : { description }),
        ...(consistency === undefined ? {} : { consistency_level: consistency }),
        enable_dynamic_field: dynamic ?? false,
      }),
    ),
  hasCollection: async (client, { name }) => ({
    value: okay(await client.hasCollection({ collection_name: name })).value,
  }),
  listCollections: async (client) => ({
    names: okay(await client.showCollections()).data.map((collection) => collection.name),
  }),
  describeCollection: async (client, { name }) =>
    description(okay(await client.describeCollection({ collection_name: name }))),
  renameCollection: async (client, { from, to }) =>
    okay(await client.renameCollection({ collection_name: from, new_collection_name: to })),
  dropCollection: async (client, { name }) =>
    okay(await client.dropCollection({ collection_name: name })),
  addField: async (client, { collection, field }) =>
    okay(
      await client.addCollectionField({ collection_name: collection, field: fieldRequest(field) }),
    ),
  alterCollection: async (client, { collection, properties }) =>
    okay(await client.alterCollectionProperties({ collection_name: collection, properties })),
  dropProperties: async (client, { collection, names }) =>
    okay(await client.dropCollectionProperties({ collection_name: collection, properties: names })),
  alterField: async (client, { collection, field, params }) =>
    okay(
      await client.alterCollectionFieldProperties({
        collection_name: collection,
        field_name: field,
        properties: params,
      }),
    ),
  properties: async (client, { collection }) =>
    valuesOf(okay(await client.describeCollection({ collection_name: collection })).properties),
  alterDatabase: async (client, { name, properties }) =>
    okay(await client.alterDatabase({ db_name: name, properties })),
  databaseProperties: async (client, { name }) =>
    valuesOf(okay(await client.describeDatabase({ db_name: name })).properties),

  createIndex: async (client, { collection, field, index, metric, params, name }) =>
    okay(
      await client.createIndex({
        collection_name: collection,
        field_name: field,
        index_type: index,
        ...(metric === undefined ? {} : { metric_type: metric }),
        ...(params === undefined ? {} : { params }),
        ...(name === undefined ? {} : { index_name: name }),
      }),
    ),
  describeIndex: async (client, { collection, name }) => {
    const [found] = okay(
      await client.describeIndex({ collection_name: collection, index_name: name }),
    ).index_descriptions;
    const params = Object.fromEntries(found.params.map(({ key, value }) => [key, value]));
    return { field: found.field_name, index: params.index_type, metric: params.metric_type };
  },
  listIndexes: async (client, { collection }) => ({
    names: okay(await client.listIndexes({ collection_name: collection })).indexes,
  }),
  dropIndex: async (client, { collection, name }) =>
    okay(await client.dropIndex({ collection_name: collection, index_name: name })),
  loadCollection: async (client, { name }) =>
    okay(await client.loadCollection({ collection_name: name })),
  releaseCollection: async (client, { name }) =>
    okay(await client.releaseCollection({ collection_name: name })),
  loadState: async (client, { name }) => ({
    loaded: okay(await client.getLoadState({ collection_name: name })).state === "LoadStateLoaded",
  }),

  createPartition: async (client, { collection, name }) =>
    okay(await client.createPartition({ collection_name: collection, partition_name: name })),
  hasPartition: async (client, { collection, name }) => ({
    value: okay(await client.hasPartition({ collection_name: collection, partition_name: name }))
      .value,
  }),
  listPartitions: async (client, { collection }) => ({
    names: okay(await client.listPartitions({ collection_name: collection })).partition_names,
  }),
  dropPartition: async (client, { collection, name }) =>
    okay(await client.dropPartition({ collection_name: collection, partition_name: name })),
  loadPartitions: async (client, { collection, names }) =>
    okay(await client.loadPartitionsSync({ collection_name: collection, partition_names: names })),
  releasePartitions: async (client, { collection, names }) =>
    okay(await client.releasePartitions({ collection_name: collection, partition_names: names })),
  partitionStats: async (client, { collection, name }) => {
    const request = { collection_name: collection, partition_name: name };
    return { count: Number(okay(await client.getPartitionStatistics(request)).data.row_count) };
  },

  createAlias: async (client, { alias, collection }) =>
    okay(await client.createAlias({ alias, collection_name: collection })),
  alterAlias: async (client, { alias, collection }) =>
    okay(await client.alterAlias({ alias, collection_name: collection })),
  describeAlias: async (client, { alias }) => {
    // The SDK insists on a collection's name, which the server does not read.
    const found = okay(await client.describeAlias({ alias, collection_name: alias }));
    return { alias: found.alias, collection: found.collection };
  },
  listAliases: async (client, { collection }) => ({
    names: okay(await client.listAliases({ collection_name: collection })).aliases,
  }),
  dropAlias: async (client, { alias }) => okay(await client.dropAlias({ alias })),

  insert: async (client, args) => mutation(okay(await client.insert(writeRequest(args))), "insert"),
  upsert: async (client, args) => mutation(okay(await client.upsert(writeRequest(args))), "upsert"),
  delete: async (client, { collection, partition, keys, filter }) =>
    mutation(
      okay(
        await client.delete({
          collection_name: collection,
          ...(partition === undefined ? {} : { partition_name: partition }),
          ...(keys === undefined ? { filter } : { ids: keys.int64 ?? keys.varchar }),
        }),
      ),
      "delete",
    ),
  flush: async (client, { collection }) => {
    const request = { collection_names: [collection] };
    // flushSync waits, but does not look at the status of the flush itself.
    okay(await client.flush(request));
    return okay(await client.flushSync(request));
  },
  collectionStats: async (client, { name }) => ({
    count: Number(
      okay(await client.getCollectionStatistics({ collection_name: name })).data.row_count,
    ),
  }),

  count: async (client, { collection, filter }) => ({
    count: Number(
      okay(await client.count({ collection_name: collection, expr: filter ?? "" })).data,
    ),
  }),
  get: async (client, { collection, keys, outputFields }) => ({
    rows: okay(
      await client.get({
        collection_name: collection,
        ids: keys.int64 ?? keys.varchar,
        ...(outputFields === undefined ? {} : { output_fields: outputFields }),
      }),
    ).data.map(withDynamicKeys),
  }),
  query: async (
    client,
    { collection, filter, limit, offset, outputFields, partitions, values },
  ) => ({
    rows: okay(
      await client.query({
        collection_name: collection,
        filter: filter ?? "",
        output_fields: outputFields ?? [],
        consistency_level: "Strong",
        ...(limit === undefined ? {} : { limit }),
        ...(offset === undefined ? {} : { offset }),
        ...(partitions === undefined ? {} : { partition_names: partitions }),
        ...(values === undefined ? {} : { exprValues: values }),
      }),
    ).data.map(withDynamicKeys),
  }),
  search: async (client, args) => {
    const { collection, field, vectors, limit, offset, filter, metric, partitions, values } = args;
    const { results } = okay(
      await client.search({
        collection_name: collection,
        anns_field: field,
        data: vectors.map(numbers),
        limit,
        consistency_level: "Strong",
        output_fields: withKey(args.outputFields),
        ...(offset === undefined ? {} : { offset }),
        ...(filter === undefined ? {} : { filter }),
        ...(metric === undefined ? {} : { metric_type: metric }),
        ...(partitions === undefined ? {} : { partition_names: partitions }),
        ...(values === undefined ? {} : { exprValues: values }),
        ...(args.params === undefined ? {} : { params: args.params }),
        ...args.more,
      }),
    );
    return { hits: listsOfHits(results, vectors.length) };
  },
  searchIterator: async (client, args) => {
    const { collection, field, vector, batchSize, limit, filter, outputFields, params } = args;
    const batches = await client.searchIterator({
      collection_name: collection,
      anns_field: field,
      data: vector,
      batchSize,
      output_fields: withKey(outputFields),
      ...(limit === undefined ? {} : { limit }),
      ...(filter === undefined ? {} : { filter }),
      ...(params === undefined ? {} : { params }),
    });
    return iteration(await collect(batches));
  },
  hybridSearch: async (client, { collection, requests, rerank, limit, outputFields }) => {
    const { results } = okay(
      await client.hybridSearch({
        collection_name: collection,
        data: requests.map(({ field, vector, filter }) => ({
          anns_field: field,
          data: vector,
          ...(filter === undefined ? {} : { expr: filter }),
        })),
        rerank: { strategy: rerank.strategy, params: rerank.params },
        limit,
        consistency_level: "Strong",
        output_fields: withKey(outputFields),
      }),
    );
    return { hits: listsOfHits(results, 1) };
  },
};

function valuesOf(pairs) {
  return { values: Object.fromEntries(pairs.map(({ key, value }) => [key, value])) };
}

async function collect(batches) {
  const all = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

function iteration(batches) {
  return { hits: [batches.flat()], batchSizes: batches.map((batch) => batch.length) };
}

function fieldRequest(field) {
  return {
    name: field.name,
    data_type: field.type,
    is_primary_key: field.primary ?? false,
    autoID: field.autoId ?? false,
    ...(field.nullable === undefined ? {} : { nullable: field.nullable }),
    ...(field.default === undefined ? {} : { default_value: field.default }),
    ...(field.element === undefined ? {} : { element_type: field.element }),
    ...(field.dim === undefined ? {} : { dim: field.dim }),
    ...(field.maxLength === undefined ? {} : { max_length: field.maxLength }),
    ...(field.maxCapacity === undefined ? {} : { max_capacity: field.maxCapacity }),
    ...(field.partitionKey === undefined ? {} : { is_partition_key: field.partitionKey }),
    ...(field.clusteringKey === undefined ? {} : { is_clustering_key: field.clusteringKey }),
  };
}

function description(reply) {
  return {
    name: reply.collection_name,
    description: reply.schema.description,
    dynamic: reply.schema.enable_dynamic_field,
    consistency: reply.consistency_level,
    aliases: reply.aliases,
    fields: reply.schema.fields.map((field) => ({
      name: field.name,
      type: field.data_type,
      primary: field.is_primary_key,
      autoId: field.autoID,
      nullable: field.nullable ?? false,
      ...(field.element_type === undefined || field.element_type === "None"
        ? {}
        : { element: field.element_type }),
      ...sizes({
        dim: field.dim,
        maxLength: field.max_length,
        maxCapacity: field.max_capacity,
      }),
    })),
  };
}

function sizes(params) {
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, Number(value)]));
}

function writeRequest({ collection, partition, rows }) {
  return {
    collection_name: collection,
    data: rows.map(rowRequest),
    ...(partition === undefined ? {} : { partition_name: partition }),
  };
}

/** A copy, since the SDK changes the rows that it is given. */
function rowRequest(row) {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, numbers(value)]));
}

/** JSON has no NaN and no infinity: in a list, text that names one stands for it. */
function numbers(value) {
  if (!Array.isArray(value)) return structuredClone(value);
  return value.map((element) => NUMBERS_BY_NAME.get(element) ?? element);
}

const NUMBERS_BY_NAME = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((x) => [String(x), x]),
);

function mutation(reply, kind) {
  const ids = reply.IDs?.int_id?.data ?? reply.IDs?.str_id?.data ?? [];
  return { count: Number(reply[`${kind}_cnt`]), ids: ids.map(String) };
}

/** In query results the SDK leaves the dynamic keys inside the field that holds them; in search results it does not. */
function withDynamicKeys({ $meta, ...row }) {
  return { ...row, ...$meta };
}

/** The SDK shows a hit's key only among its output fields. Every key of the scenario is called "id". */
function withKey(outputFields = []) {
  return ["id", ...outputFields];
}

/** The SDK gives one vector's hits as a flat list, and no lists at all when nothing was found. */
function listsOfHits(results, vectorCount) {
  if (vectorCount === 1) return [results];
  return Array.from({ length: vectorCount }, (_, index) => results[index] ?? []);
}
