import { create } from "@bufbuild/protobuf";
import { EngineError, type EngineErrorCode, messageOf } from "@redkite/engine";
import { ErrorCode, type Status, StatusSchema } from "./wire/gen/common_pb.ts";

/** The names of gRPC's status codes that errors map to. */
export type GrpcStatusName =
  | "ALREADY_EXISTS"
  | "CANCELLED"
  | "FAILED_PRECONDITION"
  | "INTERNAL"
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "PERMISSION_DENIED"
  | "RESOURCE_EXHAUSTED"
  | "UNAUTHENTICATED"
  | "UNAVAILABLE"
  | "UNIMPLEMENTED"
  | "UNKNOWN";

/** The errors that this service answers with: Milvus's names, without its `Err`. */
export type MilvusErrorName =
  | "aliasConflict"
  | "aliasExists"
  | "aliasNotFound"
  | "cancelled"
  | "collectionIllegalSchema"
  | "collectionLoaded"
  | "collectionNotFound"
  | "collectionNotLoaded"
  | "databaseInvalidName"
  | "databaseLimit"
  | "databaseNotFound"
  | "fieldInvalidName"
  | "fieldNotFound"
  | "indexDuplicate"
  | "indexNotFound"
  | "ioFailed"
  | "operationNotSupported"
  | "parameterInvalid"
  | "parameterMissing"
  | "partitionNotFound"
  | "partitionNotLoaded"
  | "replicaNotFound"
  | "resourceGroupNotFound"
  | "privilegeGroupInvalidName"
  | "privilegeNotAuthenticated"
  | "privilegeNotPermitted"
  | "schemaMismatch"
  | "serviceForceDeny"
  | "serviceInternal"
  | "serviceNotReady"
  | "serviceResourceInsufficient"
  | "serviceQuotaExceeded"
  | "serviceUnavailable"
  | "serviceUnimplemented"
  | "unexpected";

/** One of Milvus's errors, with what it is called in each of the protocols. */
export interface MilvusErrorKind {
  /** `Status.code`. */
  readonly code: number;
  /** The fixed part of `Status.reason`. Empty for errors that Milvus has no name for. */
  readonly text: string;
  readonly grpc: GrpcStatusName;
  readonly http: number;
  /** `Status.error_code`, which clients before 2.3 read and pymilvus still reads. */
  readonly legacy: keyof typeof ErrorCode;
}

const httpStatuses: Readonly<Record<GrpcStatusName, number>> = {
  ALREADY_EXISTS: 409,
  CANCELLED: 499,
  FAILED_PRECONDITION: 409,
  INTERNAL: 500,
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  UNAUTHENTICATED: 401,
  UNAVAILABLE: 503,
  UNIMPLEMENTED: 501,
  UNKNOWN: 400,
};

/** Codes and texts are those of Milvus's `pkg/util/merr/errors.go`. */
export const milvusErrorKinds: Readonly<Record<MilvusErrorName, MilvusErrorKind>> = {
  serviceNotReady: kind(1, "service not ready", "UNAVAILABLE", "NotReadyServe"),
  serviceUnavailable: kind(2, "service unavailable", "UNAVAILABLE"),
  serviceInternal: kind(5, "service internal error", "INTERNAL"),
  serviceQuotaExceeded: kind(9, "quota exceeded", "RESOURCE_EXHAUSTED", "ForceDeny"),
  serviceForceDeny: kind(9, "force deny", "FAILED_PRECONDITION", "ForceDeny"),
  serviceUnimplemented: kind(10, "service unimplemented", "UNIMPLEMENTED"),
  serviceResourceInsufficient: kind(12, "service resource insufficient", "FAILED_PRECONDITION"),
  collectionNotFound: kind(100, "collection not found", "NOT_FOUND", "CollectionNotExists"),
  collectionNotLoaded: kind(101, "collection not loaded", "FAILED_PRECONDITION"),
  collectionLoaded: kind(104, "collection already loaded", "FAILED_PRECONDITION"),
  collectionIllegalSchema: kind(105, "illegal collection schema", "INVALID_ARGUMENT"),
  schemaMismatch: kind(109, "schema mismatch", "FAILED_PRECONDITION", "SchemaMismatch"),
  partitionNotFound: kind(200, "partition not found", "NOT_FOUND", "MetaFailed"),
  partitionNotLoaded: kind(201, "partition not loaded", "FAILED_PRECONDITION"),
  resourceGroupNotFound: kind(300, "resource group not found", "NOT_FOUND"),
  replicaNotFound: kind(400, "replica not found", "NOT_FOUND", "MetaFailed"),
  indexNotFound: kind(700, "index not found", "NOT_FOUND", "IndexNotExist"),
  indexDuplicate: kind(702, "index duplicates", "ALREADY_EXISTS"),
  databaseNotFound: kind(800, "database not found", "NOT_FOUND"),
  databaseLimit: kind(801, "exceeded the limit number of database", "FAILED_PRECONDITION"),
  databaseInvalidName: kind(802, "invalid database name", "INVALID_ARGUMENT"),
  ioFailed: kind(1001, "IO failed", "INTERNAL"),
  parameterInvalid: kind(1100, "invalid parameter", "INVALID_ARGUMENT", "IllegalArgument"),
  privilegeNotAuthenticated: kind(1400, "not authenticated", "UNAUTHENTICATED"),
  privilegeNotPermitted: kind(1401, "privilege not permitted", "PERMISSION_DENIED"),
  privilegeGroupInvalidName: kind(1402, "invalid privilege group name", "INVALID_ARGUMENT"),
  parameterMissing: kind(1101, "missing parameter", "INVALID_ARGUMENT", "IllegalArgument"),
  aliasNotFound: kind(1600, "alias not found", "NOT_FOUND"),
  aliasConflict: kind(1601, "alias and collection name conflict", "ALREADY_EXISTS"),
  aliasExists: kind(1602, "alias already exist", "ALREADY_EXISTS"),
  fieldNotFound: kind(1700, "field not found", "NOT_FOUND"),
  fieldInvalidName: kind(1701, "field name invalid", "INVALID_ARGUMENT"),
  operationNotSupported: kind(3000, "unsupported operation", "INVALID_ARGUMENT"),
  cancelled: kind(10_000, "", "CANCELLED"),
  /** What Milvus has no code for: the reason is the message alone. */
  unexpected: kind(65_535, "", "UNKNOWN"),
};

/** Names and values that a reason shows as `[name=value]`. */
export type ReasonFields = Readonly<Record<string, string | number | bigint | boolean>>;

interface MilvusErrorOptions {
  /** Instead of Milvus's usual text for the error. */
  readonly text?: string;
  /** What was attempted: stands before Milvus's text, as `<message>: <text>[field=value]`. */
  readonly message?: string;
  readonly fields?: ReasonFields;
  readonly cause?: unknown;
  /** False when the request was right and the server failed. */
  readonly isInputError?: boolean;
}

/** An error that a client gets as a `Status`. Its message is the status's `reason`. */
export class MilvusError extends Error {
  override readonly name = "MilvusError";
  readonly kind: MilvusErrorKind;
  readonly isInputError: boolean;

  constructor(name: MilvusErrorName, options: MilvusErrorOptions = {}) {
    super(reasonOf(milvusErrorKinds[name], options), { cause: options.cause });
    this.kind = milvusErrorKinds[name];
    this.isInputError = options.isInputError ?? true;
  }
}

/** The commonest error: `<message>: invalid parameter[field=value]`, code 1100. */
export function invalidParameter(message: string, fields: ReasonFields = {}): MilvusError {
  return new MilvusError("parameterInvalid", { message, fields });
}

/** What Milvus refuses without a code: the message alone, code 65535. */
export function refused(message: string): MilvusError {
  return new MilvusError("unexpected", { message });
}

/** A feature of Milvus that is not built yet, by the name that clients know it by. */
export function unsupported(feature: string): MilvusError {
  return new MilvusError("operationNotSupported", {
    message: `${feature} is not supported by Redkite yet`,
  });
}

/** How an engine error becomes one of Milvus's. */
interface EngineErrorRule {
  readonly name: MilvusErrorName;
  /** The details of the engine error that the reason shows, in this order. */
  readonly fields?: readonly string[];
  /** Set when it is the server's fault, not the request's. */
  readonly isServerError?: true;
}

const expectedActual = ["expected", "actual"] as const;

/** Every error of the engine, so that the compiler refuses one that is not thought of. */
const engineErrorRules: Readonly<Record<EngineErrorCode, EngineErrorRule>> = {
  "alias-conflict": { name: "aliasConflict", fields: ["database", "alias"] },
  "alias-exists": { name: "aliasExists", fields: ["database", "alias"] },
  "alias-not-found": { name: "aliasNotFound", fields: ["database", "alias"] },
  cancelled: { name: "cancelled" },
  "collection-exists": { name: "unexpected" },
  "collection-loaded": { name: "collectionLoaded", fields: ["collection"] },
  "collection-not-found": {
    name: "collectionNotFound",

    fields: ["database", "collection"],
  },
  "collection-not-loaded": { name: "collectionNotLoaded", fields: ["collection"] },
  "database-exists": { name: "unexpected" },
  "database-limit": { name: "databaseLimit", fields: ["limit"] },
  "database-name-invalid": { name: "databaseInvalidName", fields: ["database"] },
  "database-not-empty": { name: "unexpected" },
  "database-not-found": { name: "databaseNotFound", fields: ["database"] },
  "dimension-mismatch": { name: "parameterInvalid", fields: expectedActual },
  "duplicate-key": { name: "parameterInvalid" },
  "field-name-invalid": { name: "fieldInvalidName", fields: ["field"] },
  "field-not-found": { name: "parameterInvalid" },
  "filter-invalid": { name: "parameterInvalid" },
  "index-conflict": { name: "unexpected" },
  "index-not-found": { name: "indexNotFound", fields: ["collection", "indexName"] },
  "invalid-parameter": { name: "parameterInvalid", fields: expectedActual },
  "limit-exceeded": { name: "unexpected" },
  "metric-mismatch": { name: "parameterInvalid", fields: expectedActual },
  "partition-exists": { name: "unexpected" },
  "partition-not-found": { name: "partitionNotFound", fields: ["partition"] },
  "partition-not-loaded": { name: "partitionNotLoaded", fields: ["partition"] },
  "schema-illegal": { name: "collectionIllegalSchema" },
  "schema-invalid": { name: "parameterInvalid" },
  // Of rows and their collection. Clients re-read the schema and try again on Milvus's own
  // mismatch (109), which is about a schema that has changed meanwhile.
  "schema-mismatch": { name: "parameterInvalid", fields: expectedActual },
  unsupported: { name: "operationNotSupported" },
  closed: { name: "serviceNotReady", isServerError: true },
  "corrupt-file": { name: "ioFailed", isServerError: true },
  "format-too-new": { name: "serviceUnavailable", isServerError: true },
  io: { name: "ioFailed", isServerError: true },
  locked: { name: "serviceUnavailable", isServerError: true },
  "not-a-database": { name: "serviceUnavailable", isServerError: true },
};

/** The error that a client gets for anything that was thrown. */
export function toMilvusError(thrown: unknown): MilvusError {
  if (thrown instanceof MilvusError) return thrown;
  if (thrown instanceof EngineError) return fromEngineError(thrown);
  return new MilvusError("serviceInternal", {
    message: messageOf(thrown),
    cause: thrown,
    isInputError: false,
  });
}

/** The status that a client gets for anything that was thrown. */
export function toStatus(thrown: unknown): Status {
  const error = toMilvusError(thrown);
  return create(StatusSchema, {
    code: error.kind.code,
    errorCode: ErrorCode[error.kind.legacy],
    reason: error.message,
    detail: error.message,
    retriable: error.kind.grpc === "UNAVAILABLE",
    extraInfo: error.isInputError ? { is_input_error: "true" } : {},
  });
}

function fromEngineError(error: EngineError): MilvusError {
  const rule = engineErrorRules[error.code];
  const fields: Record<string, string | number | bigint | boolean> = {};
  for (const field of rule.fields ?? []) {
    const value = error.details[field];
    if (value !== undefined)
      fields[field] = typeof value === "object" ? `[${value.join(" ")}]` : value;
  }
  return new MilvusError(rule.name, {
    message: error.message,
    fields,
    cause: error,
    isInputError: rule.isServerError !== true,
  });
}

function reasonOf(kindOfError: MilvusErrorKind, options: MilvusErrorOptions): string {
  const { text = kindOfError.text, fields = {} } = options;
  // Errors of the engine that are Milvus's own have Milvus's text as their message.
  const message = options.message === text ? "" : (options.message ?? "");
  const shown = Object.entries(fields).map(([name, value]) => `[${name}=${value}]`);
  const fixed = `${text}${shown.join("")}`;
  // Milvus puts the text of its service errors first and that of all others last.
  const parts = kindOfError.code < 100 ? [fixed, message] : [message, fixed];
  return parts.filter((part) => part !== "").join(": ");
}

function kind(
  code: number,
  text: string,
  grpc: GrpcStatusName,
  legacy: keyof typeof ErrorCode = "UnexpectedError",
): MilvusErrorKind {
  return { code, text, grpc, http: httpStatuses[grpc], legacy };
}
