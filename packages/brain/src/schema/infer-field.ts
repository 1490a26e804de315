import { BrainError } from "../base/brain-error.ts";
import type { FieldInfo, FieldType, ScalarType } from "./field.ts";
import { isLabelType } from "./label-shape.ts";

/** A field as values show it. */
export interface InferredField {
  readonly type: FieldType;
  readonly elementType?: ScalarType;
  readonly dim?: number;
  /** A list that had no element yet: it takes any type. */
  readonly isEmptyList?: true;
}

/**
 * The field that holds a value. `undefined` for `null` and `undefined`, which every field holds; throws
 * `value-invalid` for what none does.
 */
export function inferField(name: string, value: unknown): InferredField | undefined {
  if (value === null || value === undefined) return undefined;
  const scalar = scalarTypeOf(value);
  if (scalar !== undefined) return { type: scalar };
  if (value instanceof Float32Array) return { type: "vector", dim: value.length };
  if (Array.isArray(value)) return inferList(value);
  if (typeof value === "object") {
    const type = "type" in value ? value.type : undefined;
    if (typeof type === "string" && isLabelType(type)) return { type };
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return { type: "dict" };
  }
  throw new BrainError(
    "value-invalid",
    `Cannot store field "${name}": its value is of no type that a field has. Vectors are Float32Array, ` +
      "labels plain objects with a type",
    { details: { name } },
  );
}

/**
 * The field that holds what both hold: whole numbers and fractions are floats, lists of different
 * things are lists of JSON. Throws `field-type-mismatch` where there is none.
 */
export function mergeFields(name: string, one: InferredField, other: InferredField): InferredField {
  if (one.type === "list" && other.type === "list") return mergeLists(one, other);
  if (one.type === other.type && one.dim === other.dim) return one;
  if (isNumber(one.type) && isNumber(other.type)) return { type: "float" };
  throw new BrainError(
    "field-type-mismatch",
    `Cannot store field "${name}": some values are ${typeText(one)}, others ${typeText(other)}`,
    { details: { name } },
  );
}

/** A field's type in words. */
export function typeText(field: Pick<FieldInfo, "type" | "elementType" | "dim">): string {
  if (field.type === "list") return `list<${field.elementType ?? "JSON"}>`;
  if (field.type === "vector") return `vector<${field.dim}>`;
  return field.type;
}

function mergeLists(one: InferredField, other: InferredField): InferredField {
  if (one.isEmptyList === true) return other;
  if (other.isEmptyList === true || one.elementType === other.elementType) return one;
  const { elementType: a } = one;
  const { elementType: b } = other;
  if (a !== undefined && b !== undefined && isNumber(a) && isNumber(b)) {
    return { type: "list", elementType: "float" };
  }
  return { type: "list" };
}

function inferList(values: readonly unknown[]): InferredField {
  let list: InferredField = { type: "list", isEmptyList: true };
  for (const value of values) {
    const elementType = scalarTypeOf(value);
    if (elementType === undefined) return { type: "list" };
    list = mergeLists(list, { type: "list", elementType });
  }
  return list;
}

function scalarTypeOf(value: unknown): ScalarType | undefined {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "string":
      return "string";
    case "bigint":
      return "int";
    case "number":
      return Number.isSafeInteger(value) ? "int" : "float";
    default:
      return value instanceof Date ? "datetime" : undefined;
  }
}

function isNumber(type: string): boolean {
  return type === "int" || type === "float";
}
