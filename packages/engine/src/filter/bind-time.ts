import { isEngineError } from "../base/errors.ts";
import { parseTimestamptz } from "../schema/timestamptz.ts";
import type {
  BindContext,
  FieldTerm,
  ShiftTerm,
  Term,
  TimestampTerm,
  TimeTerm,
} from "./bind-context.ts";
import type { BoundNode, ScalarOperand } from "./bound-node.ts";
import { nameOfType } from "./cast.ts";
import type {
  ComparisonOperator,
  Expression,
  IntervalLiteral,
  TimestampLiteral,
} from "./expression.ts";
import { mirrored } from "./operators.ts";
import { negativeInterval, parseInterval, shiftTime } from "./time-interval.ts";

/** The value of `ISO '...'`, in the time zone of the request where it names no offset. */
export function bindTimestamp(context: BindContext, literal: TimestampLiteral): TimeTerm {
  try {
    return { kind: "timestamp", micros: parseTimestamptz(literal.text, context.options.timeZone) };
  } catch (error) {
    if (!isEngineError(error, "invalid-parameter")) throw error;
    return context.fail(error.message, literal);
  }
}

/** The value of `INTERVAL '...'`. */
export function bindInterval(context: BindContext, literal: IntervalLiteral): TimeTerm {
  const interval = parseInterval(literal.text);
  if (interval !== undefined) return { kind: "interval", interval };
  return context.fail(`invalid ISO 8601 duration: ${literal.text}`, literal);
}

export function isTime(term: Term): term is TimeTerm {
  return term.kind === "timestamp" || term.kind === "interval" || term.kind === "shift";
}

/** `field + INTERVAL '...'`, `field - INTERVAL '...'` */
export function bindShift(
  context: BindContext,
  expression: Expression,
  operator: "+" | "-",
  [left, right]: readonly [Term, Term],
): ShiftTerm {
  if (left.kind !== "field" || right.kind !== "interval") {
    const problem = "an INTERVAL can only be added to or subtracted from a timestamptz field";
    return context.fail(`${problem}: ${context.textOf(expression)}`, expression);
  }
  const operand = timestampOperand(context, expression, left);
  const { interval } = right;
  return {
    kind: "shift",
    operand,
    interval: operator === "+" ? interval : negativeInterval(interval),
  };
}

/** The operand of a Timestamptz field. */
export function timestampOperand(
  context: BindContext,
  at: Expression,
  { field, operand }: FieldTerm,
): ScalarOperand {
  if (operand?.kind === "scalar" && operand.type === "Timestamptz") return operand;
  return context.fail(`field '${field.name}' is not a timestamptz datatype`, at);
}

/** `left operator right`, one of which is a time. */
export function bindTimeComparison(
  context: BindContext,
  expression: Expression,
  operator: ComparisonOperator,
  [left, right]: readonly [Term, Term],
): BoundNode {
  if (right.kind === "timestamp") return compare(context, expression, operator, [left, right]);
  if (left.kind === "timestamp") {
    return compare(context, expression, mirrored[operator], [right, left]);
  }
  const types = `${nameOfType(left)} and ${nameOfType(right)}`;
  return context.fail(`comparisons between ${types} are not supported`, expression);
}

function compare(
  context: BindContext,
  expression: Expression,
  operator: ComparisonOperator,
  [term, { micros }]: readonly [Term, TimestampTerm],
): BoundNode {
  switch (term.kind) {
    case "field": {
      const operand = timestampOperand(context, expression, term);
      return { kind: "compare", operand, operator, value: micros };
    }
    case "shift":
      return compareShifted(term, operator, micros);
    default: {
      const problem = `comparisons between ${nameOfType(term)} and Timestamptz are not supported`;
      return context.fail(problem, expression);
    }
  }
}

const int64Least = -(1n << 63n);

/** Without months it is a comparison with the time that lies the interval before. */
function compareShifted(
  { operand, interval }: ShiftTerm,
  operator: ComparisonOperator,
  value: bigint,
): BoundNode {
  const { fieldId } = operand;
  if (interval.months !== 0n) return { kind: "shift", fieldId, interval, operator, value };
  const moved = shiftTime(value, negativeInterval(interval));
  if (BigInt.asIntN(64, moved) === moved)
    return { kind: "compare", operand, operator, value: moved };
  // All times lie on one side of it: true or false for each row that has a value.
  const isTrue = operator === "!=" || operator.startsWith(moved > 0n ? "<" : ">");
  return { kind: "compare", operand, operator: isTrue ? ">=" : "<", value: int64Least };
}
