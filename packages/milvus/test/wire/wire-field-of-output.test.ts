import type { Column, Field, OutputField } from "@redkite/engine";
import { describe, expect, it } from "vitest";
import { encodeFieldData } from "../../src/wire/field-data.ts";
import { wireFieldOfOutput } from "../../src/wire/wire-field-of-output.ts";
import { byteStrings } from "./field-model.ts";
import { oracleDecode } from "./oracle.ts";

const someNull = { nullable: true } as const;
// Rows 0 and 2 have values, row 1 has none.
const validity = Uint8Array.of(0b101);

describe("wireFieldOfOutput", () => {
  it("wireFieldOfOutput gives scalars in full length with valid_data", () => {
    const values = Int8Array.of(1, 0, -3);
    const answer = sent(
      { type: "Int8", ...someNull },
      { layout: "fixed", rowCount: 3, values, validity },
    );
    expect(answer).toMatchObject({
      type: 2,
      field_name: "f",
      field_id: "100",
      is_dynamic: false,
      scalars: { int_data: { data: [1, 0, -3] } },
      valid_data: [true, false, true],
    });
  });

  it("wireFieldOfOutput gives vectors without placeholders", () => {
    const values = Float32Array.of(1, 2, 0, 0, 5, 6);
    const column = {
      layout: "vector",
      element: "float32",
      rowCount: 3,
      dim: 2,
      values,
      validity,
    } as const;
    expect(sent({ type: "FloatVector", dim: 2, ...someNull }, column)).toMatchObject({
      type: 101,
      vectors: { dim: "2", float_vector: { data: [1, 2, 5, 6] } },
      valid_data: [true, false, true],
    });
  });

  it("wireFieldOfOutput gives valid_data for nullable fields only", () => {
    const column = { layout: "fixed", rowCount: 1, values: BigInt64Array.of(-1n) } as const;
    expect(sent({ type: "Int64" }, column)).toMatchObject({ valid_data: [] });
    expect(sent({ type: "Int64", ...someNull }, column)).toMatchObject({ valid_data: [true] });
  });

  it("wireFieldOfOutput gives each type its own case", () => {
    const fixed = (values: Extract<Column, { layout: "fixed" }>["values"]) =>
      ({ layout: "fixed", rowCount: values.length, values }) as const;
    const texts = byteStrings([Buffer.from('{"a":1}'), Buffer.from("2")]);
    const bytes = { layout: "bytes", rowCount: 2, ...texts } as const;
    expect(sent({ type: "Bool" }, fixed(Uint8Array.of(1, 0)))).toMatchObject({
      type: 1,
      scalars: { bool_data: { data: [true, false] } },
    });
    expect(sent({ type: "Int32" }, fixed(Int32Array.of(-1)))).toMatchObject({
      type: 4,
      scalars: { int_data: { data: [-1] } },
    });
    expect(sent({ type: "Float" }, fixed(Float32Array.of(0.5)))).toMatchObject({
      type: 10,
      scalars: { float_data: { data: [0.5] } },
    });
    expect(sent({ type: "Double" }, fixed(Float64Array.of(0.1)))).toMatchObject({
      type: 11,
      scalars: { double_data: { data: [0.1] } },
    });
    expect(sent({ type: "VarChar" }, bytes)).toMatchObject({
      type: 21,
      scalars: { string_data: { data: ['{"a":1}', "2"] } },
    });
    expect(sent({ type: "JSON", name: "$meta" }, bytes)).toMatchObject({
      type: 23,
      is_dynamic: true,
      scalars: { json_data: { data: [[...Buffer.from('{"a":1}')], [50]] } },
    });
  });

  it("wireFieldOfOutput gives arrays row by row", () => {
    const elements = { layout: "fixed", rowCount: 3, values: Int16Array.of(7, 8, 9) } as const;
    const offsets = Uint32Array.of(0, 2, 2, 3);
    const column = { layout: "list", rowCount: 3, offsets, elements, validity } as const;
    expect(sent({ type: "Array", elementType: "Int16", ...someNull }, column)).toMatchObject({
      type: 22,
      scalars: {
        array_data: {
          element_type: 3,
          data: [
            { int_data: { data: [7, 8] } },
            { int_data: { data: [] } },
            { int_data: { data: [9] } },
          ],
        },
      },
      valid_data: [true, false, true],
    });
  });

  it("wireFieldOfOutput gives a count as an Int64 of no field", () => {
    const column = { layout: "fixed", rowCount: 1, values: BigInt64Array.of(42n) } as const;
    expect(decoded({ name: "count(*)", column })).toMatchObject({
      type: 5,
      field_name: "count(*)",
      field_id: "0",
      scalars: { long_data: { data: ["42"] } },
      valid_data: [],
    });
  });
});

function sent(definition: Partial<Field>, column: Column): object {
  const field: Field = {
    id: 100,
    name: "f",
    type: "Int64",
    description: "",
    primaryKey: false,
    autoId: false,
    nullable: false,
    ...definition,
  };
  return decoded({ name: field.name, field, column });
}

function decoded(output: OutputField): object {
  return oracleDecode("schema.FieldData", encodeFieldData(wireFieldOfOutput(output)));
}
