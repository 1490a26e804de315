import { unreachable } from "../base/assert.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import { bindArithmetic, bindPower } from "./bind-arithmetic.ts";
import { bindCall, bindExists } from "./bind-call.ts";
import { bindComparison, bindIn, bindLike, bindRange } from "./bind-comparison.ts";
import { BindContext, type ConstantTerm, type FieldTerm, type Term } from "./bind-context.ts";
import { bindPath } from "./bind-path.ts";
import type { BoundNode } from "./bound-node.ts";
import { nameOfType } from "./cast.ts";
import { type Constant, isNumber } from "./constant.ts";
import type {
  BinaryExpression,
  Expression,
  ListExpression,
  LogicalExpression,
  NullCheckExpression,
  TemplateVariable,
  UnaryExpression,
} from "./expression.ts";
import { mergeEqualities } from "./merge-equalities.ts";
import type { TemplateValue } from "./template-value.ts";

/** Where a syntax tree is bound: the source it came from, and what its names may mean. */
export interface BindScope {
  readonly source: string;
  readonly schema: CollectionSchema;
  readonly templates: Readonly<Record<string, TemplateValue>>;
}

/**
 * Resolves names and types, checks the rules of Milvus's planner, and folds constants. Throws
 * `filter-invalid`. Recurses as deep as the tree is high, which the parser bounds.
 */
export function bind(expression: Expression, scope: BindScope): BoundNode {
  const context = new BindContext(scope.source, scope.schema, scope.templates);
  const term = bindTerm(context, expression);
  if (term.kind === "predicate") return term.node;
  const rule = `predicate is not a boolean expression: ${scope.source}`;
  return context.failBare(`${rule}, data type: ${resultTypeOf(term)}`);
}

function resultTypeOf(term: Exclude<Term, { kind: "predicate" }>): string {
  if (term.kind === "field") return term.field.type;
  return term.kind === "constant" && Array.isArray(term.value) ? "Array" : nameOfType(term);
}

function bindTerm(context: BindContext, expression: Expression): Term {
  switch (expression.kind) {
    case "integer":
    case "float":
    case "boolean":
    case "string":
      return { kind: "constant", value: expression.value };
    case "template":
      return bindTemplate(context, expression);
    case "list":
      return bindList(context, expression);
    case "group":
      return bindTerm(context, expression.inner);
    case "path":
      return bindPath(context, expression);
    case "unary":
      return bindUnary(context, expression);
    case "binary":
      return bindBinary(context, expression);
    case "call":
      return bindCall(
        context,
        expression,
        expression.args.map((arg) => bindTerm(context, arg)),
      );
    default:
      return { kind: "predicate", node: bindPredicate(context, expression) };
  }
}

type PredicateExpression = Extract<
  Expression,
  { kind: "logical" | "range" | "in" | "like" | "null-check" | "exists" }
>;

function bindPredicate(context: BindContext, expression: PredicateExpression): BoundNode {
  switch (expression.kind) {
    case "logical":
      return bindLogical(context, expression);
    case "range": {
      const bounds = [
        bindTerm(context, expression.left),
        bindTerm(context, expression.right),
      ] as const;
      return bindRange(context, expression, bindPath(context, expression.operand), bounds);
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

function bindUnary(context: BindContext, { operator, operand }: UnaryExpression): Term {
  const term = bindTerm(context, operand);
  if (operator === "not") {
    const node = predicateOf(term);
    if (node === undefined) {
      return context.fail("not op can only be applied on boolean expression", operand);
    }
    return { kind: "predicate", node: negate(node) };
  }
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
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return bindArithmetic(context, expression, operator, [left, right]);
    default: {
      const node = bindComparison(context, { expression, operator }, left, right);
      return { kind: "predicate", node };
    }
  }
}

/** A chain. Constants in it are folded away, once each operand has been checked. */
function bindLogical(context: BindContext, { operator, operands }: LogicalExpression): BoundNode {
  // What decides the chain alone: one FALSE makes an `and` FALSE, one TRUE an `or` TRUE.
  const decisive = operator === "or";
  const rest: BoundNode[] = [];
  let decided = false;
  for (const operand of operands) {
    const node = predicateOf(bindTerm(context, operand));
    if (node === undefined) {
      const rule = `'${operator}' can only be used between boolean expressions`;
      return context.fail(rule, operand);
    }
    if (node.kind !== "constant") rest.push(node);
    else if (node.value === decisive) decided = true;
  }
  if (decided) return { kind: "constant", value: decisive };
  if (rest.length === 0) return { kind: "constant", value: !decisive };
  const merged = operator === "or" ? mergeEqualities(rest) : rest;
  return merged.length === 1 ? merged[0] : { kind: operator, operands: merged };
}

/** A term as a condition. A Bool field is none: Milvus wants `field == true`. */
function predicateOf(term: Term): BoundNode | undefined {
  if (term.kind === "predicate") return term.node;
  return term.kind === "constant" && typeof term.value === "boolean"
    ? { kind: "constant", value: term.value }
    : undefined;
}

function negate(node: BoundNode): BoundNode {
  switch (node.kind) {
    case "constant":
      return { kind: "constant", value: !node.value };
    case "not":
      return node.operand;
    default:
      return { kind: "not", operand: node };
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
