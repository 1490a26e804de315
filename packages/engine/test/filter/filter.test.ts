import { describe, expect, it } from "vitest";
import { evaluateRow } from "../../src/filter/evaluate-row.ts";
import { compileFilter, evaluateFilter, keysOf } from "../../src/filter/filter.ts";
import type { Field } from "../../src/schema/collection-schema.ts";
import { type Cell, columnOf, field, schemaOf } from "./sample-columns.ts";

/** The rows of one column for which the filter is TRUE, by both evaluators. */
function rowsOf(expression: string, of: Field, cells: readonly Cell[]): number[] {
  const column = columnOf(of, cells);
  const filter = compileFilter(expression, schemaOf([of]));
  const rows: number[] = [];
  evaluateFilter(filter, () => column, cells.length).forEach((row) => {
    rows.push(row);
  });
  const slowly = cells.map((_, row) => row).filter((row) => evaluateRow(filter, () => column, row));
  expect(rows).toEqual(slowly);
  return rows;
}

const int = field(100, "n", "Int64");
const float = field(100, "n", "Float");
const text = field(100, "s", "VarChar");
const json = field(100, "$meta", "JSON");
const list = field(100, "l", "Array", { elementType: "Int64" });

describe("evaluateFilter()", () => {
  it("passes only rows that are TRUE: nulls are in neither a condition nor its negation", () => {
    expect(rowsOf("n == 1", int, [1n, 2n, null])).toEqual([0]);
    expect(rowsOf("n != 1", int, [1n, 2n, null])).toEqual([1]);
    expect(rowsOf("not (n == 1)", int, [1n, 2n, null])).toEqual([1]);
    expect(rowsOf("n not in [1]", int, [1n, 2n, null])).toEqual([1]);
    expect(rowsOf("n == 1 or n is null", int, [1n, 2n, null])).toEqual([0, 2]);
    expect(rowsOf("n is not null", int, [1n, 2n, null])).toEqual([0, 1]);
  });

  it("compares Int64 exactly", () => {
    const cells = [2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n];
    expect(rowsOf("n == 9007199254740993", int, cells)).toEqual([1]);
    expect(rowsOf("n < 9007199254740993", int, cells)).toEqual([0, 2]);
    expect(rowsOf("n > 9223372036854775806", int, cells)).toEqual([3]);
    expect(rowsOf("n <= -9223372036854775808", int, cells)).toEqual([2]);
    expect(rowsOf("n < -9223372036854775808", int, cells)).toEqual([]);
  });

  it("wraps and truncates integer arithmetic as 64-bit machines do", () => {
    expect(rowsOf("n + 1 == -9223372036854775808", int, [2n ** 63n - 1n, 0n])).toEqual([0]);
    expect(rowsOf("n / 2 == -1", int, [-3n, -2n, -4n])).toEqual([0, 1]);
    expect(rowsOf("n % 3 == -1", int, [-4n, 4n])).toEqual([0]);
  });

  it("finds in a Float field what was stored for a decimal number", () => {
    expect(rowsOf("n == 0.1", float, [0.1, 0.2])).toEqual([0]);
    expect(rowsOf("n in [0.1]", float, [0.1, 0.2])).toEqual([0]);
    expect(rowsOf("n > 0.1", float, [0.1, 0.2])).toEqual([1]);
  });

  it("holds != alone for NaN", () => {
    expect(rowsOf("n != 1.0", float, [Number.NaN, 1])).toEqual([0]);
    expect(rowsOf("n < 1.0 or n >= 1.0", float, [Number.NaN, 1])).toEqual([1]);
  });

  it("orders text by code points, as UTF-8 does", () => {
    expect(rowsOf("s > '\uffff'", text, ["😀", "a"])).toEqual([0]);
    expect(rowsOf("'a' <= s < 'b'", text, ["a", "az", "b", ""])).toEqual([0, 1]);
  });

  it("matches patterns character by character", () => {
    const cells = ["abc", "a", "éa", "😀", "a%c", "a\nc", ""];
    expect(rowsOf("s like 'a%'", text, cells)).toEqual([0, 1, 4, 5]);
    expect(rowsOf("s like '%c'", text, cells)).toEqual([0, 4, 5]);
    expect(rowsOf("s like '%b%'", text, cells)).toEqual([0]);
    expect(rowsOf("s like '_'", text, cells)).toEqual([1, 3]);
    expect(rowsOf("s like '_a'", text, cells)).toEqual([2]);
    expect(rowsOf("s like 'a_c'", text, cells)).toEqual([0, 4, 5]);
    expect(rowsOf("s like 'a\\\\%c'", text, cells)).toEqual([4]);
    expect(rowsOf("s like '%'", text, cells)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(rowsOf("s like ''", text, cells)).toEqual([6]);
  });

  it("does not let a match run from one row into the next", () => {
    expect(rowsOf("s like '%ab%'", text, ["xa", "bx", "xaab", "a", "ab"])).toEqual([2, 4]);
    expect(rowsOf("s like '%aa%'", text, ["xa", "aab"])).toEqual([1]);
  });

  it("is UNKNOWN for a JSON path that is missing, null or of another type, even for !=", () => {
    const cells = ['{"a":1}', '{"a":2}', '{"a":null}', '{"a":"1"}', "{}", null];
    expect(rowsOf("a == 1", json, cells)).toEqual([0]);
    expect(rowsOf("a != 1", json, cells)).toEqual([1]);
    expect(rowsOf("not (a == 1)", json, cells)).toEqual([1]);
    expect(rowsOf("a is null", json, cells)).toEqual([2, 4, 5]);
  });

  it("compares numbers in JSON by value, exactly", () => {
    const cells = ['{"a":5}', '{"a":5.0}', '{"a":9007199254740993}', '{"a":9007199254740992}'];
    expect(rowsOf("a == 5", json, cells)).toEqual([0, 1]);
    expect(rowsOf("a == 5.0", json, cells)).toEqual([0, 1]);
    expect(rowsOf("a == 9007199254740993", json, cells)).toEqual([2]);
    expect(rowsOf("a in [9007199254740992]", json, cells)).toEqual([3]);
  });

  it("walks objects by key and arrays by index", () => {
    const cells = ['{"a":{"b":[1,[2,3]]}}', '{"a" : {"c":"{\\"b\\"", "b":[ 1 , [ 2 ] ]}}'];
    expect(rowsOf("a['b'][1][0] == 2", json, cells)).toEqual([0, 1]);
    expect(rowsOf("a['b'][1][1] == 3", json, cells)).toEqual([0]);
    expect(rowsOf("a['b'][1] == [2, 3]", json, cells)).toEqual([0]);
  });

  it("finds a key that is escaped in the text, and the first of a repeated one", () => {
    expect(rowsOf("ab == 1", json, ['{"\\u0061b":1}', '{"ab":1,"ab":2}'])).toEqual([0, 1]);
  });

  it("says that nulls and what holds nothing else do not exist", () => {
    const cells = ['{"a":[]}', '{"a":{}}', '{"a":[null,{"b":null}]}', '{"a":[null,0]}', '{"a":""}'];
    expect(rowsOf("exists a", json, cells)).toEqual([3, 4]);
    expect(rowsOf("a is not null", json, cells)).toEqual([3, 4]);
  });

  it("looks into arrays", () => {
    const cells: Cell[] = [[1n, 2n], [], null, [3n], [1n, 2n, 3n]];
    expect(rowsOf("array_contains(l, 3)", list, cells)).toEqual([3, 4]);
    expect(rowsOf("not (array_contains(l, 3))", list, cells)).toEqual([0, 1]);
    expect(rowsOf("array_contains_all(l, [1, 2])", list, cells)).toEqual([0, 4]);
    expect(rowsOf("array_contains_any(l, [2, 3])", list, cells)).toEqual([0, 3, 4]);
    expect(rowsOf("array_contains_all(l, [])", list, cells)).toEqual([0, 1, 3, 4]);
    expect(rowsOf("array_length(l) == 0", list, cells)).toEqual([1]);
    expect(rowsOf("l[2] > 0", list, cells)).toEqual([4]);
    expect(rowsOf("not (l[2] > 0)", list, cells)).toEqual([]);
    expect(rowsOf("l == [1, 2]", list, cells)).toEqual([0]);
    expect(rowsOf("l != [1, 2]", list, cells)).toEqual([1, 3, 4]);
  });

  it("looks into arrays in JSON, where they may hold anything", () => {
    const cells = ['{"a":[1,"x",[1,2]]}', '{"a":[1.0]}', '{"a":1}', "{}"];
    expect(rowsOf("json_contains(a, 1)", json, cells)).toEqual([0, 1]);
    expect(rowsOf("json_contains(a, [1, 2])", json, cells)).toEqual([0]);
    expect(rowsOf("not (json_contains(a, 'x'))", json, cells)).toEqual([1]);
    expect(rowsOf("array_length(a) > 0", json, cells)).toEqual([0, 1]);
  });

  it("answers for no rows", () => {
    expect(rowsOf("n > 1", int, [])).toEqual([]);
  });
});

describe("keysOf()", () => {
  const schema = schemaOf([int, field(101, "m", "Int64")]);

  it("gives the keys of an equality or a list", () => {
    expect(keysOf(compileFilter("n == 5", schema), 100)).toEqual([5n]);
    expect(keysOf(compileFilter("5 == n", schema), 100)).toEqual([5n]);
    expect(keysOf(compileFilter("n in [1, 2]", schema), 100)).toEqual([1n, 2n]);
    expect(keysOf(compileFilter("n in {x}", schema, { x: [3n] }), 100)).toEqual([3n]);
  });

  it("gives none for any other filter", () => {
    for (const other of ["n != 5", "n > 5", "n not in [1]", "m == 5", "n == 5 and m == 1"]) {
      expect(keysOf(compileFilter(other, schema), 100)).toBeUndefined();
    }
  });
});
