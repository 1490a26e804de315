import { EngineError } from "../base/errors.ts";
import { type JsonValue, stringifyJson } from "../schema/json.ts";

/** A whole number from `min` to `max`. */
export interface IntegerRule {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
  readonly default?: number;
  readonly required?: true;
}

/** A number from `min` to `max`. */
export interface NumberRule {
  readonly kind: "number";
  readonly min: number;
  readonly max: number;
  /** Whether `max` itself is refused. */
  readonly belowMax?: true;
  readonly default?: number;
}

export interface BooleanRule {
  readonly kind: "boolean";
  readonly default?: boolean;
  /** Milvus's text, where true is refused. */
  readonly refusal?: string;
}

/** One of a list of names. */
export interface NameRule {
  readonly kind: "name";
  /** In the case that the value is answered in. */
  readonly names: readonly string[];
  /** Whether names count only in the case that they are listed in. */
  readonly exactCase?: true;
  readonly default?: string;
  /** Milvus's text for any other name. */
  readonly refusal: (found: string) => string;
}

/** What a parameter of an index type may be. */
export type ParameterRule = IntegerRule | NumberRule | BooleanRule | NameRule;
export type ParameterRules = Readonly<Record<string, ParameterRule>>;

/** Parameters as callers give them: numbers may be texts, as Milvus's clients send them. */
export type GivenParameters = Readonly<Record<string, JsonValue>>;

/** Checked parameters, defaults included. */
export type ParameterValues = ReadonlyMap<string, number | boolean | string>;

/** The largest `int` of Milvus's index library, and the end of most of its ranges. */
export const intMax = 2_147_483_647;
/** The largest `float`, likewise. */
export const floatMax = 3.4028234663852886e38;

/**
 * The parameters that there are rules for, checked and completed. Others are passed over, as Milvus
 * does. Throws `invalid-parameter`, with the texts of Milvus's index library knowhere
 * (`src/common/config.cc` and `include/knowhere/config.h`).
 */
export function readParameters(rules: ParameterRules, given: GivenParameters): ParameterValues {
  const values = new Map<string, number | boolean | string>();
  for (const name in rules) {
    const rule = rules[name];
    const found = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = found === undefined ? defaultOf(name, rule) : readValue(name, rule, found);
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

/** The number of that name; `undefined` when none was given and there is no default. */
export function numberIn(values: ParameterValues, name: string): number | undefined {
  const value = values.get(name);
  return typeof value === "number" ? value : undefined;
}

/** An error about one parameter. `details.parameter` says which. */
export function parameterError(name: string, message: string): EngineError {
  return new EngineError("invalid-parameter", message, { details: { parameter: name } });
}

function defaultOf(name: string, rule: ParameterRule): number | boolean | string | undefined {
  if (rule.kind !== "integer" || rule.required !== true) return rule.default;
  throw parameterError(name, `param '${name}' not exist in json`);
}

function readValue(name: string, rule: ParameterRule, found: JsonValue): number | boolean | string {
  switch (rule.kind) {
    case "integer":
      return readInteger(name, rule, found);
    case "number":
      return readNumber(name, rule, found);
    case "boolean":
      return readBoolean(name, rule, found);
    case "name":
      return readName(name, rule, found);
  }
}

function readInteger(name: string, { min, max }: IntegerRule, found: JsonValue): number {
  const value = typeof found === "string" ? integerOfText(name, found) : found;
  if (typeof value === "bigint" || (Number.isInteger(value) && Number(value) > intMax)) {
    throw parameterError(
      name,
      `Arithmetic overflow: param '${name}' (${value}) should not bigger than ${intMax}`,
    );
  }
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw typeConflict(name, value, "integer");
  }
  if (value >= min && value <= max) return value;
  throw outOfRange(name, String(value), `[${min}, ${max}]`);
}

/** As `std::stoll` reads: blanks and a sign, then digits. What follows them is refused. */
function integerOfText(name: string, text: string): number {
  const key = `key: '${name}', value: '${text}'`;
  const digits = /^\s*[+-]?\d+/.exec(text)?.[0];
  if (digits === undefined) throw parameterError(name, `invalid integer value, ${key}`);
  if (digits.length < text.length) {
    throw parameterError(name, `wrong data type in json, ${key}`);
  }
  const value = Number(digits);
  if (value >= -intMax - 1 && value <= intMax) return value;
  throw parameterError(name, `integer value out of range, ${key}`);
}

function readNumber(name: string, rule: NumberRule, found: JsonValue): number {
  const value = typeof found === "string" ? numberOfText(name, found) : found;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw typeConflict(name, value, "a number");
  }
  const { min, max, belowMax = false } = rule;
  if (value >= min && (belowMax ? value < max : value <= max)) return value;
  const shown = Number.isInteger(value) ? `${value}.0` : String(value);
  throw outOfRange(name, shown, `[${decimal(min)}, ${decimal(max)}${belowMax ? ")" : "]"}`);
}

/** As `std::stof` reads: what follows the number is passed over. */
function numberOfText(name: string, text: string): number {
  const key = `key: '${name}', value: '${text}'`;
  const digits = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(text)?.[0];
  if (digits === undefined) throw parameterError(name, `invalid float value, ${key}`);
  const value = Number(digits);
  if (Math.abs(value) <= floatMax) return value;
  throw parameterError(name, `float value out of range, ${key}`);
}

/** As `Config::FormatAndCheck` reads texts: in three spellings, no other. */
const booleans: ReadonlyMap<JsonValue, boolean> = new Map<JsonValue, boolean>([
  ...[true, "true", "True", "TRUE"].map((text) => [text, true] as const),
  ...[false, "false", "False", "FALSE"].map((text) => [text, false] as const),
]);

function readBoolean(name: string, rule: BooleanRule, found: JsonValue): boolean {
  const value = booleans.get(found);
  if (value === undefined) throw typeConflict(name, found, "a boolean");
  if (value && rule.refusal !== undefined) throw parameterError(name, rule.refusal);
  return value;
}

function readName(name: string, rule: NameRule, found: JsonValue): string {
  if (typeof found !== "string") throw typeConflict(name, found, "a string");
  const fold = (text: string): string => (rule.exactCase === true ? text : text.toLowerCase());
  const value = rule.names.find((candidate) => fold(candidate) === fold(found));
  if (value !== undefined) return value;
  throw parameterError(name, rule.refusal(found));
}

function typeConflict(name: string, found: JsonValue, expected: string): EngineError {
  const shown = typeof found === "number" ? String(found) : stringifyJson(found);
  return parameterError(
    name,
    `Type conflict in json: param '${name}' (${shown}) should be ${expected}`,
  );
}

function outOfRange(name: string, shown: string, range: string): EngineError {
  return parameterError(
    name,
    `Out of range in json: param '${name}' (${shown}) should be in range ${range}`,
  );
}

/** As `std::to_string` writes a float: six decimals, never an exponent. */
function decimal(value: number): string {
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}
