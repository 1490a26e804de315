// How a graph lies in memory. Its nodes are the rows that it indexes; each has a list of links on
// level 0, twice `degree` long, and one of `degree` on each further level that it reaches. A list
// that is not full ends with NONE. The classes are laid out as in C, in the order of their fields,
// and written by TypeScript: see ../../index/graph/graph-layout.ts.
import { nearDistances4, nearDistances7, distances4, distances7 } from "./codes";

export const NONE: u32 = 0xffffffff;

/** The top of a graph without nodes. */
export const NO_TOP: u64 = 0xffffffff;

/** Marks a link's distance: the link has been held against all links of its list so marked. */
export const SETTLED: u32 = 0x80000000;

@unmanaged
export class Graph {
  nodeCount: u32;
  /** Bytes of a 7-bit code. */
  codeBytes: u32;
  /** What the codes below are: 4 or 7. A graph is built on codes of 7 bits. */
  codeBits: u32;
  degree: u32;
  /** Candidates that are looked for while a node is inserted. */
  efConstruction: u32;
  seed: u32;
  codes: usize;
  squares: usize;
  /** Lists of level 0. */
  links: usize;
  /** The distances of those links, parallel to them. Only while building. */
  linkDistances: usize;
  /** Which of the upper lists is the node's first, that of level 1; the others follow. */
  upperStarts: usize;
  upperLinks: usize;
  upperCount: u32;
  /** Upper lists that are taken. Only while building. */
  upperUsed: u32;
  /** A byte per node, 1 while a thread changes its links. Only while building. */
  locks: usize;
  /** The next row with the same code as the node's, or NONE. 0 if there are no such rows. */
  twins: usize;
  /** 1 while a thread inserts a node that reaches a new level. Only while building. */
  topLock: u32;
  /** 1 if distances are those of {@link linearize}. */
  isLinear: u32;
  /** The node that a search begins with and its level, in one word: see `topOf`. */
  top: u64;
}

/** What a thread needs beside the graph. Nothing in it outlives a call but the marks. */
@unmanaged
export class Scratch {
  /** A byte per node: `epoch` if this search has met it. */
  marks: usize;
  epoch: u32;
  /** Candidates and results: see graph-pool.ts. */
  pool: usize;
  results: usize;
  /** Room for the nodes of one list and their distances. */
  nodes: usize;
  distances: usize;
  /** Room for a list and one more, as pool entries. */
  candidates: usize;
  /** Room for two lists of links and their distances. */
  chosen: usize;
  chosenDistances: usize;
  near: usize;
  nearDistances: usize;
}

// @ts-ignore: decorator
@inline
export function topOf(node: u32, level: u32): u64 {
  return (<u64>level << 32) | <u64>node;
}

// @ts-ignore: decorator
@inline
export function topNodeIn(top: u64): u32 {
  return <u32>top;
}

// @ts-ignore: decorator
@inline
export function topLevelIn(top: u64): u32 {
  return <u32>(top >> 32);
}

// @ts-ignore: decorator
@inline
export function word(base: usize, index: u32): usize {
  return base + (<usize>index << 2);
}

/** The address of a node's list. The node must reach that level. */
// @ts-ignore: decorator
@inline
export function listOf(graph: Graph, node: u32, level: u32): usize {
  if (level == 0) return graph.links + (<usize>node * <usize>graph.degree << 3);
  const index = load<u32>(word(graph.upperStarts, node)) + level - 1;
  // Holds in any graph that we built; a damaged file must not send us elsewhere.
  return index < graph.upperCount ? graph.upperLinks + (<usize>index * <usize>graph.degree << 2) : 0;
}

// @ts-ignore: decorator
@inline
export function codeOf(graph: Graph, node: u32): usize {
  return graph.codes + <usize>node * <usize>graph.codeBytes;
}

// @ts-ignore: decorator
@inline
export function squareOf(graph: Graph, node: u32): u32 {
  return load<u32>(word(graph.squares, node));
}

/**
 * The distances of a query to nodes that may lie anywhere in memory. There is room for three more
 * nodes: the last one is repeated, so that all are computed four at a time.
 */
export function distancesTo(
  graph: Graph, query: usize, querySquare: u32, nodes: usize, count: u32, distances: usize,
): void {
  if (count == 0) return;
  const padded = padded4(nodes, count);
  if (graph.codeBits == 4) {
    distances4(query, querySquare, graph.codes, graph.squares, graph.codeBytes, nodes, padded, distances);
  } else {
    distances7(query, querySquare, graph.codes, graph.squares, graph.codeBytes, nodes, padded, distances);
  }
}

/** {@link distancesTo} for nodes whose 7-bit codes were read a moment ago. */
export function distancesToNear(
  graph: Graph, query: usize, querySquare: u32, nodes: usize, count: u32, distances: usize,
): void {
  const padded = padded4(nodes, count);
  nearDistances7(query, querySquare, graph.codes, graph.squares, graph.codeBytes, nodes, padded, distances);
}

// @ts-ignore: decorator
@inline
function padded4(nodes: usize, count: u32): u32 {
  const last = load<u32>(word(nodes, count - 1));
  for (let i = count; (i & 3) != 0; i++) store<u32>(word(nodes, i), last);
  return (count + 3) & ~3;
}

/** The highest level that a node reaches: level l with probability 1 / degree^l. */
export function levelOf(graph: Graph, node: u32): u32 {
  const draw = mixed(graph.seed ^ mixed(node + 1));
  let level: u32 = 0;
  for (let limit = u32.MAX_VALUE / graph.degree; draw < limit && level < 15; limit /= graph.degree) level++;
  return level;
}

/** A bijection without visible order (Wellons, "lowbias32"). */
// @ts-ignore: decorator
@inline
function mixed(value: u32): u32 {
  let x = value;
  x = (x ^ (x >> 16)) * 0x7feb352d;
  x = (x ^ (x >> 15)) * 0x846ca68b;
  return x ^ (x >> 16);
}
