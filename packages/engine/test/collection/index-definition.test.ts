import { describe, expect, it } from "vitest";
import {
  buildParametersOf,
  defineIndex,
  type IndexDefinition,
  type StoredIndex,
  statusOfScan,
} from "../../src/collection/index-definition.ts";
import { defineSchema } from "../../src/schema/define-schema.ts";

const schema = defineSchema({
  collection: "films",
  fields: [
    { name: "id", type: "Int64", primaryKey: true },
    { name: "title", type: "VarChar", maxLength: 32 },
    { name: "meta", type: "JSON" },
    { name: "vector", type: "FloatVector", dim: 8 },
    { name: "bits", type: "BinaryVector", dim: 8 },
    { name: "words", type: "SparseFloatVector" },
    { name: "bytes", type: "Int8Vector", dim: 8 },
  ],
});

function define(definition: IndexDefinition, existing: readonly StoredIndex[] = []) {
  return defineIndex(schema, existing, definition, 7);
}

const hnsw: StoredIndex = {
  id: 7,
  name: "vector",
  field: "vector",
  type: "HNSW",
  metric: "L2",
  params: { M: "16" },
};

describe("defineIndex", () => {
  it("completes a definition: names as Milvus spells them, parameters as texts", () => {
    expect(define({ field: "vector" })).toEqual({
      id: 7,
      name: "vector",
      field: "vector",
      type: "AUTOINDEX",
      metric: "COSINE",
      params: {},
    });
    const params = { M: 16 };
    expect(define({ field: "vector", type: "hnsw", metric: "L2", params })).toEqual(hnsw);
    expect(define({ field: "title", type: "inverted" })).toEqual({
      id: 7,
      name: "title",
      field: "title",
      type: "INVERTED",
      params: {},
    });
  });

  it.each([
    ["bits", "HAMMING"],
    ["words", "IP"],
    ["bytes", "COSINE"],
  ])("compares the vectors of %s by %s when nothing else is said", (field, metric) => {
    expect(define({ field })).toMatchObject({ type: "AUTOINDEX", metric });
  });

  it("refuses BM25, for which there are no functions yet", () => {
    expect(() => define({ field: "words", metric: "BM25" })).toThrow(
      "only BM25 Function output field support BM25 metric type",
    );
  });

  it("answers nothing for the same index again, however its parameters are written", () => {
    for (const params of [{ M: "16" }, { M: 16 }, { params: '{ "M": 16 }' }]) {
      const again = { field: "vector", type: "HNSW", metric: "L2", params } as const;
      expect(define(again, [hnsw])).toBeUndefined();
    }
  });

  it.each([
    [{ field: "vector", type: "HNSW", metric: "IP" }, "index-conflict", "at most one distinct"],
    [{ field: "title", name: "vector" }, "index-conflict", "is used by another field"],
    [{ field: "nothing" }, "field-not-found", "cannot create index on non-exist field: nothing"],
    [{ field: "vector", type: "TRIE" }, "invalid-parameter", "can't build with this index TRIE"],
    [{ field: "title", type: "HNSW" }, "invalid-parameter", "data type VarChar can't build with"],
    [
      { field: "meta" },
      "invalid-parameter",
      "json index must specify cast type: missing parameter[missing_param=json_cast_type]",
    ],
    [{ field: "vector", type: "HNSW", params: { M: 1 } }, "invalid-parameter", "param 'M' (1)"],
  ] as const)("refuses %j", (definition, code, text) => {
    const refused = () => define(definition, [hnsw]);
    expect(refused).toThrow(text);
    expect(refused).toThrow(expect.objectContaining({ code }));
  });

  it("refuses types that there are not", () => {
    expect(() => define({ field: "vector", type: "GPU_CAGRA" })).toThrow(
      expect.objectContaining({
        code: "invalid-parameter",
        details: { expected: "valid index", actual: "invalid index type: GPU_CAGRA" },
      }),
    );
  });
});

describe("buildParametersOf", () => {
  it("reads what a stored index is built with", () => {
    const params = { params: '{"M":8,"efConstruction":64}' };
    expect(buildParametersOf(schema, { ...hnsw, params })).toEqual({
      structure: "graph",
      m: 8,
      efConstruction: 64,
    });
  });
});

describe("statusOfScan", () => {
  it("is finished with all rows, without bytes", () => {
    expect(statusOfScan(hnsw, 12)).toMatchObject({
      state: "finished",
      indexedRows: 12,
      totalRows: 12,
      pendingRows: 0,
      servedBy: "FLAT",
      bytesPerRow: 0,
    });
    const { metric: _, ...onTitle } = hnsw;
    expect(statusOfScan(onTitle, 0)).toMatchObject({ servedBy: "scan", totalRows: 0 });
  });
});

describe("defineIndex of scalar fields", () => {
  const fields = defineSchema({
    collection: "films",
    dynamicField: true,
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "title", type: "VarChar", maxLength: 32 },
      { name: "meta", type: "JSON" },
      { name: "shown", type: "Timestamptz" },
      { name: "place", type: "Geometry" },
      { name: "marks", type: "Array", elementType: "Float", maxCapacity: 4 },
      { name: "vector", type: "FloatVector", dim: 8 },
    ],
  });
  const paths = (json_path: string) => ({ json_path, json_cast_type: "double" });

  it.each([
    ["id", "INVERTED", {}],
    ["title", "TRIE", {}],
    ["title", "NGRAM", { min_gram: 2, max_gram: 3 }],
    ["meta", "INVERTED", paths("meta['rank']")],
    ["meta", "NGRAM", { json_cast_type: "varchar", min_gram: "2", max_gram: "3" }],
    ["key", "INVERTED", paths("key")],
    ["shown", "STL_SORT", {}],
    ["place", "RTREE", {}],
    ["marks", "INVERTED", {}],
  ])("takes %s as %s", (field, type, params) => {
    expect(defineIndex(fields, [], { field, type, params }, 7)).toMatchObject({ type });
  });

  it.each([
    ["id", "BITMAP", {}, "create bitmap index on primary key not supported"],
    ["marks", "BITMAP", {}, "bitmap index are only supported on bool, int, string for array field"],
    ["shown", "INVERTED", {}, "INVERTED are not supported on Timestamptz field"],
    ["place", "STL_SORT", {}, "numeric, varchar or timestamptz field, got Geometry"],
    ["title", "RTREE", {}, "RTREE index can only be built on geometry field"],
    ["id", "TRIE", {}, "TRIE are only supported on varchar field"],
    ["id", "NGRAM", {}, "ngram index can only be created on VARCHAR or JSON field"],
    ["title", "NGRAM", { min_gram: 2 }, "Ngram index must specify both min_gram and max_gram"],
    ["title", "NGRAM", { min_gram: 2.5, max_gram: 3 }, "must be an integer, got: 2.5"],
    ["title", "NGRAM", { min_gram: 4, max_gram: 2 }, "invalid min_gram or max_gram value"],
    ["meta", "INVERTED", { json_path: "meta" }, "[missing_param=json_cast_type]"],
    ["meta", "INVERTED", { json_cast_type: "ARRAY_INT64" }, "ARRAY_INT64 is not supported"],
    ["meta", "BITMAP", { json_cast_type: "bool" }, "json index must specify json path"],
  ])("refuses %s as %s with %j", (field, type, params, text) => {
    expect(() => defineIndex(fields, [], { field, type, params }, 7)).toThrow(text);
  });

  it("gives each path of a JSON field an index, the same path one", () => {
    const first = defineIndex(
      fields,
      [],
      { field: "meta", type: "INVERTED", params: paths("a") },
      7,
    );
    const existing = first === undefined ? [] : [first];
    const other = { field: "meta", type: "INVERTED", params: paths("b") };
    const again = { field: "meta", type: "INVERTED", params: paths("a") };
    const changed = {
      field: "meta",
      type: "INVERTED",
      params: { ...paths("a"), json_cast_type: "bool" },
    };
    expect(defineIndex(fields, existing, other, 8)).toMatchObject({
      field: "meta",
      name: "meta_b",
    });
    expect(defineIndex(fields, existing, again, 8)).toBeUndefined();
    expect(() => defineIndex(fields, existing, changed, 8)).toThrow("at most one distinct index");
  });
});
