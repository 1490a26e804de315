import { describe, expect, test } from "vitest";
import type { FieldDefinition, StructArrayDefinition } from "../../src/schema/collection-schema.ts";
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

  const clips: StructArrayDefinition = {
    name: "clips",
    fields: [
      { name: "start", type: "Array", elementType: "Int64", maxCapacity: 4 },
      { name: "frame", type: "ArrayOfVector", elementType: "Int8Vector", dim: 2, maxCapacity: 4 },
    ],
  };

  test("defineSchema() names and numbers the sub-fields of structs as Milvus does", () => {
    const schema = defineSchema({
      collection: "films",
      fields: [id, vector],
      structs: [clips],
      dynamicField: true,
    });
    expect(schema.fields.map((field) => [field.id, field.name, field.struct])).toEqual([
      [100, "id", undefined],
      [101, "vector", undefined],
      [104, "clips[start]", "clips"],
      [105, "clips[frame]", "clips"],
      [102, "$meta", undefined],
    ]);
    expect(schema.structs).toEqual([{ id: 103, name: "clips", description: "", nullable: false }]);
    expect(schema.nextFieldId).toBe(106);
  });

  test("defineSchema() takes a collection whose only vectors are in a struct", () => {
    expect(() =>
      defineSchema({ collection: "films", fields: [id], structs: [clips] }),
    ).not.toThrow();
  });

  const [start, frame] = clips.fields;
  test.each<[string, StructArrayDefinition]>([
    ["struct array field clips has no sub-fields", { ...clips, fields: [] }],
    [
      "fields in StructArrayField must be Array or ArrayOfVector, field name = year, field type = Int16",
      { ...clips, fields: [{ name: "year", type: "Int16" }] },
    ],
    [
      "all sub-fields in struct array field must have the same max_capacity: structName=clips, subFieldName=frame, max_capacity=5, expected=4",
      { ...clips, fields: [start, { ...frame, maxCapacity: 5 }] },
    ],
    [
      "sub-field in non-nullable struct cannot be nullable individually, set nullable on the struct instead: structName=clips, subFieldName=start",
      { ...clips, fields: [{ ...start, nullable: true }, frame] },
    ],
    [
      "only fixed dimension vector types are supported",
      { ...clips, fields: [{ ...frame, elementType: "SparseFloatVector" }] },
    ],
    [
      "primary key is not supported for struct field, field name = start",
      { ...clips, fields: [{ ...start, primaryKey: true }] },
    ],
    [
      "autoID is not supported for struct field, field name = start",
      { ...clips, fields: [{ ...start, autoId: true }] },
    ],
    [
      "partition key is not supported for struct field, field name = start",
      { ...clips, fields: [{ ...start, partitionKey: true }] },
    ],
    [
      "clustering key is not supported for struct field, field name = start",
      { ...clips, fields: [{ ...start, clusteringKey: true }] },
    ],
    [
      "type param(max_capacity) should be specified",
      { ...clips, fields: [{ ...frame, maxCapacity: undefined }] },
    ],
    ["duplicated field name clips[start]", { ...clips, fields: [start, start] }],
    ["duplicated field name vector", { ...clips, name: "vector" }],
    ["Invalid field name: a b", { ...clips, name: "a b" }],
  ] as [string, StructArrayDefinition][])(
    "defineSchema() refuses a struct: %s",
    (message, struct) => {
      expect(() =>
        defineSchema({ collection: "films", fields: [id, vector], structs: [struct] }),
      ).toThrow(message);
    },
  );

  test.each<[string, FieldDefinition, FieldDefinition]>([
    ["dims of 2 to 32,768", { ...vector, dim: 2 }, { ...vector, dim: 1 }],
    ["dims up to 32,768", { ...vector, dim: 32_768 }, { ...vector, dim: 32_769 }],
    [
      "as many bytes of bits",
      { name: "v", type: "BinaryVector", dim: 262_144 },
      { name: "v", type: "BinaryVector", dim: 262_152 },
    ],
    [
      "bits by the byte",
      { name: "v", type: "BinaryVector", dim: 8 },
      { name: "v", type: "BinaryVector", dim: 12 },
    ],
    [
      "half-precision vectors",
      { name: "v", type: "Float16Vector", dim: 32_768 },
      { name: "v", type: "BFloat16Vector", dim: 32_769 },
    ],
    [
      "sparse vectors without dim",
      { name: "v", type: "SparseFloatVector" },
      { name: "v", type: "SparseFloatVector", dim: 4 },
    ],
    [
      "times as defaults",
      { name: "t", type: "Timestamptz", defaultValue: "2025-01-01T00:00:00Z" },
      { name: "t", type: "Timestamptz", defaultValue: true },
    ],
    [
      "partition keys of VarChar",
      { name: "t", type: "VarChar", maxLength: 4, partitionKey: true },
      { name: "t", type: "Float", partitionKey: true },
    ],
    [
      "clustering keys of numbers",
      { name: "t", type: "Float", clusteringKey: true },
      { name: "t", type: "Bool", clusteringKey: true },
    ],
  ])("defineSchema() takes %s, and nothing beyond", (_, good, bad) => {
    const others = [id, { ...vector, name: "other" }];
    expect(define(...others, good)).not.toThrow();
    expect(define(...others, bad)).toThrow(expect.objectContaining({ code: "schema-invalid" }));
  });

  test("defineSchema() keeps other parameters as they are", () => {
    const params = { "mmap.enabled": "true", enable_match: "true" };
    const schema = defineSchema({ collection: "films", fields: [id, { ...vector, params }] });
    expect(schema.fields[1].params).toEqual(params);
  });
});
