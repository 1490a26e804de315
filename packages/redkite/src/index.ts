export type {
  Collection,
  CollectionDefinition,
  Database,
  EngineErrorCode,
  FieldDefinition,
  IndexDefinition,
  OpenOptions,
  QueryRequest,
  Row,
  SearchHit,
  SearchRequest,
} from "@redkite/engine";
export { EngineError, openDatabase } from "@redkite/engine";
export type {
  ClientConfig,
  CreateCollectionReq,
  CreateColReq,
  CreateIndexReq,
  DeleteReq,
  DescribeCollectionResponse,
  FieldType,
  HybridSearchReq,
  InsertReq,
  MutationResult,
  QueryReq,
  QueryResults,
  ResStatus,
  RowData,
  SearchReq,
  SearchResults,
  SearchSimpleReq,
  UpsertReq,
} from "@redkite/milvus/client";
export {
  ConsistencyLevelEnum,
  DataType,
  ErrorCode,
  FunctionType,
  IndexType,
  LoadState,
  LocalCallError,
  MetricType,
  MilvusClient,
  RANKER_TYPE,
  RRFRanker,
  WeightedRanker,
} from "@redkite/milvus/client";
export type { RunningServer, ServerErrorCode, ServerOptions } from "@redkite/milvus/server";
export { ServerError, startServer } from "@redkite/milvus/server";
export { type EmbedTextOptions, embedText } from "./embed/embed-text.ts";
export {
  type TextModel,
  TextModelError,
  type TextModelErrorCode,
  type TextModelLoader,
  type TextModelSpec,
} from "./embed/text-model.ts";
export { defaultTextModel, registerTextModel } from "./embed/text-model-registry.ts";
