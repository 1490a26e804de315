import { BrainError } from "../base/brain-error.ts";
import {
  bindNumbers,
  compileComparison,
  compileIsIn,
  isInt64,
  negated,
} from "./compile-comparison.ts";
import {
  anyElement,
  asCondition,
  asList,
  asNumber,
  asRawNumber,
  asText,
  bounded,
  type Compiled,
  condition,
  existence,
  flattened,
  numberOf,
  type Scope,
  textOf,
  wrongType,
} from "./compiled.ts";
import type { CallName, CallNode, ExpressionNode, Scalar, ValueNode } from "./expression-node.ts";
import { resolvePath } from "./resolve-path.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import { BOOLEAN, DATE, listOf, NULL, NUMBER, STRING } from "./value-type.ts";

const PATTERN_LENGTH_MAX = 1_000;

/**
 * An expression as SQL. Throws `field-not-found` for a path that leads nowhere, `expression-invalid`
 * for operators that do not fit their operands.
 */
export function compileExpression(node: ExpressionNode, scope: Scope): Compiled {
  switch (node.op) {
    case "path":
      return resolvePath(node.root === true ? scope.root : scope.self, node.path, scope.params);
    case "value":
    case "date":
    case "int":
      return compileConstant(node, scope);
    default:
      return bounded(compilers[node.op](node.args, scope, node.op));
  }
}

/** An expression that is a condition, in SQL that is true or false. */
export function compileCondition(node: ExpressionNode, scope: Scope): string {
  return asCondition(compileExpression(node, scope), "condition");
}

type Compiler = (args: CallNode["args"], scope: Scope, op: CallName) => Compiled;

function compileConstant({ op, value }: ValueNode, { params }: Scope): Compiled {
  if (op === "date") return { sql: params.bind(new Date(String(value)), "TIMESTAMP"), type: DATE };
  if (op === "int") return { sql: params.bind(BigInt(String(value)), "BIGINT"), type: NUMBER };
  if (value === null) return { sql: "NULL", type: NULL };
  if (typeof value === "string") return { sql: params.bind(value, "VARCHAR"), type: STRING };
  if (typeof value === "boolean") {
    return { sql: params.bind(value, "BOOLEAN"), type: BOOLEAN, isTotal: true };
  }
  if (typeof value === "number") {
    return { sql: bindNumber(value, params), type: NUMBER };
  }
  const given = value.filter((element) => element !== null);
  if (given.length === 0 && value.length === 0) {
    return { sql: params.bindList([], "VARCHAR"), type: listOf(NULL) };
  }
  if (given.every((element) => typeof element === "string")) {
    return { sql: params.bindList(value, "VARCHAR"), type: listOf(STRING) };
  }
  if (given.every((element) => typeof element === "number")) {
    return { sql: bindNumbers(value, params), type: listOf(NUMBER) };
  }
  if (given.every((element) => typeof element === "boolean")) {
    return { sql: params.bindList(value, "BOOLEAN"), type: listOf(BOOLEAN) };
  }
  throw new BrainError("expression-invalid", "Cannot use a list of values of several types here");
}

/** Whole numbers as BIGINT: comparisons with integers of 64 bits are exact then. */
function bindNumber(value: number, params: SqlParameters): string {
  return isInt64(value) ? params.bind(BigInt(value), "BIGINT") : params.bind(value, "DOUBLE");
}

const comparison: Compiler = (args, scope, op) => {
  if (op !== "eq" && op !== "gt" && op !== "gte" && op !== "lt" && op !== "lte")
    throw unexpected(op);
  const [left, right] = operands(args, scope);
  return compileComparison(op, [left, right], scope.params);
};

/** Numbers to a number. What is written here may be infinite or NaN, which counts as missing later. */
function arithmetic(write: (...numbers: string[]) => string): Compiler {
  return (args, scope, op) => {
    const numbers = args.map(
      (argument) => `CAST(${asRawNumber(compileExpression(argument, scope), op)} AS DOUBLE)`,
    );
    return { sql: write(...numbers), type: NUMBER, mayBeInfinite: true };
  };
}

/** A test of one text, or of any text of a list. */
function textTest(write: (text: string, argument: string) => string): Compiler {
  return (args, scope, op) => {
    const [value, argument] = operands(args, scope);
    const sql = asText(argument, op);
    const test = (text: Compiled): Compiled =>
      condition(`coalesce(${write(asText(text, op), sql)}, false)`);
    return value.type.kind === "list" ? anyElement(value, scope.params, test) : test(value);
  };
}

function textFunction(write: (...texts: string[]) => string): Compiler {
  return (args, scope, op) =>
    textOf(write(...args.map((argument) => asText(compileExpression(argument, scope), op))));
}

function datePart(name: string): Compiler {
  return ([node], scope, op) => {
    const value = compileExpression(required(node), scope);
    if (value.type.kind !== "date") throw wrongType(op, "a date", value.type);
    return numberOf(`date_part('${name}', CAST(${value.sql} AS TIMESTAMP))`);
  };
}

function conjunction(sqlOperator: "AND" | "OR"): Compiler {
  return (args, scope, op) => {
    const parts = args.map((argument) => asCondition(compileExpression(argument, scope), op));
    return condition(`(${parts.join(` ${sqlOperator} `)})`);
  };
}

/** The least, greatest, sum or mean of the elements of a list. */
const listAggregate: Compiler = ([node], scope, op) => {
  const list = flattened(asList(compileExpression(required(node), scope), op));
  if (list.type.kind !== "list") throw unexpected(op);
  const { element } = list.type;
  if (op === "min" || op === "max") {
    if (element.kind !== "number" && element.kind !== "string" && element.kind !== "date") {
      throw wrongType(op, "a list of numbers, texts or dates", list.type);
    }
    return { sql: `list_${op}(${list.sql})`, type: element };
  }
  if (element.kind !== "number") throw wrongType(op, "a list of numbers", list.type);
  const numbers = `CAST(${list.sql} AS DOUBLE[])`;
  const sql = op === "sum" ? `coalesce(list_sum(${numbers}), 0)` : `list_avg(${numbers})`;
  return { sql, type: NUMBER, mayBeInfinite: true };
};

const length: Compiler = ([node], scope, op) => {
  const { sql, type } = compileExpression(required(node), scope);
  if (type.kind === "list") return numberOf(`coalesce(len(${sql}), 0)`);
  if (type.kind === "string") return numberOf(`coalesce(length(${sql}), 0)`);
  if (type.kind !== "json") throw wrongType(op, "a list or a text", type);
  return numberOf(
    `coalesce(CASE json_type(${sql}) WHEN 'ARRAY' THEN json_array_length(${sql}) ` +
      `WHEN 'VARCHAR' THEN length(json_extract_string(${sql}, '$')) END, 0)`,
  );
};

const at: Compiler = ([listNode, indexNode], scope, op) => {
  const list = asList(compileExpression(required(listNode), scope), op);
  const index = required(indexNode);
  if (index.op !== "value" || !Number.isSafeInteger(index.value)) {
    throw new BrainError("expression-invalid", 'Cannot use "at" here: its index is a whole number');
  }
  if (list.type.kind !== "list") throw unexpected(op);
  const position = Number(index.value) < 0 ? Number(index.value) : Number(index.value) + 1;
  const sql = `list_extract(${list.sql}, ${scope.params.bind(position, "BIGINT")})`;
  return { sql, type: list.type.element };
};

const contains: Compiler = ([listNode, valueNode], scope, op) => {
  const value = compileExpression(required(listNode), scope);
  const part = compileExpression(required(valueNode), scope);
  const hasElement = (list: Compiled): Compiled =>
    compileComparison("eq", [list, part], scope.params);
  const hasPart = (text: Compiled): Compiled =>
    condition(`coalesce(contains(${asText(text, op)}, ${asText(part, op)}), false)`);
  if (value.type.kind === "list") return hasElement(value);
  if (value.type.kind !== "json") return hasPart(value);
  const element = hasElement(asList(value, op));
  return part.type.kind === "string"
    ? condition(`(${element.sql} OR ${hasPart(value).sql})`)
    : element;
};

const containsSeveral: Compiler = ([listNode, valuesNode], scope, op) => {
  const parts = constantList(required(valuesNode), op).map((value): CallNode => {
    return { op: "contains", args: [required(listNode), { op: "value", value }] };
  });
  if (parts.length === 0) return condition(op === "containsAll" ? "true" : "false");
  return compileExpression({ op: op === "containsAll" ? "and" : "or", args: parts }, scope);
};

const overElements: Compiler = ([listNode, bodyNode], scope, op) => {
  const list = asList(compileExpression(required(listNode), scope), op);
  if (list.type.kind !== "list") throw unexpected(op);
  const { element, field } = list.type;
  const name = scope.params.newName();
  const inner: Scope = { ...scope, self: { sql: name, type: element } };
  if (op === "filter") {
    const body = compileCondition(required(bodyNode), inner);
    const type = { ...listOf(element), ...(field !== undefined && { field }) };
    return { sql: `list_filter(${list.sql}, lambda ${name}: ${body})`, type };
  }
  const body = compileExpression(required(bodyNode), inner);
  const sql = body.type.kind === "number" ? asNumber(body, op) : body.sql;
  return { sql: `list_transform(${list.sql}, lambda ${name}: ${sql})`, type: listOf(body.type) };
};

const matches: Compiler = ([textNode, patternNode], scope, op) => {
  const pattern = required(patternNode);
  if (pattern.op !== "value" || typeof pattern.value !== "string") {
    throw new BrainError("expression-invalid", 'Cannot use "matches" here: its pattern is a text');
  }
  if (pattern.value.length > PATTERN_LENGTH_MAX) {
    throw new BrainError(
      "limit-exceeded",
      `A pattern has ${pattern.value.length} characters, the most is ${PATTERN_LENGTH_MAX}`,
    );
  }
  const test = textTest((text, argument) => `regexp_matches(${text}, ${argument})`);
  return test([required(textNode), pattern], scope, op);
};

const toNumber: Compiler = ([node], scope, op) => {
  const value = compileExpression(required(node), scope);
  const parsed = (text: string): string => `TRY_CAST(${text} AS DOUBLE)`;
  if (value.type.kind === "string") {
    return { sql: parsed(value.sql), type: NUMBER, mayBeInfinite: true };
  }
  if (value.type.kind !== "json") return { ...numberOf(asNumber(value, op)) };
  const sql = `coalesce(${asNumber(value, op)}, ${parsed(asText(value, op))})`;
  return { sql, type: NUMBER, mayBeInfinite: true };
};

const toText: Compiler = ([node], scope, op) => {
  const value = compileExpression(required(node), scope);
  if (value.type.kind !== "json") return textOf(asText(value, op));
  return textOf(
    `CASE WHEN json_type(${value.sql}) <> 'NULL' THEN json_extract_string(${value.sql}, '$') END`,
  );
};

const compilers: Readonly<Record<CallName, Compiler>> = {
  eq: comparison,
  ne: (args, scope) => negated(comparison(args, scope, "eq")),
  gt: comparison,
  gte: comparison,
  lt: comparison,
  lte: comparison,
  isIn: ([node, values], scope, op) =>
    compileIsIn(
      compileExpression(required(node), scope),
      constantList(required(values), op),
      scope.params,
    ),
  exists: ([node], scope) => existence(compileExpression(required(node), scope), scope.params),
  and: conjunction("AND"),
  or: conjunction("OR"),
  not: ([node], scope, op) =>
    condition(`(NOT ${asCondition(compileExpression(required(node), scope), op)})`),
  add: arithmetic((a, b) => `(${a} + ${b})`),
  sub: arithmetic((a, b) => `(${a} - ${b})`),
  mul: arithmetic((a, b) => `(${a} * ${b})`),
  div: arithmetic((a, b) => `(${a} / ${b})`),
  mod: arithmetic((a, b) => `(${a} % ${b})`),
  pow: arithmetic((a, b) => `pow(${a}, ${b})`),
  abs: arithmetic((a) => `abs(${a})`),
  floor: arithmetic((a) => `floor(${a})`),
  ceil: arithmetic((a) => `ceil(${a})`),
  // SQL's fails for negative numbers.
  sqrt: arithmetic((a) => `CASE WHEN ${a} >= 0 THEN sqrt(${a}) END`),
  // SQL's pass over what is missing.
  least: arithmetic((a, b) => `CASE WHEN ${a} <= ${b} THEN ${a} WHEN ${b} < ${a} THEN ${b} END`),
  greatest: arithmetic((a, b) => `CASE WHEN ${a} >= ${b} THEN ${a} WHEN ${b} > ${a} THEN ${b} END`),
  min: listAggregate,
  max: listAggregate,
  sum: listAggregate,
  mean: listAggregate,
  length,
  at,
  contains,
  containsAll: containsSeveral,
  containsAny: containsSeveral,
  filter: overElements,
  map: overElements,
  startsWith: textTest((text, prefix) => `starts_with(${text}, ${prefix})`),
  endsWith: textTest((text, suffix) => `ends_with(${text}, ${suffix})`),
  matches,
  lower: textFunction((text) => `lower(${text})`),
  upper: textFunction((text) => `upper(${text})`),
  concat: textFunction((text, other) => `(${text} || ${other})`),
  year: datePart("year"),
  month: datePart("month"),
  day: datePart("day"),
  hour: datePart("hour"),
  minute: datePart("minute"),
  number: toNumber,
  text: toText,
};

function operands([left, right]: CallNode["args"], scope: Scope): [Compiled, Compiled] {
  return [compileExpression(required(left), scope), compileExpression(required(right), scope)];
}

function constantList(node: ExpressionNode, op: CallName): readonly Scalar[] {
  if (node.op === "value" && Array.isArray(node.value)) return node.value;
  throw new BrainError("expression-invalid", `Cannot use "${op}" here: it takes a list of values`);
}

/** `parseExpressionNode` and the builder give every call its arguments; this tells the compiler so. */
function required(node: ExpressionNode | undefined): ExpressionNode {
  if (node === undefined) throw new BrainError("expression-invalid", "An argument is missing");
  return node;
}

function unexpected(op: CallName): BrainError {
  return new BrainError("expression-invalid", `Cannot use "${op}" here`);
}
