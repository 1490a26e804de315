import { describe, expect, it } from "vitest";
import { isEngineError } from "../../src/base/errors.ts";
import { compileFilter, evaluateFilter, keysOf } from "../../src/filter/filter.ts";
import {
  maxConditions,
  maxExpressionLength,
  maxNestingDepth,
  maxQuotedLength,
  maxTokens,
} from "../../src/filter/limits.ts";
import { columnOf, field, schemaOf } from "./sample-columns.ts";

const id = field(100, "id", "Int64", { primaryKey: true, nullable: false });
const meta = field(101, "meta", "JSON");
const schema = schemaOf([id, meta]);
const list = field(102, "list", "Array", { elementType: "Int64", maxCapacity: 10 });
const listSchema = schemaOf([id, list]);

function codeOf(expression: string): string | undefined {
  try {
    compileFilter(expression, schema);
    return undefined;
  } catch (error) {
    return isEngineError(error) ? error.code : "no engine error";
  }
}

function repeat(piece: string, count: number, joint: string): string {
  return new Array<string>(count).fill(piece).join(joint);
}

describe("compileFilter()", () => {
  it.each([
    ["parentheses", (depth: number) => `${"(".repeat(depth)}id == 1${")".repeat(depth)}`],
    ["negations", (depth: number) => `${"not (".repeat(depth)}id == 1${")".repeat(depth)}`],
    ["signs", (depth: number) => `id == ${"-".repeat(depth)}1`],
    ["lists", (depth: number) => `meta == ${"[".repeat(depth)}1${"]".repeat(depth)}`],
    ["sums", (depth: number) => `id == ${repeat("1", depth, " + ")}`],
    ["comparisons", (depth: number) => repeat("1", depth, " == ")],
  ])("bounds the nesting of %s instead of overflowing the stack", (_name, nested) => {
    expect(codeOf(nested(100_000))).toBe("filter-invalid");
    expect(codeOf(nested(maxNestingDepth + 1))).toBe("filter-invalid");
  });

  it("accepts nesting up to the limit", () => {
    // The comparison in the middle and its operand are two levels.
    const depth = maxNestingDepth - 2;
    expect(codeOf(`${"(".repeat(depth)}id == 1${")".repeat(depth)}`)).toBeUndefined();
    expect(codeOf(`id == ${repeat("1", depth, " + ")}`)).toBeUndefined();
  });

  it("bounds the length of an expression", () => {
    const padding = " ".repeat(maxExpressionLength - "id == 1".length);
    expect(codeOf(`id == 1${padding}`)).toBeUndefined();
    expect(codeOf(`id == 1${padding} `)).toBe("filter-invalid");
  });

  it("quotes only the beginning of a long expression in its message", () => {
    const name = "x".repeat(100_000);
    const expression = `id == "${name}"`;
    const isShort = (error: Error) => error.message.length < 2 * maxQuotedLength;
    expect(() => compileFilter(expression, schema)).toThrow(expect.toSatisfy(isShort));
  });

  it("names a character of two units whole", () => {
    expect(() => compileFilter("id == 1 or 😀 == 1", schema)).toThrow("unexpected character '😀'");
  });

  it("takes chains of 50,000 terms", () => {
    const column = columnOf(id, [1n, 2n, 49_999n]);
    const terms = Array.from({ length: 50_000 }, (_, i) => `id == ${i}`);
    const either = compileFilter(terms.join(" or "), schema);
    expect(evaluateFilter(either, () => column, 3).count()).toBe(3);
    const all = compileFilter(terms.map((term) => `not (${term})`).join(" and "), schema);
    expect(evaluateFilter(all, () => column, 3).count()).toBe(0);
  });

  it("bounds the number of conditions, each of which looks at every row", () => {
    const chain = (count: number) =>
      Array.from({ length: count }, (_, i) => `id > ${i}`).join(" and ");
    expect(codeOf(chain(maxConditions))).toBeUndefined();
    expect(codeOf(chain(maxConditions + 1))).toBe("filter-invalid");
  });

  it("bounds the number of tokens", () => {
    // A sign or a name each; lists of plain literals are read in another way, and counted too.
    expect(codeOf(`meta in [${"[],".repeat(maxTokens / 3)}]`)).toBe("filter-invalid");
    expect(codeOf(`id in [${"1,".repeat(maxTokens / 2)}]`)).toBe("filter-invalid");
  });

  it("reads many short lists of strings in time linear in their number", () => {
    const lists = new Array<string>(20_000).fill("meta['a'] in ['x', \"y\", 'z']").join(" or ");
    expect(codeOf(lists)).toBeUndefined();
  });

  it("takes 50,000 elements in a list", () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => i);
    const filter = compileFilter(`id in [${keys.join(", ")}]`, schema);
    expect(keysOf(filter, id.id)).toHaveLength(50_000);
  });

  it("evaluates on JSON text of any depth", () => {
    const deep = `{"a":${"[".repeat(30_000)}1${"]".repeat(30_000)}}`;
    const column = columnOf(meta, [deep]);
    for (const expression of ["exists meta['a']", "array_length(meta['a']) == 1"]) {
      const filter = compileFilter(expression, schema);
      expect(evaluateFilter(filter, () => column, 1).count()).toBe(1);
    }
  });
});

describe("evaluateFilter()", () => {
  const many = Array.from({ length: 100_000 }, (_, i) => i + 5);
  const rows = 20_000;

  it.each([
    ["json_contains_any(meta, [many])", many, 1],
    ["json_contains_any(meta, [many])", many.map((key) => `[${key}]`), 1],
    ["json_contains_all(meta, [many])", many, 0],
    ["meta in [many]", many.map((key) => `[${key}]`), 0],
  ])("looks up elements among 100,000 constants: %s", (expression, constants, count) => {
    const filter = compileFilter(expression.replace("many", constants.join()), schema);
    const column = columnOf(meta, ["[5, [6.0]]", ...new Array<string>(rows).fill("[1, 2, [3]]")]);
    expect(evaluateFilter(filter, () => column, rows + 1).count()).toBe(count);
  });

  it("knows that no array has 100,000 different elements", () => {
    const filter = compileFilter(`array_contains_all(list, [${many.join()}])`, listSchema);
    const column = columnOf(list, new Array<bigint[]>(rows).fill([5n, 6n]));
    expect(evaluateFilter(filter, () => column, rows).count()).toBe(0);
  });

  it("looks an element of a list up that is asked for 100,000 times once", () => {
    const fives = new Array<string>(100_000).fill("5").join();
    const filter = compileFilter(`array_contains_all(list, [${fives}])`, listSchema);
    const column = columnOf(list, new Array<bigint[]>(rows).fill([5n, 6n]));
    expect(evaluateFilter(filter, () => column, rows).count()).toBe(rows);
  });
});
