import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { invalidIdentifier } from "../statement-error.ts";
import { callFunction, castTo, contextFunction } from "./sql-functions.ts";
import type { SqlRows, SqlValue } from "./sql-value.ts";

/** An expression that has been read: its value for each of the rows. So functions get all rows at once. */
export type Expression = (context: StatementContext, rows: SqlRows) => Promise<SqlValue[]>;

/** How deep expressions may nest. */
const depthMax = 50;

/** Reads a literal, an array, an object, a column of FROM VALUES, a function call, and casts behind them. */
export function readExpression(cursor: StatementCursor, depth = 0): Expression {
  if (depth > depthMax) throw cursor.fail();
  let expression = readPrimary(cursor, depth);
  while (cursor.acceptSymbol("::")) expression = readCast(cursor, expression);
  return expression;
}

function readPrimary(cursor: StatementCursor, depth: number): Expression {
  const scalar = cursor.acceptScalar();
  if (scalar !== undefined) return async (_context, rows) => rows.map(() => scalar);
  if (cursor.acceptSymbol("[")) return readArray(cursor, depth);
  if (cursor.acceptSymbol("{")) return readObject(cursor, depth);
  if (cursor.acceptSymbol("(")) {
    const inner = readExpression(cursor, depth + 1);
    cursor.expectSymbol(")");
    return inner;
  }
  return readNamed(cursor, depth);
}

function readArray(cursor: StatementCursor, depth: number): Expression {
  const items = readUntil(cursor, "]", () => readExpression(cursor, depth + 1));
  return (context, rows) => evaluateAll(items, context, rows);
}

function readObject(cursor: StatementCursor, depth: number): Expression {
  const names: string[] = [];
  const items = readUntil(cursor, "}", () => {
    names.push(cursor.text());
    cursor.expectSymbol(":");
    return readExpression(cursor, depth + 1);
  });
  return async (context, rows) => {
    const values = await evaluateAll(items, context, rows);
    return values.map((row) =>
      Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])),
    );
  };
}

function readUntil<T>(cursor: StatementCursor, close: string, readItem: () => T): T[] {
  const items: T[] = [];
  if (cursor.acceptSymbol(close)) return items;
  do items.push(readItem());
  while (cursor.acceptSymbol(","));
  cursor.expectSymbol(close);
  return items;
}

/** For each row, the values of all items. */
export async function evaluateAll(
  items: readonly Expression[],
  context: StatementContext,
  rows: SqlRows,
): Promise<SqlValue[][]> {
  const columns: SqlValue[][] = [];
  for (const item of items) columns.push(await item(context, rows));
  return rows.map((_row, index) => columns.map((column) => column[index] ?? null));
}

function readNamed(cursor: StatementCursor, depth: number): Expression {
  const start = cursor.peek();
  const name = cursor.name();
  const only = name.length === 1 ? (name[0] ?? "") : "";
  const tell = contextFunction(only);
  if (tell !== undefined) {
    if (cursor.acceptSymbol("(")) cursor.expectSymbol(")");
    return async (context, rows) => rows.map(() => tell(context));
  }
  const column = /^COLUMN([1-9]\d{0,2})$/.exec(only)?.[1];
  if (column !== undefined) {
    return async (_context, rows) => rows.map((row) => columnAt(row, Number(column)));
  }
  if (!cursor.acceptSymbol("(")) throw cursor.fail(start);
  const items = readUntil(cursor, ")", () => readExpression(cursor, depth + 1));
  return async (context, rows) =>
    callFunction(name, await evaluateAll(items, context, rows), context);
}

function columnAt(row: readonly SqlValue[], number: number): SqlValue {
  const value = row[number - 1];
  if (value === undefined) throw invalidIdentifier(`COLUMN${number}`);
  return value;
}

function readCast(cursor: StatementCursor, inner: Expression): Expression {
  const token = cursor.peek();
  const cast = castTo(cursor.word());
  if (cast === undefined) throw cursor.fail(token);
  return async (context, rows) => (await inner(context, rows)).map(cast);
}
