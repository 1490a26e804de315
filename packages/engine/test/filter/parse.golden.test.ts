import { describe, expect, it } from "vitest";
import { parseExpression } from "../../src/filter/parser.ts";
import { printExpression } from "../../src/filter/print-expression.ts";

/** Expression and canonical text: parentheses show how the operators bind. */
const golden: readonly (readonly [string, string])[] = [
  // Literals
  ["a == 0x1F", "(a == 31)"],
  ["a == 017 or a == 0b101", "((a == 15) or (a == 5))"],
  ["a == -9223372036854775808", "(a == -9223372036854775808)"],
  ["a == 1.5e3", "(a == 1500.0)"],
  ["a == .5 or a == 5.", "((a == 0.5) or (a == 5.0))"],
  ["a == 0x1.8p3", "(a == 12.0)"],
  ["a == true or a == True or a == TRUE", "((a == true) or (a == true) or (a == true))"],
  ["a == 'it''s'".replace("''", "\\'"), '(a == "it\'s")'],
  ['a == "say \\"hi\\"\\t\\x41\\u4e2d\\101"', '(a == "say \\"hi\\"\\tA中A")'],
  ['a == r"\\d+" or a == u8"x"', '((a == "\\\\d+") or (a == "x"))'],
  ['a == "100\\%"', '(a == "100\\\\%")'],
  ["a in [1, 2, 3,]", "(a in [1, 2, 3])"],
  ["a in []", "(a in [])"],
  [
    "a in [ -1 ,0, 123456789012345678,-999999999999999999 ]",
    "(a in [-1, 0, 123456789012345678, -999999999999999999])",
  ],
  ["a in ['x',\"it's\", 'b', ]", '(a in ["x", "it\'s", "b"])'],
  ["a in ['x', 'y\\n', 1]", '(a in ["x", "y\\n", 1])'],
  ["a in [017, 1.5, -1]", "(a in [15, 1.5, (-1)])"],
  // Names and paths
  ["名字 == '张'", '(名字 == "张")'],
  ['$meta["k"] > 1', '($meta["k"] > 1)'],
  ["f[\"a\"]['b'][0] == 1", '(f["a"]["b"][0] == 1)'],
  ["arr[0] == {x}", "(arr[0] == {x})"],
  // Precedence
  ["a or b and c or d", "(a or (b and c) or d)"],
  ["a and b or c and d", "((a and b) or (c and d))"],
  ["a && b || !c", "((a and b) or (not c))"],
  ["a AND b OR NOT c", "((a and b) or (not c))"],
  ["not a == 1", "((not a) == 1)"],
  ["not a like 'x%'", '(not (a like "x%"))'],
  ["not a in [1]", "((not a) in [1])"],
  ["a + 2 * 3 == 7", "((a + (2 * 3)) == 7)"],
  ["a - 1 - 2 == 0", "(((a - 1) - 2) == 0)"],
  ["-2 ** 2 < 0", "((-(2 ** 2)) < 0)"],
  ["a == 1 and b != 2", "((a == 1) and (b != 2))"],
  ["a < 1 == b", "((a < 1) == b)"],
  ["a + 1 not in [1]", "((a + 1) not in [1])"],
  ["exists f['a'] and b == 1", '((exists f["a"]) and (b == 1))'],
  // Ranges
  ["1 < a <= 9", "(1 < a <= 9)"],
  ["9 >= a['b'] > 1", '(9 >= a["b"] > 1)'],
  ["1 < a > 0", "((1 < a) > 0)"],
  ["ISO '2025-01-01' <= t < ISO '2026-01-01'", '(ISO "2025-01-01" <= t < ISO "2026-01-01")'],
  ["1 < $[a] < 3 and 3 > $ > 1", "((1 < $[a] < 3) and (3 > $ > 1))"],
  // Bits
  ["(a & 4) == 4", "((a & 4) == 4)"],
  ["a & 4 == 4", "(a & (4 == 4))"],
  ["a | b ^ c & d", "(a | (b ^ (c & d)))"],
  ["a << 1 + 2 >> 3 == 4", "(((a << (1 + 2)) >> 3) == 4)"],
  ["~a + 1 == 2", "(((~a) + 1) == 2)"],
  // Patterns
  ["a =~ 'x+' and b !~ r'\\d'", '((a =~ "x+") and (b !~ "\\\\d"))'],
  ["not a =~ 'x'", '(not (a =~ "x"))'],
  // Times
  ["t + INTERVAL 'P1D' > iso '2025'", '((t + INTERVAL "P1D") > ISO "2025")'],
  ["iso == 1 and interval != 2", "((iso == 1) and (interval != 2))"],
  // Structs
  ["s[a] == 1 or s[0][a] == 2", "((s[a] == 1) or (s[0][a] == 2))"],
  ["MATCH_LEAST(s, $[a] > 1, threshold = 0x2)", "match_least(s, ($[a] > 1), threshold = 2)"],
  ["threshold == 1", "(threshold == 1)"],
  // Nulls and calls
  ["a is null or b IS NOT NULL", "((a is null) or (b is not null))"],
  ["JSON_CONTAINS(f['a'], 1)", 'json_contains(f["a"], 1)'],
  ["array_contains_any(f, [1, 2])", "array_contains_any(f, [1, 2])"],
  ["array_length(f) >= 3", "(array_length(f) >= 3)"],
  ["ST_DWITHIN(g, 'POINT (1 2)', 5)", 'st_dwithin(g, "POINT (1 2)", 5)'],
  ["phrase_match(f, 'a')", 'phrase_match(f, "a")'],
  ["phrase_match(f, 'a', 2)", 'phrase_match(f, "a", 2)'],
  ["text_match(f, 'a', MINIMUM_SHOULD_MATCH=2)", 'text_match(f, "a", minimum_should_match = 2)'],
];

describe("parseExpression()", () => {
  it.each(golden)("reads %s as %s", (expression, canonical) => {
    expect(printExpression(parseExpression(expression))).toBe(canonical);
  });

  it.each(golden)("reads the canonical text of %s as the same tree", (_expression, canonical) => {
    expect(printExpression(parseExpression(canonical))).toBe(canonical);
  });
});
