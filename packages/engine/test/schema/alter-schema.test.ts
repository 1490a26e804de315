import { describe, expect, test } from "vitest";
import {
  addDynamicField,
  addField,
  addStruct,
  alterField,
  dropDynamicField,
  dropField,
  type FieldChange,
} from "../../src/schema/alter-schema.ts";
import type { FieldDefinition, StructArrayDefinition } from "../../src/schema/collection-schema.ts";
import { defineSchema, dynamicFieldOf } from "../../src/schema/define-schema.ts";

const clips: StructArrayDefinition = {
  name: "clips",
  nullable: true,
  fields: [
    { name: "start", type: "Array", elementType: "Int64", maxCapacity: 4 },
    { name: "frame", type: "ArrayOfVector", elementType: "FloatVector", dim: 2, maxCapacity: 4 },
  ],
};

const schema = defineSchema({
  collection: "films",
  dynamicField: true,
  structs: [{ ...clips, name: "scenes" }],
  fields: [
    { name: "id", type: "Int64", primaryKey: true },
    { name: "tenant", type: "VarChar", maxLength: 9, partitionKey: true },
    { name: "year", type: "Int16", clusteringKey: true },
    { name: "tags", type: "Array", elementType: "VarChar", maxCapacity: 4, maxLength: 9 },
    { name: "vector", type: "FloatVector", dim: 2 },
  ],
});

const stars: FieldDefinition = { name: "stars", type: "Float", nullable: true };

function refusal(message: string, code = "schema-invalid"): unknown {
  return expect.objectContaining({ code, message: expect.stringContaining(message) });
}

describe("addField()", () => {
  test("addField() puts the field behind all others, with an id that was never used", () => {
    const once = addField(schema, stars);
    expect(once.fields.at(-1)).toMatchObject({ name: "stars", id: schema.nextFieldId });
    const again = addField(dropField(once, "stars"), stars);
    expect(again.fields.at(-1)?.id).toBe((schema.nextFieldId ?? 0) + 1);
    // The dynamic field is found though it is not the last.
    expect(dynamicFieldOf(once)?.name).toBe("$meta");
  });

  test("addField() numbers on where a schema does not say how far it is", () => {
    const { nextFieldId, ...old } = schema;
    expect(addField(old, stars).nextFieldId).toBe((nextFieldId ?? 0) + 1);
  });

  test("addField() takes nullable vectors and defaults", () => {
    const vectors = addField(schema, { name: "v", type: "Int8Vector", dim: 4, nullable: true });
    expect(vectors.fields.at(-1)).toMatchObject({ type: "Int8Vector", nullable: true });
    const defaulted = addField(schema, { ...stars, defaultValue: 2.5 });
    expect(defaulted.fields.at(-1)).toMatchObject({ defaultValue: 2.5 });
  });

  test.each<[FieldDefinition, string]>([
    [
      { ...stars, nullable: false },
      "added field must be nullable, please check it, field name = stars",
    ],
    [{ ...stars, name: "year" }, "duplicated field name year"],
    [{ ...stars, name: "scenes" }, "duplicated field name scenes"],
    [{ ...stars, primaryKey: true }, "not support to add pk field, field name = stars"],
    [{ ...stars, autoId: true }, "only primary field can speficy AutoID with true"],
    [
      { ...stars, partitionKey: true },
      "not support to add partition key field, field name  = stars",
    ],
    [
      { ...stars, clusteringKey: true },
      "already has another clustering key field, field name: stars",
    ],
    [{ ...stars, type: "JSON", clusteringKey: true }, "has unsupported data type JSON"],
    [
      { ...stars, type: "FloatVector" },
      "dimension is not defined in field type params of field stars",
    ],
    [{ ...stars, type: "ArrayOfVector" }, "array of vector can only be in the struct array field"],
  ])("addField() refuses field %#", (definition, message) => {
    expect(() => addField(schema, definition)).toThrow(refusal(message));
  });

  test("addField() refuses one field and one vector field too many", () => {
    const full = defineSchema({
      collection: "films",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "vector", type: "FloatVector", dim: 2 },
        ...Array.from({ length: 254 }, (_, i) => ({ name: `f${i}`, type: "Bool" }) as const),
      ],
    });
    expect(() => addField(full, stars)).toThrow(
      refusal("The number of fields has reached the maximum value 256", "limit-exceeded"),
    );
    // Beside the vector and the one in the struct there is room for eight.
    const vectors = Array.from({ length: 8 }, (_, i) => `v${i}`);
    const vector = { type: "FloatVector", dim: 2, nullable: true } as const;
    const ten = vectors.reduce((all, name) => addField(all, { ...vector, name }), schema);
    expect(() => addField(ten, { ...vector, name: "v" })).toThrow(
      refusal("maximum vector field's number should be limited to 10", "limit-exceeded"),
    );
    expect(() => addStruct(ten, clips)).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
  });
});

describe("addStruct() and dropField()", () => {
  test("addStruct() adds the sub-fields under the struct's name", () => {
    const altered = addStruct(schema, clips);
    expect(altered.structs?.map(({ name }) => name)).toEqual(["scenes", "clips"]);
    expect(altered.fields.slice(-2)).toMatchObject([
      { name: "clips[start]", struct: "clips", nullable: true },
      { name: "clips[frame]", struct: "clips", nullable: true },
    ]);
    expect(dropField(altered, "clips")).toMatchObject({
      fields: schema.fields,
      structs: schema.structs,
      nextFieldId: altered.nextFieldId,
    });
  });

  test("addStruct() refuses a struct that rows must have, and a name that is taken", () => {
    expect(() => addStruct(schema, { ...clips, nullable: false })).toThrow(
      refusal("added field must be nullable, please check it, field name = clips"),
    );
    expect(() => addStruct(schema, { ...clips, name: "year" })).toThrow(
      refusal("duplicated field name year"),
    );
  });

  test.each([
    ["id", "cannot drop primary key field: id"],
    ["tenant", "cannot drop partition key field: tenant"],
    ["year", "cannot drop clustering key field: year"],
    ["$meta", "cannot drop system field: $meta"],
    ["scenes[start]", "cannot drop sub-field of struct array field: scenes[start]"],
    ["none", "field not found: none"],
    ["", "field name is empty"],
  ])("dropField() refuses %j", (name, message) => {
    expect(() => dropField(schema, name)).toThrow(refusal(message));
  });

  test("dropField() leaves a vector field", () => {
    const plain = dropField(schema, "scenes");
    expect(plain.structs).toBeUndefined();
    expect(() => dropField(plain, "vector")).toThrow(
      refusal("cannot drop the last vector field: vector"),
    );
    const structOnly = dropField(schema, "vector");
    expect(() => dropField(structOnly, "scenes")).toThrow(
      refusal(
        "cannot drop struct array field scenes: it would leave no vector field in the collection",
      ),
    );
  });
});

describe("alterField()", () => {
  test("alterField() changes lengths, capacities and parameters, and leaves the rest", () => {
    const change = { maxLength: 20, maxCapacity: 2, params: { "mmap.enabled": "true" } };
    const altered = alterField(schema, "tags", { ...change, description: "words" });
    const tags = altered.fields.find(({ name }) => name === "tags");
    expect(tags).toMatchObject({ ...change, description: "words", elementType: "VarChar" });
    const without = alterField(altered, "tags", { droppedParams: ["mmap.enabled"] });
    expect(without.fields.find(({ name }) => name === "tags")?.params).toBeUndefined();
    expect(without.fields.filter(({ name }) => name !== "tags")).toEqual(
      schema.fields.filter(({ name }) => name !== "tags"),
    );
  });

  test.each<[string, FieldChange, string]>([
    ["year", { maxLength: 5 }, "can not modify the maxlength for non-string types"],
    ["tenant", { maxLength: 65_536 }, "65536 exceeds the maximum allowed value 65535"],
    ["tenant", { maxLength: 0 }, "should be in (0, 65535], but got 0 instead"],
    ["tenant", { maxCapacity: 5 }, "can not modify the maxcapacity for non-array types"],
    ["scenes[start]", { maxCapacity: 5 }, "can not modify the maxcapacity for non-array types"],
    ["tags", { maxCapacity: 4_097 }, "should be in (0, 4096]"],
    [
      "tags",
      { params: { element_type: "5" } },
      "element_type does not allow update in collection field param",
    ],
    ["tags", { droppedParams: ["dim"] }, "dim is not allowed to drop in collection field param"],
  ])("alterField() refuses for %s the change %j", (name, change, message) => {
    expect(() => alterField(schema, name, change)).toThrow(refusal(message));
  });

  test("alterField() refuses a field that is not there", () => {
    expect(() => alterField(schema, "none", {})).toThrow(
      expect.objectContaining({ code: "field-not-found" }),
    );
  });
});

test("addDynamicField() and dropDynamicField() turn it on and off, each time a new field", () => {
  const off = dropDynamicField(schema);
  expect(off.dynamicField).toBe(false);
  expect(dynamicFieldOf(off)).toBeUndefined();
  const on = addDynamicField(off);
  expect(dynamicFieldOf(on)?.id).toBe(schema.nextFieldId);
  expect(addDynamicField(on)).toBe(on);
});
