// Inserting nodes, by several threads at once. Reading is free of locks: links are words that are
// written whole, and any mixture of an old list and a new one is a list. A thread that changes a
// list holds its node's lock, and never two of them.
import { findCandidates } from "./graph-candidates";
import {
  codeOf, distancesTo, distancesToNear, Graph, levelOf, listOf, NO_TOP, NONE, Scratch, SETTLED, squareOf, topLevelIn,
  topNodeIn, topOf, word,
} from "./graph-layout";
import { distanceIn, entryAt, entryOf, nodeIn, sortEntries } from "./graph-pool";
import { descend, distanceTo } from "./graph-search";

/** Makes all lists of a node empty, and the upper ones its own. */
export function clearNode(graph: Graph, node: u32): void {
  store<u32>(word(graph.twins, node), NONE);
  store<u32>(listOf(graph, node, 0), NONE);
  const level = levelOf(graph, node);
  if (level == 0) return;
  const start = atomic.add<u32>(changetype<usize>(graph) + offsetof<Graph>("upperUsed"), level);
  store<u32>(word(graph.upperStarts, node), start);
  for (let l: u32 = 1; l <= level; l++) store<u32>(listOf(graph, node, l), NONE);
}

/** Inserts a node that was cleared. The first of all must be inserted before any other. */
export function insertNode(graph: Graph, scratch: Scratch, node: u32): void {
  const level = levelOf(graph, node);
  const top = changetype<usize>(graph) + offsetof<Graph>("top");
  const topLock = changetype<usize>(graph) + offsetof<Graph>("topLock");
  let entry = atomic.load<u64>(top);
  // Nodes that reach a new level are inserted one after the other.
  let isTop = entry == NO_TOP || level > topLevelIn(entry);
  if (isTop) {
    lock(topLock);
    entry = atomic.load<u64>(top);
    isTop = entry == NO_TOP || level > topLevelIn(entry);
    if (!isTop) unlock(topLock);
  }
  if (entry != NO_TOP) linkNode(graph, scratch, node, level, topNodeIn(entry), topLevelIn(entry));
  if (isTop) {
    atomic.store<u64>(top, topOf(node, level));
    unlock(topLock);
  }
}

function linkNode(graph: Graph, scratch: Scratch, node: u32, level: u32, entry: u32, topLevel: u32): void {
  const query = codeOf(graph, node), square = squareOf(graph, node);
  let best = entryOf(distanceTo(graph, scratch, query, square, entry), entry);
  best = descend(graph, scratch, query, square, best, topLevel, level);
  for (let l = <i32>min(level, topLevel); l >= 0; l--) {
    const count = findCandidates(graph, scratch, query, square, best, l);
    best = entryAt(scratch.pool, 0) & ~1;
    if (l == <i32>level) {
      const twin = findTwin(graph, scratch, node, count);
      if (twin != NONE) return join(graph, twin, node);
    }
    connect(graph, scratch, node, count, l);
  }
}

/**
 * A node of the pool with the same code. Such a node needs no links, only to be found with the
 * other: many equal rows would otherwise fill each other's lists, and be an island.
 */
function findTwin(graph: Graph, scratch: Scratch, node: u32, count: u32): u32 {
  const code = codeOf(graph, node);
  store<u32>(scratch.nodes, node);
  distancesToNear(graph, code, squareOf(graph, node), scratch.nodes, 1, scratch.distances);
  const own = load<u32>(scratch.distances);
  for (let i: u32 = 0; i < count; i++) {
    const entry = entryAt(scratch.pool, i);
    if (distanceIn(entry) > own) break;
    if (distanceIn(entry) < own) continue;
    if (memory.compare(code, codeOf(graph, nodeIn(entry)), graph.codeBytes) == 0) return nodeIn(entry);
  }
  return NONE;
}

/** Puts a node behind another one with the same code. */
function join(graph: Graph, other: u32, node: u32): void {
  lock(graph.locks + other);
  store<u32>(word(graph.twins, node), load<u32>(word(graph.twins, other)));
  store<u32>(word(graph.twins, other), node);
  unlock(graph.locks + other);
}

/** Links a node with the best of the first `count` of the pool, both ways. */
function connect(graph: Graph, scratch: Scratch, node: u32, count: u32, level: u32): void {
  const near = scratch.near, nearDistances = scratch.nearDistances;
  const chosen = choose(graph, scratch, scratch.pool, count, graph.degree, near, nearDistances);
  lock(graph.locks + node);
  writeList(graph, node, level, near, nearDistances, chosen);
  unlock(graph.locks + node);
  for (let i: u32 = 0; i < chosen; i++) {
    const other = load<u32>(word(near, i));
    lock(graph.locks + other);
    addLink(graph, scratch, other, level, entryOf(load<u32>(word(nearDistances, i)) & ~SETTLED, node));
    unlock(graph.locks + other);
  }
}

/** Adds a link to a list; chooses anew from all when the list is full. */
function addLink(graph: Graph, scratch: Scratch, node: u32, level: u32, link: u64): void {
  const list = listOf(graph, node, level);
  const capacity = capacityOf(graph, level);
  let count: u32 = 0;
  while (count < capacity && load<u32>(word(list, count)) != NONE) count++;
  if (count < capacity) {
    if (count + 1 < capacity) store<u32>(word(list, count + 1), NONE);
    store<u32>(word(list, count), nodeIn(link));
    if (level == 0) store<u32>(distanceOfLink(graph, node, count), distanceIn(link));
    return;
  }
  const candidates = scratch.candidates;
  if (level > 0) {
    memory.copy(scratch.nodes, list, capacity << 2);
    distancesTo(graph, codeOf(graph, node), squareOf(graph, node), scratch.nodes, count, scratch.distances);
  }
  for (let i: u32 = 0; i < count; i++) {
    const distance = load<u32>(level == 0 ? distanceOfLink(graph, node, i) : word(scratch.distances, i));
    const settled = <u64>(distance >> 31);
    store<u64>(candidates + (<usize>i << 3), entryOf(distance & ~SETTLED, load<u32>(word(list, i))) | settled);
  }
  store<u64>(candidates + (<usize>count << 3), link);
  sortEntries(candidates, count + 1);
  const chosen = choose(graph, scratch, candidates, count + 1, capacity, scratch.chosen, scratch.chosenDistances);
  writeList(graph, node, level, scratch.chosen, scratch.chosenDistances, chosen);
}

/**
 * Chooses up to `limit` links from sorted candidates: one is passed over when it is nearer to one
 * chosen before than to the node (algorithm 4 of the paper). Candidates of a list have the lowest
 * bit set when they were chosen before: those need not be held against each other again. The
 * pool's have it set too, where it means something else; `limit` tells them apart.
 */
function choose(
  graph: Graph, scratch: Scratch, candidates: usize, count: u32, limit: u32, chosen: usize, distances: usize,
): u32 {
  const fromPool = candidates == scratch.pool;
  let size: u32 = 0;
  for (let i: u32 = 0; i < count && size < limit; i++) {
    const entry = entryAt(candidates, i);
    const node = nodeIn(entry), distance = distanceIn(entry);
    const settled = !fromPool && (entry & 1) != 0;
    if (isCovered(graph, scratch, node, distance, settled, chosen, distances, size)) continue;
    store<u32>(word(chosen, size), node);
    // Bit 31 tells isCovered who is settled; when all are chosen everyone is.
    store<u32>(word(distances, size), settled ? distance | SETTLED : distance);
    size++;
  }
  for (let i: u32 = 0; i < size; i++) {
    store<u32>(word(distances, i), load<u32>(word(distances, i)) | SETTLED);
  }
  return size;
}

/** Whether a node is nearer to one of those chosen than `distance`. */
function isCovered(
  graph: Graph, scratch: Scratch, node: u32, distance: u32, settled: bool, chosen: usize, distances: usize, size: u32,
): bool {
  const code = codeOf(graph, node), square = squareOf(graph, node);
  const nodes = scratch.nodes;
  let i: u32 = 0;
  while (i < size) {
    let count: u32 = 0;
    for (; i < size && count < 4; i++) {
      if (settled && (load<u32>(word(distances, i)) & SETTLED) != 0) continue;
      store<u32>(word(nodes, count++), load<u32>(word(chosen, i)));
    }
    if (count == 0) break;
    distancesToNear(graph, code, square, nodes, count, scratch.distances);
    for (let j: u32 = 0; j < count; j++) {
      if (load<u32>(word(scratch.distances, j)) < distance) return true;
    }
  }
  return false;
}

function writeList(graph: Graph, node: u32, level: u32, nodes: usize, distances: usize, count: u32): void {
  const list = listOf(graph, node, level);
  memory.copy(list, nodes, count << 2);
  if (count < capacityOf(graph, level)) store<u32>(word(list, count), NONE);
  if (level == 0) memory.copy(distanceOfLink(graph, node, 0), distances, count << 2);
}

// @ts-ignore: decorator
@inline
function capacityOf(graph: Graph, level: u32): u32 {
  return level == 0 ? graph.degree << 1 : graph.degree;
}

// @ts-ignore: decorator
@inline
function distanceOfLink(graph: Graph, node: u32, index: u32): usize {
  return word(graph.linkDistances, node * (graph.degree << 1) + index);
}

/** Many seconds. No thread holds a lock for so long, unless it has died. */
const SPINS_MAX: u32 = 1 << 30;

/** Waits, for few microseconds as a rule: as long as another thread chooses the links of one list. */
// @ts-ignore: decorator
@inline
function lock(address: usize): void {
  for (let spins: u32 = 0; atomic.xchg<u8>(address, 1) != 0; spins++) {
    if (spins == SPINS_MAX) unreachable();
  }
}

// @ts-ignore: decorator
@inline
function unlock(address: usize): void {
  atomic.store<u8>(address, 0);
}
