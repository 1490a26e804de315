import { BrainError } from "../base/brain-error.ts";
import type { SqlRow, SqlValue } from "../store/sql-value.ts";
import type { Aggregation, Histogram, PathOrExpression } from "./aggregation.ts";
import { compileExpression } from "./compile-expression.ts";
import { asNumber, type Compiled, flattened } from "./compiled.ts";
import { decodeResult, type ResultValue } from "./decode-result.ts";
import { Expression, F } from "./expression.ts";
import { type Relation, rowScope } from "./relation.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import { describeType, type ValueType } from "./value-type.ts";

const BIN_COUNT_MAX = 10_000;

/** One statement that computes aggregations, and how to read the row that it gives. */
export interface AggregationQuery {
  readonly sql: string;
  readonly read: (row: SqlRow) => unknown[];
}

/** The values that an aggregation is about: a query of one column `value`. */
interface Values {
  readonly sql: string;
  readonly type: ValueType;
}

/** One column of the statement, and how to read it. */
interface Part {
  readonly sql: string;
  readonly read: (value: SqlValue | undefined) => unknown;
}

/**
 * Several aggregations as one pass over a view: its rows are computed once, and of them only the values
 * that the aggregations are about. Histograms must have a range.
 */
export function compileAggregations(
  relation: Relation,
  aggregations: readonly Aggregation[],
  params: SqlParameters,
): AggregationQuery {
  const [rows, values] = [params.newName(), params.newName()];
  const scope = rowScope(relation, rows, params);
  const columns = new Map<string, { name: string; compiled: Compiled }>();

  const valuesOf = (of: PathOrExpression): Values => {
    const { node } = expressionOf(of);
    const key = JSON.stringify(node);
    const known = columns.get(key);
    const column = known ?? {
      name: params.newName(),
      compiled: flat(compileExpression(node, scope)),
    };
    columns.set(key, column);
    const { type } = column.compiled;
    if (type.kind !== "list") {
      return { sql: `SELECT ${column.name} AS value FROM ${values}`, type };
    }
    return { sql: `SELECT unnest(${column.name}) AS value FROM ${values}`, type: type.element };
  };

  const parts = aggregations.map((aggregation) =>
    aggregation.kind === "count" && aggregation.of === undefined
      ? { sql: `SELECT count(*) FROM ${values}`, read: Number }
      : compilePart(aggregation, valuesOf(aggregation.of ?? "id"), params),
  );
  const cells = [...columns.values()].map(({ name, compiled }) => `${compiled.sql} AS ${name}`);
  const results = parts.map(({ sql }, index) => `(${sql}) AS result_${index}`);
  return {
    sql:
      `WITH ${values} AS (SELECT ${cells.join(", ") || "1"} FROM (${relation.sql}) AS ${rows}) ` +
      `SELECT ${results.join(", ")}`,
    read: (row) => parts.map(({ read }, index) => read(row[`result_${index}`])),
  };
}

export function expressionOf(of: PathOrExpression): Expression {
  return of instanceof Expression ? of : F.root(of);
}

function flat(compiled: Compiled): Compiled {
  if (compiled.isRow === true) throw unfit("the sample itself", compiled.type);
  const value = flattened(compiled);
  return value.type.kind === "number" ? { ...value, sql: asNumber(value, "aggregation") } : value;
}

function compilePart(aggregation: Aggregation, values: Values, params: SqlParameters): Part {
  switch (aggregation.kind) {
    case "count":
      return { sql: `SELECT count(*) FROM (${values.sql}) WHERE ${isThere(values)}`, read: Number };
    case "distinct":
      return distinct(values);
    case "countValues":
      return countValues(values);
    case "bounds":
      return bounds(values);
    case "mean":
      return { sql: `SELECT avg(number) FROM (${numbersOf(values, "mean")})`, read: finite };
    case "std":
      return std(values, params);
    case "sum": {
      const numbers = numbersOf(values, "sum");
      return { sql: `SELECT coalesce(sum(number), 0) FROM (${numbers})`, read: finite };
    }
    case "histogramValues":
      return histogram(values, aggregation, params);
  }
}

function isThere({ type }: Values): string {
  return type.kind === "json" ? "json_type(value) <> 'NULL'" : "value IS NOT NULL";
}

function distinct(values: Values): Part {
  const known = `SELECT DISTINCT ${groupable(values, "distinct")} AS value FROM (${values.sql})`;
  return {
    sql: `SELECT list(value ORDER BY value) FROM (${known}) WHERE value IS NOT NULL`,
    read: (list) => listOf(list).map((value) => decodeResult(values.type, value)),
  };
}

function countValues(values: Values): Part {
  const counts = `SELECT ${groupable(values, "countValues")} AS value, count(*) AS amount FROM (${values.sql}) GROUP BY ALL`;
  const entry = "struct_pack(value := value, amount := amount)";
  return {
    sql: `SELECT list(${entry} ORDER BY amount DESC, value ASC NULLS LAST) FROM (${counts})`,
    read: (list) =>
      new Map<ResultValue, number>(
        // The entries are structs, as written above.
        listOf(list).map((found) => {
          const { value, amount } = found as SqlRow;
          return [decodeResult(values.type, value), Number(amount)];
        }),
      ),
  };
}

function bounds(values: Values): Part {
  const { type } = values;
  const isJson = type.kind === "json";
  if (!isJson && type.kind !== "number" && type.kind !== "string" && type.kind !== "date") {
    throw unfit("bounds", type);
  }
  const cells = isJson
    ? numbersOf(values, "bounds")
    : `SELECT value AS number FROM (${values.sql})`;
  return {
    sql: `SELECT struct_pack(least := min(number), greatest := max(number)) FROM (${cells})`,
    read: (found) => {
      const { least, greatest } = found as SqlRow;
      const shown: ValueType = isJson ? { kind: "number" } : type;
      return [decodeResult(shown, least), decodeResult(shown, greatest)];
    },
  };
}

/** SQL's own fails where a square is no number any more. */
function std(values: Values, params: SqlParameters): Part {
  const [numbers, mean] = [params.newName(), params.newName()];
  const average = `SELECT avg(number) AS average FROM ${numbers}`;
  const distance = `(${numbers}.number - ${mean}.average)`;
  return {
    sql:
      `WITH ${numbers} AS (${numbersOf(values, "std")}) ` +
      `SELECT sqrt(avg(${distance} * ${distance})) FROM ${numbers}, (${average}) AS ${mean}`,
    read: finite,
  };
}

function histogram(
  values: Values,
  { bins, range }: AggregationOf<"histogramValues">,
  params: SqlParameters,
): Part {
  const binCount = bins ?? 10;
  if (!Number.isSafeInteger(binCount) || binCount < 1 || binCount > BIN_COUNT_MAX) {
    throw new BrainError(
      "invalid-argument",
      `Cannot make a histogram of ${binCount} bins: expected 1 to ${BIN_COUNT_MAX}`,
    );
  }
  const [least, greatest] = range ?? [0, 0];
  if (!Number.isFinite(greatest - least) || least > greatest) {
    throw new BrainError(
      "invalid-argument",
      `Cannot make a histogram from ${least} to ${greatest}: expected two numbers in order`,
    );
  }
  const [low, high] = [params.bind(least, "DOUBLE"), params.bind(greatest, "DOUBLE")];
  const width = (greatest - least) / binCount;
  const bin =
    width > 0
      ? `least(floor((number - ${low}) / ${params.bind(width, "DOUBLE")}), ${binCount - 1})`
      : "0";
  const isInside = `number >= ${low} AND number <= ${high}`;
  const binned = `SELECT CASE WHEN ${isInside} THEN ${bin} ELSE -1 END AS bin FROM (${numbersOf(values, "histogramValues")})`;
  const counts = `SELECT CAST(bin AS INTEGER) AS bin, count(*) AS amount FROM (${binned}) GROUP BY ALL`;
  return {
    sql: `SELECT list(struct_pack(bin := bin, amount := amount)) FROM (${counts})`,
    read: (list): Histogram => {
      const amounts = new Map(
        listOf(list).map((found) => {
          const { bin: place, amount } = found as SqlRow;
          return [Number(place), Number(amount)];
        }),
      );
      return {
        counts: Array.from({ length: binCount }, (_, place) => amounts.get(place) ?? 0),
        edges: Array.from({ length: binCount + 1 }, (_, place) =>
          place === binCount ? greatest : least + place * width,
        ),
        other: amounts.get(-1) ?? 0,
      };
    },
  };
}

type AggregationOf<K extends Aggregation["kind"]> = Extract<Aggregation, { readonly kind: K }>;

/** The values as numbers, in a column `number`; dates as milliseconds since 1970. */
function numbersOf({ sql, type }: Values, purpose: string): string {
  const value: Compiled = { sql: "value", type };
  const isDate = type.kind === "date" && purpose === "histogramValues";
  if (!isDate && type.kind !== "number" && type.kind !== "json" && type.kind !== "null") {
    throw unfit(purpose, type);
  }
  const number = isDate ? "epoch_ms(value)" : asNumber(value, purpose);
  return `SELECT CAST(${number} AS DOUBLE) AS number FROM (${sql})`;
}

/** A value that rows can be grouped by; of JSON, its text. */
function groupable({ type }: Values, purpose: string): string {
  if (type.kind === "struct" || type.kind === "list") throw unfit(purpose, type);
  return type.kind === "json" ? "CASE WHEN json_type(value) <> 'NULL' THEN value END" : "value";
}

function unfit(purpose: string, type: ValueType): BrainError {
  return new BrainError(
    "expression-invalid",
    `Cannot compute ${purpose} of a ${describeType(type)}: name a number, text or date in it`,
    { details: { found: describeType(type) } },
  );
}

function finite(value: SqlValue | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function listOf(value: SqlValue | undefined): readonly SqlValue[] {
  return Array.isArray(value) ? value : [];
}
