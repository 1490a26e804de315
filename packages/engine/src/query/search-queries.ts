import { EngineError } from "../base/errors.ts";
import { isListMetric, type Metric } from "../base/metric.ts";
import type { DenseQueries, ListQueries, QueryVectors } from "../index/query-vectors.ts";
import { copyFloats, type DenseArray, type DenseElement } from "../kernels/dense-rows.ts";
import { checkFinite, checkFiniteVectors } from "../schema/check-finite.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { ListColumn, SparseColumn, VectorColumn, VectorElement } from "../schema/column.ts";
import type { DataType } from "../schema/data-type.ts";
import { floatsToHalves } from "../schema/half-precision.ts";
import { limits } from "../schema/limits.ts";
import { checkSparseRow } from "../schema/sparse-row.ts";
import { strideOf, vectorByteLength, vectorShapeOf } from "../schema/vector-layout.ts";
import type { SearchVectors } from "./request.ts";

/** Vectors to search for, as a plan takes them. */
export interface SearchQueries {
  readonly queries: QueryVectors;
  readonly queryCount: number;
}

/**
 * Checks the vectors of a request against the field that is searched, and for arrays of vectors
 * against the metric: lists are compared with lists, or single vectors with the elements of all.
 * Floats are rounded where the field has fewer bits. Throws `dimension-mismatch`, `limit-exceeded` or
 * `invalid-parameter`.
 */
export function searchQueries(field: Field, vectors: SearchVectors, metric: Metric): SearchQueries {
  const isOfLists = field.type === "ArrayOfVector" && isListMetric(metric);
  if (vectors instanceof Float32Array) return floatQueries(field, vectors, isOfLists);
  checkCount(vectors.rowCount);
  const queryCount = vectors.rowCount;
  if (isOfLists) {
    if (vectors.layout !== "list") throw wrongType(field, vectors);
    return { queries: listQueries(field, vectors), queryCount };
  }
  if (field.type === "SparseFloatVector") {
    if (vectors.layout !== "sparse") throw wrongType(field, vectors);
    return { queries: sparseQueries(vectors), queryCount };
  }
  if (vectors.layout !== "vector") throw wrongType(field, vectors);
  return { queries: vectorQueries(field, vectors), queryCount };
}

/** Queries as floats one after the other: of dense vectors whose dimension is known. */
function floatQueries(field: Field, values: Float32Array, isOfLists: boolean): SearchQueries {
  const { element, dim } = vectorShapeOf(field);
  const isDense = field.type !== "SparseFloatVector" && !isOfLists;
  if (!isDense || element === "bit") throw typeMismatch(field, "VECTOR_FLOAT");
  if (values.length === 0 || values.length % dim !== 0) {
    throw wrongSize(field, { expected: 4 * dim, found: 4 * values.length });
  }
  const queryCount = values.length / dim;
  checkCount(queryCount);
  return { queries: denseQueries(field, { element: "float32", values }, dim), queryCount };
}

function vectorQueries(field: Field, vectors: VectorColumn): QueryVectors {
  const { element } = vectorShapeOf(field);
  const isHalf = element === "float16" || element === "bfloat16";
  const fits = vectors.element === element || (isHalf && vectors.element === "float32");
  if (!fits) throw wrongType(field, vectors);
  return fittingQueries(field, vectors);
}

/** Vectors whose element is known to go with the field's. */
function fittingQueries(field: Field, vectors: VectorColumn): DenseQueries | BinaryOnly {
  const { dim } = vectorShapeOf(field);
  const { element, rowCount } = vectors;
  if (vectors.dim !== dim) {
    throw wrongSize(field, {
      expected: vectorByteLength(element, dim),
      found: vectorByteLength(element, vectors.dim),
    });
  }
  const values = vectors.values.subarray(0, rowCount * strideOf(element, dim));
  if (element === "bit") {
    // As the element says.
    return { kind: "binary", rowBytes: dim / 8, values: values as Uint8Array };
  }
  // Of bits alone the values are bytes without a sign.
  return denseQueries(field, { element, values: values as DenseArray }, dim);
}

type BinaryOnly = Extract<QueryVectors, { readonly kind: "binary" }>;

/** As f32, with the values that the field could have. */
function denseQueries(
  field: Field,
  given: { readonly element: DenseElement; readonly values: DenseArray },
  dim: number,
): DenseQueries {
  const { element } = vectorShapeOf(field);
  let rows = given;
  if (given.values instanceof Float32Array) {
    checkFinite(given.values, field.name);
    if (element === "float32") return { kind: "dense", dim, values: given.values };
    if (element === "float16" || element === "bfloat16") {
      rows = { element, values: floatsToHalves(element, given.values) };
    }
  }
  const rowCount = rows.values.length / dim;
  checkFiniteVectors({ layout: "vector", rowCount, dim, ...rows }, field.name);
  const values = new Float32Array(rows.values.length);
  copyFloats(rows, { start: 0, end: values.length }, values);
  return { kind: "dense", dim, values };
}

function sparseQueries({ rowCount, offsets, indices, values }: SparseColumn): QueryVectors {
  const rows = { offsets, indices, values };
  for (let q = 0; q < rowCount; q++) checkSparseRow(rows, offsets[q], offsets[q + 1]);
  return { kind: "sparse", rows };
}

function listQueries(field: Field, { offsets, elements }: ListColumn): ListQueries {
  if (elements.layout !== "vector") throw typeMismatch(field, elements.layout);
  const { element } = vectorShapeOf(field);
  if (elements.element !== element) throw wrongType(field, elements);
  return { kind: "list", offsets, vectors: fittingQueries(field, elements) };
}

function checkCount(count: number): void {
  const max = limits.searchVectors;
  if (count >= 1 && count <= max) return;
  throw new EngineError(
    "limit-exceeded",
    `nq [${count}] is invalid, nq (number of search vector per search request) should be in range [1, ${max}], but got ${count}`,
    { details: { found: count, max } },
  );
}

function wrongSize(
  field: Field,
  { expected, found }: { readonly expected: number; readonly found: number },
): EngineError {
  const dim = field.dim ?? 0;
  return new EngineError(
    "dimension-mismatch",
    `vector dimension mismatch, expected vector size(byte) ${expected}, actual ${found}`,
    { details: { field: field.name, expected: dim, actual: (dim * found) / expected } },
  );
}

/** Milvus's core's names of types of vectors. */
const coreNames: Readonly<Record<VectorElement, string>> = {
  float32: "VECTOR_FLOAT",
  float16: "VECTOR_FLOAT16",
  bfloat16: "VECTOR_BFLOAT16",
  int8: "VECTOR_INT8",
  bit: "VECTOR_BINARY",
};

function coreNameOf(type: DataType): string {
  switch (type) {
    case "SparseFloatVector":
      return "VECTOR_SPARSE_U32_F32";
    case "ArrayOfVector":
      return "VECTOR_ARRAY";
    default:
      return coreNames[vectorShapeOf({ type }).element];
  }
}

function wrongType(field: Field, vectors: VectorColumn | SparseColumn | ListColumn): EngineError {
  if (vectors.layout === "vector") return typeMismatch(field, coreNames[vectors.element]);
  return typeMismatch(
    field,
    vectors.layout === "sparse" ? "VECTOR_SPARSE_U32_F32" : "VECTOR_ARRAY",
  );
}

function typeMismatch(field: Field, found: string): EngineError {
  const expected = coreNameOf(field.type);
  return new EngineError(
    "invalid-parameter",
    `vector type must be the same, field ${field.name} - type ${expected}, search ph type ${found}`,
    { details: { field: field.name, expected, found } },
  );
}
