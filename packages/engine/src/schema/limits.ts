/** The limits of Milvus's data model (Milvus 3.0's defaults). */
export const limits = {
  /** Characters of a name of a collection, field, index, partition, alias or database. */
  nameLength: 255,
  fieldsPerCollection: 256,
  vectorFieldsPerCollection: 10,
  dimMin: 2,
  dimMax: 32_768,
  /** Bits of a BinaryVector: as many bytes as a FloatVector may have components. */
  binaryDimMax: 262_144,
  /** Bytes of UTF-8 of a VarChar value. */
  varCharLength: 65_535,
  /** Elements of an Array value. */
  arrayCapacity: 4_096,
  /** Bytes of a JSON value. */
  jsonLength: 65_536,
  databases: 64,
  collectionsPerDatabase: 65_536,
  partitionsPerCollection: 1_024,
  /** Rows of an answer, and `offset + limit`. */
  resultWindow: 16_384,
  /** Hits of a group of a grouping search. */
  groupSize: 10,
  /** Searches of a hybrid search. */
  hybridSearches: 1_024,
  /** Buckets and hits of a search aggregation, for all vectors. */
  aggregationEntries: 10_000,
  /** Levels of a search aggregation. */
  aggregationLevels: 4,
  /** Vectors of one search. */
  searchVectors: 16_384,
  /** Hits of all vectors of one search: about the 100 MiB that Milvus lets an answer have. */
  searchHits: 8_388_608,
  collectionDescriptionLength: 1_024,
} as const;
