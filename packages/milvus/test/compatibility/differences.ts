/**
 * What is answered, but not as Milvus does it, by name. Each is a clause that completes "works
 * differently: ...". A name that is in no table fails the test of the page.
 */
export const rpcDifferences: Readonly<Record<string, string>> = {};

export const typeDifferences: Readonly<Record<string, string>> = {};

const lists = "inverted lists with RaBitQ codes serve it, and rows are compared exactly in the end";
const graph = "a graph on codes of our own serves it, and rows are compared exactly in the end";
const columns = "filters are evaluated over the columns; there is no structure of it yet";

export const indexDifferences: Readonly<Record<string, string>> = {
  AUTOINDEX:
    "an exact scan, inverted lists or a graph serve it, whichever is measured to be faster",
  IVF_FLAT: lists,
  IVF_SQ8: lists,
  IVF_PQ: lists,
  IVF_RABITQ: "`nlist` and `nprobe` that are not given suit the rows and the wanted recall",
  SCANN: lists,
  DISKANN: "inverted lists with RaBitQ codes are in memory, vectors on disk",
  HNSW_SQ: graph,
  HNSW_PQ: graph,
  HNSW_PRQ: graph,
  INVERTED: columns,
  BITMAP: columns,
  STL_SORT: columns,
  TRIE: columns,
  NGRAM: columns,
  RTREE: columns,
};

export const filterDifferences: Readonly<Record<string, string>> = {};

export const searchDifferences: Readonly<Record<string, string>> = {};
