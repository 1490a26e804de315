import { requirePeer } from "../peer-packages.mjs";
import { batchesOf } from "./batches.mjs";
import { byteSizeOfFolder } from "./folder-size.mjs";
import { efLadder, graphParameters } from "./graph-parameters.mjs";

const FIELD = "vector";
const TABLE = "vectors";

/** Rust; codes of 8 bits in one graph, with the f32 vectors in files of columns. */
export const lancedb = {
  name: "lancedb",
  packageName: "@lancedb/lancedb",
  indexes: [
    {
      name: "lancedb-ivf_hnsw_sq",
      build,
      open,
      byteSize: byteSizeOfFolder,
      // A query takes one to several milliseconds.
      queryCountMax: 200,
      curves: [
        { engine: "lancedb-ivf_hnsw_sq", effort: "ef", ladder: efLadder },
        {
          engine: "lancedb-ivf_hnsw_sq+refine",
          effort: "ef",
          // A search must be as wide as what it scores exactly again.
          ladder: efLadder.filter((ef) => ef >= 3 * 10),
          fixed: { refine: 3 },
        },
      ],
    },
  ],
};

async function build({ library, dataSet, path }) {
  const database = await library.connect(path);
  let table;
  for (const batch of batchesOf(dataSet)) {
    const rows = arrowTable(batch, dataSet.dim);
    if (table === undefined) table = await database.createTable(TABLE, rows);
    else await table.add(rows);
  }
  const { m, efConstruction } = graphParameters;
  const distanceType = dataSet.metric === "L2" ? "l2" : "cosine";
  const config = library.Index.hnswSq({ distanceType, numPartitions: 1, m, efConstruction });
  await table.createIndex(FIELD, { config });
  await table.waitForIndex([`${FIELD}_idx`], 3_600);
  database.close();
}

function arrowTable({ start, count, values }, dim) {
  const { Field, FixedSizeList, Float32, Int32, makeData, RecordBatch, Schema, Struct, Table } =
    requirePeer("apache-arrow");
  const type = new FixedSizeList(dim, new Field("item", new Float32(), true));
  const schema = new Schema([new Field("id", new Int32()), new Field(FIELD, type, true)]);
  const floats = makeData({ type: new Float32(), data: values });
  const ids = makeData({
    type: new Int32(),
    data: Int32Array.from({ length: count }, (_, i) => start + i),
  });
  const vectors = makeData({ type, length: count, nullCount: 0, child: floats });
  const children = [ids, vectors];
  const data = makeData({ type: new Struct(schema.fields), length: count, nullCount: 0, children });
  return new Table(new RecordBatch(schema, data));
}

async function open({ library, path }) {
  const database = await library.connect(path);
  const table = await database.openTable(TABLE);
  return {
    prepare: (vector) => vector,
    searchWith: ({ ef, refine = 1 }, k) => {
      const width = Math.max(ef, k * refine);
      return (vector) => {
        const query = table.vectorSearch(vector).select(["id", "_distance"]).limit(k).ef(width);
        return (refine > 1 ? query.refineFactor(refine) : query).toArray();
      };
    },
    idsOf: (rows) => rows.map(({ id }) => id),
    close: () => database.close(),
  };
}
