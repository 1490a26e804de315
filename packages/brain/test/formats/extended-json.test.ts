import { describe, expect, it } from "vitest";
import { parseExtendedJson } from "../../src/formats/fiftyone/extended-json.ts";

describe("parseExtendedJson", () => {
  it("names integers that a number would round, wherever they stand", () => {
    const text = '{"a": 9007199254740993, "b": [1, -9223372036854775808], "c":1152921504606846977}';
    expect(parseExtendedJson(text)).toEqual({
      a: { $numberLong: "9007199254740993" },
      b: [1, { $numberLong: "-9223372036854775808" }],
      c: { $numberLong: "1152921504606846977" },
    });
  });

  it("leaves numbers that are exact, fractions, powers and texts as they are", () => {
    const value = {
      whole: 9007199254740991,
      fraction: 0.1234567890123456,
      power: 1e300,
      "9007199254740993": 'a \\" 9007199254740993, "',
      beside: "x",
    };
    expect(parseExtendedJson(JSON.stringify(value))).toEqual(value);
    const text = '{"n": 9007199254740993, "t": "\\\\", "u": "[9007199254740993]", "v": 1.5e10}';
    expect(parseExtendedJson(text)).toEqual({
      n: { $numberLong: "9007199254740993" },
      t: "\\",
      u: "[9007199254740993]",
      v: 1.5e10,
    });
  });

  it("throws what JSON.parse does for what is not JSON", () => {
    expect(() => parseExtendedJson('{"n": 9007199254740993')).toThrow(SyntaxError);
  });

  it("takes texts of megabytes beside long integers, whatever is in them", () => {
    const value = { text: '\\"x'.repeat(3_000_000), id: 1 };
    const text = JSON.stringify(value).replace('"id":1', '"id":12345678901234567890');
    expect(parseExtendedJson(text)).toEqual({
      text: value.text,
      id: { $numberLong: "12345678901234567890" },
    });
  });

  it("leaves the prototype alone", () => {
    const found = parseExtendedJson('{"a": {"__proto__": 12345678901234567890}}');
    expect(JSON.stringify(found)).toBe(
      '{"a":{"__proto__":{"$numberLong":"12345678901234567890"}}}',
    );
    expect(Reflect.get({}, "$numberLong")).toBeUndefined();
  });
});
