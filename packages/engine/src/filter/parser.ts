import { unreachable } from "../base/assert.ts";
import type { ComparisonOperator, Expression, PathExpression, PathStep } from "./expression.ts";
import { failFilter, failSyntax, failUnsupported } from "./filter-error.ts";
import { functionNamed } from "./functions.ts";
import { type Token, tokenize } from "./lexer.ts";
import { maxExpressionLength, maxNestingDepth } from "./limits.ts";
import { checkInt64, floatOf, integerOf, unescapeString } from "./literals.ts";
import { type InfixOperator, infixOperators, powerOf } from "./operators.ts";

const int64Overflow = 1n << 63n;

/**
 * Parses a filter by precedence climbing (Pratt). Time and memory are linear in the length; the
 * stack is bounded by {@link maxNestingDepth}. Throws `filter-invalid`, or `unsupported` for the
 * parts of Milvus's language that this engine does not run.
 */
export function parseExpression(source: string): Expression {
  if (source.length > maxExpressionLength) {
    const found = `the expression has ${source.length} characters`;
    failFilter(source, `${found}, the most allowed is ${maxExpressionLength}`);
  }
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  parse(): Expression {
    const expression = this.#expression(0);
    if (this.#token.kind !== "end") this.#unexpected("an operator or the end");
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#index];
  }

  /** Parses as far as operators bind with at least `power`. */
  #expression(power: number): Expression {
    this.#depth++;
    this.#checkDepth(this.#depth);
    let left = this.#operand();
    for (;;) {
      const operator = this.#infixOperator();
      if (operator === undefined || operator.power < power) break;
      left =
        operator.form === "logical" ? this.#chain(left, operator) : this.#infix(left, operator);
    }
    this.#depth--;
    return left;
  }

  #infixOperator(): InfixOperator | undefined {
    if (this.#token.kind !== "symbol") return undefined;
    const operator = infixOperators.get(this.#token.text);
    return operator?.form === "not-in" && this.#tokens[this.#index + 1].text !== "in"
      ? undefined
      : operator;
  }

  /** `left and b and c ...` as one node, however long. */
  #chain(left: Expression, operator: InfixOperator & { form: "logical" }): Expression {
    const operands = [left];
    let below = left.height;
    while (this.#accept(operator.symbol)) {
      const operand = this.#expression(operator.power + 1);
      operands.push(operand);
      below = Math.max(below, operand.height);
    }
    const { start } = left;
    const { end } = operands[operands.length - 1];
    return {
      kind: "logical",
      operator: operator.symbol,
      operands,
      start,
      end,
      height: this.#above(below),
    };
  }

  #infix(left: Expression, operator: Exclude<InfixOperator, { form: "logical" }>): Expression {
    if (operator.form === "unsupported") {
      failUnsupported(this.#source, `operator ${operator.symbol}`, this.#token.start);
    }
    this.#index += operator.form === "not-in" ? 2 : 1;
    const right = this.#expression(operator.power + 1);
    if (operator.form === "comparison") return this.#comparison(left, operator, right);
    const { start } = left;
    const { end } = right;
    const height = this.#above(Math.max(left.height, right.height));
    switch (operator.form) {
      case "arithmetic":
        return { kind: "binary", operator: operator.symbol, left, right, start, end, height };
      case "in":
        return { kind: "in", negated: false, operand: left, list: right, start, end, height };
      case "not-in":
        return { kind: "in", negated: true, operand: left, list: right, start, end, height };
      case "like":
        return { kind: "like", operand: left, pattern: right, start, end, height };
      default:
        return unreachable(operator);
    }
  }

  /** `a < b`, or the whole of `a < field < b`: a field between two operators of one direction. */
  #comparison(
    left: Expression,
    { symbol, power }: InfixOperator & { form: "comparison" },
    right: Expression,
  ): Expression {
    const { start } = left;
    const next = this.#infixOperator();
    if (right.kind !== "path" || next?.form !== "comparison" || !formRange(symbol, next.symbol)) {
      const height = this.#above(Math.max(left.height, right.height));
      return { kind: "binary", operator: symbol, left, right, start, end: right.end, height };
    }
    this.#index++;
    const last = this.#expression(power + 1);
    return {
      kind: "range",
      left,
      leftOperator: symbol,
      operand: right,
      rightOperator: next.symbol,
      right: last,
      start,
      end: last.end,
      height: this.#above(Math.max(left.height, last.height)),
    };
  }

  /** What an operator works on: a literal, a field, a call, a list, a group, a prefix form. */
  #operand(): Expression {
    const token = this.#token;
    switch (token.kind) {
      case "integer":
        return this.#integer(token);
      case "float":
        return this.#float(token);
      case "boolean":
        return this.#boolean(token);
      case "string":
      case "raw-string":
        return this.#string(token);
      case "identifier":
        return this.#named(token);
      case "symbol":
        return this.#symbol(token);
      case "end":
        return this.#unexpected("an operand");
      default:
        return unreachable(token.kind);
    }
  }

  #integer({ text, start, end }: Token): Expression {
    const value = checkInt64(this.#source, integerOf(text), start);
    this.#index++;
    return { kind: "integer", value, start, end, height: 0 };
  }

  #float({ text, start, end }: Token): Expression {
    const value = floatOf(this.#source, text, start);
    this.#index++;
    return { kind: "float", value, start, end, height: 0 };
  }

  #boolean({ text, start, end }: Token): Expression {
    this.#index++;
    return { kind: "boolean", value: text === "true", start, end, height: 0 };
  }

  #string(token: Token): Expression {
    const { start, end } = token;
    const value = this.#stringOf(token);
    this.#index++;
    return { kind: "string", value, start, end, height: 0 };
  }

  #stringOf(token: Token): string {
    if (token.kind === "raw-string") return token.text;
    return unescapeString(this.#source, token.text, token.start);
  }

  #symbol(token: Token): Expression {
    switch (token.text) {
      case "(":
        return this.#group();
      case "[":
        return this.#list();
      case "{":
        return this.#template();
      case "not":
      case "+":
      case "-":
        return this.#prefix(token.text);
      case "exists": {
        this.#index++;
        const operand = this.#expression(powerOf("exists"));
        const height = this.#above(operand.height);
        return { kind: "exists", operand, start: token.start, end: operand.end, height };
      }
      case "~":
        return failUnsupported(this.#source, "operator ~", token.start);
      case "$":
        return failUnsupported(this.#source, "element access with $", token.start);
      default:
        return this.#unexpected("an operand");
    }
  }

  #prefix(operator: "not" | "+" | "-"): Expression {
    const { start } = this.#token;
    this.#index++;
    const next = this.#token;
    // The one integer that exists only with its sign.
    if (operator === "-" && next.kind === "integer" && integerOf(next.text) === int64Overflow) {
      this.#index++;
      return { kind: "integer", value: -int64Overflow, start, end: next.end, height: 0 };
    }
    const operand = this.#expression(powerOf("prefix"));
    const height = this.#above(operand.height);
    return { kind: "unary", operator, operand, start, end: operand.end, height };
  }

  #group(): Expression {
    const { start } = this.#token;
    this.#index++;
    const inner = this.#expression(0);
    const { end } = this.#expect(")");
    return { kind: "group", inner, start, end, height: this.#above(inner.height) };
  }

  #list(): Expression {
    const { start } = this.#token;
    this.#index++;
    const elements: Expression[] = [];
    let below = 0;
    while (!this.#at("]")) {
      const element = this.#expression(0);
      elements.push(element);
      below = Math.max(below, element.height);
      if (!this.#accept(",")) break;
    }
    const { end } = this.#expect("]");
    return { kind: "list", elements, start, end, height: this.#above(below) };
  }

  #template(): Expression {
    const { start } = this.#token;
    this.#index++;
    const name = this.#token.text;
    if (this.#token.kind !== "identifier") this.#unexpected("the name of a template variable");
    this.#index++;
    const { end } = this.#expect("}");
    return { kind: "template", name, start, end, height: 0 };
  }

  /** A call, a field or a path into one, with `is null` behind it if that follows. */
  #named(token: Token): Expression {
    this.#index++;
    if (this.#at("(")) return this.#call(token);
    if (/^(?:iso|interval)$/i.test(token.text) && this.#token.kind === "string") {
      failUnsupported(this.#source, "timestamp literal", token.start);
    }
    const path = this.#path(token);
    const check = this.#token;
    if (check.kind !== "symbol" || !check.text.startsWith("is ")) return path;
    this.#index++;
    const negated = check.text === "is not null";
    const { start } = path;
    return { kind: "null-check", negated, operand: path, start, end: check.end, height: 1 };
  }

  #path(name: Token): PathExpression {
    const steps: PathStep[] = [];
    let { end } = name;
    while (this.#accept("[")) {
      steps.push(this.#step(this.#token));
      this.#index++;
      ({ end } = this.#expect("]"));
    }
    return { kind: "path", name: name.text, steps, start: name.start, end, height: 0 };
  }

  #step(token: Token): PathStep {
    if (token.kind === "string" || token.kind === "raw-string") {
      return { kind: "key", key: this.#stringOf(token) };
    }
    if (token.kind === "integer" && /^(?:0|[1-9]\d*)$/.test(token.text)) {
      return { kind: "index", index: token.text };
    }
    if (token.kind === "identifier") return { kind: "word", word: token.text };
    return this.#unexpected("a key in quotes or an index");
  }

  #call(name: Token): Expression {
    const definition = functionNamed(name.text);
    if (definition === undefined) {
      return failFilter(this.#source, `function not found: ${name.text}`, name.start);
    }
    if (definition.kind === "unsupported") {
      return failUnsupported(this.#source, name.text.toLowerCase(), name.start);
    }
    this.#index++;
    const args = [this.#expression(0)];
    while (args.length < definition.argumentCount) {
      this.#expect(",");
      args.push(this.#expression(0));
    }
    const { end } = this.#expect(")");
    const height = this.#above(Math.max(...args.map((arg) => arg.height)));
    return { kind: "call", name: name.text.toLowerCase(), args, start: name.start, end, height };
  }

  /** The height of a node whose highest child has the height `below`. */
  #above(below: number): number {
    this.#checkDepth(below + 1);
    return below + 1;
  }

  #checkDepth(depth: number): void {
    if (depth <= maxNestingDepth) return;
    const { start } = this.#token;
    failFilter(this.#source, `nested deeper than ${maxNestingDepth} levels`, start);
  }

  #at(symbol: string): boolean {
    return this.#token.kind === "symbol" && this.#token.text === symbol;
  }

  #accept(symbol: string): boolean {
    const accepted = this.#at(symbol);
    if (accepted) this.#index++;
    return accepted;
  }

  #expect(symbol: string): Token {
    const token = this.#token;
    if (!this.#accept(symbol)) this.#unexpected(`'${symbol}'`);
    return token;
  }

  #unexpected(expected: string): never {
    const { kind, start, end } = this.#token;
    const found = kind === "end" ? "the end" : `'${this.#source.slice(start, end).slice(0, 40)}'`;
    return failSyntax(this.#source, `expected ${expected} but found ${found}`, start);
  }
}

function formRange(first: ComparisonOperator, second: ComparisonOperator): boolean {
  return /[<>]/.test(first) && first[0] === second[0];
}
