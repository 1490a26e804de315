/** What all nodes of the syntax tree have. */
interface Node {
  /** Where the node begins and ends in the source. */
  readonly start: number;
  readonly end: number;
  /** Levels below this node: 0 for leaves. Never above `maxNestingDepth`. */
  readonly height: number;
}

export type ComparisonOperator = "<" | "<=" | ">" | ">=" | "==" | "!=";
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | BitOperator;
/** Of integers only. */
export type BitOperator = "&" | "|" | "^" | "<<" | ">>";

/** The syntax tree of a filter: what was written, before names and types are looked at. */
export type Expression =
  | IntegerLiteral
  | FloatLiteral
  | BooleanLiteral
  | StringLiteral
  | TimestampLiteral
  | IntervalLiteral
  | TemplateVariable
  | ListExpression
  | LiteralListExpression
  | GroupExpression
  | PathExpression
  | SelfExpression
  | UnaryExpression
  | BinaryExpression
  | LogicalExpression
  | RangeExpression
  | InExpression
  | LikeExpression
  | RegexExpression
  | NullCheckExpression
  | ExistsExpression
  | CallExpression;

export interface IntegerLiteral extends Node {
  readonly kind: "integer";
  readonly value: bigint;
}

export interface FloatLiteral extends Node {
  readonly kind: "float";
  readonly value: number;
}

export interface BooleanLiteral extends Node {
  readonly kind: "boolean";
  readonly value: boolean;
}

export interface StringLiteral extends Node {
  readonly kind: "string";
  readonly value: string;
}

/** `ISO '2025-01-01T00:00:00Z'` */
export interface TimestampLiteral extends Node {
  readonly kind: "timestamp";
  readonly text: string;
}

/** `INTERVAL 'P1DT2H'` */
export interface IntervalLiteral extends Node {
  readonly kind: "interval";
  readonly text: string;
}

/** `{name}` */
export interface TemplateVariable extends Node {
  readonly kind: "template";
  readonly name: string;
}

export interface ListExpression extends Node {
  readonly kind: "list";
  readonly elements: readonly Expression[];
}

/** A list of plain literals, which a program may write with a million of them. */
export interface LiteralListExpression extends Node {
  readonly kind: "literals";
  readonly values: readonly (bigint | string)[];
}

/** `(inner)` */
export interface GroupExpression extends Node {
  readonly kind: "group";
  readonly inner: Expression;
}

/** One step of `field["key"][0][word]`. A word names a sub-field of an array of structs. */
export type PathStep =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "index"; readonly index: string }
  | { readonly kind: "word"; readonly word: string };

export interface PathExpression extends Node {
  readonly kind: "path";
  readonly name: string;
  readonly steps: readonly PathStep[];
}

/** `$[name]`, a sub-field of the element at hand, or `$`, the element itself. */
export interface SelfExpression extends Node {
  readonly kind: "self";
  readonly name: string | undefined;
}

export interface UnaryExpression extends Node {
  readonly kind: "unary";
  readonly operator: "not" | "+" | "-" | "~";
  readonly operand: Expression;
}

export interface BinaryExpression extends Node {
  readonly kind: "binary";
  readonly operator: ComparisonOperator | ArithmeticOperator | "**";
  readonly left: Expression;
  readonly right: Expression;
}

/** A chain of one operator: `a and b and c` has three operands. */
export interface LogicalExpression extends Node {
  readonly kind: "logical";
  readonly operator: "and" | "or";
  readonly operands: readonly Expression[];
}

/** `low < field <= high`, or `high >= field > low`, as written. */
export interface RangeExpression extends Node {
  readonly kind: "range";
  readonly left: Expression;
  readonly leftOperator: ComparisonOperator;
  readonly operand: PathExpression | SelfExpression;
  readonly rightOperator: ComparisonOperator;
  readonly right: Expression;
}

export interface InExpression extends Node {
  readonly kind: "in";
  readonly negated: boolean;
  readonly operand: Expression;
  readonly list: Expression;
}

export interface LikeExpression extends Node {
  readonly kind: "like";
  readonly operand: Expression;
  readonly pattern: Expression;
}

/** `operand =~ pattern`, or `!~` where it is negated. */
export interface RegexExpression extends Node {
  readonly kind: "regex";
  readonly negated: boolean;
  readonly operand: Expression;
  readonly pattern: Expression;
}

export interface NullCheckExpression extends Node {
  readonly kind: "null-check";
  /** `is not null` */
  readonly negated: boolean;
  readonly operand: PathExpression;
}

export interface ExistsExpression extends Node {
  readonly kind: "exists";
  readonly operand: Expression;
}

export interface CallExpression extends Node {
  readonly kind: "call";
  /** In lower case. */
  readonly name: string;
  readonly args: readonly Expression[];
  /** The value of the `name = 1` behind the arguments, where the function takes one. */
  readonly option: bigint | undefined;
}
