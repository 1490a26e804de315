import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateRow } from "../../src/filter/evaluate-row.ts";
import { compileFilter, evaluateFilter } from "../../src/filter/filter.ts";
import type { Field } from "../../src/schema/collection-schema.ts";
import type { Column } from "../../src/schema/column.ts";
import type { DataType } from "../../src/schema/data-type.ts";
import { type Cell, columnOf, field, schemaOf } from "./sample-columns.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const runs = Number(process.env["FUZZ_RUNS"] ?? 100);
console.info(`filter fuzz: FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`);

const integerTypes = ["Int8", "Int16", "Int32", "Int64"] as const;
const floatTypes = ["Float", "Double"] as const;
const scalarTypes = ["Bool", ...integerTypes, ...floatTypes, "VarChar"] as const;

const smallInt = fc.integer({ min: -3, max: 3 });
const bigInt = fc.constantFrom(
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
);
const smallFloat = fc.constantFrom(-2.5, -1, -0.1, 0, 0.1, 0.5, 1, 2.5, 1e30);
const text = fc.constantFrom(
  ...["", "a", "ab", "abc", "b", "ba", "é", "aé", "a%", "a_b", "😀", "\uffff", "\\", "aab"],
);

function cellOf(type: DataType): fc.Arbitrary<Cell> {
  switch (type) {
    case "Bool":
      return fc.boolean();
    case "Int64":
      return fc.oneof(smallInt.map(BigInt), bigInt);
    case "Int8":
      return fc.oneof(smallInt, fc.constantFrom(-128, 127));
    case "Int16":
      return fc.oneof(smallInt, fc.constantFrom(-32768, 32767));
    case "Int32":
      return fc.oneof(smallInt, fc.constantFrom(-(2 ** 31), 2 ** 31 - 1));
    case "Float":
    case "Double":
      return smallFloat;
    case "JSON":
      return jsonText;
    default:
      return text;
  }
}

const jsonLeaf = fc.oneof(
  smallInt.map(String),
  bigInt.map(String),
  fc.constantFrom("0.5", "1.0", "2.5e0", "1e+2", "9007199254740993.5", "1e400"),
  text.map((value) => JSON.stringify(value)),
  fc.constantFrom("true", "false", "null", '"\\u0061b"', "[]", "{}", "[null]", '{"x":null}'),
);
const jsonText = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    jsonLeaf,
    fc.array(tie("value"), { maxLength: 4 }).map((elements) => `[${elements.join(" , ")}]`),
    fc
      .uniqueArray(
        fc.tuple(fc.constantFrom('"a"', '"b"', '"0"', '"\\u0061"', '"c\\"]}"'), tie("value")),
        { maxLength: 4, selector: ([key]) => JSON.parse(key) as string },
      )
      .map((members) => `{ ${members.map(([key, value]) => `${key} :${value}`).join(", ")} }`),
  ),
})).value;
const jsonPath = fc
  .array(fc.constantFrom('["a"]', "['b']", "[0]", "[1]", '["0"]'), { maxLength: 2 })
  .map((steps) => steps.join(""));

const operator = fc.constantFrom("<", "<=", ">", ">=", "==", "!=");
const pattern = fc
  .array(fc.constantFrom("%", "_", "a", "b", "é", "\\\\%", "😀", ".", "ab"), { maxLength: 5 })
  .map((pieces) => `"${pieces.join("")}"`);

function literalOf(type: DataType): fc.Arbitrary<string> {
  switch (type) {
    case "Bool":
      return fc.constantFrom("true", "false");
    case "VarChar":
      return text.map((value) => JSON.stringify(value));
    case "Float":
    case "Double":
      return fc.oneof(smallFloat.map(floatText), smallInt.map(String));
    case "JSON":
      return fc.oneof(...(["Bool", "VarChar", "Double", "Int64"] as const).map(literalOf));
    default:
      return fc.oneof(smallInt.map(String), bigInt.map(String));
  }
}

function floatText(value: number): string {
  const written = String(value);
  return /[.e]/.test(written) ? written : `${written}.0`;
}

function listOf(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(element, { maxLength: 4 }).map((elements) => `[${elements.join(", ")}]`);
}

/** Conditions on one operand that can be written as `name` and is of the type. */
function conditionsOn(name: fc.Arbitrary<string>, type: DataType): fc.Arbitrary<string>[] {
  const literal = literalOf(type);
  const compare = fc.tuple(name, operator, literal).map((parts) => parts.join(" "));
  const mirrored = fc.tuple(literal, operator, name).map((parts) => parts.join(" "));
  const membership = fc
    .tuple(name, fc.constantFrom("in", "not in"), listOf(literal))
    .map((parts) => parts.join(" "));
  const conditions = [compare, mirrored, membership];
  if (type === "VarChar" || type === "JSON") {
    conditions.push(fc.tuple(name, pattern).map(([left, right]) => `${left} like ${right}`));
  }
  if (type !== "Bool") conditions.push(rangeOn(name, type));
  if (type !== "Bool" && type !== "VarChar") conditions.push(arithmeticOn(name, type));
  return conditions;
}

function rangeOn(name: fc.Arbitrary<string>, type: DataType): fc.Arbitrary<string> {
  const bounds =
    type === "VarChar"
      ? fc.constantFrom(['""', '"b"'], ['"a"', '"é"'], ['"a"', '"a%"'])
      : fc.constantFrom(["-1", "2"], ["0", "9007199254740993"], ["-9223372036854775808", "0"]);
  const less = fc.constantFrom("<", "<=");
  return fc
    .tuple(bounds, less, less, name, fc.boolean())
    .map(([[low, high], a, b, operand, up]) =>
      up
        ? `${low} ${a} ${operand} ${b} ${high}`
        : `${high} ${b.replace("<", ">")} ${operand} ${a.replace("<", ">")} ${low}`,
    );
}

function arithmeticOn(name: fc.Arbitrary<string>, type: DataType): fc.Arbitrary<string> {
  const isInteger = !type.startsWith("F") && type !== "Double";
  const symbol = fc.constantFrom("+", "-", "*", "/", ...(isInteger ? ["%"] : []));
  const argument = isInteger
    ? fc.constantFrom("1", "-2", "3", "4194305", "9007199254740993")
    : fc.constantFrom("0.5", "2", "-0.1");
  const value = isInteger ? literalOf("Int64") : literalOf("Double");
  return fc.tuple(name, symbol, argument, operator, value).map((parts) => parts.join(" "));
}

function conditionsOf({ name, type, elementType }: Field): fc.Arbitrary<string>[] {
  const presence = fc.constantFrom(`${name} is null`, `${name} is not null`);
  if (type === "Array") {
    const elementOf = elementType ?? "Int64";
    const literal = literalOf(elementOf);
    return [
      presence,
      ...conditionsOn(fc.constantFrom(`${name}[0]`, `${name}[2]`), elementOf),
      ...containsOn(fc.constant(name), literal),
      fc
        .tuple(fc.constantFrom("==", "!="), fc.array(literal, { minLength: 1, maxLength: 2 }))
        .map(([equality, elements]) => `${name} ${equality} [${elements.join(", ")}]`),
    ];
  }
  if (type !== "JSON") return [presence, ...conditionsOn(fc.constant(name), type)];
  const path = jsonPath.map((steps) => name + steps);
  const deep = jsonPath.map((steps) => `${name}["a"]${steps}`);
  const literal = literalOf("JSON");
  return [
    presence,
    ...conditionsOn(path, type),
    ...containsOn(path, fc.oneof(literal, listOf(literal))),
    deep.map((operand) => `exists ${operand}`),
    deep.map((operand) => `${operand} is null`),
    fc.tuple(path, fc.constantFrom("==", "!="), listOf(literal)).map((parts) => parts.join(" ")),
  ];
}

function containsOn(
  name: fc.Arbitrary<string>,
  element: fc.Arbitrary<string>,
): fc.Arbitrary<string>[] {
  return [
    fc.tuple(name, element).map(([of, one]) => `array_contains(${of}, ${one})`),
    fc
      .tuple(fc.constantFrom("json_contains_all", "array_contains_any"), name, listOf(element))
      .map(([call, of, list]) => `${call}(${of}, ${list})`),
    fc
      .tuple(name, operator, smallInt)
      .map(([of, comparison, length]) => `array_length(${of}) ${comparison} ${length}`),
  ];
}

function expressionOf(fields: readonly Field[]): fc.Arbitrary<string> {
  const scalars = fields.filter(({ type }) => type !== "Array" && type !== "JSON");
  const kinds = [["Bool"], [...integerTypes, ...floatTypes], ["VarChar"]] as readonly DataType[][];
  const pairs = kinds.flatMap((types) => {
    const names = scalars.filter(({ type }) => types.includes(type)).map(({ name }) => name);
    return names.length < 1
      ? []
      : [fc.tuple(fc.constantFrom(...names), operator, fc.constantFrom(...names))];
  });
  const condition = fc.oneof(
    ...fields.flatMap(conditionsOf),
    ...pairs.map((pair) => pair.map((parts) => parts.join(" "))),
    fc.constantFrom("1 < 2", "not true"),
  );
  return fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      condition,
      tie("tree").map((inner) => `not (${inner})`),
      fc
        .tuple(
          fc.array(tie("tree"), { minLength: 2, maxLength: 4 }),
          fc.constantFrom(" and ", " or "),
        )
        .map(([terms, joint]) => terms.map((term) => `(${term})`).join(joint)),
    ),
  })).tree;
}

const fieldsArbitrary = fc
  .uniqueArray(
    fc.oneof(
      fc.constantFrom<DataType>(...scalarTypes, "JSON").map((type) => field(0, `f_${type}`, type)),
      fc
        .constantFrom<DataType>(...scalarTypes)
        .map((elementType) => field(0, `list_${elementType}`, "Array", { elementType })),
    ),
    { minLength: 1, maxLength: 4, selector: ({ name }) => name },
  )
  .map((fields) => fields.map((each, i) => ({ ...each, id: 100 + i })));

interface Case {
  readonly fields: readonly Field[];
  readonly columns: readonly (readonly Cell[])[];
  /** How often the rows are repeated: enough, sometimes, to span the blocks of the kernels. */
  readonly tiles: number;
  readonly expression: string;
  readonly other: string;
}

const cases: fc.Arbitrary<Case> = fieldsArbitrary.chain((fields) =>
  fc
    .record({
      rowCount: fc.constantFrom(0, 1, 31, 33, 64, 70),
      nullable: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    })
    .chain(({ rowCount, nullable }) =>
      fc.record({
        fields: fc.constant(fields),
        columns: fc.tuple(
          ...fields.map((each, i) => {
            const cell =
              each.type === "Array"
                ? fc.array(cellOf(each.elementType ?? "Int64"), { maxLength: 4 })
                : cellOf(each.type);
            const value: fc.Arbitrary<Cell> = nullable[i] ? fc.option(cell, { freq: 4 }) : cell;
            return fc.array(value, { minLength: rowCount, maxLength: rowCount });
          }),
        ),
        tiles: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 1, 40),
        expression: expressionOf(fields),
        other: expressionOf(fields),
      }),
    ),
);

class Table {
  readonly rowCount: number;
  readonly #schema;
  readonly #columns: ReadonlyMap<number, Column>;

  constructor({ fields, columns, tiles }: Case) {
    const tiled = columns.map((cells) => Array.from({ length: tiles }, () => cells).flat());
    // The columns may have more rows than are asked for.
    this.rowCount = Math.max(0, tiled[0].length - 1);
    this.#schema = schemaOf(fields);
    this.#columns = new Map(fields.map((each, i) => [each.id, columnOf(each, tiled[i])]));
  }

  columnOf = (fieldId: number): Column => {
    const column = this.#columns.get(fieldId);
    if (column === undefined) throw new RangeError(`no column ${fieldId}`);
    return column;
  };

  compile(expression: string) {
    return compileFilter(expression, this.#schema);
  }

  rows(expression: string): number[] {
    const rows: number[] = [];
    evaluateFilter(this.compile(expression), this.columnOf, this.rowCount).forEach((row) => {
      rows.push(row);
    });
    return rows;
  }
}

function check(property: (table: Table, sample: Case) => void): void {
  fc.assert(
    fc.property(cases, (sample) => property(new Table(sample), sample)),
    { seed, numRuns: runs },
  );
}

describe("evaluateFilter()", () => {
  it("agrees with evaluateRow() on every row", () => {
    check((table, { expression }) => {
      const filter = table.compile(expression);
      const expected: number[] = [];
      for (let row = 0; row < table.rowCount; row++) {
        if (evaluateRow(filter, table.columnOf, row) === true) expected.push(row);
      }
      expect(table.rows(expression)).toEqual(expected);
    });
  });

  it("agrees with evaluateRow() on what is FALSE, which leaves only the UNKNOWN", () => {
    check((table, { expression }) => {
      const filter = table.compile(expression);
      const expected: number[] = [];
      for (let row = 0; row < table.rowCount; row++) {
        if (evaluateRow(filter, table.columnOf, row) === false) expected.push(row);
      }
      expect(table.rows(`not (${expression})`)).toEqual(expected);
    });
  });

  it("gives the same for a double negation", () => {
    check((table, { expression }) => {
      expect(table.rows(`not (not (${expression}))`)).toEqual(table.rows(expression));
    });
  });

  it("gives the same whichever way a conjunction or disjunction is written", () => {
    check((table, { expression, other }) => {
      for (const joint of ["and", "or"]) {
        const there = table.rows(`(${expression}) ${joint} (${other})`);
        expect(table.rows(`(${other}) ${joint} (${expression})`)).toEqual(there);
      }
    });
  });

  it("keeps to De Morgan's laws", () => {
    check((table, { expression, other }) => {
      const joined = table.rows(`not ((${expression}) and (${other}))`);
      expect(table.rows(`not (${expression}) or not (${other})`)).toEqual(joined);
    });
  });

  it("finds each row that is not UNKNOWN in a condition or its negation", () => {
    check((table, { expression }) => {
      const either = table.rows(`(${expression}) or not (${expression})`);
      const both = [...table.rows(expression), ...table.rows(`not (${expression})`)];
      expect(either).toEqual(both.sort((a, b) => a - b));
    });
  });
});
