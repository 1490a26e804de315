import { type DataType, infoOf } from "../schema/data-type.ts";
import type { ConstantTerm, FieldTerm, Term } from "./bind-context.ts";
import { type Constant, isList, isNumber, printConstant, typeOfConstant } from "./constant.ts";

/**
 * The constant as a value of a type, or undefined where Milvus has no such cast: floats are no
 * integers, and nothing but a number becomes a number. A JavaScript number that came as a template
 * value passes for an integer where one is needed and it is a safe one.
 */
export function cast(type: DataType, { value, template }: ConstantTerm): Constant | undefined {
  switch (infoOf(type).family) {
    case "json":
      return value;
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "string":
      return typeof value === "string" ? value : undefined;
    case "array":
      return isList(value) ? value : undefined;
    case "integer":
      if (typeof value === "bigint") return value;
      if (template === undefined || typeof value !== "number") return undefined;
      return Number.isSafeInteger(value) ? BigInt(value) : undefined;
    case "float":
      if (!isNumber(value) || Number.isNaN(value)) return undefined;
      // A Float field is compared as float32, so that 0.1 finds what was stored for 0.1.
      return type === "Float" ? Math.fround(Number(value)) : Number(value);
    default:
      return undefined;
  }
}

/** What Milvus says where {@link cast} has no answer. */
export function castProblem(type: DataType, value: Constant): string {
  return `cannot cast value to ${type}, value: ${printConstant(value)}`;
}

/** The type of a term as messages name it: `Int64`, `Array[VarChar]`. */
export function nameOfType(term: Term): string {
  switch (term.kind) {
    case "predicate":
      return "Bool";
    case "constant":
      return nameOfConstantType(term.value);
    case "arithmetic":
      return term.type;
    case "length":
      return "Int64";
    case "timestamp":
    case "shift":
      return "Timestamptz";
    case "interval":
      return "Interval";
    default:
      return nameOfFieldType(term);
  }
}

function nameOfFieldType({ field, operand }: FieldTerm): string {
  if (operand === undefined || operand.kind === "json") return field.type;
  // An element of an array goes by its own type only within a predicate on elements.
  return operand.kind === "scalar" ? operand.type : `Array[${operand.type}]`;
}

function nameOfConstantType(value: Constant): string {
  return isList(value) ? `Array[${elementTypeOf(value) ?? "None"}]` : typeOfConstant(value);
}

/** The common type of a list's elements, if they have one: Double for integers and floats. */
function elementTypeOf(list: readonly Constant[]): DataType | undefined {
  const types = new Set(list.map(typeOfConstant));
  if (types.size <= 1) return [...types][0];
  return list.every(isNumber) ? "Double" : undefined;
}

/** The type that decides what a term may be compared with: of the elements, for arrays. */
export function comparedType(term: Term): DataType | undefined {
  switch (term.kind) {
    case "predicate":
      return "Bool";
    case "constant":
      return isList(term.value) ? elementTypeOf(term.value) : typeOfConstant(term.value);
    case "arithmetic":
      return term.type;
    case "length":
      return "Int64";
    case "timestamp":
    case "interval":
    case "shift":
      return "Timestamptz";
    default:
      return term.operand === undefined || term.operand.kind === "json"
        ? term.field.type
        : term.operand.type;
  }
}

/** Whether values of two types can be compared. An empty list has no type, and only JSON takes it. */
export function comparable(left: DataType | undefined, right: DataType | undefined): boolean {
  const a = kindOf(left);
  const b = kindOf(right);
  if (incomparable.has(a) || incomparable.has(b)) return false;
  if (a === "json" || b === "json") return true;
  return a === b && a !== "array" && a !== undefined;
}

const incomparable: ReadonlySet<string | undefined> = new Set(["vector", "vectors", "geometry"]);

function kindOf(type: DataType | undefined): string | undefined {
  if (type === undefined) return undefined;
  const { family } = infoOf(type);
  return family === "integer" || family === "float" ? "number" : family;
}
