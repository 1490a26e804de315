/**
 * What is answered, but not as Milvus does it, by name. Each is a clause that completes "works
 * differently: ...". A name that is in no table fails the test of the page.
 */
export type Differences = Readonly<Record<string, string>>;

const loading = "there is one replica";
const oneGroup = "there is one group, the default one, with one node";
const flushing = "it is done when it is answered, and there is no limit on how often";

export const rpcDifferences: Differences = {
  LoadCollection: loading,
  LoadPartitions: loading,
  GetLoadingProgress: "0 or 100",
  GetCollectionStatistics:
    "rows that are deleted do not count, in Milvus they do until a compaction; rows that have expired do in both",
  Flush: flushing,
  FlushAll: flushing,
  GetReplicas: "one replica, on one node",
  ManualCompaction:
    "there is one kind, which merges what can be merged; clustering, L0 and a target size are taken without effect",
  ListResourceGroups: oneGroup,
  DescribeResourceGroup: oneGroup,
};

export const collectionDifferences: Differences = {
  "clustering key": "kept and told; compactions do not sort by it",
  shards: "the number is kept and told; rows are not spread by it",
  "`mmap.enabled`": "vectors stay on disk, and a search reads the rows that it compares",
  "analyzers (`enable_analyzer`)": "kept and told; what would use them is refused",
};

export const typeDifferences: Differences = {};

const lists = "inverted lists with RaBitQ codes serve it, and rows are compared exactly in the end";
const graph = "a graph on codes of our own serves it, and rows are compared exactly in the end";
const columns = "filters are evaluated over the columns; there is no structure of it yet";

export const indexDifferences: Differences = {
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

const samples = "of the rows of each segment; rows are divided into segments in another way";

export const filterDifferences: Differences = {
  "random_sample(0.5)": samples,
  "i > 1 and random_sample(0.5)": samples,
};

const kept = "rows that are deleted meanwhile are kept until the last batch is ten minutes ago";

export const searchDifferences: Differences = {
  "`consistency_level`": "at every level a read sees all writes that were acknowledged before",
  "`hints`: `iterative_filter`":
    "taken without effect: whether rows are filtered before or while they are searched goes by the cost",
  "iterator, first version": kept,
  "iterator, second version": `${kept}; no row is lost where scores are equal`,
  "query iterator": kept,
  "boost ranker":
    "the best `topk + offset` hits are boosted, where Milvus boosts so many of each segment",
  "`order_by_fields`": "by Timestamptz too, which Milvus refuses",
};
