import type { DataType } from "../schema/data-type.ts";
import type { Constant } from "./constant.ts";
import type { ArithmeticOperator, ComparisonOperator } from "./expression.ts";
import type { ContainsMode } from "./functions.ts";
import type { LikePattern } from "./like-pattern.ts";

/** A step into JSON text: a member of an object or, where it is a number, an element of an array. */
export type JsonPath = readonly string[];

/** What a condition looks at in a row. A row where it is missing or null is UNKNOWN. */
export type Operand = ScalarOperand | ElementOperand | ArrayOperand | JsonOperand;

/** The value of a Bool, number or VarChar field. */
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
  | CompareFieldsNode
  | ArithmeticNode
  | LengthNode
  | NullCheckNode
  | ExistsNode
  | ContainsNode;

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
