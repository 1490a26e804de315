import { type DataType, infoOf } from "../schema/data-type.ts";
import { floatArithmetic, integerArithmetic, isBitOperator } from "./arithmetic.ts";
import { castOrFail } from "./bind-comparison.ts";
import type { ArithmeticTerm, BindContext, ConstantTerm, FieldTerm, Term } from "./bind-context.ts";
import { cast } from "./cast.ts";
import { isNumber, typeOfConstant } from "./constant.ts";
import type {
  ArithmeticOperator,
  BinaryExpression,
  Expression,
  UnaryExpression,
} from "./expression.ts";

const names: Readonly<Record<ArithmeticOperator, string>> = {
  "+": "add",
  "-": "subtract",
  "*": "multiply",
  "/": "divide",
  "%": "modulo",
  "&": "bitand",
  "|": "bitor",
  "^": "bitxor",
  "<<": "shl",
  ">>": "shr",
};

/** `left operator right`: two constants make one, a field and a constant make an arithmetic term. */
export function bindArithmetic(
  context: BindContext,
  expression: BinaryExpression,
  operator: ArithmeticOperator,
  [left, right]: readonly [Term, Term],
): Term {
  if (left.kind === "constant" && right.kind === "constant") {
    return fold(context, expression, operator, [left, right]);
  }
  if (left.kind === "field" && right.kind === "field") {
    const rule = "not supported to do arithmetic operations between multiple fields";
    return context.fail(rule, expression);
  }
  if (left.kind === "field" && right.kind === "constant") {
    return arithmeticTerm(context, expression, operator, [left, right]);
  }
  if (left.kind === "constant" && right.kind === "field") {
    // a + b is b + a; the other operators are not defined with the field on the right.
    const term = arithmeticTerm(context, expression, operator, [right, left]);
    if (/[+*&|^]/.test(operator)) return term;
    return context.fail("module field is not yet supported", expression);
  }
  return context.fail("complicated arithmetic operations are not supported", expression);
}

function arithmeticTerm(
  context: BindContext,
  expression: Expression,
  arithmetic: ArithmeticOperator,
  [{ field, operand }, constant]: readonly [FieldTerm, ConstantTerm],
): ArithmeticTerm {
  if (operand?.kind === "array") {
    return context.fail("can not comparisons array fields directly", expression);
  }
  const type = operand === undefined || operand.kind === "json" ? field.type : operand.type;
  const result = resultType(type, constant);
  if (operand === undefined || result === undefined) {
    const other = typeOfConstant(constant.value);
    const problem = `cannot perform arithmetic between ${type} field and ${other}`;
    return context.fail(`'${names[arithmetic]}' ${problem}`, expression);
  }
  if (arithmetic === "%" && result !== "Int64") {
    context.fail("modulo can only apply on integer types", expression);
  }
  if (isBitOperator(arithmetic) && result !== "Int64") {
    context.fail("bitwise operations can only apply on integer types", expression);
  }
  const castType = type === "Float" ? type : result;
  // The cast to a number type gives a bigint or a number.
  const argument = castOrFail(context, expression, castType, constant) as bigint | number;
  if ((arithmetic === "/" || arithmetic === "%") && (argument === 0 || argument === 0n)) {
    context.fail("division or modulus by zero", expression);
  }
  checkShift(context, expression, arithmetic, argument);
  return { kind: "arithmetic", operand, arithmetic, argument, type: result };
}

/** Refuses shifts that 64 bits don't have. */
function checkShift(
  context: BindContext,
  at: Expression,
  operator: ArithmeticOperator,
  by: bigint | number,
): void {
  if ((operator === "<<" || operator === ">>") && (by < 0 || by > 63)) {
    context.fail(`shift amount must be in the range [0, 64), got: ${by}`, at);
  }
}

/** The type to compute in, if a field of `type` can be combined with the constant at all. */
function resultType(type: DataType, constant: ConstantTerm): "Int64" | "Double" | undefined {
  const { value } = constant;
  if (!isNumber(value)) return undefined;
  switch (infoOf(type).family) {
    case "integer":
      return cast(type, constant) === undefined ? undefined : "Int64";
    case "float":
      return "Double";
    case "json":
      return typeof value === "bigint" ? "Int64" : "Double";
    default:
      return undefined;
  }
}

function fold(
  context: BindContext,
  expression: BinaryExpression,
  operator: ArithmeticOperator,
  [left, right]: readonly [ConstantTerm, ConstantTerm],
): ConstantTerm {
  if (left.template !== undefined || right.template !== undefined) {
    const problem = "placeholder was not supported between two constants with operator";
    context.fail(`${problem}: ${operator}`, expression);
  }
  const [a, b] = [left.value, right.value];
  if (!isNumber(a) || !isNumber(b)) {
    return context.fail(`${names[operator]} can only apply on numbers`, expression);
  }
  if (typeof a === "bigint" && typeof b === "bigint") {
    if (b === 0n && operator === "/") context.fail("cannot divide by zero", expression);
    if (b === 0n && operator === "%") context.fail("cannot modulo by zero", expression);
    checkShift(context, expression, operator, b);
    return { kind: "constant", value: integerArithmetic(operator, a, b) };
  }
  if (operator === "%") context.fail("modulo can only apply on integer", expression);
  if (isBitOperator(operator)) {
    return context.fail("bitwise operations can only apply on integer", expression);
  }
  if (operator === "/" && Number(b) === 0) context.fail("cannot divide by zero", expression);
  return { kind: "constant", value: floatArithmetic(operator, Number(a), Number(b)) };
}

/** `~operand`, which is `operand ^ -1`. */
export function bindComplement(
  context: BindContext,
  expression: UnaryExpression,
  term: Term,
): Term {
  const minusOne: ConstantTerm = { kind: "constant", value: -1n };
  if (term.kind === "field") return arithmeticTerm(context, expression, "^", [term, minusOne]);
  if (term.kind === "constant" && typeof term.value === "bigint") {
    return { kind: "constant", value: ~term.value };
  }
  return context.fail("bitwise operations can only apply on integer", expression);
}

/** `a ** b`, always a float. */
export function bindPower(
  context: BindContext,
  expression: BinaryExpression,
  [left, right]: readonly [Term, Term],
): ConstantTerm {
  if (left.kind === "constant" && right.kind === "constant") {
    const [a, b] = [left.value, right.value];
    if (isNumber(a) && isNumber(b)) return { kind: "constant", value: Number(a) ** Number(b) };
  }
  const text = context.textOf(expression);
  return context.fail(`power can only apply on constants: ${text}`, expression);
}
