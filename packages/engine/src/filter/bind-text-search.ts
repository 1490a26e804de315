import { infoOf } from "../schema/data-type.ts";
import type { BindContext, Term } from "./bind-context.ts";
import type { CallExpression, Expression } from "./expression.ts";

type BindArgument = (argument: Expression) => Term;

const maxShouldMatch = 1000n;
const maxEditDistance = 2n;
const maxUint32 = 0xffffffffn;

/**
 * `text_match`, `text_match_fuzzy` and `phrase_match`: checks what Milvus checks, then throws
 * `unsupported`, since no index of words is kept.
 */
export function bindTextSearch(
  context: BindContext,
  expression: CallExpression,
  bindArgument: BindArgument,
): never {
  const [fieldAt, queryAt, slopAt] = expression.args;
  const title = expression.name === "phrase_match" ? "phrase match" : "text match";
  const term = bindArgument(fieldAt);
  const operand = term.kind === "field" ? term.operand : undefined;
  if (operand?.kind !== "scalar" || infoOf(operand.type).family !== "string") {
    return context.fail(`${title} operation on non-string is unsupported`, fieldAt);
  }
  const field = context.schema.fields.find(({ id }) => id === operand.fieldId);
  if (field?.params?.["enable_match"]?.toLowerCase() !== "true") {
    context.fail(`field "${context.textOf(fieldAt)}" does not enable match`, fieldAt);
  }
  const query = bindArgument(queryAt);
  if (query.kind !== "constant" || typeof query.value !== "string") {
    context.fail(`${title} query should be a string literal or template variable`, queryAt);
  }
  if (slopAt !== undefined) checkSlop(context, slopAt, bindArgument(slopAt));
  checkOption(context, expression);
  return context.refuse(expression.name, expression);
}

function checkSlop(context: BindContext, at: Expression, term: Term): void {
  const text = context.textOf(at);
  if (term.kind !== "constant" || typeof term.value !== "bigint") {
    const rule = '"slop" should be a const integer expression with "uint32" value';
    context.fail(`${rule}. "slop" expression passed: ${text}`, at);
  }
  if (term.value < 0n) {
    context.fail(`"slop" should not be a negative interger. "slop" passed: ${text}`, at);
  }
  if (term.value > maxUint32) {
    const rule = '"slop" exceeds the range of "uint32"';
    context.fail(`${rule}. "slop" expression passed: ${text}`, at);
  }
}

function checkOption(context: BindContext, expression: CallExpression): void {
  const { option, name } = expression;
  if (option === undefined) return;
  const [rule, least, most] =
    name === "text_match"
      ? (["minimum_should_match", 1n, maxShouldMatch] as const)
      : (["max_edit_distance", 0n, maxEditDistance] as const);
  if (option < least) context.fail(`${rule} should be >= ${least}, got ${option}`, expression);
  if (option > most) context.fail(`${rule} should be <= ${most}, got ${option}`, expression);
}
