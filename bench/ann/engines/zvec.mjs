import { batchesOf } from "./batches.mjs";
import { byteSizeOfFolder } from "./folder-size.mjs";
import { efLadder, graphParameters } from "./graph-parameters.mjs";

const FIELD = "vector";

/** It refuses wider searches. */
const ladder = [...efLadder.filter((ef) => ef < 2_048), 2_048];

/** C++ with AVX-512; codes of 8 bits beside the f32 vectors, and the best scored exactly again if asked. */
export const zvec = {
  name: "zvec",
  packageName: "@zvec/zvec",
  prepare: (library) =>
    library.ZVecInitialize({
      queryThreads: 1,
      optimizeThreads: 1,
      logLevel: library.ZVecLogLevel.ERROR,
    }),
  indexes: [
    graphIndex("zvec-hnsw_int8", {}),
    graphIndex("zvec-hnsw_int8_contiguous", { useContiguousMemory: true }),
    {
      name: "zvec-ivf_rabitq",
      build: (context) => build(context, ivfOptions(context)),
      open: (context) => open(context, context.library.ZVecIndexType.IVF_RABITQ),
      byteSize: byteSizeOfFolder,
      curves: [
        { engine: "zvec-ivf_rabitq", effort: "nprobe", ladder: probeLadder() },
        {
          engine: "zvec-ivf_rabitq+refiner",
          effort: "nprobe",
          ladder: probeLadder(),
          fixed: { isUsingRefiner: true },
        },
      ],
    },
  ],
};

function graphIndex(name, options) {
  return {
    name,
    build: (context) => build(context, graphOptions(context, options)),
    open: (context) => open(context, context.library.ZVecIndexType.HNSW),
    byteSize: byteSizeOfFolder,
    curves: [
      { engine: name, effort: "ef", ladder, fixed: { isUsingRefiner: false } },
      {
        engine: `${name}+refiner`,
        effort: "ef",
        ladder,
        fixed: { isUsingRefiner: true },
      },
    ],
  };
}

function graphOptions({ library }, options) {
  return {
    indexType: library.ZVecIndexType.HNSW,
    quantizeType: library.ZVecQuantizeType.INT8,
    ...graphParameters,
    ...options,
  };
}

function ivfOptions({ library, dataSet }) {
  const nList = 2 ** Math.round(Math.log2(Math.sqrt(dataSet.rowCount) * 2));
  return { indexType: library.ZVecIndexType.IVF_RABITQ, nList };
}

function probeLadder() {
  return [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
}

function build({ library, dataSet, path }, indexParams) {
  const { ZVecCollectionSchema, ZVecDataType, ZVecMetricType } = library;
  const metricType = dataSet.metric === "L2" ? ZVecMetricType.L2 : ZVecMetricType.COSINE;
  const schema = new ZVecCollectionSchema({
    name: "vectors",
    vectors: {
      name: FIELD,
      dataType: ZVecDataType.VECTOR_FP32,
      dimension: dataSet.dim,
      indexParams: { metricType, ...indexParams },
    },
  });
  const collection = library.ZVecCreateAndOpen(path, schema);
  for (const { start, vectors } of batchesOf(dataSet)) insert(collection, start, vectors);
  collection.optimizeSync({ concurrency: 1 });
  collection.closeSync();
}

/** It takes at most 1,024 documents at once. */
function insert(collection, start, vectors) {
  for (let first = 0; first < vectors.length; first += 1_000) {
    const documents = vectors
      .slice(first, first + 1_000)
      .map((vector, i) => ({ id: String(start + first + i), vectors: { [FIELD]: vector } }));
    const failed = collection.insertSync(documents).find(({ ok }) => !ok);
    if (failed !== undefined) throw new Error(failed.message);
  }
}

function open({ library, path }, indexType) {
  const collection = library.ZVecOpen(path, { readOnly: true });
  return {
    prepare: (vector) => vector,
    searchWith: (params, topk) => {
      const request = {
        fieldName: FIELD,
        topk,
        params: { indexType, ...params },
        outputFields: [],
      };
      return (vector) => collection.querySync({ ...request, vector });
    },
    idsOf: (documents) => documents.map(({ id }) => Number(id)),
    close: () => collection.closeSync(),
  };
}
