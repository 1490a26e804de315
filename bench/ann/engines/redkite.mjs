import { openDatabase } from "../../../packages/engine/dist/index.js";
import { batchesOf } from "./batches.mjs";
import { byteSizeOfFolder } from "./folder-size.mjs";
import { efLadder, graphParameters } from "./graph-parameters.mjs";

const NAME = "vectors";
const FIELD = "vector";
const graphParams = { M: graphParameters.m, efConstruction: graphParameters.efConstruction };
const probeLadder = [
  1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024,
];

/** Our own indexes, by the name that `--engines` gives them, through the engine's public calls. */
export const redkiteIndexes = new Map(
  [
    { key: "auto", engine: "redkite", type: "AUTOINDEX", effort: "level", ladder: levels() },
    {
      key: "ivf_rabitq",
      engine: "redkite-ivf_rabitq",
      type: "IVF_RABITQ",
      effort: "nprobe",
      ladder: probeLadder,
    },
    {
      key: "hnsw",
      engine: "redkite-hnsw",
      type: "HNSW",
      params: graphParams,
      effort: "ef",
      ladder: efLadder,
    },
    // Only codes in memory, the vectors on disk. A longer list stands for a higher recall.
    {
      key: "diskann",
      engine: "redkite-diskann",
      type: "DISKANN",
      effort: "search_list",
      ladder: [10, 14, 20, 28, 40, 50, 70, 100, 140, 200],
    },
    { key: "flat", engine: "redkite-flat", type: "FLAT", queryCountMax: 100 },
  ].map(({ key, ...definition }) => [key, indexOf(definition)]),
);

/** Of AUTOINDEX: a wanted recall of 0.90 is level 1, 0.99 is level 10. */
function levels() {
  return Array.from({ length: 10 }, (_, i) => i + 1);
}

function indexOf({ engine, type, params, effort, ladder = [undefined], queryCountMax }) {
  const curve = { engine, effort, ladder, keepsAll: type === "AUTOINDEX" };
  return {
    name: engine,
    type,
    params,
    build: (context) => build(context, { type, params }),
    open,
    byteSize: byteSizeOfFolder,
    queryCountMax,
    curves: [curve],
  };
}

/** Answers the seconds that the index took, and those that its rows took before. */
async function build({ dataSet, path, threads }, index) {
  const start = performance.now();
  const database = await openDatabase(path, { durability: "os", threads });
  const collection = await createCollection(database, dataSet);
  await insertRows(collection, dataSet);
  const inserted = performance.now();
  const info = await buildIndex(collection, dataSet, index);
  const built = performance.now();
  await database.close();
  return {
    seconds: (built - inserted) / 1_000,
    insertSeconds: (inserted - start) / 1_000,
    indexBytesPerRow: info.bytesPerRow,
    servedBy: info.servedBy,
    reason: info.reason,
  };
}

/** A collection without an index, so that building one can be timed. */
export function createCollection(database, { dim }, moreFields = []) {
  return database.createCollection({
    name: NAME,
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: FIELD, type: "FloatVector", dim },
      ...moreFields,
    ],
    indexes: [],
    load: false,
  });
}

/** Inserts all rows, flushed and in as few segments as may be. `moreColumnsOf` answers entries. */
export async function insertRows(collection, dataSet, moreColumnsOf = () => []) {
  for (const batch of batchesOf(dataSet)) {
    const columns = [...columnsOf(batch, dataSet.dim), ...moreColumnsOf(batch)];
    await collection.insertColumns({ rowCount: batch.count, columns: new Map(columns) });
  }
  await collection.flush();
  await collection.compact();
}

/** The key and the vector of the rows of a batch, as entries. */
export function columnsOf({ start, count, values }, dim) {
  const ids = BigInt64Array.from({ length: count }, (_, i) => BigInt(start + i));
  return [
    ["id", { layout: "fixed", rowCount: count, values: ids }],
    [FIELD, { layout: "vector", element: "float32", rowCount: count, dim, values }],
  ];
}

/** Builds an index to its end and answers what it has become. */
export async function buildIndex(collection, { metric }, { type, params }) {
  await collection.createIndex({ field: FIELD, type, metric, params });
  await collection.waitForIndexes();
  return collection.listIndexes()[0];
}

async function open({ path, threads }) {
  const database = await openDatabase(path, { threads });
  const collection = database.collection(NAME);
  await collection.load();
  await collection.waitForIndexes();
  return { ...searcherOf(collection), close: () => database.close() };
}

/** Searches a collection; `request` is what all its searches have, a filter for example. */
export function searcherOf(collection, request = {}) {
  return {
    prepare: (vector) => vector,
    searchWith: (params, k) => (vectors) => collection.search({ ...request, vectors, k, params }),
    idsOf: ({ keys }) => Array.from(keys.values, Number),
  };
}
