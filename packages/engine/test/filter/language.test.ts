import { describe, expect, it } from "vitest";
import { elementFilterOf, evaluateElements, partitionKeyValues } from "../../src/filter/filter.ts";
import { maxRegexLength } from "../../src/filter/limits.ts";
import { field } from "./sample-columns.ts";
import { Table } from "./table.ts";

const bits = new Table([
  [field(100, "n", "Int64"), [0n, 5n, -1n, 2n ** 40n + 4n, null]],
  [field(101, "m", "Int32"), [0, 5, -1, 2 ** 30, null]],
  [field(102, "$meta", "JSON"), ['{"f":5}', '{"f":5.0}', '{"f":"5"}', "{}", null]],
]);

describe("bit operators", () => {
  it.each([
    ["(n & 4) == 4", [1, 2, 3]],
    ["(n & 1099511627776) != 0", [2, 3]],
    ["(n | 1) == 1", [0]],
    ["(n ^ 5) == 0", [1]],
    ["(~n) == 0", [2]],
    ["(n << 1) == 10", [1]],
    ["(n << 63) == 0", [0, 3]],
    ["(n << 63) < 0", [1, 2]],
    ["(n >> 1) == 2", [1]],
    ["(n >> 1) == -1", [2]],
    ["(n >> 40) == 1", [3]],
    ["(m & 4) == 4", [1, 2]],
    ["(m << 2) == 4294967296", [3]],
    ["(m ^ -1) == 0", [2]],
    ["(m | 8589934592) > 8589934592", [1, 3]],
    ["(4 & m) == 4", [1, 2]],
    ["(f & 4) == 4", [0]],
    ["not ((f & 4) == 4)", []],
    ["(n & 1 << 2) == 6 - 2", [1, 2, 3]],
    ["n == ~4 + 10 and n == (1 | 4)", [1]],
  ])("finds the rows of %s", (expression, rows) => {
    expect(bits.rows(expression)).toEqual(rows);
    expect(bits.slowly(expression)).toEqual(rows);
  });
});

const texts = new Table([
  [field(100, "s", "VarChar"), ["abc", "ABC", "x\nabc", "", null, "中文 abc"]],
  [
    field(101, "$meta", "JSON"),
    ['{"k":"abc"}', '{"k":"a\\u0062c"}', '{"k":1}', "{}", null, '{"k":["abc"]}'],
  ],
  [
    field(102, "l", "Array", { elementType: "VarChar" }),
    [["abc"], ["x", "abc"], [], null, ["ABC"], ["b%c"]],
  ],
]);

describe("text conditions", () => {
  it.each([
    ["s =~ 'b'", [0, 2, 5]],
    ["s =~ '^abc$'", [0]],
    ["s =~ '(?i)^abc$'", [0, 1]],
    ["s =~ '(?m)^abc$'", [0, 2]],
    ["s =~ r'^\\p{Han}'", [5]],
    ["s =~ ''", [0, 1, 2, 3, 5]],
    ["s !~ 'b'", [1, 3]],
    ["not (s =~ 'b')", [1, 3]],
    ["k =~ 'b'", [0, 1]],
    ["k !~ 'b'", []],
    ["l[0] =~ 'b'", [0, 5]],
    ["l[0] !~ 'b'", [1, 4]],
    ["l[0] like 'b\\\\%c'", [5]],
    ["starts_with(s, 'a')", [0]],
    ["STARTS_WITH(s, '')", [0, 1, 2, 3, 5]],
    ["not (starts_with(s, 'a'))", [1, 2, 3, 5]],
    ["starts_with(s, 'a%')", []],
    ["empty(s)", [3]],
    ["not (empty(s))", [0, 1, 2, 5]],
    ["empty('') and starts_with('ab', 'a')", [0, 1, 2, 3, 4, 5]],
  ])("finds the rows of %s", (expression, rows) => {
    expect(texts.rows(expression)).toEqual(rows);
    expect(texts.slowly(expression)).toEqual(rows);
  });

  it("takes patterns from templates", () => {
    expect(texts.rows("s =~ {p}", { p: "^[a-c]+$" })).toEqual([0]);
  });

  it("bounds the length of a regular expression", () => {
    const longest = "a".repeat(maxRegexLength);
    expect(texts.rows(`s =~ '${longest}'`)).toEqual([]);
    expect(() => texts.rows(`s =~ '${longest}a'`)).toThrow("pattern too large");
  });

  it("takes time linear in the text, whatever the pattern", () => {
    const text = "a".repeat(30_000);
    const table = new Table([[field(100, "s", "VarChar"), [text]]]);
    expect(table.rows("s =~ '^(a+)+$'")).toEqual([0]);
    expect(table.rows("s =~ '^(a|a)*b$'")).toEqual([]);
  });
});

const day = 86_400_000_000n;
const times = new Table([[field(100, "t", "Timestamptz"), [0n, day, -1n, 31n * day, null]]]);

describe("Timestamptz conditions", () => {
  it.each([
    ["t > ISO '1970-01-01T00:00:00Z'", [1, 3]],
    ["ISO '1970-01-01T00:00:00Z' > t", [2]],
    ["t != iso '1970-01-01T00:00:00Z'", [1, 2, 3]],
    ["not (t == ISO '1970-01-01T00:00:00Z')", [1, 2, 3]],
    ["t == ISO '1970-01-01T09:00:00+09:00'", [0]],
    ["t + INTERVAL 'P1D' == ISO '1970-01-02T00:00:00Z'", [0]],
    ["t - INTERVAL 'P1D' == ISO '1970-01-01T00:00:00Z'", [1]],
    ["ISO '1970-01-02T00:00:00Z' <= t + INTERVAL 'P1D'", [0, 1, 3]],
    ["t + INTERVAL 'P1M' == ISO '1970-02-01T00:00:00Z'", [0]],
    ["t - INTERVAL 'P1M' == ISO '1970-01-01T00:00:00Z'", [3]],
    ["ISO '1970-01-01T00:00:00Z' < t < ISO '1970-02-01T00:00:00Z'", [1]],
    ["ISO '1970-01-02T00:00:00Z' >= t >= ISO '1970-01-01T00:00:00Z'", [0, 1]],
    ["t is null", [4]],
    ["t == t", [0, 1, 2, 3]],
    // Times so far away that no field holds them.
    ["t + INTERVAL 'P999999999D' > ISO '1970-01-01T00:00:00Z'", [0, 1, 2, 3]],
    ["t - INTERVAL 'P999999999D' > ISO '1970-01-01T00:00:00Z'", []],
    ["t - INTERVAL 'P999999999D' != ISO '1970-01-01T00:00:00Z'", [0, 1, 2, 3]],
  ])("finds the rows of %s", (expression, rows) => {
    expect(times.rows(expression)).toEqual(rows);
    expect(times.slowly(expression)).toEqual(rows);
  });

  it("takes times without an offset in the time zone of the request", () => {
    const expression = "t == ISO '1970-01-01T09:00:00'";
    expect(times.rows(expression, {}, { timeZone: "Asia/Tokyo" })).toEqual([0]);
    expect(times.rows(expression)).toEqual([]);
  });

  it("compares two fields", () => {
    const two = new Table([
      [field(100, "a", "Timestamptz"), [1n, 2n, null]],
      [field(101, "b", "Timestamptz"), [1n, 1n, 1n]],
    ]);
    expect(two.rows("a > b")).toEqual([1]);
  });
});

const places = new Table([
  [field(100, "g", "Geometry"), ["POINT (1 1)", "POINT (9 9)", "LINESTRING (0 0, 5 5)", null]],
]);

describe("geometry conditions", () => {
  const square = "'POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))'";
  it.each([
    [`st_within(g, ${square})`, [0]],
    [`not (ST_WITHIN(g, ${square}))`, [1, 2]],
    [`st_intersects(g, ${square}) and st_isvalid(g)`, [0, 2]],
    ["st_dwithin(g, 'POINT (1 1)', 1.5)", [0, 2]],
    ["g is null", [3]],
  ])("finds the rows of %s", (expression, rows) => {
    expect(places.rows(expression)).toEqual(rows);
    expect(places.slowly(expression)).toEqual(rows);
  });

  it("takes a geometry and a distance from templates", () => {
    const templates = { point: "POINT (9 9)", metres: 1n };
    expect(places.rows("st_dwithin(g, {point}, {metres})", templates)).toEqual([1]);
  });
});

const structs = new Table([
  [
    field(100, "s[a]", "Array", { elementType: "Int64", struct: "s" }),
    [[1n, 2n, 3n], [5n], [], null],
  ],
  [
    field(101, "s[b]", "Array", { elementType: "VarChar", struct: "s" }),
    [["x", "y", "x"], ["x"], [], null],
  ],
  [field(102, "l", "Array", { elementType: "Int64" }), [[1n, 1n], [2n], [], null]],
  [field(103, "id", "Int64"), [0n, 1n, 2n, 3n]],
]);

describe("element conditions", () => {
  it.each([
    ["match_any(s, $[a] > 2)", [0, 1]],
    ["match_any(s, $[a] > 2 and $[b] == 'y')", []],
    ["match_all(s, $[b] == 'x')", [1, 2]],
    ["match_least(s, $[b] == 'x', threshold=2)", [0]],
    ["MATCH_MOST(s, $[b] == 'x', threshold=1)", [1, 2]],
    ["match_exact(s, $[b] == 'x', THRESHOLD=1)", [1]],
    ["match_exact(s, $[a] > 0, threshold=0)", [2]],
    ["not (match_any(s, $[a] > 2))", [2]],
    ["match_any(s, 1 < $[a] <= 2 or $[b] like 'y%')", [0]],
    ["match_any(s, ($[a] & 4) == 4)", [1]],
    ["match_any(s, $[a] in [2, 7] and $[b] =~ 'y')", [0]],
    ["match_any(s, true)", [0, 1]],
    ["match_all(l, $ == 1)", [0, 2]],
    ["match_any(l, 1 < $ < 3)", [1]],
    ["s[0][a] == 5", [1]],
    ["s[2][b] == 'x'", [0]],
    ["array_contains(s[a], 2)", [0]],
    ["array_length(s[a]) == 1", [1]],
    ["element_filter(s, $[a] > 2)", [0, 1]],
    ["id > 0 and element_filter(s, $[a] > 2)", [1]],
    ["id < 9 and (id > 0 and element_filter(s, $[a] > 2))", [1]],
  ])("finds the rows of %s", (expression, rows) => {
    expect(structs.rows(expression)).toEqual(rows);
    expect(structs.slowly(expression)).toEqual(rows);
  });

  it("tell the fields that they read, to count elements if for nothing else", () => {
    expect(structs.compile("match_any(s, $[b] == 'x')").fieldIds).toEqual([101]);
    expect(structs.compile("match_any(s, true)").fieldIds).toEqual([100]);
    expect(structs.compile("id > 1 and element_filter(s, $[a] > 1)").fieldIds).toEqual([100, 103]);
  });

  it("tell which elements element_filter passes", () => {
    const filter = structs.compile("id < 9 and element_filter(s, $[a] >= 2 and $[b] == 'x')");
    const elementFilter = elementFilterOf(filter);
    expect(elementFilter?.struct).toBe("s");
    if (elementFilter === undefined) return;
    const elements = evaluateElements(elementFilter, structs.columnOf, structs.rowCount);
    expect([0, 1, 2, 3].filter((i) => elements.has(i))).toEqual([2, 3]);
    expect(elementFilterOf(structs.compile("match_any(s, $[a] > 1)"))).toBeUndefined();
  });
});

describe("random_sample", () => {
  const rows = Array.from({ length: 1000 }, (_, i) => BigInt(i));
  const table = new Table([[field(100, "n", "Int64"), rows]]);

  it("chooses among the rows that pass the rest, wherever the conjunction is", () => {
    const sample = table.rows("n < 500 and (n >= 100 and random_sample(0.1))");
    expect(sample).toHaveLength(40);
    expect(sample.every((n) => n >= 100 && n < 500)).toBe(true);
  });

  it("draws by the numbers that it is given, and else always the same", () => {
    const always = { random: () => 0 };
    expect(table.rows("random_sample(0.003)", {}, always)).toEqual([0, 1, 2]);
    const never = { random: () => 1 - 2 ** -53 };
    expect(table.rows("random_sample(0.003)", {}, never)).toEqual([997, 998, 999]);
    expect(table.rows("random_sample(0.01)")).toEqual(table.rows("random_sample(0.01)"));
  });

  it("chooses at least one row where there is one", () => {
    expect(table.rows("n == 7 and random_sample(0.001)")).toEqual([7]);
    expect(table.rows("n == -7 and random_sample(0.9)")).toEqual([]);
  });
});

describe("partitionKeyValues()", () => {
  const table = new Table([
    [field(100, "k", "VarChar"), []],
    [field(101, "n", "Int64"), []],
  ]);
  it.each([
    ["k == 'a'", ["a"]],
    ["k in ['a', 'b', 'a']", ["a", "b"]],
    ["n > 1 and k == 'a'", ["a"]],
    ["k in ['a', 'b'] and k == 'a'", ["a"]],
    ["k == 'a' or k == 'b'", ["a", "b"]],
    ["(k == 'a' and n == 1) or (n == 2 and k == 'b')", ["a", "b"]],
    ["n > 1 and (k == 'a' and random_sample(0.5))", ["a"]],
    ["k in []", []],
    ["k != 'a'", undefined],
    ["not (k == 'a')", undefined],
    ["k not in ['a']", undefined],
    ["k == 'a' or n == 1", undefined],
    ["k > 'a'", undefined],
    ["k like 'a'", undefined],
    ["n == 1", undefined],
    ["1 == 1", undefined],
  ])("of %s are %j", (expression, values) => {
    expect(partitionKeyValues(table.compile(expression), 100)).toEqual(values);
  });
});

describe("templates", () => {
  const table = new Table([
    [field(100, "n", "Int64"), [1n, 2n, 3n]],
    [field(101, "meta", "JSON"), ['{"a":[1,"x"]}', '{"a":2}', '{"a":"x"}']],
    [field(102, "l", "Array", { elementType: "Int64" }), [[1n], [1n, 2n], []]],
  ]);
  it.each([
    ["n == {x}", 2n, [1]],
    ["n in {x}", [1n, 3n], [0, 2]],
    ["{x} < n", 1n, [1, 2]],
    ["1 < n <= {x}", 2n, [1]],
    ["n + {x} == 3", 1n, [1]],
    ["meta['a'] == {x}", [1n, "x"], [0]],
    ["meta['a'] in {x}", [2n, "x"], [1, 2]],
    ["json_contains(meta['a'], {x})", "x", [0]],
    ["array_contains_all(l, {x})", [1n, 2n], [1]],
    ["array_length(l) == {x}", 0n, [2]],
  ] as const)("stand for values in %s with %s", (expression, x, rows) => {
    expect(table.rows(expression, { x })).toEqual(rows);
  });
});
