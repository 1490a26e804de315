import { BrainError } from "../base/brain-error.ts";
import {
  type CallName,
  type ExpressionNode,
  parseExpressionNode,
  type Scalar,
} from "./expression-node.ts";

/** What stands for an expression as an argument: one, or a constant. */
export type ExpressionInput = Expression | Scalar | bigint | Date | readonly Scalar[];

/**
 * A rule about samples or labels, such as `F("confidence").gt(0.9)`. Immutable; plain JSON inside.
 *
 * Conditions are true or false, never unknown: a comparison with a missing value is false, but for
 * `eq(null)`. A comparison of a list, such as the labels of all of a sample's detections, holds if it
 * holds for any of its elements; `ne` is always the opposite of `eq`. Arithmetic with a missing value,
 * and what is no finite number, is missing. Text is compared by code points.
 */
export class Expression {
  readonly node: ExpressionNode;

  constructor(node: ExpressionNode) {
    this.node = node;
  }

  /** Reads back what `toJSON` gave. Throws `expression-invalid` for anything else. */
  static fromJSON(json: unknown): Expression {
    return new Expression(parseExpressionNode(json));
  }

  toJSON(): ExpressionNode {
    return this.node;
  }

  eq(other: ExpressionInput): Expression {
    return this.#call("eq", other);
  }

  ne(other: ExpressionInput): Expression {
    return this.#call("ne", other);
  }

  gt(other: ExpressionInput): Expression {
    return this.#call("gt", other);
  }

  gte(other: ExpressionInput): Expression {
    return this.#call("gte", other);
  }

  lt(other: ExpressionInput): Expression {
    return this.#call("lt", other);
  }

  lte(other: ExpressionInput): Expression {
    return this.#call("lte", other);
  }

  /** Whether the value is one of the given ones. */
  isIn(values: readonly Scalar[]): Expression {
    return this.#call("isIn", values);
  }

  /** Whether there is a value; of a list: any element that is one. */
  exists(): Expression {
    return this.#call("exists");
  }

  isNull(): Expression {
    return this.exists().not();
  }

  and(...others: readonly ExpressionInput[]): Expression {
    return this.#call("and", ...others);
  }

  or(...others: readonly ExpressionInput[]): Expression {
    return this.#call("or", ...others);
  }

  not(): Expression {
    return this.#call("not");
  }

  add(other: ExpressionInput): Expression {
    return this.#call("add", other);
  }

  sub(other: ExpressionInput): Expression {
    return this.#call("sub", other);
  }

  mul(other: ExpressionInput): Expression {
    return this.#call("mul", other);
  }

  div(other: ExpressionInput): Expression {
    return this.#call("div", other);
  }

  /** The remainder, with the sign of the dividend. */
  mod(other: ExpressionInput): Expression {
    return this.#call("mod", other);
  }

  pow(exponent: ExpressionInput): Expression {
    return this.#call("pow", exponent);
  }

  abs(): Expression {
    return this.#call("abs");
  }

  floor(): Expression {
    return this.#call("floor");
  }

  ceil(): Expression {
    return this.#call("ceil");
  }

  sqrt(): Expression {
    return this.#call("sqrt");
  }

  /** The least element of a list; with an argument, the lesser of two numbers. */
  min(other?: ExpressionInput): Expression {
    return other === undefined ? this.#call("min") : this.#call("least", other);
  }

  /** The greatest element of a list; with an argument, the greater of two numbers. */
  max(other?: ExpressionInput): Expression {
    return other === undefined ? this.#call("max") : this.#call("greatest", other);
  }

  /** The sum of a list of numbers; 0 of none. */
  sum(): Expression {
    return this.#call("sum");
  }

  /** The mean of a list of numbers; missing if there are none. */
  mean(): Expression {
    return this.#call("mean");
  }

  /** How many elements a list has, or characters (code points) a text. 0 if there is no value. */
  length(): Expression {
    return this.#call("length");
  }

  /** An element of a list: 0 the first, -1 the last. Missing beyond its ends. */
  at(index: ExpressionInput): Expression {
    return this.#call("at", index);
  }

  /**
   * Whether a list has the element, or a text the part. Several values: any of them, or all of them
   * with `{ all: true }`.
   */
  contains(values: ExpressionInput, options: { readonly all?: boolean } = {}): Expression {
    if (!Array.isArray(values)) return this.#call("contains", values);
    return this.#call(options.all === true ? "containsAll" : "containsAny", values);
  }

  /** The elements of a list for which the condition holds; paths in it start at the element. */
  filter(condition: ExpressionInput): Expression {
    return this.#call("filter", condition);
  }

  /** What the expression gives for each element of a list; paths in it start at the element. */
  map(expression: ExpressionInput): Expression {
    return this.#call("map", expression);
  }

  startsWith(prefix: ExpressionInput): Expression {
    return this.#call("startsWith", prefix);
  }

  endsWith(suffix: ExpressionInput): Expression {
    return this.#call("endsWith", suffix);
  }

  /** Whether any part of the text matches a regular expression (RE2: no look-around, linear time). */
  matches(pattern: string): Expression {
    return this.#call("matches", pattern);
  }

  lower(): Expression {
    return this.#call("lower");
  }

  upper(): Expression {
    return this.#call("upper");
  }

  /** This text followed by another. */
  concat(other: ExpressionInput): Expression {
    return this.#call("concat", other);
  }

  /** The year of a date or moment, in UTC. */
  year(): Expression {
    return this.#call("year");
  }

  /** The month, 1 to 12, in UTC. */
  month(): Expression {
    return this.#call("month");
  }

  /** The day of the month, 1 to 31, in UTC. */
  day(): Expression {
    return this.#call("day");
  }

  /** 0 to 23, in UTC. */
  hour(): Expression {
    return this.#call("hour");
  }

  /** 0 to 59. */
  minute(): Expression {
    return this.#call("minute");
  }

  /** The value as a number: of an attribute, or of a text that is one. Else missing. */
  toNumber(): Expression {
    return this.#call("number");
  }

  /** The value as a text: of an attribute that is one, or of a number or truth value. */
  toText(): Expression {
    return this.#call("text");
  }

  /** The area of a bounding box, as a part of the image's: `F("boundingBox").area()`. */
  area(): Expression {
    return this.at(2).mul(this.at(3));
  }

  #call(op: CallName, ...others: readonly ExpressionInput[]): Expression {
    return new Expression({ op, args: [this.node, ...others.map(nodeOf)] });
  }
}

/** How expressions start. */
export interface ExpressionStart {
  /** The value at a path, relative to what the expression is about; with "$" before it, see `root`. */
  (path?: string): Expression;
  /** The value at a path that starts at the sample, wherever it is used. */
  root(path?: string): Expression;
  /** A constant, where an expression has to start with one. */
  value(value: ExpressionInput): Expression;
}

/**
 * The start of every expression: the value at a path. `F("label")` is relative to what the expression
 * is about; `F("$metadata.width")` and `F.root("metadata.width")` start at the sample; `F()` is the
 * element itself.
 *
 * @example
 * dataset.filterLabels("predictions", F("confidence").gt(0.9).and(F("label").isIn(["cat", "dog"])));
 */
export const F: ExpressionStart = Object.assign(pathExpression, {
  root: (path = ""): Expression => new Expression({ op: "path", path, root: true }),
  value: (value: ExpressionInput): Expression => new Expression(nodeOf(value)),
});

function pathExpression(path = ""): Expression {
  return path.startsWith("$") ? F.root(path.slice(1)) : new Expression({ op: "path", path });
}

/** The node of an expression or constant. Throws `expression-invalid` for a number that is not finite. */
export function nodeOf(input: ExpressionInput): ExpressionNode {
  if (input instanceof Expression) return input.node;
  if (typeof input === "bigint") return parseExpressionNode({ op: "int", value: `${input}` });
  if (!(input instanceof Date)) return parseExpressionNode({ op: "value", value: input });
  if (Number.isNaN(input.getTime())) {
    throw new BrainError("expression-invalid", "Cannot use the expression: it has an invalid Date");
  }
  return { op: "date", value: input.toISOString() };
}
