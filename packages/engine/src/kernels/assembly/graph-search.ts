// Walks through the graph (Malkov and Yashunin, "Efficient and robust approximate nearest neighbor
// search using Hierarchical Navigable Small World graphs", 2016): algorithms 2 and 5.
import { distancesTo, Graph, listOf, Scratch, word } from "./graph-layout";
import { distanceIn, entryAt, entryOf, insertEntry, nodeIn } from "./graph-pool";

/** The distance of a query to one node. */
export function distanceTo(graph: Graph, scratch: Scratch, query: usize, querySquare: u32, node: u32): u32 {
  store<u32>(scratch.nodes, node);
  distancesTo(graph, query, querySquare, scratch.nodes, 1, scratch.distances);
  return load<u32>(scratch.distances);
}

/**
 * From an entry of a pool to the nearest node that can be reached by ever nearer ones on the levels
 * `from` to `to + 1`, as an entry.
 */
export function descend(
  graph: Graph, scratch: Scratch, query: usize, querySquare: u32, start: u64, from: u32, to: u32,
): u64 {
  let best = start;
  for (let level = from; level > to; level--) {
    for (;;) {
      const list = listOf(graph, nodeIn(best), level);
      if (list == 0) break;
      let count: u32 = 0;
      for (; count < graph.degree; count++) {
        const node = load<u32>(word(list, count));
        if (node >= graph.nodeCount) break;
        store<u32>(word(scratch.nodes, count), node);
      }
      distancesTo(graph, query, querySquare, scratch.nodes, count, scratch.distances);
      const before = best;
      for (let i: u32 = 0; i < count; i++) {
        const distance = load<u32>(word(scratch.distances, i));
        if (distance < distanceIn(best)) best = entryOf(distance, load<u32>(word(scratch.nodes, i)));
      }
      if (best == before) break;
    }
  }
  return best;
}

/**
 * Fills the pool with the `ef` nearest nodes that it finds on a level, from `start` on; answers how
 * many there are.
 */
export function searchLevel(
  graph: Graph, scratch: Scratch, query: usize, querySquare: u32, start: u64, ef: u32, level: u32,
): u32 {
  const pool = scratch.pool, nodes = scratch.nodes, distances = scratch.distances;
  nextEpoch(graph, scratch);
  mark(scratch, nodeIn(start));
  store<u64>(pool, start);
  let count: u32 = 1, cursor: u32 = 0;
  // What is not nearer than this has no place in the pool.
  let bound = ef == 1 ? distanceIn(start) : u32.MAX_VALUE;
  while (cursor < count) {
    const entry = entryAt(pool, cursor);
    if (entry & 1) {
      cursor++;
      continue;
    }
    store<u64>(pool + (<usize>cursor << 3), entry | 1);
    cursor++;
    const found = newNeighbours(graph, scratch, nodeIn(entry), level);
    if (level == 0 && cursor < count) store<u32>(distances, touchedList(graph, nodeIn(entryAt(pool, cursor))));
    distancesTo(graph, query, querySquare, nodes, found, distances);
    for (let i: u32 = 0; i < found; i++) {
      const distance = load<u32>(word(distances, i));
      if (distance >= bound) continue;
      if (count == ef) count--;
      cursor = min(cursor, insertEntry(pool, count++, entryOf(distance, load<u32>(word(nodes, i)))));
      if (count == ef) bound = distanceIn(entryAt(pool, ef - 1));
    }
  }
  return count;
}

/**
 * {@link searchLevel} on level 0 for the nodes of a filter: fills `results` with the `ef` nearest
 * allowed ones. The walk goes over all nodes, and ends where none is left in the pool, of
 * `poolSize`, that is nearer than the worst of the results.
 */
export function searchAllowed(
  graph: Graph, scratch: Scratch, query: usize, querySquare: u32, start: u64, ef: u32, poolSize: u32, allowed: usize,
  firstBit: u32,
): u32 {
  const pool = scratch.pool, results = scratch.results, nodes = scratch.nodes, distances = scratch.distances;
  nextEpoch(graph, scratch);
  mark(scratch, nodeIn(start));
  store<u64>(pool, start);
  let count: u32 = 1, cursor: u32 = 0, resultCount: u32 = 0;
  if (isAllowed(graph, allowed, firstBit, nodeIn(start))) {
    store<u64>(results, start);
    resultCount = 1;
  }
  while (cursor < count) {
    const entry = entryAt(pool, cursor);
    if (entry & 1) {
      cursor++;
      continue;
    }
    if (resultCount == ef && distanceIn(entry) > distanceIn(entryAt(results, ef - 1))) break;
    store<u64>(pool + (<usize>cursor << 3), entry | 1);
    cursor++;
    const found = newNeighbours(graph, scratch, nodeIn(entry), 0);
    distancesTo(graph, query, querySquare, nodes, found, distances);
    for (let i: u32 = 0; i < found; i++) {
      const distance = load<u32>(word(distances, i)), node = load<u32>(word(nodes, i));
      if (resultCount == ef && distance >= distanceIn(entryAt(results, ef - 1))) continue;
      const next = entryOf(distance, node);
      if (isAllowed(graph, allowed, firstBit, node)) {
        if (resultCount == ef) resultCount--;
        insertEntry(results, resultCount++, next);
      }
      if (count == poolSize && distance >= distanceIn(entryAt(pool, count - 1))) continue;
      if (count == poolSize) count--;
      cursor = min(cursor, insertEntry(pool, count++, next));
    }
  }
  return resultCount;
}

/** Loads from a list that is probably the next one: it comes from memory while distances are computed. */
// @ts-ignore: decorator
@inline
function touchedList(graph: Graph, node: u32): u32 {
  const list = listOf(graph, node, 0);
  return load<u32>(list) ^ load<u32>(list + (<usize>graph.degree << 2));
}

/** Lists the neighbours of a node that this search has not met yet, and marks them as met. */
// @ts-ignore: decorator
@inline
function newNeighbours(graph: Graph, scratch: Scratch, node: u32, level: u32): u32 {
  const list = listOf(graph, node, level);
  if (list == 0) return 0;
  const degree = level == 0 ? graph.degree << 1 : graph.degree;
  const marks = scratch.marks, epoch = scratch.epoch, nodeCount = graph.nodeCount;
  const nodes = scratch.nodes;
  let found: u32 = 0;
  for (let i: u32 = 0; i < degree; i++) {
    const neighbour = load<u32>(word(list, i));
    if (neighbour >= nodeCount) break;
    store<u32>(word(nodes, found), neighbour);
    found += <u32>(<u32>load<u8>(marks + neighbour) != epoch);
    store<u8>(marks + neighbour, epoch);
  }
  return found;
}

/** Whether a filter allows a node, or one with the same code. */
// @ts-ignore: decorator
@inline
function isAllowed(graph: Graph, allowed: usize, firstBit: u32, node: u32): bool {
  if (hasBit(allowed, firstBit + node)) return true;
  return graph.twins != 0 && hasAllowedTwin(graph, allowed, firstBit, node);
}

function hasAllowedTwin(graph: Graph, allowed: usize, firstBit: u32, node: u32): bool {
  let twin = load<u32>(word(graph.twins, node));
  // As many steps as there are nodes, should a damaged list end nowhere.
  for (let i: u32 = 0; i < graph.nodeCount && twin < graph.nodeCount; i++) {
    if (hasBit(allowed, firstBit + twin)) return true;
    twin = load<u32>(word(graph.twins, twin));
  }
  return false;
}

// @ts-ignore: decorator
@inline
export function hasBit(bits: usize, index: u32): bool {
  return ((load<u8>(bits + (index >> 3)) >> (index & 7)) & 1) != 0;
}

// @ts-ignore: decorator
@inline
function mark(scratch: Scratch, node: u32): void {
  store<u8>(scratch.marks + node, scratch.epoch);
}

/** Forgets all marks: they are those of an earlier epoch, of which a byte tells 255 apart. */
function nextEpoch(graph: Graph, scratch: Scratch): void {
  scratch.epoch++;
  if (scratch.epoch < 256) return;
  memory.fill(scratch.marks, 0, graph.nodeCount);
  scratch.epoch = 1;
}
