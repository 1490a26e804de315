import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DataType } from "../../src/schema/data-type.ts";
import { type Cell, field } from "./sample-columns.ts";
import { Table } from "./table.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const runs = Number(process.env["FUZZ_RUNS"] ?? 60);
console.info(`filters on numbers fuzz: FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`);

const least64 = "-9223372036854775808";
const greatest64 = "9223372036854775807";
const integers = ["0", "-1", "1", "2147483647", "4294967296", "9007199254740993"];

/** Values of each type, its extremes among them, and constants that are inside, on and outside of them. */
const kinds: readonly {
  readonly type: DataType;
  readonly cells: readonly Cell[];
  readonly constants: readonly string[];
}[] = [
  { type: "Bool", cells: [true, false], constants: ["true", "false"] },
  { type: "Int8", cells: [-128, -1, 0, 1, 127], constants: ["-128", "0", "1", "127"] },
  { type: "Int16", cells: [-32_768, -1, 0, 255, 32_767], constants: ["-32768", "255", "32767"] },
  {
    type: "Int32",
    cells: [-(2 ** 31), -1, 0, 2 ** 31 - 1],
    constants: ["-2147483648", ...integers],
  },
  {
    type: "Int64",
    cells: [0n, -1n, 2n ** 31n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)],
    constants: [...integers, least64, greatest64, "9007199254740992", "2147483648"],
  },
  {
    type: "Float",
    cells: [-0, 0, 0.1, -0.1, 1e-45, 3e38, 16_777_216],
    constants: ["0.0", "0.1", "-0.1", "1e-45", "1e-46", "3e38", "16777217", "-0.0"],
  },
  {
    type: "Double",
    cells: [-0, 0, 0.1, -0.1, 5e-324, 1e308, 2 ** 53],
    constants: ["0.0", "0.1", "-0.1", "5e-324", "1e308", "9007199254740993", "-0.0"],
  },
];

const operator = fc.constantFrom("<", "<=", ">", ">=", "==", "!=");
const less = fc.constantFrom("<", "<=");

function conditionOn(name: string, constants: readonly string[]): fc.Arbitrary<string> {
  const constant = fc.constantFrom(...constants);
  const few = fc.array(constant, { minLength: 1, maxLength: 5 });
  // One more than are looked for as intervals, and then some.
  const many = few.map((list) => [...list, ...Array.from({ length: 40 }, (_, i) => String(i + 3))]);
  const isBool = constants.includes("true");
  const comparison = fc.tuple(operator, constant).map(([is, value]) => `${name} ${is} ${value}`);
  const membership = fc
    .tuple(fc.constantFrom("in", "not in"), isBool ? few : fc.oneof(few, many))
    .map(([is, list]) => `${name} ${is} [${list.join(", ")}]`);
  if (isBool) return fc.oneof(comparison, membership);
  // Ranges that are empty, also once rounded to float32, are refused.
  const ends = fc
    .tuple(constant, constant)
    .map((pair) => pair.toSorted((a, b) => Number(a) - Number(b)))
    .filter(([low, high]) => Number(high) - Number(low) > 1e-3);
  const range = fc
    .tuple(ends, less, less)
    .map(([[low, high], above, below]) => `${low} ${above} ${name} ${below} ${high}`);
  return fc.oneof(comparison, membership, range);
}

const cases = fc.constantFrom(...kinds).chain(({ type, cells, constants }) =>
  fc.record({
    type: fc.constant(type),
    cells: fc.array(fc.option(fc.constantFrom(...cells), { freq: 6 }), {
      minLength: 3,
      maxLength: 67,
    }),
    // Enough, at times, for several blocks of the kernels.
    tiles: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 300),
    expression: fc
      .tuple(conditionOn("x", constants), conditionOn("x", constants), fc.nat({ max: 4 }))
      .map(
        ([a, b, form]) =>
          [a, `not (${a})`, `${a} and ${b}`, `${a} or ${b}`, `x is null or ${a}`][form],
      ),
  }),
);

describe("evaluateFilter()", () => {
  it("agrees with evaluateRow() on numbers of every type, at their extremes", () => {
    fc.assert(
      fc.property(cases, ({ type, cells, tiles, expression }) => {
        const tiled = Array.from({ length: tiles }, () => cells).flat();
        const table = new Table([[field(100, "x", type), tiled]], tiled.length - 1);
        expect(table.rows(expression)).toEqual(table.slowly(expression));
      }),
      { seed, numRuns: runs },
    );
  });
});
