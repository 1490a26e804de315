/** What a value of a document has to be. {@link checkShape} walks a document beside one. */
export type Shape =
  | TextShape
  | { readonly kind: "boolean" }
  | {
      readonly kind: "number";
      readonly integer: boolean;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: "choice"; readonly of: readonly string[] }
  | { readonly kind: "list"; readonly of: Shape; readonly min: number; readonly max: number }
  | { readonly kind: "map"; readonly of: Shape }
  | RecordShape
  /** The first alternative whose outer form (text, number, record) is the value's. */
  | { readonly kind: "either"; readonly of: readonly Shape[] };

export interface TextShape {
  readonly kind: "text";
  readonly pattern: RegExp;
  /** What the pattern asks for, as in `must be …`. */
  readonly meaning: string;
}

export interface RecordShape {
  readonly kind: "record";
  readonly required: Readonly<Record<string, Shape>>;
  readonly optional: Readonly<Record<string, Shape>>;
}

export function text(pattern: RegExp, meaning: string): TextShape {
  return { kind: "text", pattern, meaning };
}

/** A record of these keys and no others. */
export function record(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): RecordShape {
  return { kind: "record", required, optional };
}

export function list(of: Shape, bounds: { readonly min?: number; readonly max: number }): Shape {
  return { kind: "list", of, min: bounds.min ?? 0, max: bounds.max };
}

export function integer(min: number, max: number): Shape {
  return { kind: "number", integer: true, min, max };
}

export function choice(...of: readonly string[]): Shape {
  return { kind: "choice", of };
}

export const boolean: Shape = { kind: "boolean" };
export const anyText: TextShape = text(/^[^\0]*$/, "a text without NUL");
export const filledText: TextShape = text(/^[^\0]+$/, "a text that is not empty");
