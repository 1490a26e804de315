import { must } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import type { Metric } from "../base/metric.ts";
import {
  type BuildParameters,
  checkBuildParameters,
  flattenParameters,
  typeMisfit,
} from "../index/build-parameters.ts";
import { checkScalarIndex, scalarIndexTypeNamed } from "../index/scalar-index-type.ts";
import {
  defaultMetricOf,
  type VectorIndexTypeName,
  vectorIndexTypeNamed,
} from "../index/vector-index-type.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { dynamicFieldOf, fieldNamed, holdsVectors } from "../schema/define-schema.ts";
import { checkName } from "../schema/name.ts";

/** What a caller gives to define an index. */
export interface IndexDefinition {
  readonly field: string;
  /** The field's name when absent. */
  readonly name?: string;
  /** Milvus's name of the index type; `AUTOINDEX` when absent. */
  readonly type?: string;
  /**
   * For vector fields. When absent it is `COSINE`, of binary vectors `HAMMING`, of sparse ones `IP`, of
   * arrays of vectors `MAX_SIM_COSINE`.
   */
  readonly metric?: Metric;
  /** Build parameters by Milvus's names, kept as they were given: numbers may be texts. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
}

/** An index as the manifest holds it. */
export interface StoredIndex {
  readonly id: number;
  readonly name: string;
  readonly field: string;
  readonly type: string;
  readonly metric?: Metric;
  readonly params: Readonly<Record<string, string>>;
}

/** What answers in an index's place: `FLAT` and `scan` go over the rows themselves. */
export type ServedBy =
  | "FLAT"
  | "IVF_RABITQ"
  | "HNSW"
  | "BIN_IVF_FLAT"
  | "MINHASH_LSH"
  | "SPARSE_INVERTED_INDEX"
  | "scan";

/** How far an index is, and what it has become. */
export interface IndexStatus {
  /** Until it is finished, rows that it lacks are scanned: answers are the same. */
  readonly state: "building" | "finished" | "failed";
  /**
   * Rows that need no more work: they are in the structure, or are scanned for good. While an index
   * is built, as large a share of its rows as of the work that is done.
   */
  readonly indexedRows: number;
  readonly totalRows: number;
  /** Rows that are still to be indexed. */
  readonly pendingRows: number;
  /** Why it failed. */
  readonly failReason?: string;
  readonly servedBy: ServedBy;
  /** Why that was chosen, as a sentence for people. */
  readonly reason: string;
  /** Bytes in memory per row, beside the exact vectors. */
  readonly bytesPerRow: number;
}

/** An index, how far it is and what serves it. */
export interface IndexInfo extends StoredIndex, IndexStatus {}

/**
 * Checks a definition and completes it. `undefined` when the same index is there already.
 * Throws `invalid-parameter`, `field-not-found`, `index-conflict` or `metric-mismatch`.
 */
export function defineIndex(
  schema: CollectionSchema,
  existing: readonly StoredIndex[],
  definition: IndexDefinition,
  id: number,
): StoredIndex | undefined {
  const field = indexedField(schema, definition.field);
  const resolved = { field: field.name, ...resolveType(field, definition) };
  const onField = existing.find((other) => placeOf(other) === placeOf(resolved));
  const name =
    definition.name || onField?.name || defaultName(existing, definition.field, resolved);
  if (definition.name && name !== field.name) checkName("index", name);
  const index: StoredIndex = { id, name, ...resolved };
  if (onField !== undefined) {
    if (isSame(onField, index)) return undefined;
    throw new EngineError("index-conflict", "at most one distinct index is allowed per field", {
      details: { field: field.name, index: onField.name },
    });
  }
  if (existing.some((other) => other.name === name)) {
    throw new EngineError("index-conflict", `index name ${name} is used by another field`, {
      details: { field: field.name, index: name },
    });
  }
  return index;
}

/** The field's name, unless another path of it has an index of that name. */
function defaultName(
  existing: readonly StoredIndex[],
  wanted: string,
  resolved: Pick<StoredIndex, "params">,
): string {
  const isTaken = existing.some((other) => other.name === wanted);
  return isTaken ? `${wanted}_${flattenParameters(resolved.params)["json_path"] ?? ""}` : wanted;
}

/** What has one index: a field, or a path in the values of a JSON field. */
function placeOf({ field, params }: Pick<StoredIndex, "field" | "params">): string {
  return `${field}\n${String(flattenParameters(params)["json_path"] ?? "")}`;
}

/** Any name that is no field's may be a key of the dynamic field. */
function indexedField(schema: CollectionSchema, name: string): Field {
  const field = fieldNamed(schema, name) ?? dynamicFieldOf(schema);
  if (field !== undefined) return field;
  throw new EngineError("field-not-found", `cannot create index on non-exist field: ${name}`, {
    details: { field: name },
  });
}

/** Whether there is an index type of that name, of vectors or of scalars. */
export function isIndexType(name: string): boolean {
  return vectorIndexTypeNamed(name) !== undefined || scalarIndexTypeNamed(name) !== undefined;
}

function resolveType(
  field: Field,
  { type = "AUTOINDEX", metric = defaultMetricOf(field), params: given = {} }: IndexDefinition,
): Pick<StoredIndex, "type" | "metric" | "params"> {
  const params = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, String(value)]),
  );
  if (!isIndexType(type)) {
    throw new EngineError("invalid-parameter", "", {
      details: { expected: "valid index", actual: `invalid index type: ${type}` },
    });
  }
  if (holdsVectors(field)) {
    const vectorType = vectorIndexTypeNamed(type);
    if (vectorType === undefined) throw typeMisfit(field.type, type);
    checkBuildParameters(vectorType, field, metric, params);
    if (metric === "BM25") throw bm25WithoutFunction();
    return { type: vectorType, metric, params };
  }
  const scalarType = scalarIndexTypeNamed(type);
  if (scalarType === undefined) throw typeMisfit(field.type, type);
  checkScalarIndex(scalarType, field, flattenParameters(params));
  return { type: scalarType, params };
}

/** There are no functions yet, whose output alone may be compared so. */
function bm25WithoutFunction(): EngineError {
  return new EngineError(
    "invalid-parameter",
    "only BM25 Function output field support BM25 metric type",
    { details: { found: "BM25", allowed: ["IP"] } },
  );
}

/**
 * What the index of a vector field is to be built with. Throws `invalid-parameter` where an older
 * version took parameters that this one refuses.
 */
export function buildParametersOf(schema: CollectionSchema, index: StoredIndex): BuildParameters {
  const metric = must(index.metric, `metric of index ${index.name}`);
  const field = indexedField(schema, index.field);
  return checkBuildParameters(vectorTypeOf(index), field, metric, index.params);
}

/** The index type of a vector field's index. */
function vectorTypeOf(index: StoredIndex): VectorIndexTypeName {
  return must(vectorIndexTypeNamed(index.type), `type of index ${index.name}`);
}

/** How an index is whose rows are scanned: complete at once, and of no size. */
export function statusOfScan(index: StoredIndex, rowCount: number): IndexStatus {
  const isVector = index.metric !== undefined;
  return {
    state: "finished",
    indexedRows: rowCount,
    totalRows: rowCount,
    pendingRows: 0,
    servedBy: isVector ? "FLAT" : "scan",
    reason: isVector
      ? "The rows are scanned: answers are exact."
      : "Filters are evaluated over the columns.",
    bytesPerRow: 0,
  };
}

function isSame(a: StoredIndex, b: StoredIndex): boolean {
  const form = ({ name, type, metric, params }: StoredIndex): string =>
    JSON.stringify([name, type, metric, Object.entries(flattenParameters(params)).sort()]);
  return form(a) === form(b);
}
