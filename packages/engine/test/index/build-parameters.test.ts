import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { checkBuildParameters, flattenParameters } from "../../src/index/build-parameters.ts";
import type { GivenParameters } from "../../src/index/parameter-rule.ts";
import {
  type VectorIndexTypeName,
  vectorIndexTypeNamed,
  vectorIndexTypes,
} from "../../src/index/vector-index-type.ts";

const floats = { type: "FloatVector", dim: 96 } as const;
const bits = { type: "BinaryVector", dim: 128 } as const;
const sparse = { type: "SparseFloatVector" } as const;

function check(type: VectorIndexTypeName, params: GivenParameters, dim: number = floats.dim) {
  return checkBuildParameters(type, { type: "FloatVector", dim }, "L2", params);
}

const outOfRange = (name: string, found: string, range: string) =>
  `Out of range in json: param '${name}' (${found}) should be in range ${range}`;

describe("checkBuildParameters", () => {
  it.each([
    ["FLAT", {}, { structure: "flat" }],
    ["AUTOINDEX", {}, { structure: "auto" }],
    ["IVF_FLAT", {}, { structure: "ivf", vectorsOnDisk: false }],
    ["IVF_SQ8", { nlist: "65536" }, { structure: "ivf", listCount: 65_536, vectorsOnDisk: false }],
    ["IVF_PQ", { m: "8", nlist: 1 }, { structure: "ivf", listCount: 1, vectorsOnDisk: false }],
    ["IVF_RABITQ", { refine: "true", refine_type: "SQ8" }, { structure: "ivf" }],
    ["SCANN", { with_raw_data: "False" }, { structure: "ivf" }],
    ["DISKANN", { search_list_size: "200" }, { structure: "ivf", vectorsOnDisk: true }],
    ["HNSW", {}, { structure: "graph", m: 30, efConstruction: 360 }],
    ["HNSW", { M: "16", efConstruction: " 200" }, { m: 16, efConstruction: 200 }],
    ["HNSW_SQ", {}, { structure: "graph", codeBits: 7 }],
    ["HNSW_SQ", { sq_type: "SQ4U" }, { codeBits: 4 }],
    ["HNSW_SQ", { sq_type: "bf16", refine: true, refine_type: "FP32" }, { codeBits: 7 }],
    ["HNSW_PQ", {}, { structure: "graph", codeBits: 4 }],
    ["HNSW_PRQ", { nrq: "16" }, { structure: "graph", codeBits: 4 }],
  ] as const)("takes %s with %j", (type, params, expected) => {
    expect(check(type, params)).toMatchObject(expected);
  });

  it("leaves the number of lists of DISKANN open, which has none in Milvus", () => {
    expect(check("DISKANN", { nlist: "64" })).toEqual({ structure: "ivf", vectorsOnDisk: true });
  });

  it("takes binary and sparse types", () => {
    expect(checkBuildParameters("BIN_FLAT", bits, "SUBSTRUCTURE", {})).toEqual({
      structure: "flat",
    });
    expect(checkBuildParameters("BIN_IVF_FLAT", bits, "JACCARD", { nlist: "7" })).toEqual({
      structure: "binary",
      listCount: 7,
    });
    expect(checkBuildParameters("MINHASH_LSH", bits, "MHJACCARD", { mh_lsh_band: "16" })).toEqual({
      structure: "minhash",
      bandCount: 16,
      elementBits: 8,
    });
    expect(checkBuildParameters("SPARSE_WAND", sparse, "BM25", { bm25_k1: "2" })).toEqual({
      structure: "sparse",
      algorithm: "maxscore",
      k1: 2,
      b: 0.75,
    });
    const walk = { inverted_index_algo: "DAAT_WAND" };
    expect(checkBuildParameters("SPARSE_WAND", sparse, "IP", walk)).toMatchObject({
      algorithm: "wand",
    });
  });

  it("makes of AUTOINDEX what suits the vectors", () => {
    expect(checkBuildParameters("AUTOINDEX", bits, "HAMMING", {})).toEqual({ structure: "flat" });
    expect(checkBuildParameters("AUTOINDEX", sparse, "IP", {})).toMatchObject({
      structure: "sparse",
    });
    const bytes = { type: "Int8Vector", dim: 8 } as const;
    expect(checkBuildParameters("AUTOINDEX", bytes, "L2", {})).toEqual({ structure: "auto" });
  });

  it("takes arrays of vectors with metrics of lists, and has them scanned", () => {
    const lists = { type: "ArrayOfVector", elementType: "Float16Vector", dim: 8 } as const;
    const params = { M: "16" };
    expect(checkBuildParameters("HNSW", lists, "MAX_SIM_COSINE", params)).toEqual({
      structure: "flat",
    });
    const bitLists = { ...lists, elementType: "BinaryVector" } as const;
    expect(checkBuildParameters("BIN_FLAT", bitLists, "MAX_SIM_HAMMING", {})).toEqual({
      structure: "flat",
    });
    expect(() => checkBuildParameters("HNSW", lists, "MAX_SIM_HAMMING", {})).toThrow(
      "embedding list index does not support metric type: MAX_SIM_HAMMING",
    );
    expect(() => checkBuildParameters("BIN_FLAT", lists, "MAX_SIM", {})).toThrow(
      "data type ArrayOfVector can't build with this index BIN_FLAT",
    );
    expect(() => checkBuildParameters("HNSW", lists, "MAX_SIM", { M: "1" })).toThrow(
      "param 'M' (1)",
    );
    // Their elements are then compared one by one.
    expect(checkBuildParameters("HNSW", lists, "COSINE", {})).toEqual({ structure: "flat" });
    expect(() => checkBuildParameters("HNSW", lists, "HAMMING", {})).toThrow(
      "embedding list index does not support metric type: HAMMING",
    );
  });

  it.each([
    [
      { mh_element_bit_width: "24" },
      "mh_element_bit_width [24] is not supported, supported: [8 16 32 64]",
    ],
    [
      { mh_element_bit_width: "64" },
      "The dimension of a vector (dim) should be a multiple of mh_element_bit_width. Dimension: 96, mh_element_bit_width: 64",
    ],
    [
      { mh_element_bit_width: "32", mh_lsh_band: "2" },
      "The number of elements of a vector should be a multiple of mh_lsh_band. Elements: 3, mh_lsh_band: 2",
    ],
  ])("refuses a MINHASH_LSH with %j, which does not fit the signatures", (params, message) => {
    const signatures = { type: "BinaryVector", dim: 96 } as const;
    expect(() => checkBuildParameters("MINHASH_LSH", signatures, "MHJACCARD", params)).toThrow(
      message,
    );
  });

  it("names the metrics that a type has for the vectors of the field", () => {
    expect(() => checkBuildParameters("AUTOINDEX", bits, "SUBSTRUCTURE", {})).toThrow(
      "metric type SUBSTRUCTURE not found or not supported, supported: [HAMMING JACCARD]",
    );
    expect(() => checkBuildParameters("BIN_IVF_FLAT", bits, "MHJACCARD", {})).toThrow(
      "metric type MHJACCARD not found or not supported, supported: [HAMMING JACCARD]",
    );
  });

  it("passes over parameters that the type does not know", () => {
    expect(check("FLAT", { nlist: "never", not_defined_param: "nothing" })).toEqual({
      structure: "flat",
    });
  });

  const refineTypes = "optional types are [sq6, sq8, fp16, bf16, fp32, flat]";
  const graphRefineTypes = "optional types are [sq4u, sq6, sq8, fp16, bf16, fp32, flat]";
  it.each([
    ["HNSW", { M: "1" }, outOfRange("M", "1", "[2, 2048]")],
    ["HNSW", { M: "2049" }, outOfRange("M", "2049", "[2, 2048]")],
    ["HNSW", { M: 2049 }, outOfRange("M", "2049", "[2, 2048]")],
    ["HNSW", { M: "16.0" }, "wrong data type in json, key: 'M', value: '16.0'"],
    ["HNSW", { M: "16 " }, "wrong data type in json, key: 'M', value: '16 '"],
    ["HNSW", { M: "True" }, "invalid integer value, key: 'M', value: 'True'"],
    ["HNSW", { M: "[16]" }, "invalid integer value, key: 'M', value: '[16]'"],
    ["HNSW", { M: "" }, "invalid integer value, key: 'M', value: ''"],
    ["HNSW", { M: 1.5 }, "Type conflict in json: param 'M' (1.5) should be integer"],
    ["HNSW", { M: true }, "Type conflict in json: param 'M' (true) should be integer"],
    ["HNSW", { M: "9999999999" }, "integer value out of range, key: 'M', value: '9999999999'"],
    ["HNSW", { efConstruction: "0" }, outOfRange("efConstruction", "0", "[1, 2147483647]")],
    ["HNSW", { refine: "true" }, "refine is not supported for this index"],
    ["HNSW", { refine_type: "SQ8" }, "refine is not supported for this index"],
    ["IVF_FLAT", { nlist: "0" }, outOfRange("nlist", "0", "[1, 65536]")],
    ["IVF_FLAT", { nlist: "65537" }, outOfRange("nlist", "65537", "[1, 65536]")],
    ["IVF_SQ8", { sq_type: "SQ9" }, "invalid sq_type : SQ9, optional types are [sq4, sq6, sq8]"],
    ["IVF_SQ8", { refine_type: "PQ" }, `invalid refine type : PQ, ${refineTypes}`],
    ["IVF_PQ", {}, "param 'm' not exist in json"],
    ["IVF_PQ", { m: "-1" }, outOfRange("m", "-1", "[1, 65536]")],
    ["IVF_PQ", { m: "8", nbits: "25" }, outOfRange("nbits", "25", "[1, 24]")],
    [
      "IVF_PQ",
      { m: "7" },
      "The dimension of a vector (dim) should be a multiple of the number of subquantizers (m). Dimension: 96, m: 7",
    ],
    [
      "IVF_RABITQ",
      { refine: "1" },
      `Type conflict in json: param 'refine' ("1") should be a boolean`,
    ],
    ["IVF_RABITQ", { refine_type: " SQ8 " }, `invalid refine type :  SQ8 , ${refineTypes}`],
    ["IVF_RABITQ", { rbq_bits: "10" }, outOfRange("rbq_bits", "10", "[1, 9]")],
    ["SCANN", { with_raw_data: "yes" }, `param 'with_raw_data' ("yes") should be a boolean`],
    ["HNSW_SQ", { sq_type: "SQ5" }, "invalid scalar quantizer type"],
    ["HNSW_SQ", { refine_type: "INT8" }, `invalid refine type : INT8, ${graphRefineTypes}`],
    [
      "HNSW_PQ",
      { m: "36" },
      "The dimension of the vector (dim) should be a multiple of the number of subquantizers (m). Dimension: 96, m: 36",
    ],
    ["HNSW_PRQ", { nrq: "17" }, outOfRange("nrq", "17", "[1, 16]")],
    ["HNSW_PRQ", { nrq: "4.0" }, "wrong data type in json, key: 'nrq', value: '4.0'"],
    ["DISKANN", { max_degree: "4096" }, outOfRange("max_degree", "4096", "[1, 2048]")],
    ["AUTOINDEX", { nlist: "8" }, "only metric type can be passed when use AutoIndex"],
    ["AUTOINDEX", { params: '{"M":8}' }, "only metric type can be passed when use AutoIndex"],
    ["HNSW", { params: "{" }, "params is not valid JSON: {"],
    ["HNSW", { params: "[1]" }, "params should be a JSON object"],
  ] as const)("refuses %s with %j", (type, params, text) => {
    const refused = () => check(type, params);
    expect(refused).toThrow(EngineError);
    expect(refused).toThrow(text);
    expect(refused).toThrow(expect.objectContaining({ code: "invalid-parameter" }));
  });

  it("refuses dimensions that a parameter, given or not, does not divide", () => {
    expect(() => check("SCANN", {}, 97)).toThrow(
      "The dimension of a vector (dim) should be a multiple of sub_dim. Dimension:97, sub_dim:2",
    );
    expect(() => check("HNSW_PQ", {}, 100)).toThrow("Dimension: 100, m: 32");
    expect(check("SCANN", { sub_dim: "97" }, 97)).toMatchObject({ structure: "ivf" });
  });

  it.each([
    ["HNSW", floats, "HAMMING", "float vector index does not support metric type: HAMMING"],
    ["FLAT", floats, "l2", "float vector index does not support metric type: l2"],
    ["AUTOINDEX", floats, "JACCARD", "float vector index does not support metric type: JACCARD"],
    ["HNSW", bits, "L2", "binary vector index does not support metric type: L2"],
    ["HNSW", bits, "JACCARD", "data type BinaryVector can't build with this index HNSW"],
    ["BIN_FLAT", floats, "L2", "data type FloatVector can't build with this index BIN_FLAT"],
    [
      "BIN_IVF_FLAT",
      bits,
      "SUBSTRUCTURE",
      "metric type SUBSTRUCTURE not found or not supported, supported: [HAMMING JACCARD]",
    ],
    ["SPARSE_WAND", sparse, "L2", "only IP&BM25 is the supported metric type for sparse index"],
    ["IVF_FLAT", { type: "Int8Vector", dim: 8 }, "L2", "data type Int8Vector can't build with"],
  ] as const)("refuses %s on %j by %s", (type, field, metric, text) => {
    expect(() => checkBuildParameters(type, field, metric, {})).toThrow(text);
  });

  it.each([
    [{ drop_ratio_build: "1" }, outOfRange("drop_ratio_build", "1.0", "[0.000000, 1.000000)")],
    [{ drop_ratio_build: "-0.5" }, outOfRange("drop_ratio_build", "-0.5", "[0.000000, 1.000000)")],
    [{ bm25_b: "x" }, "invalid float value, key: 'bm25_b', value: 'x'"],
    [{ bm25_k1: "1e99" }, "float value out of range, key: 'bm25_k1', value: '1e99'"],
    [{ inverted_index_algo: "daat_wand" }, "sparse inverted index algo daat_wand not found"],
  ])("refuses a sparse index with %j", (params, text) => {
    expect(() => checkBuildParameters("SPARSE_INVERTED_INDEX", sparse, "IP", params)).toThrow(text);
  });

  it("answers or throws EngineError whatever it is given", () => {
    const names = Object.keys(vectorIndexTypes) as VectorIndexTypeName[];
    const parameters = [...new Set(names.flatMap((n) => Object.keys(vectorIndexTypes[n].build)))];
    const values = fc.oneof(fc.integer().map(String), fc.double().map(String), fc.string());
    const given = fc.dictionary(fc.constantFrom(...parameters, "params"), values);
    fc.assert(
      fc.property(fc.constantFrom(...names), given, fc.nat(4096), (type, params, dim) => {
        const [vector] = vectorIndexTypes[type].vectors;
        const [metric] = vectorIndexTypes[type].metrics;
        try {
          checkBuildParameters(type, { type: vector, dim: dim + 1 }, metric, params);
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError);
        }
      }),
    );
  });
});

describe("flattenParameters", () => {
  it("brings up what clients send as JSON, as texts", () => {
    const params = '{"M":8,"on":true,"list":[1],"name":"x","none":null}';
    expect(flattenParameters({ params, other: "y" })).toEqual({
      M: "8",
      on: "true",
      list: "[1]",
      name: "x",
      none: "null",
      other: "y",
    });
    expect(flattenParameters({ params: "", M: "4" })).toEqual({ M: "4" });
  });
});

describe("vectorIndexTypeNamed", () => {
  it("knows Milvus's types in any case, and none for GPUs", () => {
    expect(vectorIndexTypeNamed("hnsw_Sq")).toBe("HNSW_SQ");
    for (const name of ["GPU_CAGRA", "AISAQ", "FAISS", "ANNOY", "INVERTED", "toString", ""]) {
      expect(vectorIndexTypeNamed(name)).toBeUndefined();
    }
  });
});
