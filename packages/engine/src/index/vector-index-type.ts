import {
  type BinaryMetric,
  type DenseMetric,
  denseMetrics,
  type ListMetric,
  type Metric,
  type SparseMetric,
} from "../base/metric.ts";
import type { DataType } from "../schema/data-type.ts";
import { floatMax, intMax, type NameRule, type ParameterRules } from "./parameter-rule.ts";
import type { IndexKind } from "./vector-index.ts";

/** The types of fields that hold one vector a row. */
export type VectorType = Extract<
  DataType,
  | "FloatVector"
  | "Float16Vector"
  | "BFloat16Vector"
  | "Int8Vector"
  | "BinaryVector"
  | "SparseFloatVector"
>;

/**
 * What a type is served by: `flat` scans the rows, `ivf` and `graph` are our two indexes of dense
 * vectors, `auto` is whichever of these three suits the data.
 */
export type IndexStructure = "flat" | IndexKind | "auto" | "binary" | "sparse" | "minhash";

export type VectorIndexTypeName =
  | "AUTOINDEX"
  | "FLAT"
  | "IVF_FLAT"
  | "IVF_SQ8"
  | "IVF_PQ"
  | "IVF_RABITQ"
  | "SCANN"
  | "HNSW"
  | "HNSW_SQ"
  | "HNSW_PQ"
  | "HNSW_PRQ"
  | "DISKANN"
  | "BIN_FLAT"
  | "BIN_IVF_FLAT"
  | "MINHASH_LSH"
  | "SPARSE_INVERTED_INDEX"
  | "SPARSE_WAND";

/** A type of index of vectors: what it may be made on, its parameters, and what serves it here. */
export interface VectorIndexType {
  readonly vectors: readonly VectorType[];
  readonly metrics: readonly Metric[];
  readonly structure: IndexStructure;
  readonly build: ParameterRules;
  readonly search: ParameterRules;
  /** A build parameter that must divide the dimension. */
  readonly divisor?: Divisor;
  /** A search parameter that must be at least k. */
  readonly atLeastK?: string;
}

interface Divisor {
  readonly name: string;
  /** Milvus's text for one that does not divide. */
  readonly refusal: (dim: number, divisor: number) => string;
}

type TypeGroup = Pick<VectorIndexType, "vectors" | "metrics">;

const float: TypeGroup = {
  vectors: ["FloatVector", "Float16Vector", "BFloat16Vector"],
  metrics: denseMetrics,
};
const dense: TypeGroup = { vectors: [...float.vectors, "Int8Vector"], metrics: denseMetrics };
const sparseMetrics: readonly SparseMetric[] = ["IP", "BM25"];
const sparse: TypeGroup = { vectors: ["SparseFloatVector"], metrics: sparseMetrics };
const scannedBinaryMetrics: readonly BinaryMetric[] = [
  "HAMMING",
  "JACCARD",
  "SUBSTRUCTURE",
  "SUPERSTRUCTURE",
];
const listMetrics: readonly ListMetric[] = [
  "MAX_SIM",
  "MAX_SIM_COSINE",
  "MAX_SIM_IP",
  "MAX_SIM_L2",
];
const binaryListMetrics: readonly ListMetric[] = ["MAX_SIM_HAMMING", "MAX_SIM_JACCARD"];

/** What an index, or a search, must know of a field with vectors. */
export interface IndexedVector {
  readonly type: DataType;
  /** Of an array of vectors: the type of its elements. */
  readonly elementType?: DataType;
  /** Components; absent for sparse vectors. */
  readonly dim?: number;
}

/** The metrics by which the vectors of a field can be compared, the one that is taken for granted first. */
export function metricsOf({ type, elementType }: IndexedVector): readonly Metric[] {
  switch (type) {
    case "SparseFloatVector":
      return sparseMetrics;
    case "BinaryVector":
      return [...scannedBinaryMetrics, "MHJACCARD"];
    case "ArrayOfVector": {
      const lists = elementType === "BinaryVector" ? binaryListMetrics : listMetricsByUse;
      return [...lists, ...elementMetricsOf(elementType)];
    }
    default:
      return denseMetricsByUse;
  }
}

/** The metrics by which the vectors of a list are searched for one by one. */
function elementMetricsOf(elementType: DataType | undefined): readonly Metric[] {
  return elementType === "BinaryVector" ? ["HAMMING", "JACCARD"] : denseMetricsByUse;
}

const denseMetricsByUse: readonly DenseMetric[] = ["COSINE", "L2", "IP"];
const listMetricsByUse: readonly ListMetric[] = ["MAX_SIM_COSINE", ...listMetrics];

/** The metric of an index or a search that names none. */
export function defaultMetricOf(field: IndexedVector): Metric {
  return metricsOf(field)[0];
}

const refineK: ParameterRules = { refine_k: { kind: "number", min: 1, max: floatMax, default: 1 } };

function choice(what: string, names: readonly string[]): NameRule {
  return {
    kind: "name",
    names,
    refusal: (found) => `${what} : ${found}, optional types are [${names.join(", ")}]`,
  };
}

function refinement(types: readonly string[]): ParameterRules {
  return {
    refine: { kind: "boolean", default: false },
    refine_type: choice("invalid refine type", types),
  };
}

const ivfRefinement = refinement(["sq6", "sq8", "fp16", "bf16", "fp32", "flat"]);
const graphRefinement = refinement(["sq4u", "sq6", "sq8", "fp16", "bf16", "fp32", "flat"]);
const noRefinement = "refine is not supported for this index";

const nbits: ParameterRules = { nbits: { kind: "integer", min: 1, max: 24, default: 8 } };

function subquantizers(vector: "a vector" | "the vector"): Divisor {
  return {
    name: "m",
    refusal: (dim, m) =>
      `The dimension of ${vector} (dim) should be a multiple of the number of subquantizers (m). Dimension: ${dim}, m: ${m}`,
  };
}

const ivf: VectorIndexType = {
  ...float,
  structure: "ivf",
  // Milvus makes 128 lists, and looks into 8 of them, of however many rows. Here both suit the rows.
  build: { nlist: { kind: "integer", min: 1, max: 65_536 } },
  search: { nprobe: { kind: "integer", min: 1, max: 65_536 } },
};

const graph: VectorIndexType = {
  ...dense,
  structure: "graph",
  build: {
    M: { kind: "integer", min: 2, max: 2048, default: 30 },
    efConstruction: { kind: "integer", min: 1, max: intMax, default: 360 },
  },
  search: { ef: { kind: "integer", min: 1, max: intMax } },
  atLeastK: "ef",
};

const sparseAlgorithms = [
  "DAAT_MAXSCORE",
  "DAAT_WAND",
  "TAAT_NAIVE",
  "BLOCK_MAX_MAXSCORE",
  "BLOCK_MAX_WAND",
  "SINDI",
];

const invertedLists: VectorIndexType = {
  ...sparse,
  structure: "sparse",
  build: {
    inverted_index_algo: {
      kind: "name",
      names: sparseAlgorithms,
      exactCase: true,
      default: "DAAT_MAXSCORE",
      refusal: (found) =>
        `sparse inverted index algo ${found} not found or not supported, supported: [${sparseAlgorithms.join(" ")}]`,
    },
    // Without effect in Milvus too, which still checks it.
    drop_ratio_build: { kind: "number", min: 0, max: 1, belowMax: true, default: 0 },
    bm25_k1: { kind: "number", min: 0, max: 3, default: 1.2 },
    bm25_b: { kind: "number", min: 0, max: 1, default: 0.75 },
  },
  search: {
    drop_ratio_search: { kind: "number", min: 0, max: 1, belowMax: true, default: 0 },
    dim_max_score_ratio: { kind: "number", min: 0.5, max: 1.3, default: 1.05 },
  },
};

/**
 * All index types of vectors, as Milvus has them: ranges, defaults and texts are those of knowhere's
 * `src/index/<type>/*_config.h` and Milvus's `internal/util/indexparamcheck`. Types for GPUs, AISAQ
 * and FAISS's own strings are not among them.
 */
export const vectorIndexTypes: Readonly<Record<VectorIndexTypeName, VectorIndexType>> = {
  AUTOINDEX: {
    vectors: [...dense.vectors, "BinaryVector", "SparseFloatVector"],
    metrics: [...denseMetrics, "HAMMING", "JACCARD", ...sparseMetrics],
    structure: "auto",
    build: {},
    // Milvus's own AUTOINDEX is an HNSW, hence `ef`.
    search: { level: { kind: "integer", min: 1, max: 10 }, ...graph.search },
    atLeastK: "ef",
  },
  FLAT: { ...float, structure: "flat", build: {}, search: {} },
  IVF_FLAT: ivf,
  IVF_SQ8: {
    ...ivf,
    build: {
      ...ivf.build,
      sq_type: { ...choice("invalid sq_type", ["sq4", "sq6", "sq8"]), default: "sq8" },
      ...ivfRefinement,
    },
    search: { ...ivf.search, ...refineK },
  },
  IVF_PQ: {
    ...ivf,
    build: {
      ...ivf.build,
      m: { kind: "integer", min: 1, max: 65_536, required: true },
      ...nbits,
      ...ivfRefinement,
    },
    search: { ...ivf.search, ...refineK },
    divisor: subquantizers("a vector"),
  },
  IVF_RABITQ: {
    ...ivf,
    build: {
      ...ivf.build,
      rbq_bits: { kind: "integer", min: 1, max: 9, default: 1 },
      ...ivfRefinement,
    },
    search: {
      ...ivf.search,
      rbq_bits_query: { kind: "integer", min: 0, max: 8, default: 0 },
      ...refineK,
    },
  },
  SCANN: {
    ...ivf,
    build: {
      ...ivf.build,
      with_raw_data: { kind: "boolean", default: true },
      sub_dim: { kind: "integer", min: 1, max: 65_536, default: 2 },
    },
    search: { ...ivf.search, reorder_k: { kind: "integer", min: 1, max: intMax } },
    divisor: {
      name: "sub_dim",
      refusal: (dim, subDim) =>
        `The dimension of a vector (dim) should be a multiple of sub_dim. Dimension:${dim}, sub_dim:${subDim}`,
    },
    atLeastK: "reorder_k",
  },
  HNSW: {
    ...graph,
    build: {
      ...graph.build,
      refine: { kind: "boolean", default: false, refusal: noRefinement },
      refine_type: { kind: "name", names: [], refusal: () => noRefinement },
    },
  },
  HNSW_SQ: {
    ...graph,
    build: {
      ...graph.build,
      sq_type: {
        kind: "name",
        names: ["sq4u", "sq6", "sq8", "fp16", "bf16"],
        default: "sq8",
        refusal: () => "invalid scalar quantizer type",
      },
      ...graphRefinement,
    },
    search: { ...graph.search, ...refineK },
  },
  HNSW_PQ: {
    ...graph,
    build: {
      ...graph.build,
      m: { kind: "integer", min: 1, max: 65_536, default: 32 },
      ...nbits,
      ...graphRefinement,
    },
    search: { ...graph.search, ...refineK },
    divisor: subquantizers("the vector"),
  },
  HNSW_PRQ: {
    ...graph,
    build: {
      ...graph.build,
      m: { kind: "integer", min: 1, max: 65_536, default: 2 },
      nrq: { kind: "integer", min: 1, max: 16, default: 2 },
      ...nbits,
      ...graphRefinement,
    },
    search: { ...graph.search, ...refineK },
    divisor: subquantizers("a vector"),
  },
  DISKANN: {
    ...float,
    structure: "ivf",
    build: {
      max_degree: { kind: "integer", min: 1, max: 2048, default: 48 },
      search_list_size: { kind: "integer", min: 1, max: intMax, default: 128 },
    },
    search: {
      search_list_size: { kind: "integer", min: 1, max: intMax },
      beamwidth: { kind: "integer", min: 1, max: 128, default: 8 },
    },
    atLeastK: "search_list_size",
  },
  BIN_FLAT: {
    vectors: ["BinaryVector"],
    metrics: scannedBinaryMetrics,
    structure: "flat",
    build: {},
    search: {},
  },
  BIN_IVF_FLAT: {
    vectors: ["BinaryVector"],
    metrics: ["HAMMING", "JACCARD"],
    structure: "binary",
    build: { nlist: { kind: "integer", min: 1, max: 65_536, default: 128 } },
    search: { nprobe: { kind: "integer", min: 1, max: 65_536, default: 8 } },
  },
  MINHASH_LSH: {
    vectors: ["BinaryVector"],
    metrics: ["MHJACCARD"],
    structure: "minhash",
    build: {
      mh_element_bit_width: { kind: "integer", min: 8, max: 256, default: 8 },
      mh_lsh_band: { kind: "integer", min: 1, max: intMax, default: 1 },
      mh_lsh_aligned_block_size: { kind: "integer", min: 4096, max: intMax, default: 4096 },
      with_raw_data: { kind: "boolean", default: false },
    },
    search: {
      mh_search_with_jaccard: { kind: "boolean", default: false },
      refine_k: { kind: "integer", min: 1, max: intMax, default: 1 },
    },
  },
  SPARSE_INVERTED_INDEX: invertedLists,
  SPARSE_WAND: invertedLists,
};

/** The type's name in Milvus's spelling, found without regard to case. */
export function vectorIndexTypeNamed(name: string): VectorIndexTypeName | undefined {
  const upper = name.toUpperCase();
  return Object.hasOwn(vectorIndexTypes, upper) ? (upper as VectorIndexTypeName) : undefined;
}
