import { unreachable } from "../base/assert.ts";
import type { ArithmeticOperator } from "./expression.ts";

/** Int64 arithmetic as in C++: results wrap around, `/` truncates. `b` is not 0 for `/` and `%`. */
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
    default:
      return unreachable(operator);
  }
}

/** Arithmetic of doubles. */
export function floatArithmetic(operator: ArithmeticOperator, a: number, b: number): number {
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
