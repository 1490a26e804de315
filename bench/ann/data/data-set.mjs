import { join } from "node:path";
import { requirePeer } from "../peer-packages.mjs";
import { readFloats } from "./flat-file.mjs";
import { mnist } from "./mnist.mjs";
import { syn768 } from "./syn768.mjs";
import { wink } from "./wink.mjs";

/** Queries that every set has. They are no rows of it. */
export const queryCountMax = 1_000;

export const sources = new Map([wink, mnist, syn768].map((source) => [source.name, source]));

/**
 * A set of vectors and queries, read from `folder`, where it is made first if it is not there. Rows
 * stay in the file: `readRows(start, count)` answers them one after the other.
 */
export function openDataSet(name, { folder, rowCount: asked, queryCount = queryCountMax }) {
  const source = sources.get(name);
  const { dim, metric } = source;
  const own = join(folder, name);
  const rowCount = asked ?? source.rowCount;
  source.prepare(own, rowCount, requirePeer);
  const queries = readFloats(join(own, "queries.f32"), 0, new Float32Array(queryCount * dim));
  return {
    name,
    dim,
    metric,
    rowCount,
    /** Where what belongs to these rows is kept: true neighbours and other engines' indexes. */
    folder: join(own, String(rowCount)),
    queries: Array.from({ length: queryCount }, (_, q) => queries.subarray(q * dim, (q + 1) * dim)),
    readRows: (start, count, target = new Float32Array(count * dim)) =>
      readFloats(join(own, "base.f32"), start * dim, target),
  };
}
