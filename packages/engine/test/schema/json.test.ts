import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson, stringifyJson } from "../../src/schema/json.ts";

/** The value as JSON.parse gives it: long integers as the nearest double. */
function rounded(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)]));
}

describe("JSON without rounding", () => {
  test("parseJson() answers what JSON.parse does, but for the rounding of long integers", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(rounded(parseJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("parseJson() keeps every digit of integers beyond 2^53, and only of them", () => {
    expect(parseJson('{"a": 9007199254740993, "b": [-9223372036854775808, 5]}')).toEqual({
      a: 9007199254740993n,
      b: [-9223372036854775808n, 5],
    });
    expect(parseJson('["9007199254740993", "x\\"9007199254740993", 12345678901234567.5]')).toEqual([
      "9007199254740993",
      'x"9007199254740993',
      Number("12345678901234567.5"),
    ]);
  });

  test("parseJson() takes no string for a number, whatever it holds", () => {
    const text = '["int:9007199254740993", "xint:1", 9007199254740993]';
    expect(parseJson(text)).toEqual(["int:9007199254740993", "xint:1", 9007199254740993n]);
  });

  test("parseJson() answers what JSON.parse does where there is a long integer, too", () => {
    fc.assert(
      fc.property(fc.json({ depthSize: "medium" }), fc.json(), (one, other) => {
        const text = `{"a": ${one}, "__proto__": ${other}, "b" :[ 9007199254740993 ,${other}, []]}`;
        expect(rounded(parseJson(text))).toEqual(JSON.parse(text));
      }),
    );
    expect(() => parseJson('[9007199254740993, "\\"')).toThrow(SyntaxError);
  });

  test("parseJson() takes no escaped string for a number", () => {
    const text = '["\\u0069nt:7", "\\u0069nt:x", 9007199254740993]';
    expect(parseJson(text)).toEqual(["int:7", "int:x", 9007199254740993n]);
  });

  test("parseJson() reads texts of megabytes and any depth in linear time", () => {
    const long = "x".repeat(20_000_000);
    const text = `{"tag":"${long}int:","id":9007199254740993,"n":-${"9".repeat(1_000_000)}}`;
    const read = parseJson(text) as Record<string, unknown>;
    expect(read["tag"] === `${long}int:`).toBe(true);
    expect([read["id"], read["n"]]).toEqual([9007199254740993n, Number.NEGATIVE_INFINITY]);
    const deep = `${"[".repeat(100_000)}9007199254740993${"]".repeat(100_000)}`;
    let inner: unknown = parseJson(deep);
    while (Array.isArray(inner)) inner = inner[0];
    expect(inner).toBe(9007199254740993n);
  });

  test("stringifyJson() writes what JSON.stringify does beside bigints, in linear time", () => {
    const when = new Date(0);
    const rest = {
      when,
      gone: undefined,
      list: [undefined, () => 1, Number.NaN],
      "": new String("s"),
    };
    const written = stringifyJson({ id: 2n ** 60n, ...rest }) ?? "";
    expect(written).toBe(JSON.stringify({ id: 0, ...rest }).replace("0", String(2n ** 60n)));
    const text = `${"x".repeat(1_000_000)}int:`;
    expect(stringifyJson([text, 1n]) === `["${text}",1]`).toBe(true);
    // biome-ignore lint/suspicious/noSparseArray: a hole is what it is about
    expect(stringifyJson([1n, , 2n])).toBe("[1,null,2]");
  });

  test("stringifyJson() writes bigints as integers and typed arrays as arrays", () => {
    const value = { id: 9007199254740993n, list: [1n, "int:2"], vector: Float32Array.of(0.5, 1) };
    expect(stringifyJson(value)).toBe(
      '{"id":9007199254740993,"list":[1,"int:2"],"vector":[0.5,1]}',
    );
  });

  test("stringifyJson() has no answer for what JSON can't hold", () => {
    expect(stringifyJson(undefined)).toBeUndefined();
    expect(stringifyJson(() => 1)).toBeUndefined();
  });
});
