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
      "data type JSON can't build with this index AUTOINDEX",
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
