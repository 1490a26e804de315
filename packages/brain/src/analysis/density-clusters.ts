import type { LongOperationOptions } from "../base/progress.ts";
import { forEachList } from "./find-threshold.ts";
import { joinComponents } from "./join-components.ts";
import { type MergeTree, mergeTree, type TreeEdge } from "./merge-tree.ts";
import type { NeighborLists } from "./neighbor-lists.ts";

/** Distances below count as this one, so that densities are finite. */
const distanceMin = 1e-9;
const noise = -1;
const graphNeighborCount = 16;

/**
 * Clusters where vectors lie densely, each as dense as it is, by HDBSCAN (Campello, Moulavi, Sander 2013) on
 * the graph of nearest neighbours: no number and no distance has to be known. Where nothing stands apart,
 * all are one cluster.
 *
 * @param clusterSizeMin Fewer than this are no cluster, and as many neighbours tell how dense it is.
 * @returns The cluster of each position, from 0; −1 for what lies between clusters.
 */
export async function densityClusters(
  lists: NeighborLists,
  clusterSizeMin: number,
  options: LongOperationOptions,
): Promise<Int32Array> {
  const { count } = lists.table;
  if (count < clusterSizeMin) return new Int32Array(count).fill(noise);
  const coreCount = Math.min(clusterSizeMin, count) - 1;
  const length = Math.max(coreCount, graphNeighborCount);
  await forEachList(lists, length, options, () => undefined);
  const neighbors = (position: number): Int32Array =>
    lists.list(position)?.positions.subarray(0, length) ?? new Int32Array();
  const core = Float64Array.from({ length: count }, (_, position) => {
    return lists.list(position)?.distances[coreCount - 1] ?? 0;
  });
  const reachable = (a: number, b: number): number =>
    Math.max(lists.table.distance(a, b), core[a], core[b]);
  const edges: TreeEdge[] = [];
  for (let a = 0; a < count; a++) {
    for (const b of neighbors(a)) edges.push({ a, b, distance: reachable(a, b) });
  }
  const mutual = edges.filter(({ a, b }) => neighbors(b).includes(a));
  const joining = joinComponents(count, mutual, { sizeMin: clusterSizeMin, distance: reachable });
  return stableClusters(mergeTree(count, [...edges, ...joining]), clusterSizeMin);
}

/** A part of the tree with no part of enough items but itself, from one distance to a smaller one. */
interface Cluster {
  readonly parent: number;
  /** The inverse of the distance at which it comes to be. */
  readonly birth: number;
  readonly children: number[];
  /** The sum over its items of how long they belong to it. */
  stability: number;
  isChosen: boolean;
}

/** Cuts the tree where clusters last longest. */
function stableClusters(tree: MergeTree, clusterSizeMin: number): Int32Array {
  const clusters: Cluster[] = [];
  const home = new Int32Array(tree.count).fill(noise);
  const begin = (parent: number, birth: number): number => {
    clusters.push({ parent, birth, children: [], stability: 0, isChosen: false });
    const cluster = clusters.length - 1;
    clusters[parent]?.children.push(cluster);
    return cluster;
  };
  const leave = (node: number, cluster: number, density: number): void => {
    clusters[cluster].stability += tree.sizeOf(node) * (density - clusters[cluster].birth);
    for (const position of tree.leavesOf(node)) home[position] = cluster;
  };
  const open: (readonly [node: number, cluster: number])[] = [[tree.root, begin(noise, 0)]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, cluster] = next;
    const merge = tree.mergeOf(node);
    if (merge === undefined) {
      leave(node, cluster, 1 / distanceMin);
      continue;
    }
    const density = 1 / Math.max(merge.distance, distanceMin);
    const parts = [merge.left, merge.right];
    const large = parts.filter((part) => tree.sizeOf(part) >= clusterSizeMin);
    for (const part of parts) if (!large.includes(part)) leave(part, cluster, density);
    if (large.length === 1) open.push([large[0], cluster]);
    if (large.length < 2) continue;
    const { birth } = clusters[cluster];
    for (const part of large) {
      clusters[cluster].stability += tree.sizeOf(part) * (density - birth);
      open.push([part, begin(cluster, density)]);
    }
  }
  choose(clusters);
  return numbered(home, clusters);
}

/** Chooses a cluster unless its parts are together more stable. Parts come behind what they are part of. */
function choose(clusters: readonly Cluster[]): void {
  for (const [i, cluster] of [...clusters.entries()].reverse()) {
    const ofParts = cluster.children.reduce((sum, child) => sum + clusters[child].stability, 0);
    // The whole is a cluster only where it has no parts.
    const isWhole = i === 0 && cluster.children.length > 0;
    if (isWhole || ofParts > cluster.stability) cluster.stability = ofParts;
    else cluster.isChosen = true;
  }
}

/** The topmost chosen cluster of each item, numbered by the first item. */
function numbered(home: Int32Array, clusters: readonly Cluster[]): Int32Array {
  const topmost = clusters.map((cluster, i) => (cluster.isChosen ? i : noise));
  // Parents come before their parts.
  for (const [i, { parent }] of clusters.entries()) {
    if (parent >= 0 && topmost[parent] >= 0) topmost[i] = topmost[parent];
  }
  const numbers = new Map<number, number>();
  return home.map((cluster) => {
    const chosen = cluster < 0 ? noise : topmost[cluster];
    if (chosen < 0) return noise;
    const number = numbers.get(chosen) ?? numbers.size;
    numbers.set(chosen, number);
    return number;
  });
}
