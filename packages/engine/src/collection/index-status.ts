import type { BuiltIndex } from "../index/built-index.ts";
import { reasonOfAuto } from "./auto-index.ts";
import type { IndexStatus, ServedBy } from "./index-definition.ts";

/** What a segment has of an index. */
export interface SegmentIndexStatus {
  /** Rows that are not deleted. */
  readonly rowCount: number;
  /** Whether its index is still to be built. */
  readonly isPending: boolean;
  /** The share of its build that is done. */
  readonly progress: number;
  /** Why it could not be built. */
  readonly failure: string | undefined;
  /** What was wrong with the file of its index, which is built anew. */
  readonly damage: string | undefined;
  /** What is in memory. */
  readonly indexes: readonly BuiltIndex[];
}

/** The status of an index from those of the segments. */
export function indexStatus(segments: readonly SegmentIndexStatus[], type: string): IndexStatus {
  const totalRows = sum(segments.map(({ rowCount }) => rowCount));
  const pending = segments.filter(({ isPending }) => isPending);
  // Of a segment whose index is being built, as many rows count as indexed as of the work is done.
  const pendingRows = sum(
    pending.map(({ rowCount, progress }) => rowCount - Math.floor(progress * rowCount)),
  );
  const failure = segments.find((segment) => segment.failure !== undefined)?.failure;
  const failReason = failure ?? segments.find(({ damage }) => damage !== undefined)?.damage;
  const indexes = segments.flatMap((segment) => segment.indexes);
  const indexBytes = sum(indexes.map(({ byteSize }) => byteSize));
  const servedBy = servedByOf(indexes);
  return {
    state: failure !== undefined ? "failed" : pending.length > 0 ? "building" : "finished",
    indexedRows: totalRows - pendingRows,
    totalRows,
    pendingRows,
    ...(failReason !== undefined && { failReason }),
    servedBy,
    reason: reasonOf(servedBy, type, { indexes, totalRows, isPending: pending.length > 0 }),
    bytesPerRow: totalRows === 0 ? 0 : indexBytes / totalRows,
  };
}

/** What has most of the rows. */
function servedByOf(indexes: readonly BuiltIndex[]): ServedBy {
  const rowCounts = new Map<BuiltIndex["kind"], number>();
  for (const { kind, rowStart, rowEnd } of indexes) {
    rowCounts.set(kind, (rowCounts.get(kind) ?? 0) + rowEnd - rowStart);
  }
  const [most] = [...rowCounts].sort(([, a], [, b]) => b - a);
  return most === undefined ? "FLAT" : names[most[0]];
}

/** Milvus's names of what our structures are. */
const names: Readonly<Record<BuiltIndex["kind"], ServedBy>> = {
  ivf: "IVF_RABITQ",
  graph: "HNSW",
  binary: "BIN_IVF_FLAT",
  minhash: "MINHASH_LSH",
  sparse: "SPARSE_INVERTED_INDEX",
};

function reasonOf(
  servedBy: ServedBy,
  type: string,
  state: {
    readonly indexes: readonly BuiltIndex[];
    readonly totalRows: number;
    readonly isPending: boolean;
  },
): string {
  if (servedBy === "FLAT") {
    return "No segment has so many rows that an index is faster than a scan: answers are exact.";
  }
  if (type === "AUTOINDEX") return reasonOfAuto(state.indexes, state);
  switch (servedBy) {
    case "HNSW":
      return `${type} is a graph.`;
    case "BIN_IVF_FLAT":
      return `${type} is lists of near rows, whose rows are compared exactly.`;
    case "MINHASH_LSH":
      return `${type} is buckets of rows that are equal in a band.`;
    case "SPARSE_INVERTED_INDEX":
      return `${type} is an inverted index, which misses no row.`;
    default:
      return reasonOfLists(type, state.indexes);
  }
}

function reasonOfLists(type: string, indexes: readonly BuiltIndex[]): string {
  const ivf = indexes.find((index) => index.kind === "ivf");
  const lists = ivf?.kind === "ivf" ? ` of ${ivf.quantizer.listCount} lists` : "";
  return `${type} is served by an IVF with RaBitQ codes${lists}.`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
