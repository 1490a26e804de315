import { statSync } from "node:fs";
import { batchesOf } from "./batches.mjs";
import { efLadder, graphParameters } from "./graph-parameters.mjs";

/** C++ on f32 vectors, compiled on installation. */
export const hnswlib = {
  name: "hnswlib-node",
  packageName: "hnswlib-node",
  indexes: [
    {
      name: "hnswlib-node",
      build,
      open,
      byteSize: (path) => statSync(path).size,
      curves: [{ engine: "hnswlib-node", effort: "ef", ladder: efLadder }],
    },
  ],
};

function createIndex({ library, dataSet }) {
  // The vectors have norm 1 where the metric is the cosine: then the inner product is the same.
  const space = dataSet.metric === "L2" ? "l2" : "ip";
  return new library.HierarchicalNSW(space, dataSet.dim);
}

function build(context) {
  const { dataSet, path } = context;
  const index = createIndex(context);
  index.initIndex({ maxElements: dataSet.rowCount, ...graphParameters });
  for (const { start, vectors } of batchesOf(dataSet)) {
    vectors.forEach((vector, i) => {
      index.addPoint(Array.from(vector), start + i);
    });
  }
  index.writeIndexSync(path);
}

function open(context) {
  const index = createIndex(context);
  index.readIndexSync(context.path);
  return {
    prepare: (vector) => Array.from(vector),
    searchWith: ({ ef }, k) => {
      return (query) => {
        index.setEf(ef);
        return index.searchKnn(query, k);
      };
    },
    idsOf: ({ neighbors }) => neighbors,
  };
}
