import type { DataType } from "../schema/data-type.ts";
import { refuseArray } from "./bind-comparison.ts";
import type { BindContext, ConstantTerm, FieldTerm, Term, TimestampTerm } from "./bind-context.ts";
import { timestampOperand } from "./bind-time.ts";
import type { BoundNode } from "./bound-node.ts";
import { cast } from "./cast.ts";
import { type Constant, orderOf } from "./constant.ts";
import type { Expression, RangeExpression } from "./expression.ts";

/** `lower < field <= upper`, or the same mirrored. */
export function bindRange(
  context: BindContext,
  expression: RangeExpression,
  field: FieldTerm,
  [left, right]: readonly [Term, Term],
): BoundNode {
  refuseArray(context, expression, field);
  const { operand } = field;
  if (operand === undefined || operand.kind === "array") {
    return context.fail("invalid range operations", expression);
  }
  const ascending = expression.leftOperator.startsWith("<");
  const [low, high] = ascending ? [left, right] : [right, left];
  const [lowAt, highAt] = ascending
    ? [expression.left, expression.right]
    : [expression.right, expression.left];
  if (low.kind !== "constant" && low.kind !== "timestamp") {
    const text = context.textOf(lowAt);
    return context.fail(`lowerbound cannot be a non-const expression: ${text}`, lowAt);
  }
  if (high.kind !== "constant" && high.kind !== "timestamp") {
    const text = context.textOf(highAt);
    return context.fail(`upperbound cannot be a non-const expression: ${text}`, highAt);
  }
  const lower = boundOf(context, lowAt, field, low);
  const upper = boundOf(context, highAt, field, high);
  const [lowOperator, highOperator] = ascending
    ? [expression.leftOperator, expression.rightOperator]
    : [expression.rightOperator, expression.leftOperator];
  const [lowerInclusive, upperInclusive] = [lowOperator.length === 2, highOperator.length === 2];
  const order = orderOf(lower, upper);
  if (order === undefined) context.fail("invalid range operations", expression);
  if (order > 0 || (order === 0 && !(lowerInclusive && upperInclusive))) {
    context.fail("invalid range: lowerbound is greater than upperbound", expression);
  }
  return { kind: "range", operand, lower, lowerInclusive, upper, upperInclusive };
}

function boundOf(
  context: BindContext,
  at: Expression,
  field: FieldTerm,
  bound: ConstantTerm | TimestampTerm,
): Constant {
  if (bound.kind === "timestamp") {
    timestampOperand(context, at, field);
    return bound.micros;
  }
  const { operand } = field;
  const type: DataType =
    operand === undefined || operand.kind === "json" ? field.field.type : operand.type;
  if (type === "Bool") context.fail("invalid range operations on boolean expr", at);
  return cast(type, bound) ?? context.fail("invalid range operations", at);
}
