import { BrainError } from "../base/brain-error.ts";

/** A constant of an expression. Moments and big integers have forms of their own in JSON. */
export type Scalar = null | boolean | number | string;

/**
 * An expression as plain JSON, which is what saved views, the HTTP API and other processes see.
 *
 * A path is relative to what the expression is about (a sample in `match`, a label in `filterLabels`,
 * an element in `filter` and `map`); the empty path is that thing itself. With `root` it starts at the
 * sample.
 */
export type ExpressionNode = PathNode | ValueNode | CallNode;

export interface PathNode {
  readonly op: "path";
  readonly path: string;
  readonly root?: true;
}

export interface ValueNode {
  /** `date`: `value` is an ISO 8601 moment. `int`: `value` is a 64-bit integer in decimal digits. */
  readonly op: "value" | "date" | "int";
  readonly value: Scalar | readonly Scalar[];
}

export interface CallNode {
  readonly op: CallName;
  readonly args: readonly ExpressionNode[];
}

export type CallName =
  | "eq"
  | "ne"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "isIn"
  | "exists"
  | "and"
  | "or"
  | "not"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "mod"
  | "pow"
  | "abs"
  | "floor"
  | "ceil"
  | "sqrt"
  | "least"
  | "greatest"
  | "min"
  | "max"
  | "sum"
  | "mean"
  | "length"
  | "at"
  | "contains"
  | "containsAll"
  | "containsAny"
  | "filter"
  | "map"
  | "startsWith"
  | "endsWith"
  | "matches"
  | "lower"
  | "upper"
  | "concat"
  | "year"
  | "month"
  | "day"
  | "hour"
  | "minute"
  | "number"
  | "text";

/** The least and most arguments that each call takes. */
const CALL_ARITIES: Readonly<Record<CallName, readonly [least: number, most: number]>> = {
  eq: [2, 2],
  ne: [2, 2],
  gt: [2, 2],
  gte: [2, 2],
  lt: [2, 2],
  lte: [2, 2],
  isIn: [2, 2],
  exists: [1, 1],
  and: [1, 1000],
  or: [1, 1000],
  not: [1, 1],
  add: [2, 2],
  sub: [2, 2],
  mul: [2, 2],
  div: [2, 2],
  mod: [2, 2],
  pow: [2, 2],
  abs: [1, 1],
  floor: [1, 1],
  ceil: [1, 1],
  sqrt: [1, 1],
  least: [2, 2],
  greatest: [2, 2],
  min: [1, 1],
  max: [1, 1],
  sum: [1, 1],
  mean: [1, 1],
  length: [1, 1],
  at: [2, 2],
  contains: [2, 2],
  containsAll: [2, 2],
  containsAny: [2, 2],
  filter: [2, 2],
  map: [2, 2],
  startsWith: [2, 2],
  endsWith: [2, 2],
  matches: [2, 2],
  lower: [1, 1],
  upper: [1, 1],
  concat: [2, 2],
  year: [1, 1],
  month: [1, 1],
  day: [1, 1],
  hour: [1, 1],
  minute: [1, 1],
  number: [1, 1],
  text: [1, 1],
};

/** More is no expression that a person wrote; it bounds the work of a hostile one. */
const NODE_COUNT_MAX = 10_000;
const DEPTH_MAX = 100;
const LIST_LENGTH_MAX = 100_000;
const PATH_LENGTH_MAX = 1_000;

/**
 * Checks that foreign JSON is an expression, and copies what it uses of it.
 *
 * @throws {BrainError} `expression-invalid`, saying where and what.
 */
export function parseExpressionNode(json: unknown): ExpressionNode {
  let nodeCount = 0;

  const parse = (value: unknown, depth: number): ExpressionNode => {
    nodeCount += 1;
    if (nodeCount > NODE_COUNT_MAX) throw refused(`it has more than ${NODE_COUNT_MAX} nodes`);
    if (depth > DEPTH_MAX) throw refused(`it is nested more than ${DEPTH_MAX} deep`);
    if (typeof value !== "object" || value === null || !("op" in value)) {
      throw refused(`expected an object with "op", found ${describe(value)}`);
    }
    const { op } = value;
    if (op === "path") return parsePath(value);
    if (op === "value" || op === "date" || op === "int") return parseValue(op, value);
    if (!isCallName(op)) throw refused(`unknown operator ${describe(op)}`);
    return { op, args: argumentsOf(op, value).map((argument) => parse(argument, depth + 1)) };
  };

  return parse(json, 1);
}

function argumentsOf(op: CallName, call: object): readonly unknown[] {
  const args: unknown = "args" in call ? call.args : undefined;
  const [least, most] = CALL_ARITIES[op];
  if (Array.isArray(args) && args.length >= least && args.length <= most) return args;
  const expected = least === most ? `${least}` : `${least} to ${most}`;
  const found = Array.isArray(args) ? `${args.length}` : describe(args);
  throw refused(`"${op}" takes ${expected} arguments, found ${found}`);
}

function isCallName(op: unknown): op is CallName {
  return typeof op === "string" && Object.hasOwn(CALL_ARITIES, op);
}

function parsePath(node: object): PathNode {
  const path = "path" in node ? node.path : undefined;
  if (typeof path !== "string" || path.length > PATH_LENGTH_MAX) {
    throw refused(
      `expected a path of at most ${PATH_LENGTH_MAX} characters, found ${describe(path)}`,
    );
  }
  const root = "root" in node ? node.root : undefined;
  if (root !== undefined && root !== true) throw refused(`"root" is ${describe(root)}, not true`);
  return root === true ? { op: "path", path, root } : { op: "path", path };
}

function parseValue(op: ValueNode["op"], node: object): ValueNode {
  const value: unknown = "value" in node ? node.value : undefined;
  if (op === "date") {
    if (typeof value === "string" && isIsoMoment(value)) return { op, value };
    throw refused(
      `expected an ISO 8601 moment such as "2025-01-31T00:00:00.000Z", found ${describe(value)}`,
    );
  }
  if (op === "int") {
    if (typeof value === "string" && isInt64(value)) return { op, value };
    throw refused(`expected a 64-bit integer in digits, found ${describe(value)}`);
  }
  if (isScalar(value)) return { op, value };
  if (!Array.isArray(value)) throw refused(`expected a value, found ${describe(value)}`);
  if (value.length > LIST_LENGTH_MAX) {
    throw refused(`a list has ${value.length} values, the most is ${LIST_LENGTH_MAX}`);
  }
  const scalars: Scalar[] = [];
  for (const element of value) {
    if (!isScalar(element)) throw refused(`a list has ${describe(element)}, which is no value`);
    scalars.push(element);
  }
  return { op, value: scalars };
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || typeof value === "string" || typeof value === "boolean";
}

function isIsoMoment(text: string): boolean {
  const moment = new Date(text);
  return !Number.isNaN(moment.getTime()) && moment.toISOString() === text;
}

function isInt64(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

function describe(value: unknown): string {
  const text = JSON.stringify(value, (_, inner) =>
    typeof inner === "bigint" ? `${inner}n` : inner,
  );
  return text === undefined ? String(value) : text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function refused(reason: string): BrainError {
  return new BrainError("expression-invalid", `Cannot use the expression: ${reason}`);
}
