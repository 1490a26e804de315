// What TypeScript calls: see ../exports. Addresses are bytes into a memory of vectors or of an index
// and need no alignment. One call is one block of rows, never a whole scan: V8 replaces a function
// by its optimised form only when it is called again, not inside a loop.
import { F32 } from "./components";
import { COSINE, IP, L2 } from "./lanes";
import { scoreFourQueries } from "./four-queries";
import { scoreOneQuery } from "./one-query";

export { distances4, distances7 } from "./codes";
export { scoreBf16, scoreF16, scoreInt8 } from "./narrow-rows";
export {
  graphClear, graphInsert, graphLinearize, graphScan, graphSearch, graphSearchAllowed, graphUpperCount,
} from "./graph";
export { nearestBinaryCentroids, selectBinaryRange, selectBinaryRows } from "./binary";
export { markIntervals } from "./interval-marks";
export { assignRows, halveCodes, meanOfCodes } from "./ivf-assign";
export { sortEntries } from "./ivf-entries";
export { codeFineQuery } from "./ivf-fine";
export { assignRowsByHeads, squareHeads } from "./ivf-heads";
export { codeRows, packRows } from "./ivf-pack";
export { codeDistances, exactDistances, fillTable, rankLists } from "./ivf-query";
export { scanLists } from "./ivf-scan";
export { pack4, quantize7 } from "./quantize";
export { padRows, rotate } from "./rotate";
export {
  addEssentialSparseTerms, addSparseTerms, collectSparseRows, openSparseWindow, startSparseWalk, walkSparseRows,
} from "./sparse";

export function l2(
  query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  scoreOneQuery(L2, F32, query, base, rows, scores, rowCount, dim);
}

export function ip(
  query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  scoreOneQuery(IP, F32, query, base, rows, scores, rowCount, dim);
}

export function cosine(
  query: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32,
): void {
  scoreOneQuery(COSINE, F32, query, base, rows, scores, rowCount, dim);
}

export function l2x4(
  queries: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  scoreFourQueries(L2, queries, base, rows, scores, rowCount, dim, scoreStride);
}

export function ipx4(
  queries: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  scoreFourQueries(IP, queries, base, rows, scores, rowCount, dim, scoreStride);
}

export function cosinex4(
  queries: usize, base: usize, rows: usize, scores: usize, rowCount: i32, dim: i32, scoreStride: i32,
): void {
  scoreFourQueries(COSINE, queries, base, rows, scores, rowCount, dim, scoreStride);
}
