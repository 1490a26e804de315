import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { exportsOver, type Positions } from "./coding-steps.ts";

/** Finds the nearest pivot of each of some coded nodes: its number goes to the node's place. */
export interface GroupTask extends Positions {
  readonly codeBytes: number;
  /** Nodes. */
  readonly pivots: readonly number[];
  /** Shared memory, a word for each node. */
  readonly groupOf: Uint32Array;
}

/** See the note on calls in kernels/assembly/index.ts. */
const ROWS_PER_CALL = 128;

export function findGroups(kernels: Kernels, task: GroupTask): void {
  const { site, codeBytes, pivots, groupOf, start, end } = task;
  const memory = IndexMemory.over(site.memory);
  const exports = exportsOver(kernels, site.memory);
  const pivotBytes = codeBytes * pivots.length;
  const wordBytes = 4 * Math.max(pivots.length, 2 * ROWS_PER_CALL);
  const codes = memory.scratch("graph pivots", 2 * pivotBytes + 2 * wordBytes);
  const halves = codes + pivotBytes;
  const halfSquares = halves + pivotBytes;
  const lists = halfSquares + wordBytes;
  const distances = lists + 4 * ROWS_PER_CALL;
  const bytes = memory.u8(0, site.codes7 + codeBytes * site.nodeCount);
  for (const [i, pivot] of pivots.entries()) {
    const code = site.codes7 + codeBytes * pivot;
    memory.u8(codes + i * codeBytes, codeBytes).set(bytes.subarray(code, code + codeBytes));
  }
  exports.halveCodes(codes, pivots.length, codeBytes, halves, halfSquares);
  for (let first = start; first < end; first += ROWS_PER_CALL) {
    const count = Math.min(ROWS_PER_CALL, end - first);
    const rows = site.codes7 + codeBytes * first;
    const squares = site.squares7 + 4 * first;
    // biome-ignore format: a call of a kernel is one line
    exports.assignRows(rows, squares, count, codeBytes, halves, halfSquares, pivots.length, lists, distances);
    groupOf.set(memory.u32(lists, count), first);
  }
}
