import { unreachable } from "../base/assert.ts";
import { castOrFail } from "./bind-comparison.ts";
import type { BindContext, ConstantTerm, LengthTerm, Term } from "./bind-context.ts";
import type { ArrayOperand, BoundNode, ContainsNode, JsonOperand } from "./bound-node.ts";
import { comparable } from "./cast.ts";
import { type Constant, isList, typeOfConstant } from "./constant.ts";
import type { CallExpression, Expression } from "./expression.ts";
import { type ContainsMode, functionNamed } from "./functions.ts";

/** A call of one of the functions in `functions.ts`. */
export function bindCall(
  context: BindContext,
  expression: CallExpression,
  args: readonly Term[],
): Term {
  const definition = functionNamed(expression.name);
  switch (definition?.kind) {
    case "contains":
      return { kind: "predicate", node: bindContains(context, expression, definition.mode, args) };
    case "length":
      return bindLength(context, expression, args[0]);
    case "unsupported":
    case undefined:
      return context.fail(`function not found: ${expression.name}`, expression);
    default:
      return unreachable(definition);
  }
}

/** `exists path`, which is also what `path is not null` means. */
export function bindExists(context: BindContext, at: Expression, term: Term): BoundNode {
  if (term.kind !== "field") {
    const rule = "exists operations are only supported on single fields now";
    return context.fail(`${rule}, got: ${context.textOf(at)}`, at);
  }
  if (term.operand?.kind !== "json") {
    const rule = "exists operations are only supportted on json field";
    return context.fail(`${rule}, got:${term.field.type}`, at);
  }
  if (term.operand.path.length === 0) {
    context.fail("exists operations are only supportted on json key", at);
  }
  return { kind: "exists", operand: term.operand };
}

function bindLength(context: BindContext, expression: CallExpression, term: Term): LengthTerm {
  const [argument] = expression.args;
  if (argument.kind !== "path") {
    const text = context.textOf(expression);
    context.fail(`invalid expression: ${text}: array_length takes a field`, argument);
  }
  const operand = arrayOrJson(term);
  if (operand !== undefined) return { kind: "length", operand };
  const rule = "array_length operation are only supported on json or array fields now";
  return context.fail(`${rule}, got: ${context.textOf(expression)}`, expression);
}

function arrayOrJson(term: Term): ArrayOperand | JsonOperand | undefined {
  if (term.kind !== "field") return undefined;
  const { operand } = term;
  return operand?.kind === "array" || operand?.kind === "json" ? operand : undefined;
}

/** How messages name the operation: in its first words, and as Milvus's enum. */
const containsNames: Readonly<Record<ContainsMode, readonly [string, string]>> = {
  one: ["contains", "Contains"],
  all: ["contains_all", "ContainsAll"],
  any: ["contains_any", "ContainsAny"],
};

function bindContains(
  context: BindContext,
  { args: [fieldAt, elementAt] }: CallExpression,
  mode: ContainsMode,
  [field, element]: readonly Term[],
): ContainsNode {
  const [name, title] = containsNames[mode];
  const operand = arrayOrJson(field);
  if (operand === undefined) {
    const rule = `${name} operation are only supported on json or array fields now`;
    return context.fail(`${rule}, got: ${context.textOf(fieldAt)}`, fieldAt);
  }
  if (element.kind !== "constant") {
    const rule = `${name} operation are only supported explicitly specified element`;
    return context.fail(`${rule}, got: ${context.textOf(elementAt)}`, elementAt);
  }
  const elements = mode === "one" ? [element.value] : element.value;
  if (!isList(elements)) {
    return context.fail(`${title} operation element must be an array`, elementAt);
  }
  if (operand.kind === "json") return { kind: "contains", operand, mode, elements };
  const cast = elements.map((value) =>
    castElement(context, elementAt, operand, [title, { ...element, value }]),
  );
  return { kind: "contains", operand, mode, elements: cast };
}

function castElement(
  context: BindContext,
  at: Expression,
  { type }: ArrayOperand,
  [title, element]: readonly [string, ConstantTerm],
): Constant {
  const found = typeOfConstant(element.value);
  if (title !== "Contains" && !comparable(type, found)) {
    const problem = `${title} operation can't compare between array element type`;
    context.fail(`${problem}: ${type} and ${found}`, at);
  }
  return castOrFail(context, at, type, element);
}
