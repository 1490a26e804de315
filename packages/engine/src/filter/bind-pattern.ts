import { infoOf } from "../schema/data-type.ts";
import { refuseArray } from "./bind-comparison.ts";
import type { BindContext, Term } from "./bind-context.ts";
import type { BoundNode, RegexNode } from "./bound-node.ts";
import type { Expression, LikeExpression, RegexExpression } from "./expression.ts";
import { parseLikePattern } from "./like-pattern.ts";
import { compileRegex } from "./regex-pattern.ts";

/** `field like pattern` */
export function bindLike(
  context: BindContext,
  expression: LikeExpression,
  left: Term,
  pattern: Term,
): BoundNode {
  const at = expression.operand;
  const operand = textOperand(context, at, left, {
    complicated: "like operation on complicated expr is unsupported",
    noText: "like operation on non-string or no-json field is unsupported",
  });
  const text = patternOf(context, expression.pattern, pattern, "like");
  return { kind: "like", operand, pattern: parseLikePattern(text) };
}

/** `field =~ pattern`; what `!~` says is the negation of it. */
export function bindRegex(
  context: BindContext,
  expression: RegexExpression,
  left: Term,
  pattern: Term,
): RegexNode {
  const operand = textOperand(context, expression.operand, left, {
    complicated: "regex match on complicated expr is unsupported",
    noText: "regex match on non-string or non-json field is unsupported",
  });
  const text = patternOf(context, expression.pattern, pattern, "regex");
  const compiled = compileRegex(text);
  if (typeof compiled === "string") {
    const operator = expression.negated ? "!~" : "=~";
    const problem = `invalid regex pattern in ${operator} operator: ${compiled}`;
    return context.fail(problem, expression.pattern);
  }
  return { kind: "regex", operand, pattern: compiled };
}

function textOperand(
  context: BindContext,
  at: Expression,
  left: Term,
  rules: { readonly complicated: string; readonly noText: string },
): RegexNode["operand"] {
  if (left.kind !== "field") return context.fail(rules.complicated, at);
  refuseArray(context, at, left);
  const { operand } = left;
  const isText =
    operand !== undefined && (operand.kind === "json" || infoOf(operand.type).family === "string");
  return isText && operand.kind !== "array" ? operand : context.fail(rules.noText, at);
}

function patternOf(
  context: BindContext,
  at: Expression,
  pattern: Term,
  operation: "like" | "regex",
): string {
  if (pattern.kind === "constant" && typeof pattern.value === "string") return pattern.value;
  if (pattern.kind === "constant" && pattern.template !== undefined) {
    const name = `${operation} expression template variable {${pattern.template}}`;
    return context.failBare(`the value of ${name} is not string`);
  }
  return context.fail(`${operation} pattern should be a string literal or template variable`, at);
}
