import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isEngineError } from "../../src/base/errors.ts";
import { evaluateRow } from "../../src/filter/evaluate-row.ts";
import { compileFilter } from "../../src/filter/filter.ts";
import type { Field } from "../../src/schema/collection-schema.ts";
import { cellsOf, fieldsArbitrary, scalarTypes, structCellsOf } from "./arbitrary-cells.ts";
import { expressionOf } from "./arbitrary-expressions.ts";
import { type Cell, field, schemaOf } from "./sample-columns.ts";
import { Table } from "./table.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const runs = Number(process.env["FUZZ_RUNS"] ?? 100);
console.info(`filter fuzz: FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`);

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
        columns: fc
          .array(fc.option(fc.integer({ min: 0, max: 4 }), { freq: 4 }), {
            minLength: rowCount,
            maxLength: rowCount,
          })
          .chain((lengths) =>
            fc.tuple(
              ...fields.map((each, i) =>
                each.struct === undefined
                  ? cellsOf(each, rowCount, nullable[i])
                  : structCellsOf(each, lengths),
              ),
            ),
          ),
        tiles: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 1, 40),
        expression: expressionOf(fields),
        other: expressionOf(fields),
      }),
    ),
);

function tableOf({ fields, columns, tiles }: Case): Table {
  const tiled = columns.map((cells) => Array.from({ length: tiles }, () => cells).flat());
  // The columns may have more rows than are asked for.
  const rowCount = Math.max(0, tiled[0].length - 1);
  return new Table(
    fields.map((each, i) => [each, tiled[i]]),
    rowCount,
  );
}

function check(property: (table: Table, sample: Case) => void): void {
  fc.assert(
    fc.property(cases, (sample) => property(tableOf(sample), sample)),
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

  it("gives the same with a tautology or a contradiction added", () => {
    check((table, { expression, fields: [first] }) => {
      const there = table.rows(expression);
      const always = /[[]/.test(first.name)
        ? "1 < 2"
        : `(${first.name} is null or ${first.name} is not null)`;
      expect(table.rows(`(${expression}) and ${always}`)).toEqual(there);
      expect(table.rows(`(${expression}) or not (${always})`)).toEqual(there);
    });
  });

  it("samples some of the rows that match, and as many as asked for", () => {
    check((table, { expression }) => {
      const there = table.rows(expression);
      const sampled = table.rows(`(${expression}) and random_sample(0.3)`);
      expect(there).toEqual(expect.arrayContaining(sampled));
      const least = there.length === 0 ? 0 : 1;
      expect(sampled).toHaveLength(Math.max(least, Math.floor(there.length * 0.3)));
    });
  });
});

describe("compileFilter()", () => {
  it("throws nothing but errors of the engine, whatever the text", () => {
    const words = [
      ...[
        "f_Int64",
        "f_JSON",
        "list_Int64",
        "s",
        "$",
        "$[sub_Int64]",
        "(",
        ")",
        "[",
        "]",
        ",",
        "{",
      ],
      ...["}", "==", "<", ">=", "and", "or", "not", "in", "like", "=~", "exists", "is null", "**"],
      ...[
        "+",
        "-",
        "~",
        "<<",
        "&",
        "|",
        "^",
        "%",
        "1",
        "-9223372036854775808",
        "1.5",
        "'a'",
        "r'('",
      ],
      ...["true", "ISO '2020-01-01T00:00:00Z'", "INTERVAL 'P1M'", "f_Timestamptz", "f_Geometry"],
      ...[
        "match_any(",
        "match_most(",
        "threshold=1",
        "random_sample(",
        "st_within(",
        "text_match(",
      ],
      ...["element_filter(", "json_contains_all(", "array_length(", "'POINT (1 2)'", "f_VarChar"],
    ];
    const soup = fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((all) => all.join(" "));
    const bytes = fc.uint8Array({ maxLength: 40 }).map((all) => new TextDecoder().decode(all));
    const all = [...scalarTypes, "JSON" as const].map((type) => field(0, `f_${type}`, type));
    const array = { elementType: "Int64" } as const;
    const lists = [
      field(0, "list_Int64", "Array", array),
      field(0, "s[sub_Int64]", "Array", { ...array, struct: "s" }),
    ];
    const schema = schemaOf([...all, ...lists].map((each, i) => ({ ...each, id: 100 + i })));
    const isEngineErrorOf = (expression: string) => {
      try {
        compileFilter(expression, schema);
        return true;
      } catch (error) {
        return isEngineError(error, "filter-invalid") || isEngineError(error, "unsupported");
      }
    };
    fc.assert(
      fc.property(fc.oneof(soup, bytes, fc.string()), (expression) => {
        expect(isEngineErrorOf(expression)).toBe(true);
      }),
      { seed, numRuns: 20 * runs },
    );
  });
});
