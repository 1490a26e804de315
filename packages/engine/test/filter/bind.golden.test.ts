import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { compileFilter } from "../../src/filter/filter.ts";
import type { TemplateValue } from "../../src/filter/template-value.ts";
import { field, schemaOf } from "./sample-columns.ts";

const fields = [
  field(100, "id", "Int64", { primaryKey: true, nullable: false }),
  field(101, "tiny", "Int8"),
  field(102, "ok", "Bool"),
  field(103, "price", "Float"),
  field(104, "weight", "Double"),
  field(105, "name", "VarChar"),
  field(106, "meta", "JSON"),
  field(107, "tags", "Array", { elementType: "VarChar" }),
  field(108, "sizes", "Array", { elementType: "Int64" }),
  field(109, "vec", "FloatVector", { dim: 4 }),
];
const schema = schemaOf(fields);
const dynamicSchema = schemaOf([...fields, field(110, "$meta", "JSON")]);

function errorOf(
  expression: string,
  templates: Readonly<Record<string, TemplateValue>> = {},
  dynamic = false,
): EngineError {
  try {
    compileFilter(expression, dynamic ? dynamicSchema : schema, templates);
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error(`${expression} was accepted`);
}

/** Expression and the reason that Milvus gives, or how it begins. */
const refused: readonly (readonly [string, string])[] = [
  // Syntax
  ["id inn [1, 2]", "invalid expression: id inn [1, 2]"],
  ["id in", "invalid expression: id in"],
  ["(id == 1", "invalid expression: (id == 1: expected ')' but found the end at position 8"],
  ["id == ", "invalid expression: id == "],
  ["id == 'a", "invalid expression"],
  ["id = 1", "invalid expression"],
  ["id == 1 id", "invalid expression"],
  ["id Like 'a'", "invalid expression"],
  [
    "id == 9223372036854775808",
    'strconv.ParseInt: parsing "9223372036854775808": value out of range',
  ],
  ["price == 1e400", 'strconv.ParseFloat: parsing "1e400": value out of range'],
  // Names
  ["tag == 1", "field tag not exist"],
  ["$meta['a'] == 1", "field $meta not exist"],
  ["id == NULL", "NULL literal is not supported in expressions; use '<field> is null'"],
  ["id in [1, NULL, 2]", "NULL literal is not supported in expressions"],
  ["shout(id)", "function not found: shout"],
  // Predicates
  ["id > 1 and ok", "'and' can only be used between boolean expressions"],
  ["ok or id > 1", "'or' can only be used between boolean expressions"],
  ["false and id", "'and' can only be used between boolean expressions"],
  ["!ok", "not op can only be applied on boolean expression"],
  ["not id == 1", "not op can only be applied on boolean expression"],
  // Comparisons
  ["name == 1", "comparisons between VarChar and Int64 are not supported"],
  ["1 == name", "comparisons between Int64 and VarChar are not supported"],
  ["id == 'a'", "comparisons between Int64 and VarChar are not supported"],
  ["id == 2.1", "cannot cast value to Int64, value: float_val:2.1"],
  ["vec == 1", "comparisons between FloatVector and Int64 are not supported"],
  ["tags == 1", "comparisons between Array[VarChar] and Int64 are not supported"],
  ["sizes > 1", "can not comparisons array fields directly"],
  ["meta['a'] == meta['b']", "two column comparison with JSON type is not supported"],
  ["id == meta['b']", "two column comparison with JSON type is not supported"],
  ["sizes[0] == id", "two column comparison with Array type is not supported"],
  ["(id > 1) == true", "not supported to combine multiple fields"],
  ["1 == 'a'", "comparison operations cannot be applied to two incompatible operands: 1=='a'"],
  // Arithmetic
  ["id + tiny == 3", "not supported to do arithmetic operations between multiple fields"],
  ["id + 1 + 2 == 3", "complicated arithmetic operations are not supported"],
  ["2 - id == 3", "module field is not yet supported"],
  ["id / 0 == 3", "division or modulus by zero"],
  ["price % 2 == 1", "modulo can only apply on integer types"],
  ["id ** 2 == 4", "power can only apply on constants: id**2"],
  ["id + 1.5 == 3", "'add' cannot perform arithmetic between Int64 field and Double"],
  ["name + 1 == 3", "'add' cannot perform arithmetic between VarChar field and Int64"],
  ["id + 1 == 2.5", "cannot cast value to Int64, value: float_val:2.5"],
  ["1 / 0 == 1", "cannot divide by zero"],
  ["-id == 1", "unexpected op: -"],
  // Membership
  ["id in 5", "the right-hand side of 'in' must be a list, but got: 5"],
  ["id in (mn)", "field mn not exist"],
  ["id in (tiny)", "value '(tiny)' in list cannot be a non-const expression"],
  ["id in [1, 2.5]", "value 'float_val:2.5' in list cannot be casted to Int64"],
  ["ok in [0]", "value 'int64_val:0' in list cannot be casted to Bool"],
  ["sizes[0] in ['a']", "value 'string_val:\"a\"' in list cannot be casted to Int64"],
  ["1 in [1]", "'term' can only be used on non-const expression, but got: 1"],
  ["id + 1 in [1]", "'term' can only be used on single field, but got: id+1"],
  ["id in [tiny]", "array element type must be generic value, but got: tiny"],
  ["vec in []", "'term' is not supported on FloatVector"],
  // Ranges
  ["9 < id < 1", "invalid range: lowerbound is greater than upperbound"],
  ["1 < id <= 1", "invalid range: lowerbound is greater than upperbound"],
  ["1 > id > 9", "invalid range: lowerbound is greater than upperbound"],
  ["false < ok < true", "invalid range operations on boolean expr"],
  ["1 < name < 3", "invalid range operations"],
  ["tiny < id < 3", "lowerbound cannot be a non-const expression: tiny"],
  ["1 < sizes < 3", "can not comparisons array fields directly"],
  // like
  ["id like 'a%'", "like operation on non-string or no-json field is unsupported"],
  ["id like 33", "like operation on non-string or no-json field is unsupported"],
  ["sizes[0] like 'a'", "like operation on non-string or no-json field is unsupported"],
  ["name like 33", "like pattern should be a string literal or template variable"],
  // Paths
  ["name['a'] == 1", "VarChar data type not supported accessed with []"],
  ["tags['a'] == 'x'", "can only access array field with integer index"],
  ["tags[0][1] == 'x'", "can only access array field with integer index"],
  ["meta[a] == 1", 'json key must be enclosed in double quotes or single quotes: "a"'],
  ["meta[''] == 1", "invalid identifier: meta['']"],
  // Functions
  [
    "array_contains(id, 1)",
    "contains operation are only supported on json or array fields now, got: id",
  ],
  [
    "json_contains_all(id, [1])",
    "contains_all operation are only supported on json or array fields",
  ],
  ["array_contains(sizes, 'a')", 'cannot cast value to Int64, value: string_val:"a"'],
  ["array_contains_all(sizes, 1)", "ContainsAll operation element must be an array"],
  ["array_contains_any(sizes, 1)", "ContainsAny operation element must be an array"],
  [
    "array_contains_any(sizes, ['a'])",
    "ContainsAny operation can't compare between array element type: Int64 and VarChar",
  ],
  [
    "array_contains(sizes, id)",
    "contains operation are only supported explicitly specified element, got: id",
  ],
  [
    "array_length(id) == 1",
    "array_length operation are only supported on json or array fields now",
  ],
  ["array_length(sizes) == 1.5", "cannot cast value to Int64, value: float_val:1.5"],
  ["exists id", "exists operations are only supportted on json field, got:Int64"],
  ["exists meta", "exists operations are only supportted on json key"],
  ["vec is null", "IsNull/IsNotNull operations are not supported on vector fields"],
  ["sizes[0] is null", "IsNull/IsNotNull operations are not supported on array element access"],
];

describe("compileFilter()", () => {
  it.each(refused)("refuses %s: %s", (expression, reason) => {
    const error = errorOf(expression);
    expect(error.code).toBe("filter-invalid");
    expect(error.details["reason"]).toContain(reason);
    expect(error.message).toContain(`cannot parse expression: ${expression}, error: ${reason}`);
    expect(error.details["position"]).toBeTypeOf("number");
  });

  it.each([
    ["ok", "Bool"],
    ["true", "Bool"],
    ["id", "Int64"],
    ["id + 1", "Int64"],
    ["'a'", "VarChar"],
    ["array_length(sizes)", "Int64"],
    ["[1]", "Array"],
    ["vec", "FloatVector"],
  ])(
    "refuses %s, which is no predicate but %s, without wrapping the reason",
    (expression, type) => {
      const expected = `predicate is not a boolean expression: ${expression}, data type: ${type}`;
      expect(errorOf(expression).message).toBe(expected);
    },
  );

  it.each([
    ["text_match(name, 'a')", "text_match"],
    ["PHRASE_MATCH(name, 'a', 2)", "phrase_match"],
    ["id > 1 and random_sample(0.1)", "random_sample"],
    ["element_filter(s, $[a] > 1)", "element_filter"],
    ["match_any(s, $[a] > 1)", "match_any"],
    ["st_within(geo, 'POINT(1 1)')", "st_within"],
    ["name =~ 'a+'", "operator =~"],
    ["name !~ 'a+'", "operator !~"],
    ["(id & 4) == 4", "operator &"],
    ["(id << 1) == 4", "operator <<"],
    ["~id == 4", "operator ~"],
    ["$[a] > 1", "element access with $"],
    ["at > ISO '2025-01-01T00:00:00Z'", "timestamp literal"],
  ])("names what is unsupported in %s: %s", (expression, construct) => {
    const error = errorOf(expression);
    expect(error.code).toBe("unsupported");
    expect(error.details["construct"]).toBe(construct);
    expect(error.message).toContain(`${construct} is not supported`);
  });

  it.each([
    ["id == {x}", {}, "the value of expression template variable name {x} is not found"],
    ["id in {x}", { x: 1n }, "the value of term expression template variable {x} is not array"],
    ["id == {x}", { x: "a" }, 'cannot cast value to Int64, value: string_val:"a"'],
    ["id == {x}", { x: 1.5 }, "cannot cast value to Int64, value: float_val:1.5"],
    [
      "name like {x}",
      { x: 1n },
      "the value of like expression template variable {x} is not string",
    ],
  ])(
    "refuses %s with templates %o, without wrapping the reason",
    (expression, templates, reason) => {
      const error = errorOf(expression, templates as Record<string, TemplateValue>);
      expect(error.code).toBe("filter-invalid");
      expect(error.message).toBe(reason);
    },
  );

  it("refuses a template variable between constants or as an element of a list", () => {
    expect(errorOf("{x} == 1", { x: 1n }).message).toContain("placeholder was not supported");
    expect(errorOf("id in [{x}]", { x: 1n }).message).toContain("but got: {x}");
  });

  it("looks for an unknown name in the dynamic field, if there is one", () => {
    const dynamic = compileFilter("color == 'red' and $meta['size'] > 1", dynamicSchema);
    expect(dynamic.fieldIds).toEqual([110]);
    expect(errorOf("id == NULL", {}, true).message).toContain("NULL literal is not supported");
  });

  it("lists the fields that it reads, once each and ascending", () => {
    const filter = compileFilter("price > 1 or not (id == 1 and price < tiny)", schema);
    expect(filter.fieldIds).toEqual([100, 101, 103]);
    expect(compileFilter("1 < 2", schema).fieldIds).toEqual([]);
  });

  it("folds constants, after checking each operand", () => {
    expect(compileFilter("id > 1 or 1 + 2 * 3 == 7", schema).root).toEqual({
      kind: "constant",
      value: true,
    });
    expect(compileFilter("true and id == 1", schema)).toEqual(compileFilter("id == 1", schema));
    expect(compileFilter("not (id in [])", schema).root).toEqual({ kind: "constant", value: true });
  });

  it("rounds constants for a Float field to float32, and no others", () => {
    expect(compileFilter("price == 0.1", schema).root).toMatchObject({ value: Math.fround(0.1) });
    expect(compileFilter("weight == 0.1", schema).root).toMatchObject({ value: 0.1 });
  });

  it("takes an integral JavaScript number from a template as an integer", () => {
    const filter = compileFilter("id in {ids}", schema, { ids: [1, 2n] });
    expect(filter).toEqual(compileFilter("id in [1, 2]", schema));
  });
});
