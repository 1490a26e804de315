import { columnOf, type Field, isEngineError, valueAt } from "@redkite/engine";
import { describe, expect, it } from "vitest";
import { columnOfWireField } from "../../src/wire/column-of-wire-field.ts";
import { decodeFieldData, encodeFieldData } from "../../src/wire/field-data.ts";
import { wireFieldOfOutput } from "../../src/wire/wire-field-of-output.ts";
import { oracleDecode, oracleEncode } from "./oracle.ts";

/** A field, two values of it as rows carry them, and as clients send them and get them. */
interface Sample {
  readonly field: Partial<Field>;
  readonly values: readonly [unknown, unknown];
  readonly sent: object;
  /** What the answer says; the same as was sent where left out. */
  readonly got?: object;
}

const samples: readonly Sample[] = [
  {
    field: { type: "Geometry" },
    values: ["POINT (1 2)", "LINESTRING (0 0, 1.5 -2)"],
    sent: { scalars: { geometry_wkt_data: { data: ["POINT (1 2)", "LINESTRING (0 0, 1.5 -2)"] } } },
  },
  {
    field: { type: "Timestamptz" },
    values: ["2024-12-31T16:00:00Z", "1969-12-31T23:59:59.5Z"],
    sent: {
      scalars: { string_data: { data: ["2025-01-01T00:00:00+08:00", "1970-01-01 07:59:59.5"] } },
    },
    got: {
      scalars: {
        string_data: { data: ["2025-01-01T00:00:00+08:00", "1970-01-01T07:59:59.5+08:00"] },
      },
    },
  },
  {
    field: { type: "BinaryVector", dim: 16 },
    values: [Uint8Array.of(1, 2), Uint8Array.of(255, 0)],
    sent: { vectors: { dim: 16, binary_vector: Buffer.of(1, 2, 255, 0) } },
  },
  {
    field: { type: "Int8Vector", dim: 2 },
    values: [Int8Array.of(1, -2), Int8Array.of(127, -128)],
    sent: { vectors: { dim: 2, int8_vector: Buffer.of(1, 254, 127, 128) } },
  },
  {
    field: { type: "Float16Vector", dim: 2 },
    values: [Float32Array.of(1, -2), Float32Array.of(0.5, 65_504)],
    sent: { vectors: { dim: 2, float16_vector: halves(0x3c00, 0xc000, 0x3800, 0x7bff) } },
  },
  {
    field: { type: "BFloat16Vector", dim: 2 },
    values: [Float32Array.of(1, -2), Float32Array.of(0.5, 2 ** 100)],
    sent: { vectors: { dim: 2, bfloat16_vector: halves(0x3f80, 0xc000, 0x3f00, 0x7180) } },
  },
  {
    field: { type: "SparseFloatVector" },
    values: [{ 3: 0.5, 70000: 2 }, {}],
    sent: {
      vectors: {
        dim: 70_001,
        sparse_float_vector: { contents: [pairs([3, 0.5], [70_000, 2]), pairs()], dim: 70_001 },
      },
    },
  },
  {
    field: { type: "ArrayOfVector", elementType: "FloatVector", dim: 2, maxCapacity: 4 },
    values: [[Float32Array.of(1, 2), Float32Array.of(3, 4)], [Float32Array.of(5, 6)]],
    sent: {
      vectors: {
        dim: 2,
        vector_array: {
          dim: 2,
          element_type: "FloatVector",
          data: [floatVectors(1, 2, 3, 4), floatVectors(5, 6)],
        },
      },
    },
  },
  {
    field: { type: "ArrayOfVector", elementType: "Float16Vector", dim: 2, maxCapacity: 4 },
    values: [[Float32Array.of(1, -2)], [Float32Array.of(0.5, 1), Float32Array.of(-2, -2)]],
    sent: {
      vectors: {
        dim: 2,
        vector_array: {
          dim: 2,
          element_type: "Float16Vector",
          data: [
            { dim: 2, float16_vector: halves(0x3c00, 0xc000) },
            { dim: 2, float16_vector: halves(0x3800, 0x3c00, 0xc000, 0xc000) },
          ],
        },
      },
    },
  },
];

describe.each(samples)("$field.type $field.elementType on the wire", (sample) => {
  const { values, sent, got = sent } = sample;

  it("columnOfWireField reads what clients send", () => {
    const column = columnOfWireField(fieldOf(sample), wireOf(sent), options);
    expect([0, 1].map((row) => valueAt(fieldOf(sample), column, row))).toEqual(values);
  });

  it("wireFieldOfOutput writes what clients read", () => {
    const column = columnOf(fieldOf(sample), values);
    expect(answer(sample, column)).toMatchObject(expected(got));
  });

  it("columnOfWireField and wireFieldOfOutput keep nulls apart from values", () => {
    const nullable = fieldOf(sample, { nullable: true });
    const wire = wireOf({ ...sent, valid_data: [false, true, false, true] });
    const column = columnOfWireField(nullable, wire, { ...options, rowCount: 4 });
    const [first, second] = values;
    const found = [0, 1, 2, 3].map((row) => valueAt(nullable, column, row));
    expect(found).toEqual([null, first, null, second]);
    const output = { name: "f", field: nullable, column };
    const again = decodeFieldData(encodeFieldData(wireFieldOfOutput(output, options)));
    expect([...(again.valid ?? [])]).toEqual([0, 1, 0, 1]);
    // Scalars come back in full length, with a placeholder for each null.
    const inFull = "offsets" in again.data && !("dim" in again.data);
    if (inFull) expect(again.data.offsets.length).toBe(5);
    else expect(answer(sample, column, nullable)).toMatchObject(expected(got));
  });

  it("columnOfWireField refuses data of another kind", () => {
    const wire = wireOf({ scalars: { bool_data: { data: [true, true] } } });
    const error = thrownBy(() => columnOfWireField(fieldOf(sample), wire, options));
    expect(isEngineError(error, "schema-mismatch")).toBe(true);
    expect(String(error)).toMatch(/field 'f' is illegal, /);
  });
});

describe("columnOfWireField", () => {
  it("columnOfWireField refuses vectors of another dim or of broken length", () => {
    const read = (field: Partial<Field>, sent: object) => () =>
      columnOfWireField(fieldOf({ field }), wireOf(sent), options);
    const bytes = Buffer.alloc(6);
    expect(
      read({ type: "BinaryVector", dim: 32 }, { vectors: { dim: 32, binary_vector: bytes } }),
    ).toThrow("the num(48) of all bits should divide the dim(32)");
    expect(
      read({ type: "Float16Vector", dim: 2 }, { vectors: { dim: 2, float16_vector: bytes } }),
    ).toThrow("the length(6) of float16 data should divide the dim(2)");
    expect(
      read({ type: "BFloat16Vector", dim: 2 }, { vectors: { dim: 2, bfloat16_vector: bytes } }),
    ).toThrow("the length(6) of bfloat data should divide the dim(2)");
    expect(
      read({ type: "Int8Vector", dim: 4 }, { vectors: { dim: 4, int8_vector: bytes } }),
    ).toThrow("the length(6) of int8 data should divide the dim(4)");
    expect(
      read({ type: "Int8Vector", dim: 3 }, { vectors: { dim: 6, int8_vector: bytes } }),
    ).toThrow("the dim (6) of field data(f) is not equal to schema dim (3)");
    const contents = [Buffer.alloc(8), Buffer.alloc(7)];
    expect(
      read({ type: "SparseFloatVector" }, { vectors: { sparse_float_vector: { contents } } }),
    ).toThrow("invalid data length in sparse float vector: 7");
  });

  it("columnOfWireField refuses arrays of other vectors", () => {
    const field = { type: "ArrayOfVector", elementType: "FloatVector", dim: 2 } as const;
    const read = (vector_array: object) => () =>
      columnOfWireField(fieldOf({ field }), wireOf({ vectors: { vector_array } }), options);
    const int8s = { dim: 2, int8_vector: Buffer.of(1, 2) };
    expect(read({ dim: 2, data: [int8s, int8s] })).toThrow(
      "array of vector field 'f' is illegal, array type mismatch",
    );
    expect(read({ dim: 3, data: [floatVectors(1, 2), floatVectors(1, 2)] })).toThrow(
      "the dim (3) of field data(f) is not equal to schema dim (2)",
    );
    expect(read({ dim: 2, data: [floatVectors(1, 2, 3), floatVectors(1)] })).toThrow(
      "payload length 3 is not divisible by vector width 2",
    );
  });

  it("columnOfWireField refuses times and geometries that are none", () => {
    const read = (type: "Timestamptz" | "Geometry", scalars: object) => () =>
      columnOfWireField(fieldOf({ field: { type } }), wireOf({ scalars }), options);
    expect(read("Timestamptz", { string_data: { data: ["now", "now"] } })).toThrow(
      "got invalid timestamptz string 'now': invalid timezone name",
    );
    expect(read("Geometry", { geometry_wkt_data: { data: ["POINT", "CIRCLE (1 2)"] } })).toThrow(
      expect.objectContaining({ code: "invalid-parameter" }),
    );
  });
});

const options = { rowCount: 2, timeZone: "Asia/Shanghai" } as const;

function fieldOf({ field }: Pick<Sample, "field">, more: Partial<Field> = {}): Field {
  return {
    id: 100,
    name: "f",
    type: "Int64",
    description: "",
    primaryKey: false,
    autoId: false,
    nullable: false,
    ...field,
    ...more,
  };
}

function wireOf(object: object) {
  return decodeFieldData(oracleEncode("schema.FieldData", { field_name: "f", ...object }));
}

function answer(sample: Sample, column: ReturnType<typeof columnOf>, field = fieldOf(sample)) {
  const wire = wireFieldOfOutput({ name: "f", field, column }, options);
  return oracleDecode("schema.FieldData", encodeFieldData(wire));
}

/** As the oracle shows what it decodes: the values alone. */
function expected(object: object): object {
  const { scalars, vectors } = oracleDecode(
    "schema.FieldData",
    oracleEncode("schema.FieldData", object),
  );
  return scalars ? { scalars } : { vectors };
}

function halves(...bits: number[]): Buffer {
  return Buffer.from(Uint16Array.from(bits).buffer);
}

function pairs(...components: [number, number][]): Buffer {
  const buffer = Buffer.alloc(components.length * 8);
  for (const [i, [index, value]] of components.entries()) {
    buffer.writeUInt32LE(index, i * 8);
    buffer.writeFloatLE(value, i * 8 + 4);
  }
  return buffer;
}

function floatVectors(...data: number[]): object {
  return { dim: 2, float_vector: { data } };
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
