import {
  type CollectionSchema,
  dynamicFieldName,
  type Field,
} from "../schema/collection-schema.ts";
import type {
  BoundNode,
  ElementOperand,
  JsonOperand,
  Operand,
  ScalarOperand,
} from "./bound-node.ts";
import type { Constant } from "./constant.ts";
import type { ArithmeticOperator, Expression } from "./expression.ts";
import { failFilter, failFilterBare, failUnsupported } from "./filter-error.ts";
import type { FilterOptions } from "./filter-options.ts";
import { nextToken } from "./lexer.ts";
import { maxQuotedLength } from "./limits.ts";
import type { TemplateValue } from "./template-value.ts";
import type { TimeInterval } from "./time-interval.ts";

/** Where a syntax tree is bound: the source it came from, and what its names may mean. */
export interface BindScope {
  readonly source: string;
  readonly schema: CollectionSchema;
  readonly templates: Readonly<Record<string, TemplateValue>>;
  readonly options: FilterOptions;
}

/** What a part of an expression stands for, before something is done with it. */
export type Term =
  | PredicateTerm
  | ConstantTerm
  | FieldTerm
  | ArithmeticTerm
  | LengthTerm
  | TimeTerm;

/** What only makes sense in a comparison of a Timestamptz field. */
export type TimeTerm = TimestampTerm | IntervalTerm | ShiftTerm;

/** A condition: the only kind of term that a filter may end as. */
export interface PredicateTerm {
  readonly kind: "predicate";
  readonly node: BoundNode;
}

export interface ConstantTerm {
  readonly kind: "constant";
  readonly value: Constant;
  /** The template variable that it is the value of. */
  readonly template?: string;
}

/** A field, or a place in one. A vector field has no operand: nothing can be asked of it. */
export interface FieldTerm {
  readonly kind: "field";
  readonly field: Field;
  readonly operand: Operand | undefined;
}

/** `operand arithmetic argument`, which makes sense in a comparison with a constant only. */
export interface ArithmeticTerm {
  readonly kind: "arithmetic";
  readonly operand: ScalarOperand | ElementOperand | JsonOperand;
  readonly arithmetic: ArithmeticOperator;
  readonly argument: bigint | number;
  readonly type: "Int64" | "Double";
}

/** `array_length(operand)` */
export interface LengthTerm {
  readonly kind: "length";
  readonly operand: Extract<Operand, { kind: "array" | "json" }>;
}

/** `ISO '...'`: microseconds since 1970 UTC. */
export interface TimestampTerm {
  readonly kind: "timestamp";
  readonly micros: bigint;
}

/** `INTERVAL '...'` */
export interface IntervalTerm {
  readonly kind: "interval";
  readonly interval: TimeInterval;
}

/** `operand + interval`; a difference is the sum with the negative interval. */
export interface ShiftTerm {
  readonly kind: "shift";
  readonly operand: ScalarOperand;
  readonly interval: TimeInterval;
}

/** The array whose elements a predicate is about. */
export interface ElementScope {
  /** The name of an array of structs, or of an Array field. */
  readonly name: string;
  /** The function that asks, as Milvus's messages name it. */
  readonly caller: string;
}

/** What the binder knows: the expression for messages, the fields, the template values. */
export class BindContext {
  readonly expression: string;
  readonly dynamicField: Field | undefined;
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #templates: Readonly<Record<string, TemplateValue>>;
  readonly options: FilterOptions;
  readonly schema: CollectionSchema;
  #scope: ElementScope | undefined;
  /** What messages begin with: an error within an argument names the argument. */
  #prefix = "";

  constructor({ source, schema, templates, options }: BindScope) {
    this.expression = source;
    this.schema = schema;
    this.options = options;
    this.#fields = new Map(schema.fields.map((field) => [field.name, field]));
    this.dynamicField = schema.dynamicField ? this.#fields.get(dynamicFieldName) : undefined;
    this.#templates = templates;
  }

  fieldNamed(name: string): Field | undefined {
    return this.#fields.get(name);
  }

  /** The value of `{name}`. Throws `filter-invalid` when there is none. */
  templateNamed(name: string): TemplateValue {
    if (!Object.hasOwn(this.#templates, name)) {
      this.failBare(`the value of expression template variable name {${name}} is not found`);
    }
    return this.#templates[name];
  }

  /** The array whose elements are looked at, within an argument of `match_any` and its like. */
  get scope(): ElementScope | undefined {
    return this.#scope;
  }

  /** Binds an argument that is a predicate on elements. Scopes do not nest. */
  within<T>(scope: ElementScope, prefix: string, bind: () => T): T {
    this.#scope = scope;
    this.#prefix = prefix;
    const bound = bind();
    this.#scope = undefined;
    this.#prefix = "";
    return bound;
  }

  /** Throws `filter-invalid` for what is written at `at`. */
  fail(reason: string, at: Expression): never {
    failFilter(this.expression, this.#prefix + reason, at.start);
  }

  /** Throws `unsupported` for what is written at `at`. */
  refuse(construct: string, at: Expression): never {
    failUnsupported(this.expression, construct, at.start);
  }

  failBare(reason: string): never {
    failFilterBare(this.expression, reason);
  }

  /** The source of a part as Milvus's messages quote it: its tokens without blanks between. */
  textOf({ start, end }: Expression): string {
    const source = this.expression.slice(start, end);
    const tokens: string[] = [];
    // Messages quote the beginning only.
    for (
      let token = nextToken(source, 0);
      token.kind !== "end" && tokens.length < maxQuotedLength;
    ) {
      tokens.push(source.slice(token.start, token.end));
      token = nextToken(source, token.end);
    }
    return tokens.join("").slice(0, maxQuotedLength);
  }
}
