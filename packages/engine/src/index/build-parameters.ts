import { must } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import { type JsonValue, parseJson, stringifyJson } from "../schema/json.ts";
import { type ElementBits, elementWidths } from "./binary/binary-measure.ts";
import {
  type GivenParameters,
  numberIn,
  type ParameterValues,
  parameterError,
  readParameters,
} from "./parameter-rule.ts";
import {
  type SparseAlgorithm,
  type SparseAlgorithmName,
  sparseAlgorithms,
} from "./sparse/sparse-search.ts";
import {
  type IndexedVector,
  metricsOf,
  type VectorIndexType,
  type VectorIndexTypeName,
  vectorIndexTypes,
} from "./vector-index-type.ts";

/** Inverted lists of dense vectors. */
export interface IvfParameters {
  readonly structure: "ivf";
  /** Lists, 1 to 65,536. Absent: as many as suit the rows. */
  readonly listCount?: number;
  /** Whether the exact vectors are to stay on disk, so that only codes are in memory. */
  readonly vectorsOnDisk: boolean;
}

export interface GraphParameters {
  readonly structure: "graph";
  /** Neighbours of a row, 2 to 2,048; twice as many on the lowest level. */
  readonly m: number;
  /** Candidates that the search for a new row's neighbours keeps, at least 1. */
  readonly efConstruction: number;
  /** Bits per component of the codes that the graph is walked on. Absent: what suits the dimension. */
  readonly codeBits?: 4 | 7;
}

/** Inverted lists of binary vectors. */
export interface BinaryParameters {
  readonly structure: "binary";
  readonly listCount: number;
}

export interface MinHashParameters {
  readonly structure: "minhash";
  readonly bandCount: number;
  readonly elementBits: ElementBits;
}

export interface SparseParameters {
  readonly structure: "sparse";
  /** How searches find rows when they do not say. */
  readonly algorithm: SparseAlgorithm;
  /** Of BM25: how soon repetitions of a term stop counting. */
  readonly k1: number;
  /** Of BM25: how much the length of a text counts, 0 to 1. */
  readonly b: number;
}

/** What an index is to be built with. `flat` builds nothing, `auto` chooses for itself. */
export type BuildParameters =
  | IvfParameters
  | GraphParameters
  | BinaryParameters
  | MinHashParameters
  | SparseParameters
  | { readonly structure: "flat" | "auto" };

/**
 * Checks the parameters of an index of vectors as Milvus does, in its order: the metric, whether
 * the type can be made on the field, each parameter, and parameters against the dimension. Those
 * that the type does not know are passed over, but for AUTOINDEX, which knows none.
 * Throws `invalid-parameter`, with Milvus's texts.
 */
export function checkBuildParameters(
  typeName: VectorIndexTypeName,
  field: IndexedVector,
  metric: string,
  given: GivenParameters,
): BuildParameters {
  const type: VectorIndexType = vectorIndexTypes[typeName];
  checkMetric(field, metric);
  const isList = field.type === "ArrayOfVector";
  const vectorType = isList ? (field.elementType ?? "FloatVector") : field.type;
  if (!includes(type.vectors, vectorType)) throw typeMisfit(field.type, typeName);
  if (!isList && !includes(type.metrics, metric)) throw metricNotOfType(type, field, metric);
  const flat = flattenParameters(given);
  if (typeName === "AUTOINDEX") refuseParameters(flat);
  const values = readParameters(type.build, flat);
  checkDivisor(type, field, values);
  // Lists of vectors are scanned, whatever is asked for.
  if (isList) return { structure: "flat" };
  return parametersOf({ typeName, field }, type, values);
}

/** The error of an index type that can't be made on fields of a type. */
export function typeMisfit(fieldType: string, indexType: string): EngineError {
  return new EngineError(
    "invalid-parameter",
    `data type ${fieldType} can't build with this index ${indexType}`,
    { details: { type: fieldType, index: indexType } },
  );
}

/**
 * The parameters with those of the JSON object that clients of Milvus send as the parameter
 * `params`. Throws `invalid-parameter` when it is none.
 */
export function flattenParameters(given: GivenParameters): GivenParameters {
  const { params: nested, ...flat } = given;
  if (nested === undefined || nested === "") return flat;
  const object = typeof nested === "string" ? parseParams(nested) : nested;
  if (typeof object !== "object" || object === null || Array.isArray(object)) {
    throw parameterError("params", "params should be a JSON object");
  }
  // Milvus makes texts of the values, so that both kinds are checked alike.
  const texts = Object.entries(object).map(([name, value]): [string, JsonValue] => [
    name,
    typeof value === "string" ? value : (stringifyJson(value) ?? ""),
  ]);
  return { ...flat, ...Object.fromEntries(texts) };
}

function parseParams(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    throw parameterError("params", `params is not valid JSON: ${text.slice(0, 64)}`);
  }
}

/** Throws unless vectors of the field's type can be compared by the metric at all. */
function checkMetric(field: IndexedVector, metric: string): void {
  const allowed = metricsOf(field);
  if (includes(allowed, metric)) return;
  throw new EngineError("invalid-parameter", metricRefusal(field, metric), {
    // The first two are what Milvus shows behind the text.
    details: {
      expected: "valid index params",
      actual: "invalid index params",
      found: metric,
      allowed,
    },
  });
}

function metricRefusal({ type }: IndexedVector, metric: string): string {
  switch (type) {
    case "SparseFloatVector":
      return "only IP&BM25 is the supported metric type for sparse index";
    case "BinaryVector":
      return `binary vector index does not support metric type: ${metric}`;
    case "Int8Vector":
      return `int vector index does not support metric type: ${metric}`;
    case "ArrayOfVector":
      return `embedding list index does not support metric type: ${metric}`;
    default:
      return `float vector index does not support metric type: ${metric}`;
  }
}

/** `Array.includes` for a text that need not be one of the array's type. */
function includes(list: readonly string[], text: string): boolean {
  return list.includes(text);
}

function metricNotOfType(
  { metrics }: VectorIndexType,
  field: IndexedVector,
  metric: string,
): EngineError {
  const allowed = metrics.filter((known) => includes(metricsOf(field), known));
  return new EngineError(
    "invalid-parameter",
    `metric type ${metric} not found or not supported, supported: [${allowed.join(" ")}]`,
    { details: { found: metric, allowed } },
  );
}

/** What AUTOINDEX may be given: what other parameters name too, and where Milvus keeps its files. */
const autoIndexParameters = new Set(["index_type", "metric_type", "mmap.enabled", "warmup"]);

function refuseParameters(given: GivenParameters): void {
  const other = Object.keys(given).find((name) => !autoIndexParameters.has(name));
  if (other === undefined) return;
  throw parameterError(other, "only metric type can be passed when use AutoIndex");
}

function checkDivisor(type: VectorIndexType, field: IndexedVector, values: ParameterValues): void {
  const { divisor } = type;
  if (divisor === undefined || field.dim === undefined) return;
  const value = must(numberIn(values, divisor.name), divisor.name);
  if (field.dim % value !== 0) {
    throw parameterError(divisor.name, divisor.refusal(field.dim, value));
  }
}

function parametersOf(
  { typeName, field }: { typeName: VectorIndexTypeName; field: IndexedVector },
  { structure }: VectorIndexType,
  values: ParameterValues,
): BuildParameters {
  const number = (name: string): number => must(numberIn(values, name), name);
  switch (structure) {
    case "flat":
      return { structure };
    case "auto":
      return automatic(field);
    case "ivf":
      if (typeName === "DISKANN") return { structure, vectorsOnDisk: true };
      return { structure, ...listCountOf(values), vectorsOnDisk: false };
    case "graph": {
      const codeBits = codeBitsOf(typeName, values);
      return {
        structure,
        m: number("M"),
        efConstruction: number("efConstruction"),
        ...(codeBits && { codeBits }),
      };
    }
    case "binary":
      return { structure, listCount: number("nlist") };
    case "minhash":
      return minHashParameters(field, {
        bandCount: number("mh_lsh_band"),
        elementBits: number("mh_element_bit_width"),
      });
    case "sparse":
      return sparseParameters(values);
  }
}

/** What AUTOINDEX is for the type of a field: for dense vectors it is decided when they are there. */
function automatic({ type }: IndexedVector): BuildParameters {
  switch (type) {
    case "SparseFloatVector": {
      const values = readParameters(vectorIndexTypes.SPARSE_INVERTED_INDEX.build, {});
      return sparseParameters(values);
    }
    case "BinaryVector":
      // Tens of millions of rows a second are scanned, and none is missed.
      return { structure: "flat" };
    default:
      return { structure: "auto" };
  }
}

function sparseParameters(values: ParameterValues): SparseParameters {
  // One of the names that the rule allows.
  const name = values.get("inverted_index_algo") as SparseAlgorithmName;
  return {
    structure: "sparse",
    algorithm: sparseAlgorithms[name],
    k1: must(numberIn(values, "bm25_k1"), "bm25_k1"),
    b: must(numberIn(values, "bm25_b"), "bm25_b"),
  };
}

/** Elements fill a signature, and bands have whole elements. */
function minHashParameters(
  { dim = 0 }: IndexedVector,
  { bandCount, elementBits }: { bandCount: number; elementBits: number },
): MinHashParameters {
  if (!isElementBits(elementBits)) {
    throw parameterError(
      "mh_element_bit_width",
      `mh_element_bit_width [${elementBits}] is not supported, supported: [${elementWidths.join(" ")}]`,
    );
  }
  if (dim % elementBits !== 0) {
    throw parameterError(
      "mh_element_bit_width",
      `The dimension of a vector (dim) should be a multiple of mh_element_bit_width. Dimension: ${dim}, mh_element_bit_width: ${elementBits}`,
    );
  }
  const elementCount = dim / elementBits;
  if (elementCount % bandCount !== 0) {
    throw parameterError(
      "mh_lsh_band",
      `The number of elements of a vector should be a multiple of mh_lsh_band. Elements: ${elementCount}, mh_lsh_band: ${bandCount}`,
    );
  }
  return { structure: "minhash", bandCount, elementBits };
}

function isElementBits(value: number): value is ElementBits {
  return elementWidths.some((width) => width === value);
}

function listCountOf(values: ParameterValues): { readonly listCount?: number } {
  const listCount = numberIn(values, "nlist");
  return listCount === undefined ? {} : { listCount };
}

/** Types that are to be small get the smaller codes; all are ranked by exact scores in the end. */
function codeBitsOf(typeName: VectorIndexTypeName, values: ParameterValues): 4 | 7 | undefined {
  if (typeName === "HNSW") return undefined;
  if (typeName === "HNSW_PQ" || typeName === "HNSW_PRQ") return 4;
  return values.get("sq_type") === "sq4u" ? 4 : 7;
}
