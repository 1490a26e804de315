import { assert } from "../base/assert.ts";
import type { Field } from "../schema/collection-schema.ts";
import { infoOf } from "../schema/data-type.ts";
import type { BindContext, FieldTerm } from "./bind-context.ts";
import type { JsonOperand, Operand } from "./bound-node.ts";
import type { PathExpression, PathStep, SelfExpression } from "./expression.ts";

/**
 * What a name with its `[...]` steps stands for: a field, an element of an array, a path in a JSON
 * field, or, where no field has the name, a path in the dynamic field.
 */
export function bindPath(context: BindContext, path: PathExpression): FieldTerm {
  const { scope } = context;
  if (scope !== undefined) {
    context.refuse(`field ${path.name} within ${scope.caller}, which looks at elements,`, path);
  }
  if (path.steps.some(isWord)) return bindSubField(context, path);
  const field = context.fieldNamed(path.name);
  if (field !== undefined) {
    return { kind: "field", field, operand: operandOf(context, path, field) };
  }
  if (/^null$/i.test(path.name)) {
    const hint = "use '<field> is null' or '<field> is not null' instead";
    context.fail(`NULL literal is not supported in expressions; ${hint}`, path);
  }
  const { dynamicField } = context;
  if (dynamicField === undefined) return context.fail(`field ${path.name} not exist`, path);
  const operand = jsonOperand(context, path, dynamicField);
  const inner = { ...operand, path: [path.name, ...operand.path] };
  return { kind: "field", field: dynamicField, operand: inner };
}

function isWord(step: PathStep): boolean {
  return step.kind === "word";
}

/** `struct[name]`, a sub-field as an array, or `struct[0][name]`, one element of it. */
function bindSubField(context: BindContext, path: PathExpression): FieldTerm {
  const word = path.steps.at(-1);
  const before = path.steps.slice(0, -1);
  if (word?.kind !== "word" || before.length > 1 || before.some(({ kind }) => kind !== "index")) {
    const [first] = path.steps.flatMap((step) => (step.kind === "word" ? [step.word] : []));
    const rule = "json key must be enclosed in double quotes or single quotes";
    return context.fail(`${rule}: "${first}"`, path);
  }
  const name = `${path.name}[${word.word}]`;
  const field = context.fieldNamed(name);
  if (field === undefined) return context.fail(`struct field not found: ${name}`, path);
  const operand = operandOf(context, { ...path, steps: before }, field);
  return { kind: "field", field, operand };
}

/** `$[name]` and `$`: the sub-field of the element that a predicate is asked about, or all of it. */
export function bindSelf(context: BindContext, expression: SelfExpression): FieldTerm {
  const { scope } = context;
  const written = context.textOf(expression);
  if (scope === undefined) {
    const rule = "syntax can only be used inside ElementFilter or MATCH_*";
    return context.fail(`${written} ${rule}`, expression);
  }
  const { name } = expression;
  const fieldName = name === undefined ? scope.name : `${scope.name}[${name}]`;
  const field = context.fieldNamed(fieldName);
  if (field === undefined) {
    const error = `field ${fieldName} not exist`;
    return context.fail(`array field not found: ${fieldName}, error: ${error}`, expression);
  }
  const { elementType } = field;
  const operand: Operand | undefined =
    field.type === "Array" && elementType !== undefined
      ? { kind: "scalar", fieldId: field.id, type: elementType }
      : undefined;
  return { kind: "field", field, operand };
}

function operandOf(context: BindContext, path: PathExpression, field: Field): Operand | undefined {
  switch (infoOf(field.type).family) {
    case "json":
      return jsonOperand(context, path, field);
    case "array":
      return arrayOperand(context, path, field);
    case "vector":
    case "vectors":
      return plain(context, path, field, undefined);
    default:
      return plain(context, path, field, { kind: "scalar", fieldId: field.id, type: field.type });
  }
}

function plain(
  context: BindContext,
  path: PathExpression,
  field: Field,
  operand: Operand | undefined,
): Operand | undefined {
  if (path.steps.length === 0) return operand;
  return context.fail(`${field.type} data type not supported accessed with []`, path);
}

function jsonOperand(context: BindContext, path: PathExpression, field: Field): JsonOperand {
  const steps = path.steps.map((step) => jsonStep(context, path, step));
  return { kind: "json", fieldId: field.id, path: steps };
}

function jsonStep(context: BindContext, path: PathExpression, step: PathStep): string {
  if (step.kind === "index") return step.index;
  assert(step.kind === "key", "Words are sub-fields");
  if (step.key === "") context.fail(`invalid identifier: ${context.textOf(path)}`, path);
  return step.key;
}

function arrayOperand(context: BindContext, path: PathExpression, field: Field): Operand {
  // An Array field without an element type can't be defined.
  const type = field.elementType ?? "Bool";
  const [step, ...rest] = path.steps;
  if (step === undefined) return { kind: "array", fieldId: field.id, type };
  if (step.kind !== "index" || rest.length > 0) {
    return context.fail("can only access array field with integer index", path);
  }
  return { kind: "element", fieldId: field.id, type, index: Number(step.index) };
}
