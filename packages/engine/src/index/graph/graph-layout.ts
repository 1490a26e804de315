import type { IndexMemory } from "../../kernels/index-memory.ts";

/** The words of a `Graph` of kernels/assembly/graph-layout.ts, in their order there. */
export const graphWord = {
  nodeCount: 0,
  codeBytes: 1,
  codeBits: 2,
  degree: 3,
  efConstruction: 4,
  seed: 5,
  codes: 6,
  squares: 7,
  links: 8,
  linkDistances: 9,
  upperStarts: 10,
  upperLinks: 11,
  upperCount: 12,
  upperUsed: 13,
  locks: 14,
  twins: 15,
  topLock: 16,
  isLinear: 17,
  topNode: 18,
  topLevel: 19,
} as const;

export const graphWordCount = 20;

/** What ends a list that is not full. */
export const NONE = 0xffffffff;

/** The words of a `Scratch`. */
const scratchWord = {
  marks: 0,
  epoch: 1,
  pool: 2,
  results: 3,
  nodes: 4,
  distances: 5,
  candidates: 6,
  chosen: 7,
  chosenDistances: 8,
  near: 9,
  nearDistances: 10,
} as const;

export type GraphWords = Readonly<Partial<Record<keyof typeof graphWord, number>>>;

/** A new `Graph` with these values; what is not given is 0. */
export function allocateGraph(memory: IndexMemory, values: GraphWords): number {
  const address = memory.allocate(4 * graphWordCount);
  writeGraph(memory, address, values);
  return address;
}

export function writeGraph(memory: IndexMemory, address: number, values: GraphWords): void {
  const words = memory.u32(address, graphWordCount);
  for (const [name, value] of Object.entries(values)) {
    // The entries of an object whose keys these are.
    words[graphWord[name as keyof typeof graphWord]] = value;
  }
}

/** What the size of a `Scratch` depends on. */
export interface ScratchShape {
  readonly nodeCount: number;
  readonly degree: number;
  /** Components of a row as it is coded. */
  readonly paddedDim: number;
  /** Most candidates of a search. */
  readonly poolCapacity: number;
}

/** Where the parts of a `Scratch` lie, relative to its begin, and what TypeScript has beside it. */
export interface ScratchLayout {
  readonly words: Uint32Array;
  readonly pool: number;
  readonly results: number;
  /** A row of floats as it is given, and padded; then its code and the square of that. */
  readonly row: number;
  readonly paddedRow: number;
  readonly code: number;
  readonly square: number;
  /** The bits of a filter. */
  readonly allowed: number;
  readonly markCount: number;
  readonly byteLength: number;
}

const SCRATCH_BYTES = 64;

/** Lays a scratch out. */
export function layoutScratch(shape: ScratchShape): ScratchLayout {
  const { nodeCount, degree, paddedDim, poolCapacity } = shape;
  let end = SCRATCH_BYTES;
  const take = (byteLength: number): number => {
    const start = end;
    end += Math.ceil(byteLength / 64) * 64;
    return start;
  };
  const words = new Uint32Array(SCRATCH_BYTES / 4);
  const listBytes = 4 * (2 * degree + 4);
  const poolBytes = 8 * (poolCapacity + 2);
  words[scratchWord.marks] = take(nodeCount);
  words[scratchWord.nodes] = take(listBytes);
  words[scratchWord.distances] = take(listBytes);
  words[scratchWord.candidates] = take(2 * listBytes);
  words[scratchWord.chosen] = take(listBytes);
  words[scratchWord.chosenDistances] = take(listBytes);
  words[scratchWord.near] = take(listBytes);
  words[scratchWord.nearDistances] = take(listBytes);
  const row = take(4 * paddedDim);
  const paddedRow = take(4 * paddedDim);
  const code = take(paddedDim);
  const square = take(4);
  const allowed = take(nodeCount / 8 + 8);
  const pool = take(poolBytes);
  const results = take(poolBytes);
  words[scratchWord.pool] = pool;
  words[scratchWord.results] = results;
  const markCount = nodeCount;
  const byteLength = end;
  return { words, markCount, pool, results, row, paddedRow, code, square, allowed, byteLength };
}

/**
 * The address of this thread's `Scratch` in a memory, laid out so. Layouts for the same graph lie in
 * the same place and differ in where the results are: the one word that must
 * be set before each use.
 */
export function scratchIn(memory: IndexMemory, layout: ScratchLayout): number {
  const address = memory.scratch("graph", layout.byteLength);
  const words = memory.u32(address, layout.words.length);
  for (let i = 0; i < words.length; i++) {
    words[i] = layout.words[i] === 0 ? 0 : address + layout.words[i];
  }
  // Another thread may have left anything there.
  memory.u8(address + SCRATCH_BYTES, layout.markCount).fill(0);
  return address;
}

/** The word of a `Scratch` that says where the results are. */
export const resultsWord: number = scratchWord.results;
