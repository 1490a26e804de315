import type { FieldInfo } from "../schema/field.ts";

/** What an expression's value is, and where SQL keeps its parts. */
export type ValueType = ScalarValueType | ListValueType | StructValueType;

export interface ScalarValueType {
  /** `json`: JSON text of any type, known only row by row. `null`: the constant that is no value. */
  readonly kind: "boolean" | "number" | "string" | "date" | "json" | "null";
}

export interface ListValueType {
  readonly kind: "list";
  readonly element: ValueType;
  /** The step of a path that stands for the list itself, such as "detections" of Detections. */
  readonly step?: string;
  /** The field whose labels these are, which says how to read them. */
  readonly field?: FieldInfo;
}

export interface StructValueType {
  readonly kind: "struct";
  /** For messages: "Detection", "sample". */
  readonly name: string;
  /** By the name that paths use. */
  readonly members: ReadonlyMap<string, Member>;
  readonly field?: FieldInfo;
}

export interface Member {
  /** The name of the column, or of the entry of the STRUCT. */
  readonly column: string;
  readonly type: ValueType;
}

export const BOOLEAN: ScalarValueType = { kind: "boolean" };
export const NUMBER: ScalarValueType = { kind: "number" };
export const STRING: ScalarValueType = { kind: "string" };
export const DATE: ScalarValueType = { kind: "date" };
export const JSON_VALUE: ScalarValueType = { kind: "json" };
export const NULL: ScalarValueType = { kind: "null" };

export function listOf(element: ValueType): ListValueType {
  return { kind: "list", element };
}

/** For messages: "list of numbers". */
export function describeType(type: ValueType): string {
  switch (type.kind) {
    case "list":
      return `list of ${describeType(type.element)}`;
    case "struct":
      return type.name;
    case "json":
      return "JSON";
    default:
      return type.kind;
  }
}

/** The member of a name in either spelling, `boundingBox` or `bounding_box`. */
export function findMember(type: StructValueType, name: string): Member | undefined {
  return type.members.get(name) ?? type.members.get(toCamelCase(name));
}

export function toCamelCase(name: string): string {
  return name.replaceAll(/(?<=[^_])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
