/** Two items, and how far they are from each other. */
export interface TreeEdge {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

/** Two parts that become one. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly distance: number;
}

/** How items join into ever larger parts. Nodes below `count` are the items, the others merges. */
export interface MergeTree {
  readonly count: number;
  readonly root: number;
  sizeOf(node: number): number;
  mergeOf(node: number): Merge | undefined;
  leavesOf(node: number): Generator<number>;
}

/** Joins items by their edges, the nearest first (Kruskal); what no edges join is joined infinitely far. */
export function mergeTree(count: number, edges: readonly TreeEdge[]): MergeTree {
  const merges: Merge[] = [];
  const sizes: number[] = new Array(count).fill(1);
  const parents = Int32Array.from({ length: 2 * count - 1 }, (_, node) => node);
  const partOf = (item: number): number => {
    let part = item;
    while (parents[part] !== part) part = parents[part];
    // The next time the way is short.
    for (let node = item; parents[node] !== part && node !== part; ) {
      const next = parents[node];
      parents[node] = part;
      node = next;
    }
    return part;
  };
  const join = (left: number, right: number, distance: number): void => {
    const node = count + merges.length;
    merges.push({ left, right, distance });
    sizes.push(sizes[left] + sizes[right]);
    parents[left] = node;
    parents[right] = node;
  };
  const ascending = edges.toSorted((x, y) => x.distance - y.distance || x.a - y.a || x.b - y.b);
  for (const { a, b, distance } of ascending) {
    const [left, right] = [partOf(a), partOf(b)];
    if (left !== right) join(left, right, distance);
  }
  for (let item = 1; item < count && merges.length < count - 1; item++) {
    const [left, right] = [partOf(0), partOf(item)];
    if (left !== right) join(left, right, Number.POSITIVE_INFINITY);
  }
  const mergeOf = (node: number): Merge | undefined => merges[node - count];
  return {
    count,
    root: count + merges.length - 1,
    sizeOf: (node) => sizes[node],
    mergeOf,
    *leavesOf(node) {
      const open = [node];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        const merge = mergeOf(next);
        if (merge === undefined) yield next;
        else open.push(merge.left, merge.right);
      }
    },
  };
}
