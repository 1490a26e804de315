import { unreachable } from "../base/assert.ts";
import type { ArithmeticOperator, BitOperator } from "./expression.ts";

/** The operators that floats have too. */
export type FloatOperator = Exclude<ArithmeticOperator, BitOperator>;

/** Whether the operator works on the bits of an integer. */
export function isBitOperator(operator: ArithmeticOperator): operator is BitOperator {
  return /[&|^<>]/.test(operator);
}

/**
 * Int64 arithmetic as in C++: results wrap around, `/` truncates, `>>` keeps the sign. `b` is not 0
 * for `/` and `%`, and 0 to 63 for shifts.
 */
export function integerArithmetic(operator: ArithmeticOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case "+":
      return BigInt.asIntN(64, a + b);
    case "-":
      return BigInt.asIntN(64, a - b);
    case "*":
      return BigInt.asIntN(64, a * b);
    case "/":
      return BigInt.asIntN(64, a / b);
    case "%":
      return a % b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<<":
      return BigInt.asIntN(64, a << b);
    case ">>":
      return a >> b;
    default:
      return unreachable(operator);
  }
}

/** Arithmetic of doubles. */
export function floatArithmetic(operator: FloatOperator, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    default:
      return unreachable(operator);
  }
}

/** Arithmetic of a number that may be of either kind; undefined for the bits of a float. */
export function mixedArithmetic(
  operator: ArithmeticOperator,
  a: bigint | number,
  b: bigint | number,
): bigint | number | undefined {
  if (typeof a === "bigint" && typeof b === "bigint") return integerArithmetic(operator, a, b);
  return isBitOperator(operator) ? undefined : floatArithmetic(operator, Number(a), Number(b));
}
