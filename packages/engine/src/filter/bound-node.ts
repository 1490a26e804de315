import type { GeometryTest } from "../geometry/geometry-test.ts";
import type { DataType } from "../schema/data-type.ts";
import type { Constant } from "./constant.ts";
import type { ArithmeticOperator, ComparisonOperator } from "./expression.ts";
import type { ContainsMode, MatchMode } from "./functions.ts";
import type { LikePattern } from "./like-pattern.ts";
import type { RegexPattern } from "./regex-pattern.ts";
import type { TimeInterval } from "./time-interval.ts";

/** A step into JSON text: a member of an object or, where it is a number, an element of an array. */
export type JsonPath = readonly string[];

/** What a condition looks at in a row. A row where it is missing or null is UNKNOWN. */
export type Operand = ScalarOperand | ElementOperand | ArrayOperand | JsonOperand;

/** The value of a Bool, number, VarChar, Timestamptz or Geometry field, or of the element at hand. */
export interface ScalarOperand {
  readonly kind: "scalar";
  readonly fieldId: number;
  readonly type: DataType;
}

/** `field[index]` of an Array field. Missing where the array is too short. */
export interface ElementOperand {
  readonly kind: "element";
  readonly fieldId: number;
  /** The type of the elements. */
  readonly type: DataType;
  readonly index: number;
}

/** A whole Array field. */
export interface ArrayOperand {
  readonly kind: "array";
  readonly fieldId: number;
  /** The type of the elements. */
  readonly type: DataType;
}

/** The value at a path in a JSON field. The path may be empty. */
export interface JsonOperand {
  readonly kind: "json";
  readonly fieldId: number;
  readonly path: JsonPath;
}

/**
 * A condition with names and types resolved. Constants have the type of what they are compared
 * with: bigint for integers, number for floats (rounded to float32 for Float fields), boolean,
 * string; anything for JSON.
 */
export type BoundNode =
  | ConstantNode
  | LogicalNode
  | NotNode
  | CompareNode
  | RangeNode
  | InNode
  | LikeNode
  | RegexNode
  | CompareFieldsNode
  | ArithmeticNode
  | LengthNode
  | NullCheckNode
  | ExistsNode
  | ContainsNode
  | ShiftNode
  | GeometryNode
  | MatchNode
  | ElementFilterNode
  | SampleNode;

export interface ConstantNode {
  readonly kind: "constant";
  readonly value: boolean;
}

export interface LogicalNode {
  readonly kind: "and" | "or";
  readonly operands: readonly BoundNode[];
}

export interface NotNode {
  readonly kind: "not";
  readonly operand: BoundNode;
}

export interface CompareNode {
  readonly kind: "compare";
  readonly operand: Operand;
  /** `==` or `!=` for arrays. */
  readonly operator: ComparisonOperator;
  readonly value: Constant;
}

export interface RangeNode {
  readonly kind: "range";
  readonly operand: ScalarOperand | ElementOperand | JsonOperand;
  readonly lower: Constant;
  readonly lowerInclusive: boolean;
  readonly upper: Constant;
  readonly upperInclusive: boolean;
}

export interface InNode {
  readonly kind: "in";
  readonly operand: ScalarOperand | ElementOperand | JsonOperand;
  /** At least one. */
  readonly values: readonly Constant[];
}

export interface LikeNode {
  readonly kind: "like";
  readonly operand: ScalarOperand | ElementOperand | JsonOperand;
  readonly pattern: LikePattern;
}

export interface RegexNode {
  readonly kind: "regex";
  readonly operand: ScalarOperand | ElementOperand | JsonOperand;
  readonly pattern: RegexPattern;
}

export interface CompareFieldsNode {
  readonly kind: "compare-fields";
  readonly left: ScalarOperand;
  readonly operator: ComparisonOperator;
  readonly right: ScalarOperand;
}

/** `operand arithmetic argument operator value`, as in `age + 1 == 3`. */
export interface ArithmeticNode {
  readonly kind: "arithmetic";
  readonly operand: ScalarOperand | ElementOperand | JsonOperand;
  readonly arithmetic: ArithmeticOperator;
  /** Not 0 for `/` and `%`. A bigint if and only if `value` is one. */
  readonly argument: bigint | number;
  readonly operator: ComparisonOperator;
  readonly value: bigint | number;
}

export interface LengthNode {
  readonly kind: "length";
  readonly operand: ArrayOperand | JsonOperand;
  readonly operator: ComparisonOperator;
  readonly value: bigint;
}

/** True where the field has no value. `is not null` is the negation. */
export interface NullCheckNode {
  readonly kind: "null-check";
  readonly fieldId: number;
}

export interface ExistsNode {
  readonly kind: "exists";
  readonly operand: JsonOperand;
}

export interface ContainsNode {
  readonly kind: "contains";
  readonly operand: ArrayOperand | JsonOperand;
  readonly mode: ContainsMode;
  /** Exactly one where the mode is `one`. */
  readonly elements: readonly Constant[];
}

/** `field + interval operator value` of a Timestamptz field, with months in the interval. */
export interface ShiftNode {
  readonly kind: "shift";
  readonly fieldId: number;
  readonly interval: TimeInterval;
  readonly operator: ComparisonOperator;
  /** Microseconds since 1970 UTC. */
  readonly value: bigint;
}

/** A question about a Geometry field. */
export interface GeometryNode {
  readonly kind: "geometry";
  readonly fieldId: number;
  readonly test: GeometryTest;
}

/** How many elements of an array satisfy a predicate: enough, or too many. */
export interface MatchNode {
  readonly kind: "match";
  readonly mode: MatchMode;
  readonly threshold: number;
  /** An Array field, or a sub-field of the array of structs: they all have as many elements. */
  readonly fieldId: number;
  /** Looks at elements: its fields are the array, or sub-fields, taken element by element. */
  readonly predicate: BoundNode;
}

/**
 * `rows and element_filter(...)`: passes the rows that have such an element. In a search among the
 * elements of an array of structs, only such elements are searched.
 */
export interface ElementFilterNode {
  readonly kind: "element-filter";
  readonly struct: string;
  /** With mode `any`. */
  readonly match: MatchNode;
  /** Absent: all rows. */
  readonly rows: BoundNode | undefined;
}

/** `rows and random_sample(factor)`: a random choice among the rows. Only at the root. */
export interface SampleNode {
  readonly kind: "sample";
  /** The part of the rows that is chosen, between 0 and 1. */
  readonly factor: number;
  /** Absent: all rows. */
  readonly rows: BoundNode | undefined;
  readonly random: () => number;
}
