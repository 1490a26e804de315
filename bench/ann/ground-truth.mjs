// The true neighbours of every query, by the engine's exact scan on all cores, kept in a file.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Bitset } from "../../packages/engine/dist/base/bitset.js";
import { loadKernels } from "../../packages/engine/dist/kernels/load-kernels.js";
import { allocateVectorBytes } from "../../packages/engine/dist/kernels/vector-memory.js";
import { ThreadPool } from "../../packages/engine/dist/workers/thread-pool.js";
import { readFloats, writeFloats } from "./data/flat-file.mjs";

/** Neighbours that are known of each query. */
export const neighbourCountMax = 100;

/** Rows that are in memory at a time: a multiple of 32, where filters are cut. */
const PIECE_ROWS = 256_000;

/**
 * The best rows of each query, and their scores: `neighbourCount` of each, one query after the
 * other, best first.
 */
export async function trueNeighboursOf(dataSet) {
  const neighbourCount = Math.min(neighbourCountMax, dataSet.rowCount);
  const length = dataSet.queries.length * neighbourCount;
  const path = join(dataSet.folder, `neighbours-${dataSet.queries.length}`);
  if (existsSync(path)) {
    const rows = new Uint32Array(length);
    readFloats(path, 0, new Float32Array(rows.buffer));
    return { neighbourCount, rows, scores: readFloats(path, length, new Float32Array(length)) };
  }
  const found = await findNeighbours(dataSet, { neighbourCount });
  mkdirSync(dataSet.folder, { recursive: true });
  writeFloats(path, [found.rows, found.scores]);
  return found;
}

/** The same, of the rows that are allowed: a `Bitset`, or all. */
export async function findNeighbours(dataSet, { neighbourCount, allowed }) {
  const { dim, metric, queries, rowCount } = dataSet;
  const together = new Float32Array(queries.length * dim);
  queries.forEach((query, q) => {
    together.set(query, q * dim);
  });
  const pool = new ThreadPool({ kernels: loadKernels() });
  const pieces = [];
  for (let start = 0; start < rowCount; start += PIECE_ROWS) {
    const rowEnd = Math.min(PIECE_ROWS, rowCount - start);
    const values = dataSet.readRows(start, rowEnd, sharedFloats(rowEnd * dim));
    const words = allowed?.words.subarray(start >>> 5, (start + rowEnd + 31) >>> 5);
    const request = {
      kind: "dense",
      vectors: { element: "float32", values },
      dim,
      rowStart: 0,
      rowEnd,
      metric,
      queries: together,
      queryCount: queries.length,
      k: neighbourCount,
      ...(words && { allowed: new Bitset(rowEnd, words) }),
    };
    const [hits] = await pool.scan([request]);
    pieces.push({ start, hits });
  }
  await pool.close();
  const sign = metric === "L2" ? 1 : -1;
  const best = queries.flatMap((_, query) => bestOf(pieces, { query, neighbourCount, sign }));
  return {
    neighbourCount,
    rows: Uint32Array.from(best, ({ row }) => row),
    scores: Float32Array.from(best, ({ score }) => score),
  };
}

function sharedFloats(length) {
  return new Float32Array(allocateVectorBytes(length * 4).buffer, 0, length);
}

function bestOf(pieces, { query, neighbourCount, sign }) {
  return pieces
    .flatMap(({ start, hits }) =>
      Array.from({ length: hits.counts[query] }, (_, i) => ({
        row: start + hits.rows[query * neighbourCount + i],
        score: hits.scores[query * neighbourCount + i],
      })),
    )
    .sort((a, b) => sign * (a.score - b.score) || a.row - b.row)
    .slice(0, neighbourCount);
}
