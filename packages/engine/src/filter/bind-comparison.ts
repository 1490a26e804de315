import type { DataType } from "../schema/data-type.ts";
import type { BindContext, ConstantTerm, FieldTerm, Term, TimeTerm } from "./bind-context.ts";
import type { BoundNode, CompareNode, Operand } from "./bound-node.ts";
import { cast, castProblem, comparable, comparedType, nameOfType } from "./cast.ts";
import { type Constant, holds, isList, orderOf, printConstant } from "./constant.ts";
import type { ComparisonOperator, Expression, InExpression } from "./expression.ts";
import { mirrored } from "./operators.ts";

/** What is compared as it is: times have rules of their own, in `bind-time.ts`. */
type TimelessTerm = Exclude<Term, TimeTerm>;

/** Where a comparison is written: its two sides, for messages. */
interface Written {
  readonly expression: Expression;
  readonly operator: ComparisonOperator;
}

/** `left operator right`, with at least one side that differs from row to row or none. */
export function bindComparison(
  context: BindContext,
  written: Written,
  left: TimelessTerm,
  right: TimelessTerm,
): BoundNode {
  const { expression, operator } = written;
  const foldable = left.kind === "constant" && right.kind === "constant";
  if (!foldable && !isTemplate(left) && !isTemplate(right) && !mayCompare(left, right)) {
    const types = `${nameOfType(left)} and ${nameOfType(right)}`;
    context.fail(`comparisons between ${types} are not supported`, expression);
  }
  if (/[<>]/.test(operator)) refuseArray(context, expression, left, right);
  if (right.kind === "constant") {
    if (left.kind === "constant") return foldComparison(context, written, left, right);
    return compareWith(context, written, left, right);
  }
  if (left.kind !== "constant") return compareFields(context, written, left, right);
  return compareWith(context, { expression, operator: mirrored[operator] }, right, left);
}

function isTemplate(term: Term): boolean {
  return term.kind === "constant" && term.template !== undefined;
}

function mayCompare(left: Term, right: Term): boolean {
  return comparable(comparedType(left), comparedType(right));
}

/** Arrays have no order, and can be members of no list. */
export function refuseArray(context: BindContext, at: Expression, ...terms: readonly Term[]): void {
  if (terms.some((term) => term.kind === "field" && term.operand?.kind === "array")) {
    context.fail("can not comparisons array fields directly", at);
  }
}

function foldComparison(
  context: BindContext,
  { expression, operator }: Written,
  left: ConstantTerm,
  right: ConstantTerm,
): BoundNode {
  if (isTemplate(left) || isTemplate(right)) {
    const problem = "placeholder was not supported between two constants with operator";
    context.fail(`${problem}: ${operator}`, expression);
  }
  const order = orderOf(left.value, right.value);
  const ordered = typeof left.value !== "boolean" || operator === "==" || operator === "!=";
  if (order === undefined || !ordered) {
    const problem = "comparison operations cannot be applied to two incompatible operands";
    return context.fail(`${problem}: ${context.textOf(expression)}`, expression);
  }
  return { kind: "constant", value: holds(operator, order) };
}

/** A comparison of something with a constant on its right. */
function compareWith(
  context: BindContext,
  { expression, operator }: Written,
  term: Exclude<TimelessTerm, ConstantTerm>,
  constant: ConstantTerm,
): BoundNode {
  const castTo = (type: DataType) => castOrFail(context, expression, type, constant);
  switch (term.kind) {
    case "predicate":
      return context.fail("not supported to combine multiple fields", expression);
    case "length": {
      // The cast to Int64 gives a bigint.
      const value = castTo("Int64") as bigint;
      return { kind: "length", operand: term.operand, operator, value };
    }
    case "arithmetic": {
      const { kind, operand, arithmetic, argument, type } = term;
      // The cast to Int64 or Double gives a bigint or a number.
      const value = castTo(castTypeOf(term.operand, type)) as bigint | number;
      return { kind, operand, arithmetic, argument, operator, value };
    }
    default:
      return compareField(context, { expression, operator }, term, constant);
  }
}

/** A Float field computes in float32 where the arithmetic is one of floats. */
function castTypeOf(operand: Operand, type: "Int64" | "Double"): DataType {
  return operand.kind !== "json" && operand.type === "Float" ? "Float" : type;
}

function compareField(
  context: BindContext,
  { expression, operator }: Written,
  { field, operand }: FieldTerm,
  constant: ConstantTerm,
): CompareNode {
  if (operand === undefined) {
    return context.fail(castProblem(field.type, constant.value), expression);
  }
  const type = operand.kind === "json" || operand.kind === "array" ? field.type : operand.type;
  const value = castOrFail(context, expression, type, constant);
  if (operand.kind === "array") {
    const elements = castElements(context, expression, operand.type, value);
    return { kind: "compare", operand, operator, value: elements };
  }
  if (isList(value) && operator !== "==" && operator !== "!=") {
    context.fail("comparisons between JSON and Array are not supported", expression);
  }
  return { kind: "compare", operand, operator, value };
}

function castElements(
  context: BindContext,
  at: Expression,
  type: DataType,
  list: Constant,
): readonly Constant[] {
  if (!isList(list)) return context.fail(castProblem("Array", list), at);
  return list.map((value) => castOrFail(context, at, type, { kind: "constant", value }));
}

/** The constant as a value of `type`. Throws `filter-invalid` where there is no such cast. */
export function castOrFail(
  context: BindContext,
  at: Expression,
  type: DataType,
  constant: ConstantTerm,
): Constant {
  const value = cast(type, constant);
  if (value !== undefined) return value;
  const problem = castProblem(type, constant.value);
  return constant.template === undefined ? context.fail(problem, at) : context.failBare(problem);
}

function compareFields(
  context: BindContext,
  { expression, operator }: Written,
  left: Exclude<TimelessTerm, ConstantTerm>,
  right: Exclude<TimelessTerm, ConstantTerm>,
): BoundNode {
  if (left.kind !== "field" || right.kind !== "field") {
    return context.fail("only comparison between two fields is supported", expression);
  }
  const [a, b] = [left.operand, right.operand];
  if (a?.kind === "json" || b?.kind === "json") {
    return context.fail("two column comparison with JSON type is not supported", expression);
  }
  if (a?.kind !== "scalar" || b?.kind !== "scalar") {
    return context.fail("two column comparison with Array type is not supported", expression);
  }
  return { kind: "compare-fields", left: a, operator, right: b };
}

/** `field in list`. `not in` is the negation of what this gives. */
export function bindIn(
  context: BindContext,
  expression: InExpression,
  left: Term,
  list: Term,
): BoundNode {
  const leftText = () => context.textOf(expression.operand);
  if (left.kind === "constant") {
    const rule = "'term' can only be used on non-const expression";
    return context.fail(`${rule}, but got: ${leftText()}`, expression.operand);
  }
  if (left.kind !== "field") {
    const rule = "'term' can only be used on single field";
    return context.fail(`${rule}, but got: ${leftText()}`, expression.operand);
  }
  refuseArray(context, expression.operand, left);
  const values = listOf(context, expression, list);
  const type =
    left.operand === undefined || left.operand.kind === "json"
      ? left.field.type
      : left.operand.type;
  const template = list.kind === "constant" ? list.template : undefined;
  const bound = values.map((value) => castListed(context, expression, type, { value, template }));
  const { operand } = left;
  if (operand === undefined || operand.kind === "array") {
    return context.fail(`'term' is not supported on ${type}`, expression.operand);
  }
  // In no list is nothing, not even a null: true for all rows when negated, as in SQL.
  if (bound.length === 0) return { kind: "constant", value: false };
  return { kind: "in", operand, values: bound };
}

function listOf(
  context: BindContext,
  { list: written }: InExpression,
  list: Term,
): readonly Constant[] {
  if (list.kind !== "constant") {
    const text = context.textOf(written);
    return context.fail(`value '${text}' in list cannot be a non-const expression`, written);
  }
  if (isList(list.value)) return list.value;
  if (list.template !== undefined) {
    context.failBare(
      `the value of term expression template variable {${list.template}} is not array`,
    );
  }
  const text = context.textOf(written);
  return context.fail(`the right-hand side of 'in' must be a list, but got: ${text}`, written);
}

function castListed(
  context: BindContext,
  { list: written }: InExpression,
  type: DataType,
  { value, template }: { readonly value: Constant; readonly template: string | undefined },
): Constant {
  const constant: ConstantTerm =
    template === undefined ? { kind: "constant", value } : { kind: "constant", value, template };
  const bound = cast(type, constant);
  if (bound !== undefined) return bound;
  if (template !== undefined) context.failBare(castProblem(type, value));
  const problem = `value '${printConstant(value)}' in list cannot be casted to ${type}`;
  return context.fail(problem, written);
}
