import type { WasmExports } from "./exports/wasm-exports.ts";
import type { IndexMemory } from "./index-memory.ts";
import { codeDistance, middleOf } from "./scalar-codes.ts";

const nodeCount = 12;
const codeBytes = 64;
const degree = 8;
const seed = 1;

/** A graph, of whose nodes every second one is allowed. */
interface TinyGraph {
  readonly graph: number;
  readonly scratch: number;
  readonly query: number;
  readonly allowed: number;
  readonly pool: number;
  readonly results: number;
}

/**
 * Whether a graph is built in which searches with as many candidates as there are nodes find all of
 * them, in the order of their distances: on codes of 7 bits and of 4.
 */
export function graphIsRight(exports: WasmExports, memory: IndexMemory): boolean {
  const codes = memory.allocate(nodeCount * codeBytes);
  const query = memory.allocate(codeBytes);
  for (const [address, count] of [
    [codes, nodeCount * codeBytes],
    [query, codeBytes],
  ]) {
    const bytes = memory.u8(address, count);
    for (let i = 0; i < count; i++) bytes[i] = Math.imul(i + count, 0x9e3779b1) >>> 25;
  }
  const squares = memory.allocate(4 * nodeCount);
  const zero = new Uint8Array(codeBytes);
  const rows = Array.from({ length: nodeCount }, (_, node) =>
    memory.u8(codes + node * codeBytes, codeBytes),
  );
  memory.u32(squares, nodeCount).set(rows.map((row) => codeDistance(row, zero)));
  const tiny = buildGraph(exports, memory, { codes, squares, query });
  const words = memory.u32(tiny.graph, 20);
  const queryCode = memory.u8(query, codeBytes);
  if (
    !findsInOrder(
      exports,
      memory,
      tiny,
      rows.map((row) => codeDistance(queryCode, row)),
    )
  ) {
    return false;
  }
  const codes4 = memory.allocate((nodeCount * codeBytes) / 2);
  const squares4 = memory.allocate(4 * nodeCount);
  exports.pack4(codes, nodeCount, codeBytes, codeBytes, codes4, squares4);
  [words[2], words[6], words[7]] = [4, codes4, squares4];
  const distances4 = rows.map((row) => codeDistance(queryCode, row.map(middleOf)));
  return findsInOrder(exports, memory, tiny, distances4);
}

function buildGraph(
  exports: WasmExports,
  memory: IndexMemory,
  { codes, squares, query }: { codes: number; squares: number; query: number },
): TinyGraph {
  const graph = memory.allocate(80);
  const words = memory.u32(graph, 20);
  // In the order of `Graph` of assembly/graph-layout.ts.
  words.set([nodeCount, codeBytes, 7, degree, nodeCount, seed, codes, squares]);
  const upperCount = exports.graphUpperCount(graph, 0, nodeCount);
  const linkBytes = 8 * degree * nodeCount;
  words.set([memory.allocate(linkBytes), memory.allocate(linkBytes)], 8);
  words.set([memory.allocate(4 * nodeCount), memory.allocate(4 * degree * upperCount)], 10);
  words.set([upperCount, 0, memory.allocate(nodeCount), memory.allocate(4 * nodeCount)], 12);
  const noTop = 0xffffffff;
  words.set([0, 0, noTop, 0], 16);

  const scratch = memory.allocate(64);
  const listBytes = 4 * (2 * degree + 4);
  const poolBytes = 8 * (nodeCount + 2);
  const [pool, results] = [memory.allocate(poolBytes), memory.allocate(poolBytes)];
  const lists = [1, 1, 2, 1, 1, 1, 1].map((count) => memory.allocate(count * listBytes));
  // In the order of `Scratch`.
  memory.u32(scratch, 11).set([memory.allocate(nodeCount), 0, pool, results, ...lists]);

  exports.graphClear(graph, 0, nodeCount);
  for (let node = 0; node < nodeCount; node++) exports.graphInsert(graph, scratch, node);
  const allowed = memory.allocate(8);
  memory.u8(allowed, 2).fill(0b01010101);
  return { graph, scratch, query, allowed, pool, results };
}

/** Walks among all nodes, walks and scans among the allowed ones. */
function findsInOrder(
  exports: WasmExports,
  memory: IndexMemory,
  { graph, scratch, query, allowed, pool, results }: TinyGraph,
  distances: readonly number[],
): boolean {
  const all = distances
    .map((distance, node) => ({ distance, node }))
    .sort((a, b) => a.distance - b.distance || a.node - b.node);
  const some = all.filter(({ node }) => node % 2 === 0);
  const isAt = (address: number, count: number, expected: typeof all): boolean => {
    const entries = memory.u32(address, 2 * count);
    return (
      count === expected.length &&
      expected.every(({ distance, node }, i) => {
        return entries[2 * i] >>> 1 === node && entries[2 * i + 1] === distance;
      })
    );
  };
  const n = nodeCount;
  return (
    isAt(pool, exports.graphSearch(graph, scratch, query, n), all) &&
    isAt(results, exports.graphSearchAllowed(graph, scratch, query, n, n, allowed, 0), some) &&
    isAt(results, exports.graphScan(graph, scratch, query, n, 0, 0, n, allowed, 0), some)
  );
}
