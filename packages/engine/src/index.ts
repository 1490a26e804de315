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
export { type Metric, metrics } from "./base/metric.ts";
export { type DatabaseInfo, defaultDatabaseName } from "./catalog/catalog.ts";
export { Collection } from "./collection/collection.ts";
export type {
  CollectionDefinition,
  PartitionInfo,
  SegmentInfo,
} from "./collection/collection-definition.ts";
export { defaultPartitionName } from "./collection/collection-manifest.ts";
export type { Durability } from "./collection/collection-store.ts";
export type { DeleteTarget, MutationResult } from "./collection/collection-writer.ts";
export {
  type IndexDefinition,
  type IndexInfo,
  type IndexStatus,
  isIndexType,
  type ServedBy,
} from "./collection/index-definition.ts";
export { type AliasInfo, Database } from "./database.ts";
export type { TemplateValue } from "./filter/template-value.ts";
export { flattenParameters } from "./index/build-parameters.ts";
export type { GivenParameters } from "./index/parameter-rule.ts";
export type { ScoreRange } from "./index/score-range.ts";
export { memoryPath, type OpenOptions, openDatabase } from "./open-database.ts";
export { countOutput } from "./query/output-plan.ts";
export type {
  OutputField,
  QueryRequest,
  QueryResult,
  ReadRequest,
  SearchBatch,
  SearchIterator,
  SearchIteratorRequest,
  SearchRequest,
  SearchResult,
} from "./query/request.ts";
export type { SearchHit } from "./query/result-rows.ts";
export {
  type CollectionSchema,
  dynamicFieldName,
  type Field,
  type FieldDefinition,
  type ScalarValue,
} from "./schema/collection-schema.ts";
export type {
  BytesColumn,
  Column,
  ColumnSet,
  FixedArray,
  FixedColumn,
  ListColumn,
  VectorColumn,
} from "./schema/column.ts";
export { isValid } from "./schema/column.ts";
export { createFixedArray } from "./schema/column-buffer.ts";
export { keyAt, textAt, type Value, valueAt } from "./schema/column-value.ts";
export {
  type DataType,
  type DataTypeInfo,
  dataTypes,
  infoOf,
  type TypeFamily,
} from "./schema/data-type.ts";
export { fieldNamed, primaryKeyOf, vectorFieldsOf } from "./schema/define-schema.ts";
export { gatherColumn, type Picks } from "./schema/gather.ts";
export { type JsonValue, parseJson, stringifyJson } from "./schema/json.ts";
export { limits } from "./schema/limits.ts";
export { checkName, type NameKind } from "./schema/name.ts";
export type { Row, RowBatch } from "./schema/row-batch.ts";
export { columnOf } from "./schema/rows-to-columns.ts";
export type { FileSystem } from "./storage/file-system.ts";
export { MemoryFileSystem } from "./storage/memory-file-system.ts";
