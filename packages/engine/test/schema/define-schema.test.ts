import { describe, expect, test } from "vitest";
import type { FieldDefinition } from "../../src/schema/collection-schema.ts";
import { defineSchema, primaryKeyOf, vectorFieldsOf } from "../../src/schema/define-schema.ts";

const id: FieldDefinition = { name: "id", type: "Int64", primaryKey: true };
const vector: FieldDefinition = { name: "vector", type: "FloatVector", dim: 4 };

function define(...fields: FieldDefinition[]): () => unknown {
  return () => defineSchema({ collection: "films", fields });
}

describe("defineSchema()", () => {
  test("defineSchema() numbers the fields from 100 and puts the dynamic field last", () => {
    const schema = defineSchema({ collection: "films", fields: [id, vector], dynamicField: true });
    expect(schema.fields.map((field) => [field.id, field.name])).toEqual([
      [100, "id"],
      [101, "vector"],
      [102, "$meta"],
    ]);
    expect(primaryKeyOf(schema).name).toBe("id");
    expect(vectorFieldsOf(schema).map(({ name }) => name)).toEqual(["vector"]);
  });

  test.each<[string, string, FieldDefinition[]]>([
    ["no primary key", "schema-invalid", [vector]],
    ["two primary keys", "schema-invalid", [id, { ...id, name: "other" }, vector]],
    [
      "a primary key of a type that can't be one",
      "schema-invalid",
      [{ ...id, type: "Int32" }, vector],
    ],
    ["a nullable primary key", "schema-invalid", [{ ...id, nullable: true }, vector]],
    ["a primary key with a default", "schema-invalid", [{ ...id, defaultValue: 1n }, vector]],
    ["no vector field", "schema-invalid", [id]],
    ["a field twice", "schema-invalid", [id, vector, vector]],
    [
      "made keys on another field",
      "schema-invalid",
      [id, vector, { name: "x", type: "Int64", autoId: true }],
    ],
    ["a dimension of 1", "schema-invalid", [id, { ...vector, dim: 1 }]],
    ["a dimension past the largest", "schema-invalid", [id, { ...vector, dim: 32_769 }]],
    ["no dimension", "schema-invalid", [id, { name: "vector", type: "FloatVector" }]],
    ["a VarChar without a length", "schema-invalid", [id, vector, { name: "t", type: "VarChar" }]],
    [
      "a VarChar that is too long",
      "schema-invalid",
      [id, vector, { name: "t", type: "VarChar", maxLength: 65_536 }],
    ],
    [
      "an array of arrays",
      "schema-invalid",
      [id, vector, { name: "a", type: "Array", elementType: "Array", maxCapacity: 2 }],
    ],
    [
      "an array that is too long",
      "schema-invalid",
      [id, vector, { name: "a", type: "Array", elementType: "Int8", maxCapacity: 4_097 }],
    ],
    [
      "a default of another type",
      "schema-invalid",
      [id, vector, { name: "x", type: "Int8", defaultValue: "1" }],
    ],
    [
      "a default out of range",
      "schema-invalid",
      [id, vector, { name: "x", type: "Int8", defaultValue: 128 }],
    ],
    [
      "a default for JSON",
      "schema-invalid",
      [id, vector, { name: "x", type: "JSON", defaultValue: "{}" }],
    ],
    [
      "a field name that begins with a digit",
      "field-name-invalid",
      [id, vector, { name: "1x", type: "Int8" }],
    ],
    [
      "a field name of the filter language",
      "field-name-invalid",
      [id, vector, { name: "and", type: "Int8" }],
    ],
    [
      "null as a field name, in any case",
      "field-name-invalid",
      [id, vector, { name: "NuLL", type: "Int8" }],
    ],
    ["a nullable vector", "unsupported", [id, { ...vector, nullable: true }]],
  ])("defineSchema() refuses %s", (_, code, fields) => {
    expect(define(...fields)).toThrow(expect.objectContaining({ code }));
  });

  test("defineSchema() refuses one field and one vector field more than Milvus", () => {
    const scalars = Array.from(
      { length: 255 },
      (_, i) => ({ name: `f${i}`, type: "Int8" }) as const,
    );
    expect(define(id, vector, ...scalars.slice(1))).not.toThrow();
    expect(define(id, vector, ...scalars)).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
    const vectors = Array.from({ length: 11 }, (_, i) => ({ ...vector, name: `v${i}` }));
    expect(define(id, ...vectors.slice(1))).not.toThrow();
    expect(define(id, ...vectors)).toThrow(expect.objectContaining({ code: "limit-exceeded" }));
  });

  test("defineSchema() refuses a data type that there is not", () => {
    // @ts-expect-error not a data type
    expect(define(id, vector, { name: "x", type: "Decimal" })).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    );
  });
});
