import type { SqlToken } from "../../sql/tokens.ts";

/** A statement that the account refuses, with Snowflake's own number and text. */
export class StatementError extends Error {
  override readonly name = "StatementError";
  /** Such as `002003`. */
  readonly code: string;
  readonly sqlState: string;

  constructor(code: string, sqlState: string, message: string) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
  }
}

function compilationError(code: string, sqlState: string, text: string): StatementError {
  return new StatementError(code, sqlState, `SQL compilation error:\n${text}`);
}

/** 001003 at a token, or at the end of the statement. Lines count from 1 and positions from 0, as Snowflake's do. */
export function syntaxError(source: string, token: SqlToken | undefined): StatementError {
  const offset = token?.offset ?? source.length;
  const before = source.slice(0, offset);
  const line = before.split("\n").length;
  const position = offset - (before.lastIndexOf("\n") + 1);
  const unexpected = token === undefined ? "<EOF>" : token.text.slice(0, 80);
  return compilationError(
    "001003",
    "42000",
    `syntax error line ${line} at position ${position} unexpected '${unexpected}'.`,
  );
}

export function doesNotExist(kind: string, name: string): StatementError {
  return compilationError("002003", "02000", `${kind} '${name}' does not exist or not authorized.`);
}

export function alreadyExists(name: string): StatementError {
  return compilationError("002002", "42710", `Object '${name}' already exists.`);
}

export function insufficientPrivileges(kind: string, name: string): StatementError {
  return new StatementError(
    "003001",
    "42501",
    `SQL access control error:\nInsufficient privileges to operate on ${kind} '${name}'`,
  );
}

export function roleNotAssigned(role: string): StatementError {
  return new StatementError(
    "003013",
    "42501",
    `SQL access control error:\nRequested role '${role}' is not assigned to the executing user. Specify another role to activate.`,
  );
}

export function noCurrentDatabase(action: string): StatementError {
  return new StatementError(
    "090105",
    "22000",
    `Cannot perform ${action}. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.`,
  );
}

export function noCurrentSchema(action: string): StatementError {
  return new StatementError(
    "090106",
    "22000",
    `Cannot perform ${action}. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name.`,
  );
}

export function invalidIdentifier(name: string): StatementError {
  return compilationError("000904", "42000", `invalid identifier '${name.slice(0, 300)}'`);
}

export function invalidProperty(property: string): StatementError {
  return compilationError("001001", "22023", `invalid property '${property}'`);
}

export function invalidValue(value: string, property: string): StatementError {
  return compilationError("001008", "22023", `invalid value '${value}' for property '${property}'`);
}

export function invalidCombination(
  left: [string, unknown],
  right: [string, unknown],
): StatementError {
  return compilationError(
    "001010",
    "22023",
    `invalid property combination '${left[0]}'='${String(left[1])}' and '${right[0]}'='${String(right[1])}'`,
  );
}

export function missingOptions(options: readonly string[]): StatementError {
  return compilationError("002029", "42601", `Missing option(s): [${options.join(", ")}]`);
}

/** 002043: the object is there, but in no state for that. */
export function notPossible(text: string): StatementError {
  return compilationError("002043", "02000", text);
}

/** A rule of Snowpark Container Services. */
export function serviceError(text: string): StatementError {
  return new StatementError("395018", "22023", text);
}

/** Something of Snowflake that the simulated account does not do, said by name. */
export function notSimulated(feature: string): StatementError {
  return new StatementError("000002", "0A000", `Unsupported feature '${feature}' (not simulated).`);
}
