import { type Constant, isList } from "./constant.ts";
import { isJsonArray } from "./json-semantics.ts";
import type { JsonValue } from "./json-value.ts";

type Scalar = boolean | bigint | number | string;

/** Constants that JSON values are looked up in: equal is what `equalsJson` says. */
export class ConstantSet {
  readonly #scalars = new Set<Scalar>();
  readonly #lists = new Set<string>();

  constructor(constants: readonly Constant[]) {
    for (const constant of constants) {
      if (isList(constant)) this.#lists.add(textOf(constant));
      else this.#scalars.add(keyOf(constant));
    }
  }

  has(value: JsonValue): boolean {
    if (isJsonArray(value)) return this.#lists.size > 0 && this.#lists.has(textOf(value));
    return value !== null && typeof value !== "object" && this.#scalars.has(keyOf(value));
  }

  /** Whether each of the constants is among the values. */
  isWithin(values: readonly JsonValue[]): boolean {
    if (this.#scalars.size + this.#lists.size > values.length) return false;
    const found = new ConstantSet([]);
    for (const value of values) {
      if (!this.has(value)) continue;
      if (isJsonArray(value)) found.#lists.add(textOf(value));
      else if (value !== null && typeof value !== "object") found.#scalars.add(keyOf(value));
    }
    return found.#scalars.size === this.#scalars.size && found.#lists.size === this.#lists.size;
  }
}

/** Equal for numbers that are equal by value: a number where it is exact, else a bigint. */
function keyOf(value: Scalar): Scalar {
  if (typeof value === "bigint") return isSafe(value) ? Number(value) : value;
  if (typeof value !== "number" || !Number.isInteger(value)) return value;
  return Number.isSafeInteger(value) ? value : BigInt(value);
}

function isSafe(value: bigint): boolean {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
}

/** The same for lists that are equal, and for no others. No constant is an object or null. */
function textOf(value: JsonValue | Constant): string {
  if (value === null || value === undefined) return "null";
  if (isJsonArray(value)) return `[${value.map(textOf).join()}]`;
  if (typeof value === "object") return "{}";
  return typeof value === "string" ? JSON.stringify(value) : String(keyOf(value));
}
