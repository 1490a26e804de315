import type { TypeFamily } from "../schema/data-type.ts";

/** What an index type of Milvus's is for, and what serves it here. */
export interface IndexType {
  readonly name: string;
  /** Families of the fields that it may be made on. */
  readonly families: readonly TypeFamily[];
  /** The structure that answers: `FLAT` is the exact scan, `scan` the evaluation of filters. */
  readonly servedBy: "FLAT" | "scan";
}

const scalarFamilies: readonly TypeFamily[] = ["bool", "integer", "float", "string"];

const indexTypes: readonly IndexType[] = [
  ...[
    "AUTOINDEX",
    "FLAT",
    "HNSW",
    "HNSW_SQ",
    "HNSW_PQ",
    "HNSW_PRQ",
    "IVF_FLAT",
    "IVF_SQ8",
    "IVF_PQ",
    "IVF_RABITQ",
    "SCANN",
    "DISKANN",
  ].map((name): IndexType => ({ name, families: ["vector"], servedBy: "FLAT" })),
  { name: "AUTOINDEX", families: scalarFamilies, servedBy: "scan" },
  { name: "INVERTED", families: [...scalarFamilies, "array"], servedBy: "scan" },
  { name: "BITMAP", families: ["bool", "integer", "string", "array"], servedBy: "scan" },
  { name: "STL_SORT", families: ["integer", "float", "string"], servedBy: "scan" },
  { name: "TRIE", families: ["string"], servedBy: "scan" },
];

/** The index types of that name, without regard to case: AUTOINDEX is two. */
export function indexTypesNamed(name: string): readonly IndexType[] {
  const upper = name.toUpperCase();
  return indexTypes.filter((type) => type.name === upper);
}
