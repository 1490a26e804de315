import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ConsistencyLevel } from "../../src/wire/gen/common_pb.ts";
import {
  CreateCollectionRequestSchema,
  MilvusService,
  SearchRequestSchema,
} from "../../src/wire/gen/milvus_pb.ts";
import { requestPrivileges } from "../../src/wire/gen/privileges.ts";
import { DataType } from "../../src/wire/gen/schema_pb.ts";
import { decodeMessage, encodeMessage } from "../../src/wire/messages.ts";
import { WireError } from "../../src/wire/wire-reader.ts";
import { oracleDecode, oracleEncode } from "./oracle.ts";

describe("The generated messages", () => {
  it("decodeMessage reads oneofs, optional fields and maps that protobufjs writes", () => {
    const request = {
      collection_name: "films",
      placeholder_group: Buffer.of(1, 2),
      guarantee_timestamp: "18446744073709551615",
      consistency_level: "Bounded",
      namespace: "",
      expr_template_values: { year: { int64_val: "-9223372036854775808" } },
      sub_reqs: [{ dsl: "a > 1" }],
    };
    const bytes = Uint8Array.from(oracleEncode("milvus.SearchRequest", request));
    const message = decodeMessage(SearchRequestSchema, bytes);
    expect(message).toMatchObject({
      collectionName: "films",
      searchInput: { case: "placeholderGroup", value: Uint8Array.of(1, 2) },
      guaranteeTimestamp: 2n ** 64n - 1n,
      consistencyLevel: ConsistencyLevel.Bounded,
      namespace: "",
      exprTemplateValues: { year: { val: { case: "int64Val", value: -(2n ** 63n) } } },
      subReqs: [{ dsl: "a > 1" }],
    });
    const bare = oracleEncode("milvus.SearchRequest", {});
    expect(decodeMessage(SearchRequestSchema, bare).namespace).toBeUndefined();
  });

  it("encodeMessage writes what protobufjs reads", () => {
    const message = create(CreateCollectionRequestSchema, {
      collectionName: "films",
      shardsNum: -1,
      properties: [{ key: "a", value: "b" }],
      numPartitions: 2n ** 62n,
    });
    const bytes = encodeMessage(CreateCollectionRequestSchema, message);
    expect(oracleDecode("milvus.CreateCollectionRequest", bytes)).toMatchObject({
      collection_name: "films",
      shards_num: -1,
      properties: [{ key: "a", value: "b" }],
      num_partitions: String(2n ** 62n),
    });
  });

  it("decodeMessage throws WireError for bytes that are no message", () => {
    const cutOff = Uint8Array.of(0x12, 5, 65);
    expect(() => decodeMessage(CreateCollectionRequestSchema, cutOff)).toThrow(WireError);
  });

  it("MilvusService has the methods of the protocol with their messages", () => {
    expect(MilvusService.typeName).toBe("milvus.proto.milvus.MilvusService");
    expect(MilvusService.methods.length).toBeGreaterThan(140);
    expect(MilvusService.method.hybridSearch).toMatchObject({
      methodKind: "unary",
      input: { typeName: "milvus.proto.milvus.HybridSearchRequest" },
      output: { typeName: "milvus.proto.milvus.SearchResults" },
    });
    expect(MilvusService.method.createReplicateStream.methodKind).toBe("bidi_streaming");
  });

  it("DataType keeps Milvus's numbers", () => {
    expect(DataType).toMatchObject({ Bool: 1, Int64: 5, VarChar: 21, JSON: 23, FloatVector: 101 });
  });

  it("requestPrivileges says what a request needs and names", () => {
    expect(requestPrivileges["milvus.proto.milvus.SearchRequest"]).toEqual({
      objectType: "Collection",
      privilege: "PrivilegeSearch",
      nameField: 3,
      namesField: 0,
    });
  });
});
