export {
  type Clock,
  type HybridClock,
  physicalMs,
  type Timestamp,
  timestampOfMs,
} from "./base/clock.ts";
export {
  EngineError,
  type EngineErrorCode,
  type EngineErrorDetails,
  isEngineError,
  messageOf,
} from "./base/errors.ts";
export { isAscending, type Metric, metrics } from "./base/metric.ts";
export { type DatabaseInfo, defaultDatabaseName } from "./catalog/catalog.ts";
export { Collection } from "./collection/collection.ts";
export type {
  CollectionChange,
  CollectionDefinition,
  PartitionInfo,
  SegmentInfo,
} from "./collection/collection-definition.ts";
export type { IndexChange } from "./collection/collection-indexes.ts";
export { defaultPartitionName } from "./collection/collection-manifest.ts";
export type { Durability } from "./collection/collection-store.ts";
export type { MutationResult } from "./collection/collection-writer.ts";
export type { CompactionJob } from "./collection/compaction-jobs.ts";
export type { Merge } from "./collection/compactor.ts";
export type { DeleteTarget } from "./collection/delete-rows.ts";
export {
  type IndexDefinition,
  type IndexInfo,
  type IndexStatus,
  isIndexType,
  type ServedBy,
} from "./collection/index-definition.ts";
export { type AliasInfo, type BackgroundFailureListener, Database } from "./database.ts";
export type { TemplateValue } from "./filter/template-value.ts";
export { wkbOfWkt, wktOfWkb } from "./geometry/well-known.ts";
export { flattenParameters } from "./index/build-parameters.ts";
export type { GivenParameters } from "./index/parameter-rule.ts";
export type { ScoreRange } from "./index/score-range.ts";
export { type VectorIndexType, vectorIndexTypes } from "./index/vector-index-type.ts";
export { memoryPath, type OpenOptions, openDatabase } from "./open-database.ts";
export type {
  AggregateSearchRequest,
  AggregateSearchResult,
  BucketMetric,
  BucketValue,
  SearchAggregation,
  SearchBucket,
  TopHits,
} from "./query/aggregate-search-request.ts";
export { countOutput } from "./query/output-plan.ts";
export type {
  Boost,
  BoostFunction,
  DecayRanker,
  GroupBy,
  HybridSearchRequest,
  OrderBy,
  OutputField,
  QueryRequest,
  QueryResult,
  RankedSearchRequest,
  Ranker,
  ReadRequest,
  RrfRanker,
  SearchBatch,
  SearchIterator,
  SearchIteratorRequest,
  SearchRequest,
  SearchResult,
  SearchTarget,
  SearchVectors,
  WeightedRanker,
} from "./query/request.ts";
export type { SearchHit } from "./query/result-rows.ts";
export type { FieldChange } from "./schema/alter-schema.ts";
export {
  type CollectionSchema,
  dynamicFieldName,
  type Field,
  type FieldDefinition,
  type ScalarValue,
  type StructArray,
  type StructArrayDefinition,
} from "./schema/collection-schema.ts";
export type {
  BytesColumn,
  Column,
  ColumnSet,
  FixedArray,
  FixedColumn,
  ListColumn,
  SparseColumn,
  VectorColumn,
  VectorElement,
} from "./schema/column.ts";
export { isValid } from "./schema/column.ts";
export { createFixedArray } from "./schema/column-buffer.ts";
export { columnOf } from "./schema/column-of-values.ts";
export { keyAt, textAt, type Value, valueAt } from "./schema/column-value.ts";
export {
  type DataType,
  type DataTypeInfo,
  dataTypes,
  infoOf,
  type TypeFamily,
} from "./schema/data-type.ts";
export { fieldNamed, holdsVectors, primaryKeyOf, vectorFieldsOf } from "./schema/define-schema.ts";
export { gatherColumn, type Picks } from "./schema/gather.ts";
export { floatsToHalves, halvesToFloats } from "./schema/half-precision.ts";
export { type JsonValue, parseJson, stringifyJson } from "./schema/json.ts";
export { limits } from "./schema/limits.ts";
export { checkName, type NameKind } from "./schema/name.ts";
export type { ArrayChange, Row, RowBatch, UpdateBatch } from "./schema/row-batch.ts";
export {
  fieldsOfStruct,
  structFieldName,
  structNamed,
  subFieldName,
} from "./schema/struct-array.ts";
export { formatTimestamptz, parseTimestamptz, timestamptzOfRow } from "./schema/timestamptz.ts";
export {
  createVectorArray,
  strideOf,
  vectorArrayKind,
  vectorByteLength,
  vectorShapeOf,
} from "./schema/vector-layout.ts";
export type { FileSystem } from "./storage/file-system.ts";
export { MemoryFileSystem } from "./storage/memory-file-system.ts";
