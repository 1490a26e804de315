import type { Statement } from "../statement.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { queryResult, type RowsOutcome } from "../statement-result.ts";
import { type Expression, evaluateAll, readExpression } from "./expression.ts";
import { cellOf, columnTypeOf, type SqlValue } from "./sql-value.ts";

interface SelectItem {
  readonly name: string;
  readonly value: Expression;
}

/** How many rows FROM VALUES may have. */
const rowsMax = 10_000;

/** `SELECT expression [AS name], … [FROM VALUES (…), …]`. */
export function readSelect(cursor: StatementCursor): Statement {
  const items = [readItem(cursor)];
  while (cursor.acceptSymbol(",")) items.push(readItem(cursor));
  const rows = cursor.accept("FROM") ? readValues(cursor) : undefined;
  cursor.expectEnd();
  return (context) => select(items, rows, context);
}

function readItem(cursor: StatementCursor): SelectItem {
  const start = cursor.peek()?.offset ?? 0;
  const value = readExpression(cursor);
  const end = cursor.peek()?.offset ?? cursor.source.length;
  const written = cursor.source.slice(start, end).trim().toUpperCase();
  const hasAlias = cursor.accept("AS") || cursor.peek()?.kind === "quoted";
  return { name: hasAlias ? cursor.identifier() : written, value };
}

function readValues(cursor: StatementCursor): Expression[][] {
  const isParenthesised = cursor.acceptSymbol("(");
  cursor.expect("VALUES");
  const rows: Expression[][] = [];
  do {
    cursor.expectSymbol("(");
    const row = [readExpression(cursor)];
    while (cursor.acceptSymbol(",")) row.push(readExpression(cursor));
    cursor.expectSymbol(")");
    rows.push(row);
    if (rows.length > rowsMax) throw cursor.fail();
  } while (cursor.acceptSymbol(","));
  if (isParenthesised) cursor.expectSymbol(")");
  return rows;
}

async function select(
  items: readonly SelectItem[],
  sources: readonly Expression[][] | undefined,
  context: StatementContext,
): Promise<RowsOutcome> {
  const rows: SqlValue[][] = [];
  for (const source of sources ?? [[]]) rows.push(...(await evaluateAll(source, context, [[]])));
  const values = items.map(({ value }) => value);
  const results = await evaluateAll(values, context, rows);
  return queryResult(
    items.map(({ name }, index) => ({ name, type: columnTypeOf(firstValue(results, index)) })),
    results.map((row) => row.map(cellOf)),
  );
}

/** A column's first value that tells a type. */
function firstValue(results: readonly (readonly SqlValue[])[], index: number): SqlValue {
  return results.map((row) => row[index] ?? null).find((value) => value !== null) ?? null;
}
