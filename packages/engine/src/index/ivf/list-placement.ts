import { blockRows } from "./ivf-index.ts";

/** Where the rows of lists go. */
export interface ListPlacement {
  /** The first slot of each list. */
  readonly starts: Uint32Array;
  /** The lists in the order of their slots. */
  readonly order: Uint32Array;
  readonly blockCount: number;
}

/**
 * Gives lists their slots: a list never lies in more blocks than it needs, and what its last block
 * has left is given to lists whose remainder fits in there, the largest first.
 */
export function placeLists(lengths: Uint32Array): ListPlacement {
  const starts = new Uint32Array(lengths.length);
  const order = new Uint32Array(lengths.length);
  const byRemainder = listsByRemainder(lengths);
  let placed = 0;
  let slot = 0;
  while (placed < lengths.length) {
    const used = slot % blockRows;
    const list =
      used === 0 ? takeLargest(byRemainder, blockRows) : takeLargest(byRemainder, blockRows - used);
    if (list === undefined) {
      slot += blockRows - used;
      continue;
    }
    starts[list] = slot;
    order[placed++] = list;
    slot += lengths[list];
  }
  return { starts, order, blockCount: Math.ceil(slot / blockRows) };
}

/** The lists by the rows that they have in their last block, 1 to 32; those without rows at 0. */
function listsByRemainder(lengths: Uint32Array): number[][] {
  const lists: number[][] = Array.from({ length: blockRows + 1 }, () => []);
  for (let list = lengths.length - 1; list >= 0; list--) {
    const length = lengths[list];
    lists[length === 0 ? 0 : ((length - 1) % blockRows) + 1].push(list);
  }
  return lists;
}

function takeLargest(byRemainder: number[][], space: number): number | undefined {
  for (let remainder = space; remainder >= 0; remainder--) {
    const list = byRemainder[remainder].pop();
    if (list !== undefined) return list;
  }
  return undefined;
}
