import { statSync } from "node:fs";
import { batchesOf } from "./batches.mjs";
import { efLadder, graphParameters } from "./graph-parameters.mjs";

/**
 * C++ on vectors of f32 or f16. (Of 8 bits it finds no more than 0.93, since it does not score the best
 * exactly again.)
 */
export const usearch = {
  name: "usearch",
  packageName: "usearch",
  indexes: ["f32", "f16"].map((quantization) => ({
    name: `usearch-${quantization}`,
    build: (context) => build(context, quantization),
    open: (context) => open(context, quantization),
    byteSize: (path) => statSync(path).size,
    curves: [{ engine: `usearch-${quantization}`, effort: "ef", ladder: efLadder }],
  })),
};

function createIndex({ library, dataSet }, quantization, ef) {
  const { m, efConstruction } = graphParameters;
  return new library.Index({
    dimensions: dataSet.dim,
    metric: dataSet.metric === "L2" ? library.MetricKind.L2sq : library.MetricKind.Cos,
    quantization,
    connectivity: m,
    expansion_add: efConstruction,
    expansion_search: ef,
    multi: false,
  });
}

function build(context, quantization) {
  const index = createIndex(context, quantization, graphParameters.efConstruction);
  for (const { start, count, values } of batchesOf(context.dataSet)) {
    const keys = BigUint64Array.from({ length: count }, (_, i) => BigInt(start + i));
    index.add(keys, values, 1);
  }
  index.save(context.path);
}

function open(context, quantization) {
  return {
    prepare: (vector) => vector,
    // The width of the search cannot be changed later. Views share the mapped file.
    searchWith: ({ ef }, k) => {
      const index = createIndex(context, quantization, ef);
      index.view(context.path);
      return (query) => index.search(query, k, 1);
    },
    idsOf: ({ keys }) => Array.from(keys, Number),
  };
}
