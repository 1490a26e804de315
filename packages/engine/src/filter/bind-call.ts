import { unreachable } from "../base/assert.ts";
import { infoOf } from "../schema/data-type.ts";
import { castOrFail } from "./bind-comparison.ts";
import type { BindContext, ConstantTerm, LengthTerm, Term } from "./bind-context.ts";
import { bindElementFilter, bindMatch } from "./bind-match.ts";
import { bindSample } from "./bind-sample.ts";
import { bindDistance, bindRelation, bindValidity } from "./bind-spatial.ts";
import { bindTextSearch } from "./bind-text-search.ts";
import type {
  ArrayOperand,
  BoundNode,
  ContainsNode,
  JsonOperand,
  ScalarOperand,
} from "./bound-node.ts";
import { comparable } from "./cast.ts";
import { type Constant, isList, typeOfConstant } from "./constant.ts";
import type { CallExpression, Expression } from "./expression.ts";
import { type ContainsMode, functionNamed } from "./functions.ts";
import { prefixPattern } from "./like-pattern.ts";

/** A call of one of the functions in `functions.ts`. `bindArgument` gives the term of an argument. */
export function bindCall(
  context: BindContext,
  expression: CallExpression,
  bindArgument: (argument: Expression) => Term,
): Term {
  const definition = functionNamed(expression.name);
  if (definition?.kind === "length") {
    return bindLength(context, expression, bindArgument(expression.args[0]));
  }
  return { kind: "predicate", node: bindPredicateCall(context, expression, bindArgument) };
}

function bindPredicateCall(
  context: BindContext,
  expression: CallExpression,
  bindArgument: (argument: Expression) => Term,
): BoundNode {
  const definition = functionNamed(expression.name);
  switch (definition?.kind) {
    case "contains":
      return bindContains(context, expression, definition.mode, expression.args.map(bindArgument));
    case "empty":
      return bindEmpty(context, expression, bindArgument(expression.args[0]));
    case "starts-with":
      return bindStartsWith(context, expression, expression.args.map(bindArgument));
    case "relation":
      return bindRelation(context, expression, definition.relation, bindArgument);
    case "distance":
      return bindDistance(context, expression, bindArgument);
    case "validity":
      return bindValidity(context, expression, bindArgument);
    case "sample":
      return bindSample(context, expression, bindArgument(expression.args[0]));
    case "element-filter":
      return bindElementFilter(context, expression, bindArgument);
    case "match":
      return bindMatch(context, expression, definition.mode, bindArgument);
    case "text-search":
      return bindTextSearch(context, expression, bindArgument);
    case "length":
    case "unsupported":
    case undefined:
      return context.fail(`function not found: ${expression.name}`, expression);
    default:
      return unreachable(definition);
  }
}

/** `empty(text)` */
function bindEmpty(context: BindContext, expression: CallExpression, term: Term): BoundNode {
  if (term.kind === "constant" && typeof term.value === "string") {
    return { kind: "constant", value: term.value === "" };
  }
  const operand = varcharOperand(context, expression, term);
  return { kind: "compare", operand, operator: "==", value: "" };
}

/** `starts_with(text, prefix)` */
function bindStartsWith(
  context: BindContext,
  expression: CallExpression,
  [text, prefix]: readonly Term[],
): BoundNode {
  if (prefix.kind !== "constant") {
    varcharOperand(context, expression, prefix);
    return context.refuse("starts_with of a prefix that is no constant", expression);
  }
  if (typeof prefix.value !== "string") return failCall(context, expression);
  if (text.kind === "constant" && typeof text.value === "string") {
    return { kind: "constant", value: text.value.startsWith(prefix.value) };
  }
  const operand = varcharOperand(context, expression, text);
  return { kind: "like", operand, pattern: prefixPattern(prefix.value) };
}

function varcharOperand(context: BindContext, at: CallExpression, term: Term): ScalarOperand {
  const operand = term.kind === "field" ? term.operand : undefined;
  return operand?.kind === "scalar" && infoOf(operand.type).family === "string"
    ? operand
    : failCall(context, at);
}

/** Milvus looks functions up by their names and the types of their arguments. */
function failCall(context: BindContext, at: CallExpression): never {
  const text = context.textOf(at);
  return context.fail(`function not found: ${at.name} takes VarChar, got: ${text}`, at);
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
