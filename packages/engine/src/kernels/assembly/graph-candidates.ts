// The search for the neighbours of a node that is inserted: most of the time of a build.
import { distancesTo, Graph, listOf, NONE, Scratch, word } from "./graph-layout";
import { distanceIn, entryAt, entryOf, insertEntry, nodeIn } from "./graph-pool";

/**
 * `searchLevel` of graph-search.ts with `efConstruction` candidates: fills the pool with the nearest nodes
 * that it finds on a level, from `start` on, and answers how many there are. The pool is long here, so
 * all that a node's links bring is put into it at once.
 */
export function findCandidates(
  graph: Graph, scratch: Scratch, query: usize, querySquare: u32, start: u64, level: u32,
): u32 {
  const pool = scratch.pool, nodes = scratch.nodes, distances = scratch.distances, fresh = scratch.candidates;
  const ef = graph.efConstruction;
  forgetMarks(graph, scratch);
  store<u8>(scratch.marks + nodeIn(start), scratch.epoch);
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
    const found = unmetNeighbours(graph, scratch, nodeIn(entry), level);
    if (level == 0 && cursor < count) touchList(graph, scratch, nodeIn(entryAt(pool, cursor)));
    distancesTo(graph, query, querySquare, nodes, found, distances);
    let freshCount: u32 = 0;
    for (let i: u32 = 0; i < found; i++) {
      const distance = load<u32>(word(distances, i));
      if (distance >= bound) continue;
      insertEntry(fresh, freshCount++, entryOf(distance, load<u32>(word(nodes, i))));
    }
    if (freshCount == 0) continue;
    cursor = min(cursor, merge(pool, count, fresh, freshCount, ef));
    count = min(ef, count + freshCount);
    if (count == ef) bound = distanceIn(entryAt(pool, ef - 1));
  }
  return count;
}

/** Lists the neighbours of a node that this search has not met yet, and marks them as met. */
// @ts-ignore: decorator
@inline
function unmetNeighbours(graph: Graph, scratch: Scratch, node: u32, level: u32): u32 {
  const list = listOf(graph, node, level);
  const capacity = level == 0 ? graph.degree << 1 : graph.degree;
  const marks = scratch.marks, epoch = scratch.epoch, nodes = scratch.nodes;
  let found: u32 = 0;
  for (let i: u32 = 0; i < capacity; i++) {
    const neighbour = load<u32>(word(list, i));
    if (neighbour == NONE) break;
    store<u32>(word(nodes, found), neighbour);
    found += <u32>(<u32>load<u8>(marks + neighbour) != epoch);
    store<u8>(marks + neighbour, epoch);
  }
  return found;
}

/** Marks are those of an earlier epoch now, of which a byte tells 255 apart. */
function forgetMarks(graph: Graph, scratch: Scratch): void {
  scratch.epoch++;
  if (scratch.epoch < 256) return;
  memory.fill(scratch.marks, 0, graph.nodeCount);
  scratch.epoch = 1;
}

/** Asks for the cache lines of a node's list: its links are followed next, unless nearer nodes come. */
// @ts-ignore: decorator
@inline
function touchList(graph: Graph, scratch: Scratch, node: u32): void {
  const list = listOf(graph, node, 0);
  // Loads whose result is not used would be removed.
  store<u32>(scratch.distances, load<u32>(list) ^ load<u32>(list + (<usize>graph.degree << 2)));
}

/**
 * Merges sorted entries into a pool of at most `ef`, moving each of the pool's at most once; answers where the
 * first of them went. The pool has room for all of both.
 */
function merge(pool: usize, count: u32, fresh: usize, freshCount: u32, ef: u32): u32 {
  let end = count;
  for (let j = freshCount; j > 0; j--) {
    const entry = entryAt(fresh, j - 1);
    const place = placeOf(pool, end, entry);
    // Up by j places, but not what falls out of the pool.
    const stop = min(end, ef > j ? ef - j : 0);
    moveUp(pool + (<usize>place << 3), pool + (<usize>stop << 3), <usize>j << 3);
    if (place + j <= ef) store<u64>(pool + (<usize>(place + j - 1) << 3), entry);
    end = place;
  }
  return end;
}

/** Moves the entries between two addresses up by some bytes: the last first. */
// @ts-ignore: decorator
@inline
function moveUp(begin: usize, end: usize, distance: usize): void {
  let at = end;
  if (ASC_FEATURE_SIMD) {
    while (at >= begin + 16) {
      at -= 16;
      v128.store(at + distance, v128.load(at));
    }
  }
  while (at > begin) {
    at -= 8;
    store<u64>(at + distance, load<u64>(at));
  }
}

/** How many of the first `count` entries are less than this one. */
// @ts-ignore: decorator
@inline
function placeOf(pool: usize, count: u32, entry: u64): u32 {
  // Without branches on what is compared: no processor could foretell them.
  let begin = pool;
  for (let rest = count; rest > 0; ) {
    const half = (rest + 1) >> 1;
    const middle = begin + (<usize>half << 3);
    begin = select(middle, begin, load<u64>(middle - 8) < entry);
    rest -= half;
  }
  return <u32>((begin - pool) >> 3);
}
