import { EngineError } from "../base/errors.ts";
import type { Field } from "./collection-schema.ts";
import type { SparseColumn, VectorColumn, VectorElement } from "./column.ts";
import { numberToBFloat16, numberToFloat16 } from "./half-precision.ts";
import { isTypedArray, mismatch } from "./value-mismatch.ts";
import { createVectorArray, strideOf, type VectorArray, vectorShapeOf } from "./vector-layout.ts";

/**
 * Dense vectors as rows carry them: arrays of numbers, typed or not; of bits, arrays of bytes with
 * eight of them each. Numbers are rounded to half precision where the field has it.
 */
export function vectorColumn(field: Field, values: readonly unknown[]): VectorColumn {
  const shape = vectorShapeOf(field);
  const { element, dim } = shape;
  const stride = strideOf(element, dim);
  const array = createVectorArray(shape, values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null) continue;
    if (!Array.isArray(value) && !isTypedArray(value)) {
      throw mismatch(field, value, row, "an array of numbers");
    }
    const vector = value as ArrayLike<unknown>;
    if (vector.length !== stride) throw wrongDim(field, vector.length, row);
    for (let i = 0; i < stride; i++) {
      if (!isComponent(element, vector[i])) {
        throw mismatch(field, vector[i], row, componentTitles[element]);
      }
    }
    // Each component was found to be a number.
    setVector(array, row * stride, element, vector as ArrayLike<number>);
  }
  return { layout: "vector", ...shape, rowCount: values.length, values: array };
}

const componentTitles: Readonly<Record<VectorElement, string>> = {
  float32: "numbers",
  float16: "numbers",
  bfloat16: "numbers",
  int8: "integers from -128 to 127",
  bit: "bytes",
};

function isComponent(element: VectorElement, value: unknown): boolean {
  if (element === "int8")
    return Number.isInteger(value) && ((value as number) << 24) >> 24 === value;
  if (element === "bit") return Number.isInteger(value) && ((value as number) & 0xff) === value;
  return typeof value === "number";
}

function setVector(
  target: VectorArray,
  start: number,
  element: VectorElement,
  vector: ArrayLike<number>,
): void {
  if (element !== "float16" && element !== "bfloat16") {
    target.set(vector, start);
    return;
  }
  const convert = element === "float16" ? numberToFloat16 : numberToBFloat16;
  for (let i = 0; i < vector.length; i++) target[start + i] = convert(vector[i]);
}

function wrongDim(field: Field, length: number, row: number): EngineError {
  const { element, dim } = vectorShapeOf(field);
  const actual = element === "bit" ? length * 8 : length;
  return new EngineError(
    "dimension-mismatch",
    `the dim (${actual}) of field data(${field.name}) is not equal to schema dim (${dim})`,
    { details: { field: field.name, row, expected: dim, actual } },
  );
}

/** Sparse vectors as rows carry them: `{ index: value }`, or a list of `[index, value]`, in any order. */
export function sparseColumn(field: Field, values: readonly unknown[]): SparseColumn {
  const offsets = new Uint32Array(values.length + 1);
  const components: Component[] = [];
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    // One by one: a vector may have more components than a call may have arguments.
    if (value !== null) for (const one of componentsOf(field, value, row)) components.push(one);
    offsets[row + 1] = components.length;
  }
  return {
    layout: "sparse",
    rowCount: values.length,
    offsets,
    indices: Uint32Array.from(components, ([index]) => index),
    values: Float32Array.from(components, ([, value]) => value),
  };
}

type Component = readonly [index: number, value: number];

/** The components of a sparse vector, by ascending index. */
function componentsOf(field: Field, value: unknown, row: number): Component[] {
  const expected = "an object of numbers by index, or an array of [index, value]";
  if (typeof value !== "object" || value === null || isTypedArray(value)) {
    throw mismatch(field, value, row, expected);
  }
  const entries: readonly unknown[] = Array.isArray(value) ? value : Object.entries(value);
  const components = entries.map((entry): Component => {
    if (!Array.isArray(entry) || entry.length !== 2) throw mismatch(field, entry, row, expected);
    const [index, component]: unknown[] = entry;
    if (typeof component !== "number") throw mismatch(field, component, row, expected);
    return [indexOf(field, index, row), component];
  });
  return components.sort(([a], [b]) => a - b);
}

function indexOf(field: Field, index: unknown, row: number): number {
  const number = typeof index === "string" && /^\d+$/.test(index) ? Number(index) : index;
  if (
    typeof number !== "number" ||
    !Number.isInteger(number) ||
    number < 0 ||
    number > 0xffff_ffff
  ) {
    throw mismatch(field, index, row, "indices from 0 to 2^32 - 2");
  }
  return number;
}
