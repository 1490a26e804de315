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
  field(111, "at", "Timestamptz"),
  field(112, "place", "Geometry"),
  field(113, "text", "VarChar", { params: { enable_match: "true" } }),
  field(114, "s[a]", "Array", { elementType: "Int64", struct: "s" }),
  field(115, "s[b]", "Array", { elementType: "VarChar", struct: "s" }),
  field(116, "s[v]", "ArrayOfVector", { elementType: "FloatVector", struct: "s" }),
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
  ["meta[a] == 1", "struct field not found: meta[a]"],
  ["meta['a'][b] == 1", 'json key must be enclosed in double quotes or single quotes: "b"'],
  ["s[c] == [1]", "struct field not found: s[c]"],
  ["s[0][c] == 1", "struct field not found: s[c]"],
  ["s == 1", "field s not exist"],
  ["s[v] == [1]", "comparisons between ArrayOfVector and Array[Int64] are not supported"],
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
  ["empty(id)", "function not found: empty"],
  ["starts_with(name, 1)", "function not found: starts_with"],
  ["starts_with(meta['a'], 'x')", "function not found: starts_with"],
  // Regular expressions
  ["name =~ '('", "invalid regex pattern in =~ operator: missing closing ): `(`"],
  ["name !~ 'a{1001}'", "invalid regex pattern in !~ operator: invalid repeat count: `{1001}`"],
  ["name =~ '((a{100}){100}){100}'", "invalid regex pattern"],
  ["name =~ '(a)\\\\1'", "invalid regex pattern"],
  ["name =~ '(?=a)'", "invalid regex pattern"],
  ["id =~ 'a'", "regex match on non-string or non-json field is unsupported"],
  ["tags =~ 'a'", "can not comparisons array fields directly"],
  ["name =~ 123", "regex pattern should be a string literal or template variable"],
  // Bits
  ["(price & 1) == 1", "bitwise operations can only apply on integer types"],
  ["(id << 64) == 1", "shift amount must be in the range [0, 64), got: 64"],
  ["(id >> -1) == 1", "shift amount must be in the range [0, 64), got: -1"],
  ["1 << 64 == 1", "shift amount must be in the range [0, 64), got: 64"],
  ["(name | 1) == 1", "'bitor' cannot perform arithmetic between VarChar field and Int64"],
  ["(1 & 1.5) == 1", "bitwise operations can only apply on integer"],
  ["~1.5 == 1", "bitwise operations can only apply on integer"],
  ["(1 << id) == 1", "module field is not yet supported"],
  ["id & 1 == 1", "complicated arithmetic operations are not supported"],
  // Times
  ["id > ISO '2025-01-01T00:00:00Z'", "field 'id' is not a timestamptz datatype"],
  ["at > ISO 'soon'", "invalid timestamp string: 'soon'. Does not match any known format"],
  ["at > 1", "comparisons between Timestamptz and Int64 are not supported"],
  ["at == '2025-01-01T00:00:00Z'", "comparisons between Timestamptz and VarChar are not supported"],
  ["at + INTERVAL 'P1W' > ISO '2025-01-01T00:00:00Z'", "invalid ISO 8601 duration: P1W"],
  ["at + INTERVAL '1 day' > ISO '2025-01-01T00:00:00Z'", "invalid ISO 8601 duration: 1 day"],
  ["id + INTERVAL 'P1D' > ISO '2025-01-01T00:00:00Z'", "field 'id' is not a timestamptz datatype"],
  ["at + 1 == 2", "'add' cannot perform arithmetic between Timestamptz field and Int64"],
  ["INTERVAL 'P1D' == 1", "comparisons between Interval and Int64 are not supported"],
  [
    "ISO '2026-01-01T00:00:00Z' < at < ISO '2025-01-01T00:00:00Z'",
    "invalid range: lowerbound is greater than upperbound",
  ],
  ["1 < at < 2", "invalid range operations"],
  ["at in ['2025-01-01T00:00:00Z']", "in list cannot be casted to Timestamptz"],
  // Geometries
  ["place == 'POINT (1 2)'", "comparisons between Geometry and VarChar are not supported"],
  ["st_within(id, 'POINT (1 2)')", "spatial operation are only supported on geometry fields now"],
  ["st_within(place, 'POINT (1')", "invalid WKT: a vertex of 1 coordinates"],
  ["st_within(place, 1)", "a geometry is a string of WKT, got: 1"],
  ["st_isvalid(id)", "STIsValid operation are only supported on geometry fields now, got: st_is"],
  ["st_dwithin(id, 'POINT (1 2)', 1)", "ST_DWITHIN operation are only supported on geometry"],
  ["st_dwithin(place, 'LINESTRING (0 0, 1 1)', 1)", "ST_DWITHIN needs a POINT"],
  ["st_dwithin(place, 'POINT EMPTY', 1)", "ST_DWITHIN needs a POINT"],
  ["st_dwithin(place, 'POINT (1 2)', -1)", "must be non-negative, got: -1.000000"],
  ["st_dwithin(place, 'POINT (1 2)', id)", "must be a constant numeric value, got: id"],
  ["st_dwithin(place, 'POINT (1 2)', 'a')", "must be a numeric value (int or float), got: 'a'"],
  // Elements
  ["$[a] > 1", "$[a] syntax can only be used inside ElementFilter or MATCH_*"],
  ["match_any(s, $[c] > 1)", "cannot parse predicate expression: $[c]>1, error: array field not"],
  ["match_any(t, true)", "struct field not found: t"],
  ["match_any(s, $[b] > 1)", "comparisons between VarChar and Int64 are not supported"],
  ["match_any(s, $[v] == 1)", "comparisons between ArrayOfVector and Int64 are not supported"],
  ["match_any(s, $[a])", "invalid predicate expression in MATCH_ANY: $[a]"],
  ["match_any(s, random_sample(0.5))", "invalid predicate expression in MATCH_ANY"],
  ["match_any(s[a], $ > 1)", "invalid expression: s[a]"],
  ["match_any(s, match_all(s, $[a] > 1))", "nested MATCH_ALL is not supported"],
  ["match_any(s, element_filter(s, $[a] > 1))", "nested ElementFilter is not supported"],
  ["match_least(s, $[a] > 1, threshold=0)", "count in MATCH_LEAST must be positive, got: 0"],
  ["match_least(s, $[a] > 1)", "expected ',' but found ')'"],
  ["match_most(s, $[a] > 1, threshold=-1)", "expected an integer"],
  ["match_exact(s, $[a] > 1, count=1)", "expected 'threshold' but found 'count'"],
  ["element_filter(s, $[a] > 1) and id > 1", "can only be the last expression in the logical and"],
  ["id > 1 or element_filter(s, $[a] > 1)", "can only be the last expression in the logical or"],
  ["not (element_filter(s, $[a] > 1))", "element filter expression cannot be used in unary"],
  // random_sample
  ["random_sample(0.0)", "the sample factor should be between 0 and 1 and not too close to 0 or 1"],
  ["random_sample(1.0)", "the sample factor should be between 0 and 1 and not too close to 0 or 1"],
  ["random_sample(1)", "(the difference should be larger than 1e-10), but got 1"],
  ["random_sample(id)", '"float factor" should be a const float expression'],
  ["not (random_sample(0.5))", "random sample expression cannot be used in unary expression"],
  ["id > 1 or random_sample(0.5)", "random sample expression cannot be used in logical and exp"],
  ["random_sample(0.5) and id > 1", "random sample expression can only be the last expression in"],
  // Full text search
  ["text_match(name, 'a')", 'field "name" does not enable match'],
  ["phrase_match(name, 'a')", 'field "name" does not enable match'],
  ["text_match(id, 'a')", "text match operation on non-string is unsupported"],
  ["phrase_match(meta['a'], 'a')", "phrase match operation on non-string is unsupported"],
  ["text_match(text, 1)", "text match query should be a string literal or template variable"],
  ["text_match(text, 'a', minimum_should_match=0)", "should be >= 1, got 0"],
  ["text_match(text, 'a', minimum_should_match=1001)", "should be <= 1000, got 1001"],
  ["text_match_fuzzy(text, 'a', max_edit_distance=3)", "should be <= 2, got 3"],
  ["phrase_match(text, 'a', -1)", '"slop" should not be a negative interger'],
  ["phrase_match(text, 'a', 4294967296)", '"slop" exceeds the range of "uint32"'],
  ["phrase_match(text, 'a', id)", '"slop" should be a const integer expression'],
  ["s[v] is null", "IsNull/IsNotNull operations are not supported on vector fields"],
  ["vec is null", "IsNull/IsNotNull operations are not supported on vector fields"],
  ["sizes[0] is null", "IsNull/IsNotNull operations are not supported on array element access"],
];

describe("compileFilter()", () => {
  it.each(refused)("refuses %s: %s", (expression, reason) => {
    const error = errorOf(expression);
    expect(error.code).toBe("filter-invalid");
    expect(error.details["reason"]).toContain(reason);
    const found = error.details["reason"];
    expect(error.message).toBe(`cannot parse expression: ${expression}, error: ${found}`);
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
    ["text_match(text, 'a', minimum_should_match=2)", "text_match"],
    ["text_match_fuzzy(text, 'a', max_edit_distance=2)", "text_match_fuzzy"],
    ["PHRASE_MATCH(text, 'a', 2)", "phrase_match"],
    ["bloom_match(id, 'a')", "bloom_match"],
    ["starts_with(name, text)", "starts_with of a prefix that is no constant"],
    ["match_any(s, id > 1)", "field id within MATCH_ANY, which looks at elements,"],
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
    [
      "name =~ {x}",
      { x: true },
      "the value of regex expression template variable {x} is not string",
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
