import type { StatementCursor } from "./statement-cursor.ts";
import { invalidValue, notSimulated } from "./statement-error.ts";

/** Reads the value of a property, behind its `=`. */
export type PropertyReader<T> = (cursor: StatementCursor, property: string) => T;

/** The properties that a statement may have, by their names in upper case. */
export type PropertyShape = Readonly<Record<string, PropertyReader<unknown>>>;

/** The properties that a statement has. */
export type PropertiesOf<S extends PropertyShape> = { -readonly [K in keyof S]?: ReturnType<S[K]> };

/**
 * Reads `NAME = value` as long as they come, with or without commas between. An unknown name is a syntax error, as is
 * one that comes twice.
 */
export function readProperties<S extends PropertyShape>(
  cursor: StatementCursor,
  shape: S,
): PropertiesOf<S> {
  const read: Record<string, unknown> = {};
  for (;;) {
    if (cursor.comesNext("WITH TAG") || cursor.comesNext("TAG")) throw notSimulated("TAG");
    const next = cursor.peek();
    const name = next?.kind === "word" ? next.text.toUpperCase() : undefined;
    // A shape is a plain table, so names such as `constructor` must not reach its prototype.
    const reader = name !== undefined && Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (name === undefined || reader === undefined || Object.hasOwn(read, name)) break;
    cursor.word();
    cursor.expectSymbol("=");
    read[name] = reader(cursor, name);
    if (cursor.acceptSymbol(",") && cursor.isAtEnd) throw cursor.fail();
  }
  // Each value came from the reader of its own name.
  return read as PropertiesOf<S>;
}

export const textProperty: PropertyReader<string> = (cursor) => cursor.text();

export const booleanProperty: PropertyReader<boolean> = (cursor, property) => {
  const value = cursor.scalar();
  const text = String(value).toUpperCase();
  if (text !== "TRUE" && text !== "FALSE") throw invalidValue(String(value), property);
  return text === "TRUE";
};

/** A whole number within limits. */
export function integerProperty(min: number, max: number): PropertyReader<number> {
  return (cursor, property) => {
    const value = cursor.integer();
    if (value < min || value > max) throw invalidValue(String(value), property);
    return value;
  };
}

/** A name, bare, quoted or as a text, with one part. */
export const identifierProperty: PropertyReader<string> = (cursor) =>
  isText(cursor) ? cursor.text().toUpperCase() : cursor.identifier();

/** A name with up to three parts, bare or as a text. */
export const nameProperty: PropertyReader<string[]> = (cursor) => cursor.name();

/** One of several words, bare or as a text, in upper case. */
export function choiceProperty<T extends string>(...choices: readonly T[]): PropertyReader<T> {
  return (cursor, property) => {
    const written = isText(cursor) ? cursor.text() : cursor.word();
    const choice = choices.find((one) => one === written.toUpperCase());
    if (choice === undefined) throw invalidValue(written, property);
    return choice;
  };
}

/** `('a', 'b')`. */
export const textListProperty: PropertyReader<string[]> = (cursor) =>
  readList(cursor, () => cursor.text());

/** `(a, b.c)`. */
export const nameListProperty: PropertyReader<string[][]> = (cursor) =>
  readList(cursor, () => cursor.name());

/** `(NAME = value …)`. */
export function groupProperty<S extends PropertyShape>(shape: S): PropertyReader<PropertiesOf<S>> {
  return (cursor) => {
    cursor.expectSymbol("(");
    const properties = readProperties(cursor, shape);
    cursor.expectSymbol(")");
    return properties;
  };
}

/** What stands between parentheses and commas. */
export function readList<T>(cursor: StatementCursor, readItem: () => T): T[] {
  const items: T[] = [];
  cursor.expectSymbol("(");
  if (cursor.acceptSymbol(")")) return items;
  do items.push(readItem());
  while (cursor.acceptSymbol(","));
  cursor.expectSymbol(")");
  return items;
}

function isText(cursor: StatementCursor): boolean {
  const kind = cursor.peek()?.kind;
  return kind === "string" || kind === "dollar-string" || kind === "variable" || kind === "bind";
}
