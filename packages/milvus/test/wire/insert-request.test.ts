import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestFieldsMax } from "../../src/wire/field-data.ts";
import { decodeInsertRequest, decodeUpsertRequest } from "../../src/wire/insert-request.ts";
import { WireError } from "../../src/wire/wire-reader.ts";
import { fieldModels, modelOf, oracleField } from "./field-model.ts";
import { oracleEncode } from "./oracle.ts";

const requests = fc.record({
  dbName: fc.string(),
  collectionName: fc.string(),
  partitionName: fc.string(),
  fields: fc.array(fieldModels, { maxLength: 3 }),
  numRows: fc.nat({ max: 2 ** 32 - 1 }),
  schemaTimestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  namespace: fc.option(fc.string(), { nil: undefined }),
});

type Request = typeof requests extends fc.Arbitrary<infer T> ? T : never;

describe("decodeInsertRequest", () => {
  it("decodeInsertRequest reads what protobufjs writes", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const bytes = oracleEncode("milvus.InsertRequest", oracleRequest(request));
        const { fieldsData, ...rest } = decodeInsertRequest(bytes);
        expect({ ...rest, fields: fieldsData.map(modelOf) }).toEqual(request);
      }),
    );
  });

  it("decodeInsertRequest gives defaults for an empty request", () => {
    expect(decodeInsertRequest(new Uint8Array(0))).toEqual({
      dbName: "",
      collectionName: "",
      partitionName: "",
      fieldsData: [],
      numRows: 0,
      schemaTimestamp: 0n,
    });
  });

  it("decodeInsertRequest doesn't keep the request's memory", () => {
    const bytes = Uint8Array.from(
      oracleEncode("milvus.InsertRequest", {
        fields_data: [
          { vectors: { dim: 2, float_vector: { data: [1, 2] } } },
          { scalars: { string_data: { data: ["abc"] } } },
        ],
      }),
    );
    const [vector, text] = decodeInsertRequest(bytes).fieldsData;
    bytes.fill(0);
    expect(vector.data).toMatchObject({ values: Float32Array.of(1, 2) });
    expect(text.data).toMatchObject({ bytes: Uint8Array.from(Buffer.from("abc")) });
  });
});

describe("decodeUpsertRequest", () => {
  it("decodeUpsertRequest refuses more fields or operations than requestFieldsMax", () => {
    const bytes = (count: number, tag: number) =>
      Uint8Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? tag : 0));
    for (const tag of [0x2a, 0x5a]) {
      expect(() => decodeUpsertRequest(bytes(requestFieldsMax, tag))).not.toThrow();
      expect(() => decodeUpsertRequest(bytes(requestFieldsMax + 1, tag))).toThrow(WireError);
    }
  });

  it("decodeUpsertRequest reads what protobufjs writes", () => {
    fc.assert(
      fc.property(requests, fc.boolean(), (request, partialUpdate) => {
        const object = {
          ...oracleRequest(request),
          partial_update: partialUpdate,
          field_ops: [{ field_name: "a", op: "ARRAY_APPEND" }, { field_name: "b" }],
        };
        const bytes = oracleEncode("milvus.UpsertRequest", object);
        const { fieldsData, ...rest } = decodeUpsertRequest(bytes);
        expect({ ...rest, fields: fieldsData.map(modelOf) }).toEqual({
          ...request,
          partialUpdate,
          fieldOps: [
            { fieldName: "a", op: 1 },
            { fieldName: "b", op: 0 },
          ],
        });
      }),
    );
  });
});

function oracleRequest(request: Request): object {
  return {
    base: { msg_type: 400, timestamp: 5, properties: { a: "b" } },
    db_name: request.dbName,
    collection_name: request.collectionName,
    partition_name: request.partitionName,
    fields_data: request.fields.map(oracleField),
    hash_keys: [1, 2, 3],
    num_rows: request.numRows,
    schema_timestamp: String(request.schemaTimestamp),
    ...(request.namespace === undefined ? {} : { namespace: request.namespace }),
  };
}
