import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PlaceholderGroupSchema, PlaceholderType } from "../../src/wire/gen/common_pb.ts";
import {
  DataType,
  type FieldDataSchema,
  type FieldSchemaSchema,
} from "../../src/wire/gen/schema_pb.ts";
import { clipData, clips } from "./clips.ts";
import { Harness, longs, pairs, schemaBytes, texts } from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
});
afterEach(() => harness.close());

type FieldDataInit = MessageInitShape<typeof FieldDataSchema>;
type FieldInit = MessageInitShape<typeof FieldSchemaSchema>;

const id: FieldInit = { name: "id", dataType: DataType.Int64, isPrimaryKey: true };
const tenant: FieldInit = {
  name: "tenant",
  dataType: DataType.VarChar,
  isPartitionKey: true,
  typeParams: pairs({ max_length: "16" }),
};

function vectorField(name: string, dataType: DataType, dim?: number): FieldInit {
  const typeParams = dim === undefined ? [] : pairs({ dim: `${dim}` });
  return { name, dataType, typeParams };
}

describe("A collection of every type", () => {
  it("is described as it was made", async () => {
    const fields: FieldInit[] = [
      id,
      tenant,
      { name: "place", dataType: DataType.Geometry, nullable: true },
      {
        name: "at",
        dataType: DataType.Timestamptz,
        isClusteringKey: false,
        defaultValue: { data: { case: "stringData", value: "2025-01-01T00:00:00" } },
      },
      {
        name: "text",
        dataType: DataType.VarChar,
        isClusteringKey: true,
        typeParams: pairs({ max_length: "9", enable_match: "true", enable_analyzer: "true" }),
      },
      vectorField("bits", DataType.BinaryVector, 16),
      vectorField("halves", DataType.Float16Vector, 2),
      vectorField("brains", DataType.BFloat16Vector, 2),
      vectorField("int8s", DataType.Int8Vector, 2),
      { ...vectorField("sparse", DataType.SparseFloatVector), nullable: true },
    ];
    const schema = schemaBytes({
      name: "every",
      fields,
      structArrayFields: [clips],
      enableDynamicField: true,
      properties: pairs({ timezone: "Asia/Shanghai" }),
    });
    const request = { collectionName: "every", schema };
    await harness.ok("createCollection", request);
    // The same again is no error.
    await harness.ok("createCollection", request);
    const { schema: found } = await harness.ok("describeCollection", { collectionName: "every" });
    expect(found?.fields.map(({ fieldID, name }) => [Number(fieldID), name])).toEqual(
      fields.map(({ name }, i) => [100 + i, name]),
    );
    for (const [i, field] of fields.entries()) {
      const { defaultValue, ...rest } = field;
      expect(found?.fields[i]).toMatchObject(rest);
    }
    expect(found?.fields[3].defaultValue?.data).toMatchObject({
      case: "stringData",
      value: "2025-01-01T00:00:00+08:00",
    });
    expect(found?.structArrayFields).toMatchObject([{ ...clips, fieldID: 111n }]);
    expect(found?.structArrayFields[0].fields.map(({ fieldID }) => fieldID)).toEqual([112n, 113n]);
  });

  it.each<[FieldInit[], string]>([
    [[{ ...tenant, isPrimaryKey: true }], "the partition key field must not be primary field"],
    [[id, { ...tenant, nullable: true }], "partition key field not support nullable"],
    [
      [id, { name: "tenant", dataType: DataType.Int8, isPartitionKey: true }],
      "the data type of partition key should be Int64 or VarChar",
    ],
    [
      [id, tenant, { ...tenant, name: "other" }],
      "there are more than one partition key, field name = tenant, other",
    ],
    [
      [id, { name: "key", dataType: DataType.JSON, isClusteringKey: true }],
      "clustering key field key has unsupported data type JSON",
    ],
    [[id, vectorField("bits", DataType.BinaryVector, 12)], "should be multiple of 8"],
    [
      [id, vectorField("bits", DataType.BinaryVector, 262_152)],
      "binary vector dimension should be in range 2 ~ 262144",
    ],
    [
      [id, vectorField("int8s", DataType.Int8Vector, 32_769)],
      "float vector dimension should be in range 2 ~ 32768",
    ],
    [
      [id, vectorField("sparse", DataType.SparseFloatVector, 4)],
      "dim should not be specified for sparse vector field sparse",
    ],
    [
      [id, { ...clips.fields[1], name: "frame" }],
      "array of vector can only be in the struct array field, field name: frame",
    ],
    [
      [
        id,
        {
          name: "at",
          dataType: DataType.Timestamptz,
          defaultValue: { data: { case: "longData", value: 1n } },
        },
      ],
      "type (Timestamptz) of field (at) is not equal to the type(DataType_Int64) of default_value",
    ],
    [
      [
        id,
        {
          name: "at",
          dataType: DataType.Timestamptz,
          defaultValue: { data: { case: "stringData", value: "soon" } },
        },
      ],
      "invalid timestamp string: 'soon'. Does not match any known format",
    ],
  ])("refuses fields %#", async (fields, text) => {
    const schema = schemaBytes({ fields: [...fields, vectorField("v", DataType.FloatVector, 2)] });
    const { code, reason } = await harness.fails("createCollection", {
      collectionName: "every",
      schema,
    });
    expect(reason).toContain(text);
    expect(code).toBe(1100);
  });
});

describe("An array of structs", () => {
  beforeEach(async () => {
    const fields = [id, vectorField("v", DataType.BinaryVector, 8)];
    await harness.ok("createCollection", {
      collectionName: "films",
      schema: schemaBytes({ fields, structArrayFields: [clips] }),
    });
    await harness.ok("createIndex", {
      collectionName: "films",
      fieldName: "v",
      extraParams: pairs({ index_type: "BIN_FLAT", metric_type: "HAMMING" }),
    });
    await harness.ok("loadCollection", { collectionName: "films" });
  });

  const bits: FieldDataInit = {
    type: DataType.BinaryVector,
    fieldName: "v",
    field: {
      case: "vectors",
      value: { dim: 8n, data: { case: "binaryVector", value: Uint8Array.of(1, 2) } },
    },
  };

  const insertOf = (data: FieldDataInit) => ({
    collectionName: "films",
    numRows: 2,
    fieldsData: [longs("id", [1n, 2n]), bits, data],
  });

  it("is written and read as one field", async () => {
    await harness.ok("insert", insertOf(clipData([[1n, 2n], []], [[1, 2, 3, 4], []])));
    const { fieldsData } = await harness.ok("query", {
      collectionName: "films",
      expr: "id > 0",
      outputFields: ["clips"],
    });
    const field = fieldsData.find(({ fieldName }) => fieldName === "clips");
    expect(field).toMatchObject({ type: DataType.ArrayOfStruct, validData: [true, true] });
    const [start, frame] = field?.field.case === "structArrays" ? field.field.value.fields : [];
    expect(start).toMatchObject({
      fieldName: "start",
      type: DataType.Array,
      field: {
        value: { data: { value: { data: [{ data: { value: { data: [1n, 2n] } } }, {}] } } },
      },
    });
    expect(frame).toMatchObject({
      fieldName: "frame",
      type: DataType.ArrayOfVector,
      field: {
        value: {
          data: {
            case: "vectorArray",
            value: {
              dim: 2n,
              elementType: DataType.FloatVector,
              data: [{ data: { value: { data: [1, 2, 3, 4] } } }, {}],
            },
          },
        },
      },
    });
  });

  it("may be null as a whole", async () => {
    await harness.ok("insert", insertOf(clipData([[1n]], [[1, 2]], [false, true])));
    const { fieldsData } = await harness.ok("query", {
      collectionName: "films",
      expr: "id > 0",
      outputFields: ["clips"],
    });
    expect(fieldsData.find(({ fieldName }) => fieldName === "clips")).toMatchObject({
      validData: [false, true],
    });
  });

  it.each<[string, FieldDataInit]>([
    [
      "inconsistent struct element count in struct 'clips' at row 1: 'start' has 1, 'frame' has 2",
      clipData([[], [1n]], [[], [1, 2, 3, 4]]),
    ],
    ["payload length 3 is not divisible by vector width 2", clipData([[], [1n]], [[], [1, 2, 3]])],
    [
      "inconsistent sub-field data in struct 'clips': 1 of 2 sub-fields have data, all must be present or all absent",
      clipData([[], []], []),
    ],
    [
      "field convert FieldData_StructArrays fail in fieldData, fieldName: clips, collectionName:films",
      texts("clips", ["a", "b"]),
    ],
    [
      "length of fields of struct field mismatch length of the fields in schema, fieldName: clips, collectionName:films, fieldData fields length:0, schema fields length:2",
      { fieldName: "clips", field: { case: "structArrays", value: { fields: [] } } },
    ],
  ])("refuses rows: %s", async (text, data) => {
    const { code, reason } = await harness.fails("insert", insertOf(data));
    expect(reason).toContain(text);
    expect(code).toBe(1100);
  });
});

interface Searched {
  readonly name: string;
  readonly field: FieldInit;
  readonly metric: string;
  readonly data: NonNullable<FieldDataInit["field"]>;
  readonly type: PlaceholderType;
  /** The first row's vector. */
  readonly query: Uint8Array;
}

function vectorsOf(dim: number, data: object): Searched["data"] {
  // The cases are written out where this is called.
  return { case: "vectors", value: { dim: BigInt(dim), data } } as Searched["data"];
}

const sparseRow = Buffer.alloc(8);
sparseRow.writeUInt32LE(7, 0);
sparseRow.writeFloatLE(1, 4);

const searched: readonly Searched[] = [
  {
    name: "BinaryVector",
    field: vectorField("v", DataType.BinaryVector, 8),
    metric: "HAMMING",
    data: vectorsOf(8, { case: "binaryVector", value: Uint8Array.of(1, 0xff) }),
    type: PlaceholderType.BinaryVector,
    query: Uint8Array.of(1),
  },
  {
    name: "Float16Vector",
    field: vectorField("v", DataType.Float16Vector, 2),
    metric: "L2",
    data: vectorsOf(2, {
      case: "float16Vector",
      value: Uint8Array.of(0, 0x3c, 0, 0, 0, 0, 0, 0x3c),
    }),
    type: PlaceholderType.Float16Vector,
    query: Uint8Array.of(0, 0x3c, 0, 0),
  },
  {
    name: "Float16Vector by floats",
    field: vectorField("v", DataType.Float16Vector, 2),
    metric: "IP",
    data: vectorsOf(2, {
      case: "float16Vector",
      value: Uint8Array.of(0, 0x3c, 0, 0, 0, 0, 0, 0x3c),
    }),
    type: PlaceholderType.FloatVector,
    query: new Uint8Array(Float32Array.of(1, 0).buffer),
  },
  {
    name: "BFloat16Vector",
    field: vectorField("v", DataType.BFloat16Vector, 2),
    metric: "COSINE",
    data: vectorsOf(2, {
      case: "bfloat16Vector",
      value: Uint8Array.of(0x80, 0x3f, 0, 0, 0, 0, 0x80, 0x3f),
    }),
    type: PlaceholderType.BFloat16Vector,
    query: Uint8Array.of(0x80, 0x3f, 0, 0),
  },
  {
    name: "Int8Vector",
    field: vectorField("v", DataType.Int8Vector, 2),
    metric: "COSINE",
    data: vectorsOf(2, { case: "int8Vector", value: Uint8Array.of(1, 0, 0, 1) }),
    type: PlaceholderType.Int8Vector,
    query: Uint8Array.of(1, 0),
  },
  {
    name: "SparseFloatVector",
    field: vectorField("v", DataType.SparseFloatVector),
    metric: "IP",
    data: vectorsOf(0, {
      case: "sparseFloatVector",
      value: { contents: [sparseRow, Buffer.alloc(0)] },
    }),
    type: PlaceholderType.SparseFloatVector,
    query: sparseRow,
  },
];

describe.each(searched)("Search in vectors: $name", ({ field, metric, data, type, query }) => {
  const searchFor = (placeholderType: PlaceholderType, values: Uint8Array[]) => {
    const group = create(PlaceholderGroupSchema, {
      placeholders: [{ tag: "$0", type: placeholderType, values }],
    });
    return harness.call("search", {
      collectionName: "films",
      searchInput: { case: "placeholderGroup", value: toBinary(PlaceholderGroupSchema, group) },
      searchParams: pairs({ anns_field: "v", topk: "1", metric_type: metric, params: "{}" }),
      outputFields: ["v"],
    });
  };

  beforeEach(async () => {
    const schema = schemaBytes({ fields: [id, field] });
    await harness.ok("createCollection", { collectionName: "films", schema });
    await harness.ok("createIndex", {
      collectionName: "films",
      fieldName: "v",
      extraParams: pairs({ index_type: "AUTOINDEX", metric_type: metric }),
    });
    await harness.ok("loadCollection", { collectionName: "films" });
    await harness.ok("insert", {
      collectionName: "films",
      numRows: 2,
      fieldsData: [
        longs("id", [1n, 2n]),
        { fieldName: "v", type: field.dataType ?? DataType.None, field: data },
      ],
    });
  });

  it("finds the row and shows its vector", async () => {
    const { status, results } = await searchFor(type, [query]);
    expect(status).toMatchObject({ code: 0, reason: "" });
    expect(results?.ids?.idField).toMatchObject({ value: { data: [1n] } });
    expect(results?.fieldsData[0]).toMatchObject({ fieldName: "v", type: field.dataType });
  });

  it("refuses vectors of another type or size", async () => {
    const other =
      type === PlaceholderType.SparseFloatVector
        ? PlaceholderType.Int8Vector
        : PlaceholderType.SparseFloatVector;
    const wrongType = (await searchFor(other, [query])).status;
    expect(wrongType?.reason).toContain("vector type must be the same, field v - type VECTOR_");
    const wrongSize = (await searchFor(type, [Uint8Array.of(1, 2, 3)])).status;
    expect(wrongSize?.code).not.toBe(0);
  });
});
