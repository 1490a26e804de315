import { unreachable } from "../base/assert.ts";
import type {
  ComparisonOperator,
  Expression,
  PathExpression,
  PathStep,
  SelfExpression,
} from "./expression.ts";
import { failFilter, failSyntax, failUnsupported } from "./filter-error.ts";
import { type FilterFunction, functionNamed } from "./functions.ts";
import { nextToken, type Token } from "./lexer.ts";
import { maxExpressionLength, maxNestingDepth, maxTokens } from "./limits.ts";
import { Barriers, literalListAt } from "./literal-list.ts";
import { checkInt64, floatOf, integerOf, unescapeString } from "./literals.ts";
import { type InfixOperator, infixOperators, powerOf } from "./operators.ts";

const int64Overflow = 1n << 63n;

/** The words that make a literal of the string behind them, and names otherwise. */
const timeLiterals: ReadonlyMap<string, "timestamp" | "interval"> = new Map([
  ["iso", "timestamp"],
  ["ISO", "timestamp"],
  ["interval", "interval"],
  ["INTERVAL", "interval"],
]);

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
  /** The token at hand. */
  #token: Token;
  #count = 0;
  readonly #barriers: Barriers;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#barriers = new Barriers(source);
    this.#token = nextToken(source, 0);
  }

  parse(): Expression {
    const expression = this.#expression(0);
    if (this.#token.kind !== "end") this.#unexpected("an operator or the end");
    return expression;
  }

  /** Goes on to the token behind `end`, past `count` tokens. */
  #advance(end: number = this.#token.end, count = 1): void {
    this.#count += count;
    if (this.#count > maxTokens) {
      failFilter(this.#source, `more than ${maxTokens} literals, names and operators`, end);
    }
    this.#token = nextToken(this.#source, end);
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
    return operator?.form === "not-in" && nextToken(this.#source, this.#token.end).text !== "in"
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
    this.#advance();
    if (operator.form === "not-in") this.#advance();
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
      case "regex":
        return { kind: "regex", negated: false, operand: left, pattern: right, start, end, height };
      case "not-regex":
        return { kind: "regex", negated: true, operand: left, pattern: right, start, end, height };
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
    const isField = right.kind === "path" || right.kind === "self";
    if (!isField || next?.form !== "comparison" || !formRange(symbol, next.symbol)) {
      const height = this.#above(Math.max(left.height, right.height));
      return { kind: "binary", operator: symbol, left, right, start, end: right.end, height };
    }
    this.#advance();
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
    this.#advance();
    return { kind: "integer", value, start, end, height: 0 };
  }

  #float({ text, start, end }: Token): Expression {
    const value = floatOf(this.#source, text, start);
    this.#advance();
    return { kind: "float", value, start, end, height: 0 };
  }

  #boolean({ text, start, end }: Token): Expression {
    this.#advance();
    return { kind: "boolean", value: text === "true", start, end, height: 0 };
  }

  #string(token: Token): Expression {
    const { start, end } = token;
    const value = this.#stringOf(token);
    this.#advance();
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
      case "~":
        return this.#prefix(token.text);
      case "exists": {
        this.#advance();
        const operand = this.#expression(powerOf("exists"));
        const height = this.#above(operand.height);
        return { kind: "exists", operand, start: token.start, end: operand.end, height };
      }
      case "$":
        return this.#self(token);
      default:
        return this.#unexpected("an operand");
    }
  }

  #prefix(operator: "not" | "+" | "-" | "~"): Expression {
    const { start } = this.#token;
    this.#advance();
    const next = this.#token;
    // The one integer that exists only with its sign.
    if (operator === "-" && next.kind === "integer" && integerOf(next.text) === int64Overflow) {
      this.#advance();
      return { kind: "integer", value: -int64Overflow, start, end: next.end, height: 0 };
    }
    const operand = this.#expression(powerOf("prefix"));
    const height = this.#above(operand.height);
    return { kind: "unary", operator, operand, start, end: operand.end, height };
  }

  #group(): Expression {
    const { start } = this.#token;
    this.#advance();
    const inner = this.#expression(0);
    const { end } = this.#expect(")");
    return { kind: "group", inner, start, end, height: this.#above(inner.height) };
  }

  #list(): Expression {
    const { start } = this.#token;
    const literals = literalListAt(this.#source, start, this.#barriers);
    if (literals !== undefined) {
      const { values, end } = literals;
      this.#advance(end, 2 * values.length);
      return { kind: "literals", values, start, end, height: 1 };
    }
    this.#advance();
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
    this.#advance();
    const name = this.#token.text;
    if (this.#token.kind !== "identifier") this.#unexpected("the name of a template variable");
    this.#advance();
    const { end } = this.#expect("}");
    return { kind: "template", name, start, end, height: 0 };
  }

  /** A call, a field or a path into one, with `is null` behind it if that follows. */
  #named(token: Token): Expression {
    this.#advance();
    if (this.#at("(")) return this.#call(token);
    const literal = timeLiterals.get(token.text);
    if (literal !== undefined && this.#token.kind === "string") {
      const { end } = this.#token;
      const text = this.#stringOf(this.#token);
      this.#advance();
      return { kind: literal, text, start: token.start, end, height: 0 };
    }
    const path = this.#path(token);
    const check = this.#token;
    if (check.kind !== "symbol" || !check.text.startsWith("is ")) return path;
    this.#advance();
    const negated = check.text === "is not null";
    const { start } = path;
    return { kind: "null-check", negated, operand: path, start, end: check.end, height: 1 };
  }

  #path(name: Token): PathExpression {
    const steps: PathStep[] = [];
    let { end } = name;
    while (this.#accept("[")) {
      steps.push(this.#step(this.#token));
      this.#advance();
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

  /** `$[name]`, or `$` alone. */
  #self({ start, end }: Token): SelfExpression {
    this.#advance();
    if (!this.#accept("[")) return { kind: "self", name: undefined, start, end, height: 0 };
    const name = this.#token;
    if (name.kind !== "identifier") this.#unexpected("the name of a sub-field");
    this.#advance();
    const close = this.#expect("]");
    return { kind: "self", name: name.text, start, end: close.end, height: 0 };
  }

  #call(name: Token): Expression {
    const definition = functionNamed(name.text);
    if (definition === undefined) {
      return failFilter(this.#source, `function not found: ${name.text}`, name.start);
    }
    if (definition.kind === "unsupported") {
      return failUnsupported(this.#source, definition.name, name.start);
    }
    this.#advance();
    const [least, most] = definition.argumentCounts;
    const args = [this.#expression(0)];
    while (args.length < least || (args.length < most && this.#at(","))) {
      this.#expect(",");
      args.push(this.#expression(0));
    }
    const option = this.#option(definition);
    const { end } = this.#expect(")");
    const height = this.#above(Math.max(...args.map((arg) => arg.height)));
    return { kind: "call", name: definition.name, args, option, start: name.start, end, height };
  }

  /** The integer of `, name = 1` behind the arguments of a call. */
  #option({ option }: FilterFunction): bigint | undefined {
    if (option === undefined || (!option.required && !this.#at(","))) return undefined;
    this.#expect(",");
    const { kind, text } = this.#token;
    if (kind !== "identifier" || (text !== option.name && text !== option.name.toUpperCase())) {
      this.#unexpected(`'${option.name}'`);
    }
    this.#advance();
    this.#expect("=");
    const value = this.#token;
    if (value.kind !== "integer") this.#unexpected("an integer");
    this.#advance();
    return checkInt64(this.#source, integerOf(value.text), value.start);
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
    if (accepted) this.#advance();
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
