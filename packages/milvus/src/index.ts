export { AccessControl, type AccessControlOptions } from "./access/access-control.ts";
export { AccessError, type AccessErrorKind } from "./access/access-error.ts";
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
