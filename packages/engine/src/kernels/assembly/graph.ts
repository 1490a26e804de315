// The functions of the graph that TypeScript calls: see ../exports/graph-exports.ts.
import { distancesTo, Graph, levelOf, Scratch, topLevelIn, topNodeIn, word } from "./graph-layout";
import { clearNode, insertNode } from "./graph-insert";
import { distanceIn, entryAt, entryOf, insertEntry } from "./graph-pool";
import { descend, distanceTo, hasBit, searchAllowed, searchLevel } from "./graph-search";

export function graphUpperCount(graph: usize, start: u32, end: u32): u32 {
  let count: u32 = 0;
  for (let node = start; node < end; node++) count += levelOf(changetype<Graph>(graph), node);
  return count;
}

export function graphClear(graph: usize, start: u32, end: u32): void {
  for (let node = start; node < end; node++) clearNode(changetype<Graph>(graph), node);
}

export function graphInsert(graph: usize, scratch: usize, node: u32): void {
  insertNode(changetype<Graph>(graph), changetype<Scratch>(scratch), node);
}

export function graphSearch(graph: usize, scratch: usize, query: usize, ef: u32): u32 {
  const g = changetype<Graph>(graph), s = changetype<Scratch>(scratch);
  if (topNodeIn(g.top) >= g.nodeCount) return 0;
  const square = querySquareOf(g, query);
  return searchLevel(g, s, query, square, startFor(g, s, query, square), ef, 0);
}

export function graphSearchAllowed(
  graph: usize, scratch: usize, query: usize, ef: u32, poolSize: u32, allowed: usize, firstBit: u32,
): u32 {
  const g = changetype<Graph>(graph), s = changetype<Scratch>(scratch);
  if (topNodeIn(g.top) >= g.nodeCount) return 0;
  const square = querySquareOf(g, query);
  return searchAllowed(g, s, query, square, startFor(g, s, query, square), ef, poolSize, allowed, firstBit);
}

export function graphScan(
  graph: usize, scratch: usize, query: usize, keep: u32, kept: u32, start: u32, end: u32, allowed: usize, firstBit: u32,
): u32 {
  const g = changetype<Graph>(graph), s = changetype<Scratch>(scratch);
  const square = querySquareOf(g, query);
  const capacity = g.degree << 1;
  let count = kept, found: u32 = 0;
  for (let node = start; node < end; node++) {
    if (allowed == 0 || hasBit(allowed, firstBit + node)) store<u32>(word(s.nodes, found++), node);
    if (found < capacity && node + 1 < end) continue;
    distancesTo(g, query, square, s.nodes, found, s.distances);
    for (let i: u32 = 0; i < found; i++) {
      const distance = load<u32>(word(s.distances, i));
      if (count == keep) {
        if (distance >= distanceIn(entryAt(s.results, count - 1))) continue;
        count--;
      }
      insertEntry(s.results, count++, entryOf(distance, load<u32>(word(s.nodes, i))));
    }
    found = 0;
  }
  return count;
}

export function graphLinearize(codes: usize, count: u32, codeBytes: u32, squares: usize, squares4: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    let sum: u32 = 0, sum4: u32 = 0;
    for (let j: u32 = 0; j < codeBytes; j++) {
      const value: u32 = load<u8>(codes + i * codeBytes + j);
      sum += value;
      sum4 += (value & ~7) + 4;
    }
    store<u32>(word(squares, i), sum << 7);
    if (squares4 != 0) store<u32>(word(squares4, i), sum4 << 7);
  }
}

/** The square of a 7-bit query, as the distances to the graph's codes take it. */
function querySquareOf(graph: Graph, query: usize): u32 {
  let square: u32 = 0, sum: u32 = 0;
  for (let i: u32 = 0; i < graph.codeBytes; i++) {
    const value: u32 = load<u8>(query + i);
    square += value * value;
    sum += value;
  }
  if (graph.isLinear) square = sum << 7;
  return graph.codeBits == 4 ? square - (sum << 3) : square;
}

/** The node on level 0 from which to search, as an entry. */
function startFor(graph: Graph, scratch: Scratch, query: usize, square: u32): u64 {
  const node = topNodeIn(graph.top);
  const start = entryOf(distanceTo(graph, scratch, query, square, node), node);
  return descend(graph, scratch, query, square, start, topLevelIn(graph.top), 0);
}
