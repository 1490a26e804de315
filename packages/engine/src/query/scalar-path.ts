import { assert } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import { findJson, jsonStepOf, skipJson } from "../filter/json-scan.ts";
import { compareStrings } from "../filter/string-order.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { type BytesColumn, bytesAt, type Column, isValid } from "../schema/column.ts";
import { textAt } from "../schema/column-value.ts";
import { type DataType, infoOf } from "../schema/data-type.ts";
import { dynamicFieldOf, fieldNamed } from "../schema/define-schema.ts";
import { type JsonValue, parseJson } from "../schema/json.ts";

/** What a name stands for in the orders and groups of a request: a field, or a place in a JSON field. */
export interface ScalarPath {
  /** As the request has it. */
  readonly name: string;
  readonly field: Field;
  /** The steps into the values of a JSON field; absent for the whole value. */
  readonly steps?: readonly string[];
}

/** A value that rows can be ordered and grouped by; `null` where a row has none. */
export type PathValue = boolean | number | bigint | string | null;

/** Reads the value of one row. */
export type ValueReader = (row: number) => PathValue;

/** No JSON value is longer, so none has a longer key. */
const pathLengthMax = 65_536;
const bracketed = /^([^[\]]+)((?:\[(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\d+)\])+)$/;
const bracket = /\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d+))\]/g;

/**
 * Finds what a name stands for: a field, a path in a JSON field (`meta["a"][0]`), or with the dynamic
 * field any other name as one of its keys. `undefined` when there is nothing of that name.
 */
export function scalarPathOf(schema: CollectionSchema, name: string): ScalarPath | undefined {
  const field = fieldNamed(schema, name);
  if (field !== undefined) return { name, field };
  if (name.length > pathLengthMax) return undefined;
  const [, base, brackets] = bracketed.exec(name) ?? [undefined, name, ""];
  const steps = [...brackets.matchAll(bracket)].map(
    ([, double, single, index]) => index ?? (double ?? single).replace(/\\(.)/g, "$1"),
  );
  const owner = fieldNamed(schema, base);
  if (owner !== undefined) return owner.type === "JSON" ? { name, field: owner, steps } : undefined;
  const dynamicField = dynamicFieldOf(schema);
  if (dynamicField === undefined || /[[\]]/.test(base)) return undefined;
  return { name, field: dynamicField, steps: [base, ...steps] };
}

/** Whether values of the path have an order: one field's numbers, texts, booleans and times, and JSON. */
export function isSortable({ field, steps }: ScalarPath): boolean {
  return steps !== undefined || sortableFamilies.has(infoOf(field.type).family);
}

const sortableFamilies: ReadonlySet<string> = new Set([
  "bool",
  "integer",
  "float",
  "string",
  "timestamp",
]);

/**
 * Reads the values of a path in a column of its field. What is neither a number nor a text nor a
 * boolean is read as its JSON text, JSON's null as no value.
 */
export function valueReader({ field, steps }: ScalarPath, column: Column): ValueReader {
  if (column.layout === "fixed") {
    const { values } = column;
    if (field.type === "Bool") return (row) => (isValid(column, row) ? values[row] === 1 : null);
    if (column.validity === undefined) return (row) => values[row];
    return (row) => (isValid(column, row) ? values[row] : null);
  }
  assert(column.layout === "bytes", `${field.type} values have an order`);
  const { bytes, offsets } = column;
  if (field.type === "JSON") return jsonReader(column, steps ?? []);
  return (row) => (isValid(column, row) ? textAt(bytes, offsets[row], offsets[row + 1]) : null);
}

function jsonReader(column: BytesColumn, path: readonly string[]): ValueReader {
  const steps = path.map(jsonStepOf);
  return (row) => {
    if (!isValid(column, row)) return null;
    const json = bytesAt(column, row);
    const start = findJson(json, 0, steps);
    if (start < 0) return null;
    const text = textAt(json, start, skipJson(json, start));
    const value: JsonValue = parseJson(text);
    return typeof value === "object" && value !== null ? text : value;
  };
}

/** What values at a path in JSON are to be read as. */
export interface JsonCast {
  readonly type: DataType;
  /** Whether a value of another type is an error, instead of no value. */
  readonly strict: boolean;
}

/** A reader of values of one type. Throws `invalid-parameter` for others when the cast is strict. */
export function castReader(read: ValueReader, { type, strict }: JsonCast): ValueReader {
  const cast = castTo(type);
  return (row) => {
    const value = read(row);
    if (value === null) return null;
    const result = cast(value);
    if (result === null && strict) {
      throw new EngineError("invalid-parameter", `cannot cast JSON value ${value} to ${type}`, {
        details: { found: String(value), expected: type },
      });
    }
    return result;
  };
}

function castTo(type: DataType): (value: boolean | number | bigint | string) => PathValue {
  if (type === "Bool") return (value) => (typeof value === "boolean" ? value : null);
  const { range } = infoOf(type);
  if (range === undefined) return (value) => (typeof value === "string" ? value : null);
  return (value) => {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return null;
    const integer = BigInt(value);
    if (integer < range[0] || integer > range[1]) return null;
    return type === "Int64" ? integer : Number(integer);
  };
}

/** A reader that shows every value as text, as Milvus groups JSON without a type. */
export function textReader(read: ValueReader): ValueReader {
  return (row) => {
    const value = read(row);
    return value === null || typeof value === "string" ? value : String(value);
  };
}

/** The order of two values: numbers by value, texts by their bytes; different kinds by their texts. */
export function compareValues(a: NonNullable<PathValue>, b: NonNullable<PathValue>): number {
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  return compareStrings(String(a), String(b));
}

function isNumber(value: PathValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
