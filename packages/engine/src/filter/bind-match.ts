import { must } from "../base/assert.ts";
import type { BindContext, Term } from "./bind-context.ts";
import { predicateOf } from "./bind-logical.ts";
import type { BoundNode, ElementFilterNode, MatchNode } from "./bound-node.ts";
import type { CallExpression, Expression } from "./expression.ts";
import { fieldsOf } from "./fields-of.ts";
import type { MatchMode } from "./functions.ts";

type BindArgument = (argument: Expression) => Term;

/** `match_any(array, predicate)` and its like. */
export function bindMatch(
  context: BindContext,
  expression: CallExpression,
  mode: MatchMode,
  bindArgument: BindArgument,
): MatchNode {
  const caller = expression.name.toUpperCase();
  const threshold = thresholdOf(context, expression, mode, caller);
  if (context.scope !== undefined) {
    const inner = `already inside match expression for field: ${context.scope.name}`;
    return context.fail(`nested ${caller} is not supported, ${inner}`, expression);
  }
  return matchNode(context, expression, { mode, threshold, caller }, bindArgument);
}

function thresholdOf(
  context: BindContext,
  expression: CallExpression,
  mode: MatchMode,
  caller: string,
): number {
  const threshold = expression.option ?? 0n;
  if (mode === "least" && threshold <= 0n) {
    context.fail(`count in ${caller} must be positive, got: ${threshold}`, expression);
  }
  // No array has as many elements as doubles can't hold.
  return Number(threshold);
}

/** `element_filter(struct, predicate)` */
export function bindElementFilter(
  context: BindContext,
  expression: CallExpression,
  bindArgument: BindArgument,
): ElementFilterNode {
  if (context.scope !== undefined) {
    const inner = `already inside ElementFilter for field: ${context.scope.name}`;
    return context.fail(`nested ElementFilter is not supported, ${inner}`, expression);
  }
  const form = { mode: "any", threshold: 0, caller: "ElementFilter" } as const;
  const match = matchNode(context, expression, form, bindArgument);
  const [array] = expression.args;
  return { kind: "element-filter", struct: nameOf(context, array), match, rows: undefined };
}

interface Form {
  readonly mode: MatchMode;
  readonly threshold: number;
  readonly caller: string;
}

function matchNode(
  context: BindContext,
  { args: [array, condition] }: CallExpression,
  { mode, threshold, caller }: Form,
  bindArgument: BindArgument,
): MatchNode {
  const name = nameOf(context, array);
  const role = caller === "ElementFilter" ? "element" : "predicate";
  const text = context.textOf(condition);
  const prefix = `cannot parse ${role} expression: ${text}, error: `;
  const term = context.within({ name, caller }, prefix, () => bindArgument(condition));
  const predicate = predicateOf(term);
  if (predicate === undefined || predicate.kind === "sample") {
    return context.fail(`invalid ${role} expression in ${caller}: ${text}`, condition);
  }
  const fieldId = lengthField(context, array, name, predicate);
  return { kind: "match", mode, threshold, fieldId, predicate };
}

function nameOf(context: BindContext, array: Expression): string {
  if (array.kind === "path" && array.steps.length === 0) return array.name;
  return context.fail(`invalid expression: ${context.textOf(array)}: not a field`, array);
}

/** A field that tells how many elements a row has: one that is read anyway, if there is one. */
function lengthField(
  context: BindContext,
  at: Expression,
  name: string,
  predicate: BoundNode,
): number {
  const [read] = fieldsOf(predicate);
  if (read !== undefined) return read;
  const array = context.fieldNamed(name);
  if (array?.type === "Array") return array.id;
  if (context.schema.structs?.some((struct) => struct.name === name)) {
    const subField = context.schema.fields.find(({ struct }) => struct === name);
    return must(subField, "A struct has sub-fields").id;
  }
  return context.fail(`struct field not found: ${name}`, at);
}
