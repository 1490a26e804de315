import { BrainError, messageOf } from "../base/brain-error.ts";
import type { FieldInfo } from "../schema/field.ts";
import type { Sample } from "../schema/sample.ts";
import { sampleColumns, sampleReader } from "../schema/sample-row.ts";
import type { SqlRow, SqlValue } from "../store/sql-value.ts";
import { type AggregationQuery, compileAggregations, expressionOf } from "./aggregate.ts";
import type { Aggregation, PathOrExpression } from "./aggregation.ts";
import { compileExpression } from "./compile-expression.ts";
import { compileStages } from "./compile-stages.ts";
import { asNumber } from "./compiled.ts";
import { decodeResult, type ResultValue } from "./decode-result.ts";
import { orderClause, rowScope } from "./relation.ts";
import type { SampleSource } from "./sample-source.ts";
import { SqlParameters } from "./sql-parameters.ts";
import type { Stage } from "./stage.ts";

/** Which rows to read of a view: all, or some from either end. */
export interface ReadRange {
  readonly count?: number;
  readonly fromEnd?: boolean;
  /** The sample or patch of this id; where there is none, the samples of this path. */
  readonly idOrFilepath?: string;
}

/** The samples of a view in its order, in chunks. */
export async function* readSamples(
  source: SampleSource,
  stages: readonly Stage[],
  range: ReadRange = {},
): AsyncGenerator<Sample[]> {
  const { idOrFilepath: wanted } = range;
  if (wanted === undefined) {
    yield* readRows(source, stages, range);
    return;
  }
  // DuckDB looks for a value of one column before it reads the others; for `id = or filepath =` it reads all.
  for (const column of ["id", "filepath"]) {
    let isFound = false;
    for await (const chunk of readRows(source, stages, { ...range, where: { column, wanted } })) {
      isFound ||= chunk.length > 0;
      yield chunk;
    }
    if (isFound) return;
  }
}

interface RowRange extends ReadRange {
  readonly where?: { readonly column: string; readonly wanted: string };
}

async function* readRows(
  source: SampleSource,
  stages: readonly Stage[],
  { count, fromEnd = false, where: condition }: RowRange,
): AsyncGenerator<Sample[]> {
  const params = new SqlParameters();
  const relation = compileStages(source, stages, params);
  const where =
    condition === undefined
      ? ""
      : ` WHERE ${condition.column} = ${params.bind(condition.wanted, "VARCHAR")}`;
  // Few rows have a value of these columns; with a limit DuckDB would read all columns of all rows.
  const limit = count === undefined || condition !== undefined ? "" : ` LIMIT ${count}`;
  // The columns are made for reading after the rows were chosen.
  const first = limit === "" ? "" : ` ${orderClause(relation.order, fromEnd)}${limit}`;
  const rows = `SELECT * FROM (${relation.sql})${where}${first}`;
  const sql =
    `SELECT ${sampleColumns(relation.fields)} FROM (${rows}) ` +
    orderClause(relation.order, fromEnd);
  const toSample = sampleReader(relation.fields);
  for await (const chunk of stream(source, sql, params.values)) {
    yield chunk.map(toSample);
  }
}

/** What an expression gives for each sample of a view, in its order, in chunks. */
export async function* readValues(
  source: SampleSource,
  stages: readonly Stage[],
  of: PathOrExpression,
): AsyncGenerator<ResultValue[]> {
  const params = new SqlParameters();
  const relation = compileStages(source, stages, params);
  const rows = params.newName();
  const value = compileExpression(expressionOf(of).node, rowScope(relation, rows, params));
  if (value.isRow === true) {
    throw new BrainError(
      "expression-invalid",
      "Cannot read the values of the samples themselves: use samples()",
    );
  }
  const { type } = value;
  const cell = type.kind === "number" ? asNumber(value, "values") : value.sql;
  const sql = `SELECT ${cell} AS value FROM (${relation.sql}) AS ${rows} ${orderClause(relation.order)}`;
  for await (const chunk of stream(source, sql, params.values)) {
    yield chunk.map((row) => decodeResult(type, row["value"]));
  }
}

/** Runs aggregations over a view as one statement. */
export async function readAggregations(
  source: SampleSource,
  stages: readonly Stage[],
  aggregations: readonly Aggregation[],
): Promise<unknown[]> {
  if (aggregations.length === 0) return [];
  const ready = await withRanges(source, stages, aggregations);
  const { sql, read, params } = write(source, stages, ready);
  const [row = {}] = await query(source, sql, params);
  return read(row);
}

/** The fields that samples have after the stages. Throws what evaluating the stages would. */
export function fieldsOf(source: SampleSource, stages: readonly Stage[]): readonly FieldInfo[] {
  return compileStages(source, stages, new SqlParameters()).fields;
}

/** Histograms without a range get the bounds of their values, in one pass for all of them. */
async function withRanges(
  source: SampleSource,
  stages: readonly Stage[],
  aggregations: readonly Aggregation[],
): Promise<readonly Aggregation[]> {
  const open = aggregations.filter(
    (aggregation) => aggregation.kind === "histogramValues" && aggregation.range === undefined,
  );
  if (open.length === 0) return aggregations;
  const { sql, read, params } = write(
    source,
    stages,
    open.map(({ of = "id" }) => ({ kind: "bounds", of })),
  );
  const [row = {}] = await query(source, sql, params);
  const found = new Map(read(row).map((bounds, index) => [open[index], bounds]));
  return aggregations.map((aggregation) => {
    const bounds = found.get(aggregation);
    if (!Array.isArray(bounds) || aggregation.kind !== "histogramValues") return aggregation;
    const [least, greatest] = bounds.map((bound) => Number(bound ?? 0));
    return { ...aggregation, range: [least ?? 0, greatest ?? 0] as const };
  });
}

function write(
  source: SampleSource,
  stages: readonly Stage[],
  aggregations: readonly Aggregation[],
): AggregationQuery & { readonly params: readonly SqlValue[] } {
  const params = new SqlParameters();
  const relation = compileStages(source, stages, params);
  return { ...compileAggregations(relation, aggregations, params), params: params.values };
}

async function query(
  source: SampleSource,
  sql: string,
  params: readonly SqlValue[],
): Promise<SqlRow[]> {
  try {
    return await source.query(sql, params);
  } catch (error) {
    throw evaluationError(source, error);
  }
}

async function* stream(
  source: SampleSource,
  sql: string,
  params: readonly SqlValue[],
): AsyncGenerator<SqlRow[]> {
  try {
    yield* source.stream(sql, params);
  } catch (error) {
    throw evaluationError(source, error);
  }
}

/** A bad pattern is the one mistake that only SQL sees. */
function evaluationError(source: SampleSource, error: unknown): unknown {
  if (error instanceof BrainError) return error;
  const [reason] = messageOf(error).split("\n");
  const isPattern = /^Invalid Input Error/.test(messageOf(error));
  return new BrainError(
    isPattern ? "expression-invalid" : "io",
    `Cannot evaluate a view of "${source.name}": ${reason}`,
    { cause: error },
  );
}
