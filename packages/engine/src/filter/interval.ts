import { unreachable } from "../base/assert.ts";
import type { ComparisonOperator } from "./expression.ts";

/**
 * All comparisons of numbers with constants as one test: is the value from `low` to `high`, both
 * included? `negated` asks the opposite, for `!=`. Empty where `low` is above `high`.
 */
export interface Interval<T extends bigint | number> {
  readonly low: T;
  readonly high: T;
  readonly negated: boolean;
}

/** The interval of Int64 values for which `value operator constant` is true. */
export function integerInterval(operator: ComparisonOperator, constant: bigint): Interval<bigint> {
  const [low, high] = boundsOf(operator, constant, int64);
  return { low, high, negated: operator === "!=" };
}

/** The same for doubles. */
export function floatInterval(operator: ComparisonOperator, constant: number): Interval<number> {
  const [low, high] = boundsOf(operator, constant, float64);
  return { low, high, negated: operator === "!=" };
}

/** The values in both, neither of which is negated. */
export function intersection<T extends bigint | number>(
  a: Interval<T>,
  b: Interval<T>,
): Interval<T> {
  let { low, high } = a;
  if (b.low > low) low = b.low;
  if (b.high < high) high = b.high;
  return { low, high, negated: false };
}

/** An ordered set of numbers in which each has a neighbour on either side. */
interface Domain<T> {
  readonly least: T;
  readonly greatest: T;
  readonly next: (value: T) => T;
  readonly previous: (value: T) => T;
}

const int64: Domain<bigint> = {
  least: -(1n << 63n),
  greatest: (1n << 63n) - 1n,
  next: (value) => value + 1n,
  previous: (value) => value - 1n,
};

const float64: Domain<number> = {
  least: Number.NEGATIVE_INFINITY,
  greatest: Number.POSITIVE_INFINITY,
  next: nextUp,
  previous: (value) => -nextUp(-value),
};

function boundsOf<T>(operator: ComparisonOperator, value: T, domain: Domain<T>): readonly [T, T] {
  switch (operator) {
    case "<":
      return value === domain.least ? emptyOf(domain) : [domain.least, domain.previous(value)];
    case "<=":
      return [domain.least, value];
    case ">":
      return value === domain.greatest ? emptyOf(domain) : [domain.next(value), domain.greatest];
    case ">=":
      return [value, domain.greatest];
    case "==":
    case "!=":
      return [value, value];
    default:
      return unreachable(operator);
  }
}

function emptyOf<T>({ least, greatest }: Domain<T>): readonly [T, T] {
  return [greatest, least];
}

/** The least double above `value`, which is below infinity. */
function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  // Doubles of one sign are ordered as their bits are.
  bits[0] += value > 0 ? 1n : -1n;
  return new Float64Array(bits.buffer)[0];
}
