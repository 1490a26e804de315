import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BrainError } from "../../src/base/brain-error.ts";
import { type JsonPart, readJsonParts } from "../../src/formats/json-parts.ts";

async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function partsOf(text: string, size = 7): Promise<JsonPart[]> {
  const parts: JsonPart[] = [];
  for await (const part of readJsonParts("x.json", chunksOf(text, size))) parts.push(part);
  return parts;
}

/** The whole value again, by its keys. */
async function wholeValue(text: string, size?: number): Promise<Map<string, unknown>> {
  const whole = new Map<string, unknown>();
  const lists = new Map<string, unknown[]>();
  for (const { key, values, isArray } of await partsOf(text, size)) {
    if (isArray) lists.set(key, [...(lists.get(key) ?? []), ...values]);
    whole.set(key, isArray ? lists.get(key) : values[0]);
  }
  return whole;
}

describe("readJsonParts", () => {
  it("gives what JSON.parse does, however the file is cut", async () => {
    const json = fc.jsonValue({ maxDepth: 2, stringUnit: "binary" });
    const object = fc.dictionary(fc.string(), fc.oneof(fc.array(json), json), {
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(
        object,
        fc.integer({ min: 1, max: 30 }),
        fc.boolean(),
        async (value, size, wide) => {
          const text = wide ? JSON.stringify(value, null, 2) : JSON.stringify(value);
          expect(await wholeValue(text, size)).toEqual(new Map(Object.entries(JSON.parse(text))));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("reads a file that is an array, under no key", async () => {
    expect(await wholeValue('\ufeff [1, {"a": "]"}, "\\""]\n')).toEqual(
      new Map([["", [1, { a: "]" }, '"']]]),
    );
    expect(await partsOf("[]")).toMatchObject([{ key: "", values: [], isArray: true }]);
  });

  it("knows the line of each element", async () => {
    const text = '{"a": 1,\n"b": [\n{"x":\n1},\n\n{"y": 2}, 3]}';
    const parts = (await partsOf(text, 1000)).filter(({ key }) => key === "b");
    expect(parts.flatMap((part) => part.values.map((_, index) => part.lineOf(index)))).toEqual([
      3, 6, 6,
    ]);
    const cut = (await partsOf(text, 5)).filter(({ key }) => key === "b");
    expect(cut.flatMap((part) => part.values.map((_, index) => part.lineOf(index)))).toEqual([
      3, 6, 6,
    ]);
  });

  it.each([
    ['{"a": [1,\n2,\n{"b": tru}]}', 3],
    ['{"a": [1,\n]}', 2],
    ['{"a": [1,,2]}', 1],
    ['{"a": 1,\n"b": nope}', 2],
    ['{"a": [1', 1],
    ["{\n\n1: 2}", 3],
    ["x", 1],
    ["", 1],
    ['{"a": 1}\n!', 2],
    ['{"a" 1}', 1],
  ])("refuses %j with the line of the mistake", async (text, line) => {
    for (const size of [1, 3, 1000]) {
      const failure = await partsOf(text, size).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(BrainError);
      expect(failure).toMatchObject({ code: "format-invalid", details: { file: "x.json", line } });
    }
  });
});
