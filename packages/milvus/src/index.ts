export {
  type GrpcStatusName,
  MilvusError,
  type MilvusErrorKind,
  type MilvusErrorName,
  milvusErrorKinds,
  toMilvusError,
  toStatus,
} from "./errors.ts";
export {
  type CallContext,
  implementedMethods,
  isKnownMethod,
  MilvusService,
  type MilvusServiceOptions,
  type ServiceLogger,
} from "./service/router.ts";
