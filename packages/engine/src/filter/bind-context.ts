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
import { failFilter, failFilterBare } from "./filter-error.ts";
import { tokenize } from "./lexer.ts";
import type { TemplateValue } from "./template-value.ts";

/** What a part of an expression stands for, before something is done with it. */
export type Term = PredicateTerm | ConstantTerm | FieldTerm | ArithmeticTerm | LengthTerm;

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

/** What the binder knows: the expression for messages, the fields, the template values. */
export class BindContext {
  readonly expression: string;
  readonly dynamicField: Field | undefined;
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #templates: Readonly<Record<string, TemplateValue>>;

  constructor(
    expression: string,
    schema: CollectionSchema,
    templates: Readonly<Record<string, TemplateValue>>,
  ) {
    this.expression = expression;
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

  /** Throws `filter-invalid` for what is written at `at`. */
  fail(reason: string, at: Expression): never {
    failFilter(this.expression, reason, at.start);
  }

  failBare(reason: string): never {
    failFilterBare(this.expression, reason);
  }

  /** The source of a part as Milvus's messages quote it: its tokens without blanks between. */
  textOf({ start, end }: Expression): string {
    const source = this.expression.slice(start, end);
    return tokenize(source)
      .map((token) => source.slice(token.start, token.end))
      .join("");
  }
}
