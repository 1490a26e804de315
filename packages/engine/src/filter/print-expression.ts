import { unreachable } from "../base/assert.ts";
import type {
  CallExpression,
  Expression,
  PathExpression,
  PathStep,
  SelfExpression,
} from "./expression.ts";
import { functionNamed } from "./functions.ts";

/**
 * The canonical text of a syntax tree: one spelling per construct, and parentheses around every
 * operator, so that the text shows how the operators were taken to bind. It parses to the same
 * tree again.
 */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "integer":
      return String(expression.value);
    case "float":
      return printFloat(expression.value);
    case "boolean":
      return String(expression.value);
    case "string":
      return JSON.stringify(expression.value);
    case "timestamp":
      return `ISO ${JSON.stringify(expression.text)}`;
    case "interval":
      return `INTERVAL ${JSON.stringify(expression.text)}`;
    case "self":
      return printField(expression);
    case "template":
      return `{${expression.name}}`;
    case "list":
      return `[${expression.elements.map(printExpression).join(", ")}]`;
    case "literals":
      return `[${expression.values.map(printLiteral).join(", ")}]`;
    case "group":
      return printExpression(expression.inner);
    case "path":
      return printPath(expression);
    case "null-check":
      return `(${printPath(expression.operand)} is ${expression.negated ? "not " : ""}null)`;
    case "exists":
      return `(exists ${printExpression(expression.operand)})`;
    case "call":
      return printCall(expression);
    default:
      return `(${printOperator(expression)})`;
  }
}

function printLiteral(value: bigint | string): string {
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

type OperatorExpression = Extract<
  Expression,
  { kind: "unary" | "binary" | "logical" | "range" | "in" | "like" | "regex" }
>;

function printOperator(expression: OperatorExpression): string {
  const print = printExpression;
  switch (expression.kind) {
    case "unary":
      return `${expression.operator}${expression.operator === "not" ? " " : ""}${print(expression.operand)}`;
    case "binary":
      return `${print(expression.left)} ${expression.operator} ${print(expression.right)}`;
    case "logical":
      return expression.operands.map(print).join(` ${expression.operator} `);
    case "range": {
      const { left, leftOperator, operand, rightOperator, right } = expression;
      return `${print(left)} ${leftOperator} ${printField(operand)} ${rightOperator} ${print(right)}`;
    }
    case "in":
      return `${print(expression.operand)} ${expression.negated ? "not in" : "in"} ${print(expression.list)}`;
    case "like":
      return `${print(expression.operand)} like ${print(expression.pattern)}`;
    case "regex":
      return `${print(expression.operand)} ${expression.negated ? "!~" : "=~"} ${print(expression.pattern)}`;
    default:
      return unreachable(expression);
  }
}

function printCall({ name, args, option }: CallExpression): string {
  const parts = args.map(printExpression);
  const optionName = functionNamed(name)?.option?.name;
  if (option !== undefined && optionName !== undefined) parts.push(`${optionName} = ${option}`);
  return `${name}(${parts.join(", ")})`;
}

function printField(expression: PathExpression | SelfExpression): string {
  if (expression.kind === "path") return printPath(expression);
  return expression.name === undefined ? "$" : `$[${expression.name}]`;
}

function printPath({ name, steps }: PathExpression): string {
  return name + steps.map((step) => `[${printStep(step)}]`).join("");
}

function printStep(step: PathStep): string {
  switch (step.kind) {
    case "key":
      return JSON.stringify(step.key);
    case "index":
      return step.index;
    case "word":
      return step.word;
    default:
      return unreachable(step);
  }
}

/** A float that reads as one again: `2` as `2.0`. */
function printFloat(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
