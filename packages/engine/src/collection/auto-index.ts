import type { BuiltIndex, DenseIndex } from "../index/built-index.ts";
import type { GraphIndex } from "../index/graph/graph-index.ts";
import type { IvfIndex } from "../index/ivf/ivf-index.ts";
import { indexCost } from "../index/search-cost.ts";
import type { IndexComparison } from "../index/search-time.ts";

// What AUTOINDEX becomes. An IVF builds in a small part of a graph's time and memory, and filters and
// deletes cost it nothing, so it is the choice wherever a graph is not clearly faster.

/** Where both answer in some ten microseconds, a graph saves nothing that a user can tell. */
const graphRowsMin = 10_000;
/**
 * A graph takes 128 bytes of links per row beside its codes, several times an IVF: not in default
 * indexes of large collections.
 */
const graphRowsMax = 100_000;
/** Its build takes less than a minute of one core up to here. */
const graphVectorBytesMax = 400e6;

/** How much faster a graph must be to be worth its memory. */
const graphGainMin = 1.2;

/** The recall that a search aims at when nothing is asked for, and how many hits it is to find. */
const comparedRecall = 0.95;
const comparedHits = 10;

/** Whether to build a graph as well, of this many rows, and to keep the faster index. */
export function isGraphTried({
  rowCount,
  dim,
  collectionRows,
}: {
  readonly rowCount: number;
  readonly dim: number;
  /** Rows of all segments: their graphs would take memory together. */
  readonly collectionRows: number;
}): boolean {
  return (
    rowCount >= graphRowsMin &&
    collectionRows <= graphRowsMax &&
    4 * dim * rowCount <= graphVectorBytesMax
  );
}

/** The index that is to be kept of two of the same rows, which remembers what was compared. */
export function fasterIndex(ivf: IvfIndex, graph: GraphIndex): DenseIndex {
  const comparison: IndexComparison = {
    recall: comparedRecall,
    ivfNs: searchNsOf(ivf),
    graphNs: searchNsOf(graph),
  };
  const isGraphBetter = graphGainMin * comparison.graphNs <= comparison.ivfNs;
  return isGraphBetter ? { ...graph, comparison } : { ...ivf, comparison };
}

/** The nanoseconds of a search such as indexes are compared by. */
export function searchNsOf(index: DenseIndex): number {
  const effort = { recall: comparedRecall };
  return indexCost(index, { k: comparedHits, effort, allowedCount: rowsOf(index) });
}

/** Why AUTOINDEX is what it is, as a sentence for people. */
export function reasonOfAuto(
  indexes: readonly BuiltIndex[],
  { totalRows, isPending }: { readonly totalRows: number; readonly isPending: boolean },
): string {
  if (indexes.some(({ kind }) => kind === "sparse")) {
    return `${numberText(totalRows)} rows of sparse vectors: an inverted index, which misses none.`;
  }
  const bySize = indexes.filter(isDense).sort((a, b) => rowsOf(b) - rowsOf(a));
  const compared = bySize.find(({ comparison }) => comparison !== undefined)?.comparison;
  if (compared !== undefined) return reasonOf(compared);
  const [largest] = bySize;
  const lists =
    largest?.kind === "ivf" ? ` of ${numberText(largest.quantizer.listCount)} lists` : "";
  const found = `${numberText(totalRows)} rows: an IVF with RaBitQ codes${lists}`;
  const range = `${numberText(graphRowsMin)} to ${numberText(graphRowsMax)} rows`;
  const isUnderWay =
    isPending &&
    largest !== undefined &&
    isGraphTried({ rowCount: rowsOf(largest), dim: largest.dim, collectionRows: totalRows });
  if (isUnderWay) return `${found}, while a graph is built to be compared with it.`;
  const bytes = `${graphVectorBytesMax / 1e6} MB of vectors`;
  return `${found}; graphs are tried for ${range}, up to ${bytes}, where memory allows.`;
}

function isDense(index: BuiltIndex): index is DenseIndex {
  return index.kind === "ivf" || index.kind === "graph";
}

function reasonOf({ recall, ivfNs, graphNs }: IndexComparison): string {
  const [graph, ivf] = [graphNs, ivfNs].map((ns) => `${Math.max(1, Math.round(ns / 1e3))} us`);
  const figures = `The graph answers in ${graph}, the IVF in ${ivf}`;
  return `${figures}, at recall ${recall} (measured when it was built).`;
}

function rowsOf({ rowStart, rowEnd }: BuiltIndex): number {
  return rowEnd - rowStart;
}

function numberText(value: number): string {
  return value.toLocaleString("en-US");
}
