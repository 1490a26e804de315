// The SDK's names that applications use beside the client, so that they need not install it too.
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
} from "@zilliz/milvus2-sdk-node";
export {
  ConsistencyLevelEnum,
  DataType,
  ErrorCode,
  FunctionType,
  IndexType,
  LoadState,
  MetricType,
  RANKER_TYPE,
  RRFRanker,
  WeightedRanker,
} from "@zilliz/milvus2-sdk-node";
export { LocalCallError } from "./local-call-error.ts";
export { MilvusClient } from "./milvus-client.ts";
