// The requests that we encode must mean what those of the SDK mean: both are decoded and compared.
import { fromBinary } from "@bufbuild/protobuf";
import {
  type DescribeCollectionResponse,
  getGRPCService,
  type InsertReq,
  LOADER_OPTIONS,
  logger,
  MilvusClient as SdkMilvusClient,
  type UpsertReq,
} from "@zilliz/milvus2-sdk-node";
import { describe, expect, it } from "vitest";
import type { ChannelPool } from "../../src/client/local-channel.ts";
import { encodeWrite, type WriteMethod } from "../../src/client/write-request.ts";
import { type InsertRequest, InsertRequestSchema } from "../../src/wire/gen/milvus_pb.ts";

const { service } = getGRPCService(
  { serviceName: "milvus.proto.milvus.MilvusService" },
  LOADER_OPTIONS,
);

type Callback = (error: null, response: object) => void;

/** A field as DescribeCollection answers it. */
function field(name: string, dataType: string, more: object = {}): object {
  return { name, data_type: dataType, element_type: "None", type_params: [], ...more };
}

const key = field("id", "Int64", { is_primary_key: true });
const vector = field("vector", "FloatVector", { type_params: [{ key: "dim", value: "2" }] });

interface Collection {
  fields: object[];
  dynamic?: boolean;
  properties?: { key: string; value: string }[];
}

// In tests the SDK would tell of each call.
logger.level = "error";

/** Connected to nothing. One for all tests: the SDK takes long to make one. */
const client = new SdkMilvusClient({
  address: "nowhere:1",
  __SKIP_CONNECT__: true,
  pool: { min: 0 },
});

/** What the SDK itself does with the request: the collection's description, and the bytes. */
async function bySdk(method: WriteMethod, collection: Collection, request: InsertReq | UpsertReq) {
  let bytes: Uint8Array | undefined;
  const write = (params: object, _options: object, callback: Callback) => {
    bytes = service[method].requestSerialize(params);
    callback(null, { status: { error_code: "Success" } });
  };
  const stub = {
    DescribeCollection: (_params: object, _options: object, callback: Callback) =>
      callback(null, {
        status: { error_code: "Success" },
        schema: {
          fields: collection.fields,
          enable_dynamic_field: collection.dynamic ?? false,
          functions: [],
          struct_array_fields: [],
        },
        properties: collection.properties ?? [],
        update_timestamp_str: "452100000000000001",
      }),
    Insert: write,
    Upsert: write,
  };
  const pool: ChannelPool = {
    acquire: async () => stub,
    release: () => undefined,
    drain: async () => undefined,
    clear: async () => undefined,
  };
  client.channelPool = pool as typeof client.channelPool;
  const description = await client.describeCollection({ collection_name: "c" });
  await (method === "Insert" ? client.insert(request) : client.upsert(request));
  return { description, bytes };
}

function decode(bytes: Uint8Array | undefined): InsertRequest {
  return fromBinary(InsertRequestSchema, bytes ?? new Uint8Array());
}

async function expectSame(
  collection: Collection,
  data: Record<string, unknown>[],
  { method = "Insert", ...more }: { method?: WriteMethod; [property: string]: unknown } = {},
): Promise<InsertRequest> {
  const request = () =>
    ({ collection_name: "c", data: structuredClone(data), ...more }) as InsertReq;
  const { description, bytes } = await bySdk(method, collection, request());
  const ours = decode(encodeWrite(method, request(), description));
  expect(ours).toEqual(decode(bytes));
  return ours;
}

function describeOnly(collection: Collection): Promise<DescribeCollectionResponse> {
  const data = [{ vector: [0, 0] }];
  return bySdk("Insert", collection, { collection_name: "c", data }).then((r) => r.description);
}

describe("encodeWrite() means what the SDK's own encoding means", () => {
  it("for all scalar types", async () => {
    const fields = [
      key,
      vector,
      field("bool", "Bool"),
      field("int8", "Int8"),
      field("int16", "Int16"),
      field("int32", "Int32"),
      field("float", "Float"),
      field("double", "Double"),
      field("text", "VarChar"),
      field("json", "JSON"),
    ];
    const request = await expectSame({ fields }, [
      {
        id: 1,
        vector: [0.5, -1],
        bool: true,
        int8: -128,
        int16: 32767,
        int32: -(2 ** 31),
        float: 0.1,
        double: 0.1,
        text: "Žižkov 😀",
        json: { a: [1, null] },
      },
      {
        id: "-9223372036854775808",
        vector: [1e-40, 3],
        bool: false,
        int8: 0,
        int16: 0,
        int32: 0,
        float: -0,
        double: 1e300,
        text: "",
        json: "plain",
      },
    ]);
    expect(request.fieldsData).toHaveLength(10);
    expect(request.numRows).toBe(2);
  });

  it("for arrays, empty ones included", async () => {
    const fields = [
      key,
      vector,
      field("numbers", "Array", { element_type: "Int32" }),
      field("texts", "Array", { element_type: "VarChar", nullable: true }),
    ];
    await expectSame({ fields }, [
      { id: 1, vector: [0, 1], numbers: [1, -2], texts: ["a", ""] },
      { id: 2, vector: [0, 1], numbers: [], texts: null },
    ]);
  });

  it("for nulls, and for rows that lack values", async () => {
    const fields = [
      key,
      vector,
      field("nullable", "Int16", { nullable: true }),
      field("defaulted", "VarChar", {
        default_value: { data: "string_data", string_data: "x" },
      }),
      field("json", "JSON", { nullable: true }),
    ];
    await expectSame({ fields }, [
      { id: 1, vector: [0, 1], nullable: null, defaulted: "given", json: null },
      { id: 2, vector: [0, 1] },
      { id: 3, vector: [0, 1], nullable: 3, json: { a: null } },
    ]);
  });

  it("for dynamic fields", async () => {
    await expectSame({ fields: [key, vector], dynamic: true }, [
      { id: 1, vector: [0, 1], year: 1969, tags: ["a"], nested: { deep: null } },
      { id: 2, vector: [0, 1] },
      { id: 3, vector: [0, 1], gone: undefined, when: new Date(0).toJSON() },
    ]);
  });

  it("for keys that the server makes", async () => {
    const fields = [{ ...key, autoID: true }, vector];
    const request = await expectSame({ fields }, [{ vector: [0, 1] }]);
    expect(request.fieldsData.map(({ fieldName }) => fieldName)).toEqual(["vector"]);
    await expectSame({ fields }, [{ id: 4, vector: [0, 1] }], { method: "Upsert" });
    const properties = [{ key: "allow_insert_auto_id", value: "true" }];
    await expectSame({ fields, properties }, [{ id: 4, vector: [0, 1] }]);
  });

  it("for the request's other properties", async () => {
    const rows = [{ id: 1, vector: [0, 1] }];
    const fields = [key, vector];
    const named = { db_name: "other", partition_name: "part", timeout: 5 };
    expect(await expectSame({ fields }, rows, named)).toMatchObject({
      dbName: "other",
      partitionName: "part",
      schemaTimestamp: 452100000000000001n,
    });
    const unchecked = await expectSame({ fields }, rows, { skip_check_schema: true });
    expect(unchecked.schemaTimestamp).toBe(0n);
  });

  it("for vectors of the wrong length, which the service refuses", async () => {
    const request = await expectSame({ fields: [key, vector] }, [{ id: 1, vector: [1, 2, 3] }]);
    expect(request.fieldsData[1].field.value).toMatchObject({
      data: { value: { data: [1, 2, 3] } },
    });
  });
});

describe("encodeWrite()", () => {
  it("takes typed arrays for vectors, and bigints for int64s", async () => {
    const description = await describeOnly({ fields: [key, vector] });
    const data = [{ id: 9007199254740993n, vector: Float32Array.of(1, 2) }];
    const request = { collection_name: "c", data } as unknown as InsertReq;
    const { fieldsData } = decode(encodeWrite("Insert", request, description));
    expect(fieldsData[0].field.value).toMatchObject({
      data: { value: { data: [9007199254740993n] } },
    });
    expect(fieldsData[1].field.value).toMatchObject({ data: { value: { data: [1, 2] } } });
  });

  it("throws the SDK's error for a field that the collection does not have", async () => {
    const description = await describeOnly({ fields: [key, vector] });
    const data = [
      { id: 1, vector: [0, 1] },
      { id: 2, vector: [0, 1], year: 1969 },
    ];
    expect(() => encodeWrite("Insert", { collection_name: "c", data }, description)).toThrow(
      /some field does not exist for this collection in line. 1/,
    );
  });

  it.each([
    ["int8", "Int8", "seven"],
    ["int8", "Int8", 1.5],
    ["int64", "Int64", 1.5],
    ["int64", "Int64", "9223372036854775808"],
    ["numbers", "Array", 7],
  ])("throws for %s of type %s with the value %s", async (name, type, value) => {
    const more = type === "Array" ? { element_type: "Int32" } : {};
    const description = await describeOnly({ fields: [key, vector, field(name, type, more)] });
    const data = [{ id: 1, vector: [0, 1], [name]: value }];
    expect(() => encodeWrite("Insert", { collection_name: "c", data }, description)).toThrow(name);
  });

  it.each([{ partial_update: true }, { field_ops: [] }, { hash_keys: [1] }])(
    "leaves requests with %s to the SDK",
    async (more) => {
      const description = await describeOnly({ fields: [key, vector] });
      const request = { collection_name: "c", data: [{ id: 1, vector: [0, 1] }], ...more };
      expect(encodeWrite("Upsert", request, description)).toBeUndefined();
    },
  );

  it("leaves types that it does not know to the SDK", async () => {
    const description = await describeOnly({
      fields: [key, vector, field("sparse", "SparseFloatVector")],
    });
    const request = { collection_name: "c", data: [{ id: 1, vector: [0, 1], sparse: { 1: 2 } }] };
    expect(encodeWrite("Insert", request, description)).toBeUndefined();
  });
});
