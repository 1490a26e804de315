import { unreachable } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { type DataType, infoOf } from "../schema/data-type.ts";
import { fieldNamed } from "../schema/define-schema.ts";
import { compareValues, type PathValue } from "./scalar-path.ts";

export type AggregateOperator = "count" | "sum" | "avg" | "min" | "max";

/** An aggregate over the values of a field, or over rows (`count(*)`). */
export interface AggregateCall {
  /** As the request has it. */
  readonly name: string;
  readonly operator: AggregateOperator;
  /** Absent for `count(*)`. */
  readonly field?: Field;
}

// Milvus's pattern: neither paths in JSON nor names beyond letters, digits and `_`.
const callPattern = /^(sum|count|avg|min|max)\s*\(\s*([\w*]*)\s*\)$/i;

/** Whether an output field is an aggregate. */
export function isAggregate(name: string): boolean {
  return callPattern.test(name.trim());
}

/**
 * An output field as an aggregate, such as `sum(price)`; `undefined` when it is none.
 * Throws `field-not-found` and `invalid-parameter`.
 */
export function aggregateCallOf(schema: CollectionSchema, name: string): AggregateCall | undefined {
  const [, word, operand] = callPattern.exec(name.trim()) ?? [];
  if (word === undefined) return undefined;
  const operator = word.toLowerCase() as AggregateOperator;
  if (operand === "*" && operator === "count") return { name, operator };
  const field = fieldNamed(schema, operand);
  if (field === undefined) {
    throw new EngineError("field-not-found", `field ${operand} not exist`, {
      details: { field: operand },
    });
  }
  checkAggregate(operator, field.type);
  return { name, operator, field };
}

const numbers: ReadonlySet<string> = new Set(["integer", "float"]);
const ordered: ReadonlySet<string> = new Set(["integer", "float", "string", "timestamp"]);

/** Throws `invalid-parameter`, with Milvus's text, for types that an operator is not for. */
export function checkAggregate(operator: AggregateOperator, type: DataType): void {
  const { family } = infoOf(type);
  const isExtreme = operator === "min" || operator === "max";
  const isAllowed =
    operator === "count"
      ? family !== "vector" && family !== "vectors"
      : (isExtreme ? ordered : numbers).has(family);
  if (isAllowed) return;
  throw new EngineError(
    "invalid-parameter",
    `aggregation operator ${operator} does not support data type ${type}`,
    { details: { type } },
  );
}

/** The type of an aggregate's values. */
export function resultType(operator: AggregateOperator, type: DataType): DataType {
  switch (operator) {
    case "count":
      return "Int64";
    case "avg":
      return "Double";
    case "sum":
      return infoOf(type).family === "integer" ? "Int64" : "Double";
    case "min":
    case "max":
      return type;
    default:
      return unreachable(operator);
  }
}

/** Takes in the values of rows, group by group. Rows without a value are not given to it. */
export interface Accumulator {
  add(group: number, value: NonNullable<PathValue>): void;
  /** `null` where a group has had no value; counts are 0 then. */
  resultOf(group: number): PathValue;
}

/** An accumulator for values of a type. */
export function accumulatorOf(operator: AggregateOperator, type: DataType): Accumulator {
  switch (operator) {
    case "count":
      return new Count();
    case "sum":
      return new Sum(infoOf(type).family === "integer");
    case "avg":
      return new Mean();
    case "min":
      return new Extreme(-1);
    case "max":
      return new Extreme(1);
    default:
      return unreachable(operator);
  }
}

class Count implements Accumulator {
  readonly #counts: number[] = [];

  add(group: number): void {
    this.#counts[group] = (this.#counts[group] ?? 0) + 1;
  }

  resultOf(group: number): PathValue {
    return BigInt(this.#counts[group] ?? 0);
  }
}

/** Sums of integers are exact, and wrap as 64-bit integers do. */
class Sum implements Accumulator {
  readonly #sums: (number | bigint)[] = [];
  readonly #areIntegers: boolean;

  constructor(areIntegers: boolean) {
    this.#areIntegers = areIntegers;
  }

  add(group: number, value: NonNullable<PathValue>): void {
    const sum = this.#sums[group];
    if (this.#areIntegers) {
      this.#sums[group] = BigInt(sum ?? 0) + BigInt(value);
    } else {
      this.#sums[group] = Number(sum ?? 0) + Number(value);
    }
  }

  resultOf(group: number): PathValue {
    const sum = this.#sums[group];
    if (sum === undefined) return null;
    return typeof sum === "bigint" ? BigInt.asIntN(64, sum) : sum;
  }
}

class Mean implements Accumulator {
  readonly #sums: number[] = [];
  readonly #counts: number[] = [];

  add(group: number, value: NonNullable<PathValue>): void {
    this.#sums[group] = (this.#sums[group] ?? 0) + Number(value);
    this.#counts[group] = (this.#counts[group] ?? 0) + 1;
  }

  resultOf(group: number): PathValue {
    const count = this.#counts[group];
    return count === undefined ? null : this.#sums[group] / count;
  }
}

/** The greatest value (sign 1) or the smallest (sign -1). */
class Extreme implements Accumulator {
  readonly #values: NonNullable<PathValue>[] = [];
  readonly #sign: 1 | -1;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  add(group: number, value: NonNullable<PathValue>): void {
    const best = this.#values[group];
    if (best === undefined || this.#sign * compareValues(value, best) > 0) {
      this.#values[group] = value;
    }
  }

  resultOf(group: number): PathValue {
    return this.#values[group] ?? null;
  }
}
