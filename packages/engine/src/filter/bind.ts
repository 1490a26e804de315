import { unreachable } from "../base/assert.ts";
import { bindArithmetic, bindComplement, bindPower } from "./bind-arithmetic.ts";
import { bindCall, bindExists } from "./bind-call.ts";
import { bindComparison, bindIn } from "./bind-comparison.ts";
import {
  BindContext,
  type BindScope,
  type ConstantTerm,
  type FieldTerm,
  type Term,
} from "./bind-context.ts";
import { bindLogical, negate, predicateOf } from "./bind-logical.ts";
import { bindPath, bindSelf } from "./bind-path.ts";
import { bindLike, bindRegex } from "./bind-pattern.ts";
import { bindRange } from "./bind-range.ts";
import { bindInterval, bindShift, bindTimeComparison, bindTimestamp, isTime } from "./bind-time.ts";
import type { BoundNode } from "./bound-node.ts";
import { nameOfType } from "./cast.ts";
import { type Constant, isNumber } from "./constant.ts";
import type {
  BinaryExpression,
  Expression,
  ListExpression,
  NullCheckExpression,
  TemplateVariable,
  UnaryExpression,
} from "./expression.ts";

/**
 * Resolves names and types, checks the rules of Milvus's planner, and folds constants. Throws
 * `filter-invalid`. Recurses as deep as the tree is high, which the parser bounds.
 */
export function bind(expression: Expression, scope: BindScope): BoundNode {
  const context = new BindContext(scope);
  const term = bindTerm(context, expression);
  if (term.kind === "predicate") return term.node;
  const rule = `predicate is not a boolean expression: ${scope.source}`;
  return context.failBare(`${rule}, data type: ${resultTypeOf(term)}`);
}

function resultTypeOf(term: Exclude<Term, { kind: "predicate" }>): string {
  return term.kind === "constant" && Array.isArray(term.value) ? "Array" : nameOfType(term);
}

function bindTerm(context: BindContext, expression: Expression): Term {
  switch (expression.kind) {
    case "integer":
    case "float":
    case "boolean":
    case "string":
      return { kind: "constant", value: expression.value };
    case "timestamp":
      return bindTimestamp(context, expression);
    case "interval":
      return bindInterval(context, expression);
    case "self":
      return bindSelf(context, expression);
    case "template":
      return bindTemplate(context, expression);
    case "list":
      return bindList(context, expression);
    case "literals":
      return { kind: "constant", value: expression.values };
    case "group":
      return bindTerm(context, expression.inner);
    case "path":
      return bindPath(context, expression);
    case "unary":
      return bindUnary(context, expression);
    case "binary":
      return bindBinary(context, expression);
    case "call":
      return bindCall(context, expression, (argument) => bindTerm(context, argument));
    default:
      return { kind: "predicate", node: bindPredicate(context, expression) };
  }
}

type PredicateExpression = Extract<
  Expression,
  { kind: "logical" | "range" | "in" | "like" | "regex" | "null-check" | "exists" }
>;

function bindPredicate(context: BindContext, expression: PredicateExpression): BoundNode {
  switch (expression.kind) {
    case "logical":
      return bindLogical(context, expression, (operand) => bindTerm(context, operand));
    case "range": {
      const bounds = [
        bindTerm(context, expression.left),
        bindTerm(context, expression.right),
      ] as const;
      // A path or the element at hand is a field.
      const field = bindTerm(context, expression.operand) as FieldTerm;
      return bindRange(context, expression, field, bounds);
    }
    case "in": {
      const operand = bindTerm(context, expression.operand);
      const node = bindIn(context, expression, operand, bindTerm(context, expression.list));
      return expression.negated ? negate(node) : node;
    }
    case "like": {
      const operand = bindTerm(context, expression.operand);
      return bindLike(context, expression, operand, bindTerm(context, expression.pattern));
    }
    case "regex": {
      const operand = bindTerm(context, expression.operand);
      const node = bindRegex(context, expression, operand, bindTerm(context, expression.pattern));
      return expression.negated ? negate(node) : node;
    }
    case "null-check":
      return bindNullCheck(context, expression, bindPath(context, expression.operand));
    case "exists":
      return bindExists(context, expression.operand, bindTerm(context, expression.operand));
    default:
      return unreachable(expression);
  }
}

function bindTemplate(context: BindContext, { name }: TemplateVariable): ConstantTerm {
  return { kind: "constant", value: context.templateNamed(name), template: name };
}

function bindList(context: BindContext, { elements }: ListExpression): ConstantTerm {
  const value = elements.map((element): Constant => {
    const term = bindTerm(context, element);
    if (term.kind === "constant" && term.template === undefined) return term.value;
    const text = context.textOf(element);
    return context.fail(`array element type must be generic value, but got: ${text}`, element);
  });
  return { kind: "constant", value };
}

function bindUnary(context: BindContext, expression: UnaryExpression): Term {
  const { operator, operand } = expression;
  const term = bindTerm(context, operand);
  if (operator === "not") {
    const node = predicateOf(term);
    if (node === undefined) {
      return context.fail("not op can only be applied on boolean expression", operand);
    }
    if (node.kind === "sample" || node.kind === "element-filter") {
      const name = node.kind === "sample" ? "random sample" : "element filter";
      const rule = "expression cannot be used in unary expression";
      return context.fail(`${name} ${rule}`, operand);
    }
    return { kind: "predicate", node: negate(node) };
  }
  if (operator === "~") return bindComplement(context, expression, term);
  if (term.kind === "constant" && isNumber(term.value)) {
    return operator === "+" ? term : { ...term, value: negative(term.value) };
  }
  if (operator === "+" && term.kind !== "constant") return term;
  return context.fail(`unexpected op: ${operator}`, operand);
}

function negative(value: bigint | number): bigint | number {
  return typeof value === "bigint" ? BigInt.asIntN(64, -value) : -value;
}

function bindBinary(context: BindContext, expression: BinaryExpression): Term {
  const left = bindTerm(context, expression.left);
  const right = bindTerm(context, expression.right);
  const { operator } = expression;
  switch (operator) {
    case "**":
      return bindPower(context, expression, [left, right]);
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "==":
    case "!=": {
      if (isTime(left) || isTime(right)) {
        const node = bindTimeComparison(context, expression, operator, [left, right]);
        return { kind: "predicate", node };
      }
      const node = bindComparison(context, { expression, operator }, left, right);
      return { kind: "predicate", node };
    }
    case "+":
    case "-":
      if (isTime(left) || isTime(right)) {
        return bindShift(context, expression, operator, [left, right]);
      }
      return bindArithmetic(context, expression, operator, [left, right]);
    default:
      return bindArithmetic(context, expression, operator, [left, right]);
  }
}

function bindNullCheck(
  context: BindContext,
  expression: NullCheckExpression,
  term: FieldTerm,
): BoundNode {
  const { operand, field } = term;
  const operations = "IsNull/IsNotNull operations are not supported";
  if (operand === undefined) context.fail(`${operations} on vector fields`, expression);
  if (operand.kind === "element") {
    const text = context.textOf(expression.operand);
    context.fail(`${operations} on array element access, got: ${text}`, expression);
  }
  if (operand.kind === "json" && operand.path.length > 0) {
    const exists = bindExists(context, expression.operand, term);
    return expression.negated ? exists : negate(exists);
  }
  const isNull: BoundNode = { kind: "null-check", fieldId: field.id };
  return expression.negated ? negate(isNull) : isNull;
}
