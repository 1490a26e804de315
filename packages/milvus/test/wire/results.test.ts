import { describe, expect, it } from "vitest";
import { encodeMutationResult } from "../../src/wire/mutation-result.ts";
import { encodeQueryResults } from "../../src/wire/query-results.ts";
import { encodeSearchResults } from "../../src/wire/search-results.ts";
import type { WireField } from "../../src/wire/wire-field.ts";
import { oracleDecode } from "./oracle.ts";

const keys = { layout: "fixed", rowCount: 3, values: BigInt64Array.of(1n, -2n, 3n) } as const;
const timestamp = 2n ** 63n + 5n;

const vector: WireField = {
  name: "vector",
  typeId: 101,
  fieldId: 101,
  isDynamic: false,
  data: { kind: "floatVector", dim: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) },
};
const year: WireField = {
  name: "year",
  typeId: 4,
  fieldId: 102,
  isDynamic: false,
  valid: Uint8Array.of(1, 0, 1),
  data: { kind: "int", values: Int32Array.of(1999, 0, -5) },
};

describe("encodeMutationResult", () => {
  it("encodeMutationResult writes counts, keys and indexes", () => {
    const bytes = encodeMutationResult({
      keys,
      successIndexes: Uint32Array.of(0, 1, 2_000_000_000),
      errorIndexes: Uint32Array.of(4_294_967_295),
      acknowledged: true,
      insertCount: 3,
      deleteCount: 4,
      upsertCount: 5,
      timestamp,
    });
    expect(oracleDecode("milvus.MutationResult", bytes)).toMatchObject({
      status: { code: 0, reason: "" },
      IDs: { int_id: { data: ["1", "-2", "3"] } },
      succ_index: [0, 1, 2_000_000_000],
      err_index: [4_294_967_295],
      acknowledged: true,
      insert_cnt: "3",
      delete_cnt: "4",
      upsert_cnt: "5",
      timestamp: String(timestamp),
    });
  });
});

describe("encodeSearchResults", () => {
  it("encodeSearchResults writes hits with their fields", () => {
    const bytes = encodeSearchResults({
      collectionName: "films",
      sessionTimestamp: timestamp,
      results: {
        queryCount: 2,
        topK: 2,
        topKs: Uint32Array.of(2, 1),
        keys,
        scores: Float32Array.of(0.25, 0.5, -1),
        fields: [vector, year],
        outputFields: ["vector", "year"],
        primaryFieldName: "id",
        groupBy: [year],
        iterator: { token: "t", lastBound: 0.5 },
      },
    });
    const grouped = { field_name: "year", scalars: { int_data: { data: [1999, 0, -5] } } };
    expect(oracleDecode("milvus.SearchResults", bytes)).toMatchObject({
      status: { code: 0 },
      collection_name: "films",
      session_ts: String(timestamp),
      results: {
        num_queries: "2",
        top_k: "2",
        topks: ["2", "1"],
        scores: [0.25, 0.5, -1],
        ids: { int_id: { data: ["1", "-2", "3"] } },
        fields_data: [
          {
            type: 101,
            field_name: "vector",
            field_id: "101",
            vectors: { dim: "2", float_vector: { data: [1, 2, 3, 4, 5, 6] } },
          },
          { ...grouped, type: 4, field_id: "102", valid_data: [true, false, true] },
        ],
        output_fields: ["vector", "year"],
        primary_field_name: "id",
        group_by_field_value: grouped,
        group_by_field_values: [grouped],
        search_iterator_v2_results: { token: "t", last_bound: 0.5 },
      },
    });
  });

  it("encodeSearchResults writes queries without hits", () => {
    const bytes = encodeSearchResults({
      collectionName: "films",
      sessionTimestamp: 1n,
      results: {
        queryCount: 1,
        topK: 0,
        topKs: Uint32Array.of(0),
        keys: {
          layout: "bytes",
          rowCount: 0,
          offsets: Uint32Array.of(0),
          bytes: new Uint8Array(0),
        },
        scores: new Float32Array(0),
        fields: [],
        outputFields: [],
        primaryFieldName: "id",
      },
    });
    expect(oracleDecode("milvus.SearchResults", bytes)).toMatchObject({
      results: { num_queries: "1", topks: ["0"], scores: [], ids: { str_id: { data: [] } } },
    });
  });
});

describe("encodeQueryResults", () => {
  it("encodeQueryResults writes rows by field", () => {
    const bytes = encodeQueryResults({
      fields: [vector, year],
      collectionName: "films",
      outputFields: ["vector", "year"],
      sessionTimestamp: timestamp,
      primaryFieldName: "id",
    });
    expect(oracleDecode("milvus.QueryResults", bytes)).toMatchObject({
      status: { code: 0 },
      fields_data: [{ field_name: "vector" }, { field_name: "year" }],
      collection_name: "films",
      output_fields: ["vector", "year"],
      session_ts: String(timestamp),
      primary_field_name: "id",
    });
  });
});
