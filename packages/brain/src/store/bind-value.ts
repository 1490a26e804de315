import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  INTEGER,
  LIST,
  listValue,
  SQLNULL,
  TIMESTAMP,
  timestampValue,
  VARCHAR,
} from "@duckdb/node-api";
import { BrainError } from "../base/brain-error.ts";
import type { SqlValue } from "./sql-value.ts";

/** A parameter as the driver takes it. */
export interface BoundValue {
  readonly value: DuckDBValue;
  readonly type: DuckDBType;
}

/**
 * A parameter with the type that SQL is to see. The driver's own choice fails for whole numbers
 * beyond 64 bits, for empty lists and for lists of 1 and 1.5. Throws `invalid-argument` for what is
 * no value of a query.
 */
export function bindValue(value: SqlValue): BoundValue {
  switch (typeof value) {
    case "boolean":
      return { value, type: BOOLEAN };
    case "string":
      return { value, type: VARCHAR };
    case "bigint":
      return { value, type: BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT };
    case "number":
      return bindNumber(value);
    default:
      if (value === null) return { value, type: SQLNULL };
      if (value instanceof Date) {
        return { value: timestampValue(microsecondsOf(value)), type: TIMESTAMP };
      }
      if (isList(value)) return bindList(value);
      throw unbindable(value instanceof Uint8Array ? "bytes" : "an object");
  }
}

/** Microseconds since 1970 UTC; throws `value-invalid` for a date that is none. */
export function microsecondsOf(date: Date): bigint {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) {
    throw new BrainError("value-invalid", "An invalid Date can't be stored: give one with a time");
  }
  return BigInt(milliseconds) * 1000n;
}

function bindNumber(value: number): BoundValue {
  if (Number.isNaN(value)) throw unbindable("NaN");
  if (Object.is(value, -0) || !Number.isSafeInteger(value)) return { value, type: DOUBLE };
  // Comparisons with narrow columns stay narrow.
  if (Math.trunc(value) === (value | 0)) return { value, type: INTEGER };
  return { value: BigInt(value), type: BIGINT };
}

/** Elements of the widest type among them: 1 beside 1.5 is a DOUBLE. */
function bindList(values: readonly SqlValue[]): BoundValue {
  const bound = values.map(bindValue);
  const types = bound.map(({ type }) => type).filter((type) => type !== SQLNULL);
  const [first = VARCHAR] = types;
  if (types.every((type) => type.toString() === first.toString())) {
    return { value: listValue(bound.map(({ value }) => value)), type: LIST(first) };
  }
  if (values.every((value) => typeof value === "number" || value === null)) {
    return { value: listValue([...values]), type: LIST(DOUBLE) };
  }
  throw unbindable("a list of several types");
}

function isList(value: object): value is readonly SqlValue[] {
  return Array.isArray(value);
}

function unbindable(what: string): BrainError {
  return new BrainError(
    "invalid-argument",
    `Cannot use ${what} as a value of a query: give a number, a text, a date, or a list of one of them`,
  );
}
