import { mergeTree, type TreeEdge } from "./merge-tree.ts";

/** How many vectors stand for all components together: so many are compared with each other. */
const standInsMax = 2_048;

/**
 * Edges between the parts of a graph of nearest neighbours: within a part neighbours know each other, but
 * no list of neighbours reaches from one part to the next. Some vectors stand for each part.
 *
 * @param edges Of pairs of which each is a neighbour of the other: what is far from all knows others, but
 * they do not know it.
 * @param sizeMin Smaller parts are no cluster: the edges that they have will do.
 */
export function joinComponents(
  count: number,
  edges: readonly TreeEdge[],
  {
    sizeMin,
    distance,
  }: {
    readonly sizeMin: number;
    readonly distance: (a: number, b: number) => number;
  },
): TreeEdge[] {
  const parts = componentsOf(count, edges).filter(({ length }) => length >= sizeMin);
  const standInCount = Math.max(1, Math.floor(standInsMax / Math.max(1, parts.length)));
  const standIns = parts
    .slice(0, standInsMax)
    .map((part) => part.filter((_, i) => i % Math.ceil(part.length / standInCount) === 0));
  const joining: TreeEdge[] = [];
  for (const [i, ofOne] of standIns.entries()) {
    for (const ofOther of standIns.slice(i + 1)) {
      const pairs = ofOne.flatMap((a) => ofOther.map((b) => ({ a, b, distance: distance(a, b) })));
      joining.push(pairs.reduce((least, pair) => (pair.distance < least.distance ? pair : least)));
    }
  }
  return joining;
}

/** What edges join, the largest first. */
function componentsOf(count: number, edges: readonly TreeEdge[]): number[][] {
  const tree = mergeTree(count, edges);
  const components: number[][] = [];
  const open = [tree.root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const merge = tree.mergeOf(node);
    if (merge?.distance === Number.POSITIVE_INFINITY) open.push(merge.left, merge.right);
    else components.push([...tree.leavesOf(node)]);
  }
  return components.sort((a, b) => b.length - a.length);
}
