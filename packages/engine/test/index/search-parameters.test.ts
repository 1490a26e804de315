import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import type { GivenParameters } from "../../src/index/parameter-rule.ts";
import { checkSearchParameters } from "../../src/index/search-parameters.ts";
import { type VectorIndexTypeName, vectorIndexTypes } from "../../src/index/vector-index-type.ts";
import { parseJson } from "../../src/schema/json.ts";

const effortOf = (type: VectorIndexTypeName, params: GivenParameters, k = 10) =>
  checkSearchParameters(type, "L2", { k, params }).effort;

describe("checkSearchParameters", () => {
  it.each([
    ["FLAT", {}, { recall: 0.95 }],
    ["AUTOINDEX", {}, { recall: 0.95 }],
    ["AUTOINDEX", { level: 1 }, { recall: 0.9 }],
    ["AUTOINDEX", { level: "6" }, { recall: 0.95 }],
    ["AUTOINDEX", { level: 10 }, { recall: 0.99 }],
    ["AUTOINDEX", { ef: 80 }, { recall: 0.95, candidateCount: 80 }],
    ["AUTOINDEX", { nprobe: 1 }, { recall: 0.95 }],
    ["IVF_FLAT", {}, { recall: 0.95 }],
    ["IVF_SQ8", { nprobe: "32" }, { recall: 0.95, probeShare: 0.25 }],
    ["IVF_RABITQ", { nprobe: 4, rbq_bits_query: 8, refine_k: 2.5 }, { probeShare: 1 / 32 }],
    ["SCANN", { reorder_k: 10 }, { recall: 0.95 }],
    ["HNSW", {}, { recall: 0.95, candidateCount: 64 }],
    ["HNSW_SQ", { ef: 10 }, { candidateCount: 10 }],
    ["HNSW_PQ", { ef: "500" }, { candidateCount: 500 }],
    ["DISKANN", {}, { recall: 0.95 }],
    ["DISKANN", { search_list: 10 }, { recall: 0.9 }],
    ["DISKANN", { search_list: "20" }, { recall: 0.95 }],
    ["DISKANN", { search_list_size: 100_000 }, { recall: 0.995 }],
    ["BIN_IVF_FLAT", { nprobe: 3 }, { probeCount: 3 }],
    ["SPARSE_WAND", {}, { sparse: { dropRatio: 0, boundRatio: 1 } }],
    [
      "SPARSE_INVERTED_INDEX",
      { drop_ratio_search: "0.2", dim_max_score_ratio: 0.8 },
      { sparse: { dropRatio: 0.2, boundRatio: 0.8 } },
    ],
    ["MINHASH_LSH", {}, { minHash: { elementBits: 8, withJaccard: false, candidateCount: 1 } }],
    [
      "MINHASH_LSH",
      { mh_search_with_jaccard: true, refine_k: 30 },
      { minHash: { withJaccard: true, candidateCount: 30 } },
    ],
  ] as const)("makes an effort of %s with %j", (type, params, expected) => {
    expect(effortOf(type, params)).toMatchObject(expected);
  });

  it("searches sparse vectors and signatures as their index was built", () => {
    const sparse = { structure: "sparse", algorithm: "taat", k1: 1, b: 1 } as const;
    const { effort } = checkSearchParameters("SPARSE_WAND", "IP", { k: 1, built: sparse });
    expect(effort.sparse).toMatchObject({ algorithm: "taat" });
    const minHash = { structure: "minhash", bandCount: 2, elementBits: 32 } as const;
    const asked = { k: 1, built: minHash };
    expect(checkSearchParameters("MINHASH_LSH", "MHJACCARD", asked).effort.minHash).toMatchObject({
      elementBits: 32,
    });
  });

  it("has a graph keep as many candidates as hits are wanted, at least", () => {
    expect(effortOf("HNSW", {}, 1000)).toMatchObject({ candidateCount: 1500 });
  });

  it("looks into as many lists as are asked for where their number was given", () => {
    const asked = { k: 10, params: { nprobe: 32 }, listCount: 256 };
    const { effort } = checkSearchParameters("IVF_FLAT", "L2", asked);
    expect(effort).toEqual({ recall: 0.95, probeCount: 32 });
  });

  it("passes over what the type has no use for, whatever it is", () => {
    const params = { nprobe: "x", level: 99, HNSW: { params: { ef: 1 } }, hints: null };
    expect(effortOf("HNSW", params)).toEqual(effortOf("HNSW", {}));
  });

  const range = (name: string, found: string | number, of: string) =>
    `Out of range in json: param '${name}' (${found}) should be in range ${of}`;
  const floatRange = "[1.000000, 340282346638528859811704183484516925440.000000]";
  it.each([
    ["HNSW", { ef: 9 }, "ef(9) should be larger than k(10)"],
    ["HNSW", { ef: -1 }, range("ef", -1, "[1, 2147483647]")],
    ["HNSW", { ef: 32.5 }, "Type conflict in json: param 'ef' (32.5) should be integer"],
    ["HNSW", { ef: true }, "Type conflict in json: param 'ef' (true) should be integer"],
    ["HNSW", { ef: null }, "Type conflict in json: param 'ef' (null) should be integer"],
    ["HNSW", { ef: [32] }, "Type conflict in json: param 'ef' ([32]) should be integer"],
    ["HNSW", { ef: "32.0" }, "wrong data type in json, key: 'ef', value: '32.0'"],
    ["HNSW", { ef: 3_000_000_000 }, "param 'ef' (3000000000) should not bigger than 2147483647"],
    ["HNSW_SQ", { refine_k: 0.5 }, range("refine_k", 0.5, floatRange)],
    ["HNSW_SQ", { refine_k: -1 }, range("refine_k", "-1.0", floatRange)],
    ["HNSW_PRQ", { refine_k: true }, "param 'refine_k' (true) should be a number"],
    ["HNSW_PRQ", { refine_k: null }, "param 'refine_k' (null) should be a number"],
    ["AUTOINDEX", { level: 0 }, range("level", 0, "[1, 10]")],
    ["AUTOINDEX", { level: "11" }, range("level", 11, "[1, 10]")],
    ["AUTOINDEX", { ef: 9 }, "ef(9) should be larger than k(10)"],
    ["IVF_FLAT", { nprobe: 0 }, range("nprobe", 0, "[1, 65536]")],
    ["IVF_PQ", { nprobe: 65_537 }, range("nprobe", 65_537, "[1, 65536]")],
    ["IVF_RABITQ", { rbq_bits_query: 9 }, range("rbq_bits_query", 9, "[0, 8]")],
    ["SCANN", { reorder_k: 9 }, "reorder_k(9) should be larger than k(10)"],
    ["DISKANN", { search_list: 9 }, "search_list_size(9) should be larger than k(10)"],
    ["DISKANN", { search_list_size: -1 }, range("search_list_size", -1, "[1, 2147483647]")],
    [
      "SPARSE_WAND",
      { dim_max_score_ratio: 2 },
      range("dim_max_score_ratio", "2.0", "[0.500000, 1.300000]"),
    ],
    ["FLAT", { radius: "near" }, "invalid float value, key: 'radius', value: 'near'"],
    ["FLAT", { radius: null }, "Type conflict in json: param 'radius' (null) should be a number"],
  ] as const)("refuses a search of %s with %j", (type, params, text) => {
    const refused = () => effortOf(type, params);
    expect(refused).toThrow(EngineError);
    expect(refused).toThrow(text);
  });

  it("answers or throws EngineError whatever it is given", () => {
    const names = Object.keys(vectorIndexTypes) as VectorIndexTypeName[];
    const parameters = [...new Set(names.flatMap((n) => Object.keys(vectorIndexTypes[n].search)))];
    const values = fc.oneof(fc.json().map(parseJson), fc.integer().map(String), fc.nat(100));
    const given = fc.dictionary(fc.constantFrom(...parameters, "radius", "range_filter"), values);
    fc.assert(
      fc.property(fc.constantFrom(...names), given, fc.integer({ min: 1 }), (type, params, k) => {
        try {
          const { effort } = checkSearchParameters(type, "L2", { k, params });
          expect(effort.recall).toBeGreaterThanOrEqual(0.5);
          expect(effort.recall).toBeLessThanOrEqual(0.999);
          expect(effort.candidateCount ?? k).toBeGreaterThanOrEqual(k);
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError);
        }
      }),
    );
  });
});

describe("checkSearchParameters, range of scores", () => {
  const rangeOf = (metric: "L2" | "IP" | "COSINE", params: GivenParameters) =>
    checkSearchParameters("HNSW", metric, { k: 10, params }).range;
  const least = Number.NEGATIVE_INFINITY;

  it("is given as keys, which are scores with the sign that makes smaller ones better", () => {
    expect(rangeOf("L2", {})).toBeUndefined();
    expect(rangeOf("L2", { radius: 2 })).toEqual({ from: least, below: 2 });
    expect(rangeOf("L2", { radius: "2", range_filter: "0.5" })).toEqual({ from: 0.5, below: 2 });
    expect(rangeOf("IP", { radius: 2, range_filter: 8 })).toEqual({ from: -8, below: -2 });
    expect(rangeOf("COSINE", { radius: 0.5 })).toEqual({ from: least, below: -0.5 });
  });

  it("has ends of 32 bits, as scores have", () => {
    expect(rangeOf("L2", { radius: 0.1 })?.below).toBe(Math.fround(0.1));
  });

  it("goes before the same in the parameters", () => {
    const search = { k: 1, params: { radius: 9 }, range: { radius: 2, rangeFilter: 1 } };
    expect(checkSearchParameters("FLAT", "L2", search).range).toEqual({ from: 1, below: 2 });
  });

  it("does not hold ef against k, and looks wider when there is none", () => {
    const ofEf = checkSearchParameters("HNSW", "L2", { k: 10, params: { ef: 5, radius: 1 } });
    expect(ofEf.effort.candidateCount).toBe(10);
    const ofNone = checkSearchParameters("HNSW", "L2", { k: 10, params: { radius: 1 } });
    expect(ofNone.effort.candidateCount).toBe(512);
  });

  it.each([
    ["L2", { radius: 1, range_filter: 2 }, "range_filter(2) must be less than radius(1)"],
    ["L2", { radius: 1, range_filter: 1 }, "metric type (L2), range_filter(1) must be less than"],
    ["IP", { radius: 2, range_filter: 1 }, "range_filter(1) must be greater than radius(2)"],
    ["COSINE", { radius: 0.9, range_filter: 0.5 }, "must be greater than radius(0.9)"],
    ["L2", { range_filter: 1 }, "range_filter requires radius to be set; range_filter alone is"],
  ] as const)("refuses %s with %j", (metric, params, text) => {
    expect(() => rangeOf(metric, params)).toThrow(text);
  });

  it("refuses ends that are no numbers", () => {
    const search = { k: 1, range: { radius: Number.NaN } };
    expect(() => checkSearchParameters("FLAT", "L2", search)).toThrow(
      "Type conflict in json: param 'radius' (NaN) should be a number",
    );
  });
});
