import { unreachable } from "../base/assert.ts";
import type { ByteReader } from "../base/byte-reader.ts";
import type { FixedArray, VectorElement } from "../schema/column.ts";
import type { ColumnLayout } from "../schema/data-type.ts";
import { vectorByteLength } from "../schema/vector-layout.ts";
import type { TypedArrayConstructor } from "./byte-view.ts";
import { MalformedBytesError } from "./corrupt-file.ts";

/**
 * All of a column but its buffers: what a file says before them, and what their lengths follow
 * from. `size` is a vector's dim, a bytes column's number of bytes, a sparse column's number of
 * components, and 0 for the other layouts.
 */
export interface ColumnShape {
  readonly layout: ColumnLayout;
  /** The typed array of a fixed column, as its place in {@link fixedArrays}; else -1. */
  readonly arrayKind: number;
  /** What the components of a vector column are. */
  readonly element?: VectorElement;
  readonly rowCount: number;
  readonly size: number;
  readonly hasValidity: boolean;
  /** Of a list column: the shape of its elements. */
  readonly elements?: ColumnShape;
}

/** A fixed column's typed arrays. In files each is known by its place here, counted from 1. */
export const fixedArrays: readonly TypedArrayConstructor<FixedArray>[] = [
  Uint8Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
];

export function arrayKindOf(values: FixedArray): number {
  return fixedArrays.findIndex((type) => values instanceof type);
}

/** Layouts. In files each is known by its place here, counted from 1. */
const layouts: readonly ColumnLayout[] = ["fixed", "bytes", "list", "vector", "sparse"];

/** Components of vectors. In files each is known by its place here, counted from 0. */
const elements: readonly VectorElement[] = ["float32", "float16", "bfloat16", "int8", "bit"];

/** What {@link encodeShape} needs of a writer: `ByteWriter` has it. */
export interface ByteSink {
  readonly length: number;
  u8(value: number): unknown;
  u32(value: number): unknown;
  bytes(value: Uint8Array): unknown;
  align(alignment: number): unknown;
}

/** Writes 12 bytes, and as many again for the elements of a list column. */
export function encodeShape(writer: ByteSink, shape: ColumnShape): void {
  writer.u8(layouts.indexOf(shape.layout) + 1);
  writer.u8(kindCodeOf(shape));
  writer.u8(shape.hasValidity ? 1 : 0);
  writer.u8(0);
  writer.u32(shape.rowCount);
  writer.u32(shape.size);
  if (shape.elements !== undefined) encodeShape(writer, shape.elements);
}

/** The second byte: what the values of a fixed column are, or the components of vectors. */
function kindCodeOf({ arrayKind, element }: ColumnShape): number {
  return element === undefined ? arrayKind + 1 : elements.indexOf(element);
}

/** Throws `MalformedBytesError` or `UnexpectedEndError`. */
export function decodeShape(reader: ByteReader): ColumnShape {
  const shape = decodeFlatShape(reader);
  if (shape.layout !== "list") return shape;
  const elements = decodeFlatShape(reader);
  if (elements.layout === "list" || elements.layout === "sparse") {
    throw new MalformedBytesError(`list elements of layout "${elements.layout}"`);
  }
  return { ...shape, elements };
}

function decodeFlatShape(reader: ByteReader): ColumnShape {
  const layoutCode = reader.u8();
  const kindCode = reader.u8();
  const validityCode = reader.u8();
  const zero = reader.u8();
  const rowCount = reader.u32();
  const size = reader.u32();
  const layout = layouts[layoutCode - 1];
  if (layout === undefined) throw new MalformedBytesError(`column layout ${layoutCode}`);
  const sizeFits = hasSize.has(layout) || size === 0;
  if (!sizeFits || validityCode > 1 || zero !== 0) throw unknownValue();
  const rest = { layout, rowCount, size, hasValidity: validityCode === 1 };
  if (layout === "vector") {
    const element = elements[kindCode];
    if (element === undefined || (element === "bit" && size % 8 !== 0)) throw unknownValue();
    return { ...rest, arrayKind: -1, element };
  }
  const kindFits = layout === "fixed" ? fixedArrays[kindCode - 1] !== undefined : kindCode === 0;
  if (!kindFits) throw unknownValue();
  return { ...rest, arrayKind: kindCode - 1 };
}

/** The layouts whose buffers' lengths do not follow from the number of rows alone. */
const hasSize: ReadonlySet<ColumnLayout> = new Set(["bytes", "vector", "sparse"]);

function unknownValue(): MalformedBytesError {
  return new MalformedBytesError("a column header with an unknown value in it");
}

/** The lengths in bytes of the column's buffers, in the order in which they are stored. */
export function bufferLengths(shape: ColumnShape): readonly number[] {
  const validity = shape.hasValidity ? [Math.ceil(shape.rowCount / 8)] : [];
  return [...validity, ...valueLengths(shape)];
}

function valueLengths(shape: ColumnShape): readonly number[] {
  const { layout, rowCount } = shape;
  switch (layout) {
    case "fixed":
      return [rowCount * fixedArrays[shape.arrayKind].BYTES_PER_ELEMENT];
    case "vector":
      return [rowCount * vectorByteLength(shape.element ?? "float32", shape.size)];
    case "bytes":
      return [(rowCount + 1) * Uint32Array.BYTES_PER_ELEMENT, shape.size];
    case "list":
      return [
        (rowCount + 1) * Uint32Array.BYTES_PER_ELEMENT,
        ...(shape.elements === undefined ? [] : bufferLengths(shape.elements)),
      ];
    case "sparse":
      return [
        (rowCount + 1) * Uint32Array.BYTES_PER_ELEMENT,
        shape.size * Uint32Array.BYTES_PER_ELEMENT,
        shape.size * Float32Array.BYTES_PER_ELEMENT,
      ];
    default:
      return unreachable(layout);
  }
}
