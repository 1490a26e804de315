import { parseJson, stringifyJson } from "@redkite/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerText } from "../../src/rest/answer-text.ts";

describe("answerText()", () => {
  it("writes what the engine's writer writes, integers of all their digits too", () => {
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.bigInt()),
        fc.array(tie("json")),
        fc.array(fc.double()),
        fc.dictionary(fc.string(), tie("json")),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        expect(answerText(value)).toBe(stringifyJson(value));
      }),
    );
  });

  it("leaves out what is undefined, and writes bytes as numbers", () => {
    const text = answerText({ a: undefined, b: new Int8Array([-1, 2]), c: [undefined] });
    expect(parseJson(text)).toEqual({ b: [-1, 2], c: [null] });
  });
});
