import { assert, must, unreachable } from "../base/assert.ts";
import type { Column, ListColumn, VectorColumn } from "../schema/column.ts";
import { strideOf, vectorArrayKind } from "../schema/vector-layout.ts";
import { bytesOf, viewAs } from "./byte-view.ts";
import { arrayKindOf, bufferLengths, type ColumnShape, fixedArrays } from "./column-shape.ts";
import { MalformedBytesError } from "./corrupt-file.ts";

// Typed arrays go to files as they lie in memory, and files are little-endian.
assert(new Uint8Array(Uint16Array.of(1).buffer)[0] === 1, "This machine is little-endian");

/** A column taken apart: what describes it, and its memory. */
export interface ColumnParts {
  readonly shape: ColumnShape;
  /** As long as `bufferLengths(shape)` says; views on the column's memory where possible. */
  readonly buffers: readonly Uint8Array[];
}

/** Takes a column apart for storage. Offsets come out starting at 0, without unused values. */
export function partsOf(column: Column): ColumnParts {
  const { layout, rowCount, validity } = column;
  const { buffers, ...values } = valuePartsOf(column);
  const shape = { layout, rowCount, hasValidity: validity !== undefined, ...values };
  if (validity === undefined) return { shape, buffers };
  return { shape, buffers: [validityBytes(validity, rowCount), ...buffers] };
}

type ValueParts = Pick<ColumnShape, "arrayKind" | "size" | "element" | "elements"> &
  Pick<ColumnParts, "buffers">;

function valuePartsOf(column: Column): ValueParts {
  const { rowCount } = column;
  switch (column.layout) {
    case "fixed": {
      const { values } = column;
      assert(values.length === rowCount, "A fixed column has one value per row");
      return { arrayKind: arrayKindOf(values), size: 0, buffers: [bytesOf(values)] };
    }
    case "vector": {
      const { values, dim, element } = column;
      const length = rowCount * strideOf(element, dim);
      assert(values.length === length, "A vector column has dim values per row");
      return { arrayKind: -1, size: dim, element, buffers: [bytesOf(values)] };
    }
    case "bytes": {
      const offsets = offsetsFromZero(column);
      const bytes = column.bytes.subarray(column.offsets[0], column.offsets[rowCount]);
      assert(bytes.length === offsets[rowCount], "Offsets lie within the bytes");
      return { arrayKind: -1, size: bytes.length, buffers: [bytesOf(offsets), bytes] };
    }
    case "list": {
      const offsets = bytesOf(offsetsFromZero(column));
      const { shape, buffers } = partsOf(elementsOf(column));
      return { arrayKind: -1, size: 0, elements: shape, buffers: [offsets, ...buffers] };
    }
    case "sparse": {
      const offsets = offsetsFromZero(column);
      const end = column.offsets[rowCount];
      const indices = column.indices.subarray(column.offsets[0], end);
      const values = column.values.subarray(column.offsets[0], end);
      const size = offsets[rowCount];
      assert(
        indices.length === size && values.length === size,
        "Offsets lie within the components",
      );
      const buffers = [bytesOf(offsets), bytesOf(indices), bytesOf(values)];
      return { arrayKind: -1, size, buffers };
    }
    default:
      return unreachable(column);
  }
}

function validityBytes(validity: Uint8Array, rowCount: number): Uint8Array {
  const byteCount = Math.ceil(rowCount / 8);
  assert(validity.length >= byteCount, "Validity has a bit per row");
  return validity.subarray(0, byteCount);
}

function offsetsFromZero({
  offsets,
  rowCount,
}: Pick<ListColumn, "offsets" | "rowCount">): Uint32Array {
  assert(offsets.length === rowCount + 1, "There is one offset more than rows");
  const base = offsets[0];
  return base === 0 ? offsets : offsets.map((offset) => offset - base);
}

/** The elements that the list's offsets point to. */
function elementsOf({ elements, offsets, rowCount }: ListColumn): ElementColumn {
  const start = offsets[0];
  const end = offsets[rowCount];
  if (start === 0 && end === elements.rowCount) return elements;
  const count = end - start;
  const validity = elements.validity && { validity: sliceBits(elements.validity, start, count) };
  const rest = { rowCount: count, ...validity };
  switch (elements.layout) {
    case "fixed":
      return { layout: "fixed", ...rest, values: elements.values.subarray(start, end) };
    case "bytes": {
      const { bytes } = elements;
      return {
        layout: "bytes",
        ...rest,
        offsets: elements.offsets.subarray(start, end + 1),
        bytes,
      };
    }
    case "vector": {
      const { element, dim } = elements;
      const stride = strideOf(element, dim);
      const values = elements.values.subarray(start * stride, end * stride);
      return { layout: "vector", element, dim, ...rest, values };
    }
    default:
      return unreachable(elements);
  }
}

type ElementColumn = ListColumn["elements"];

function sliceBits(bits: Uint8Array, start: number, count: number): Uint8Array {
  const slice = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < count; i++) {
    const from = start + i;
    slice[i >>> 3] |= ((bits[from >>> 3] >>> (from & 7)) & 1) << (i & 7);
  }
  return slice;
}

/**
 * Puts a column together from buffers of the lengths that its shape gives, as views on them where
 * their alignment allows. Throws `MalformedBytesError` when offsets do not ascend within bounds.
 */
export function columnOf(shape: ColumnShape, buffers: readonly Uint8Array[]): Column {
  assert(buffers.length === bufferLengths(shape).length, "There are the shape's buffers");
  const { layout, rowCount } = shape;
  const { validity, rest } = splitValidity(shape, buffers);
  switch (layout) {
    case "sparse": {
      const offsets = checkedOffsets(rest[0], shape.size);
      const indices = viewAs(Uint32Array, rest[1]);
      const values = viewAs(Float32Array, rest[2]);
      return { layout, rowCount, offsets, indices, values, ...validity };
    }
    case "list": {
      const elementShape = must(shape.elements, "A list's shape has its elements' shape");
      const elements = elementsFrom(elementShape, rest.slice(1));
      const offsets = checkedOffsets(rest[0], elements.rowCount);
      return { layout, rowCount, offsets, elements, ...validity };
    }
    default:
      return elementsFrom(shape, buffers);
  }
}

function splitValidity(
  { hasValidity }: ColumnShape,
  buffers: readonly Uint8Array[],
): { validity: { validity?: Uint8Array }; rest: readonly Uint8Array[] } {
  if (!hasValidity) return { validity: {}, rest: buffers };
  return { validity: { validity: buffers[0] }, rest: buffers.slice(1) };
}

/** A column of a layout that elements of lists may have. */
function elementsFrom(shape: ColumnShape, buffers: readonly Uint8Array[]): ElementColumn {
  const { layout, rowCount } = shape;
  const { validity, rest } = splitValidity(shape, buffers);
  switch (layout) {
    case "fixed": {
      const values = viewAs(fixedArrays[shape.arrayKind], rest[0]);
      return { layout, rowCount, values, ...validity };
    }
    case "vector":
      return { ...vectorsFrom(shape, rest[0]), ...validity };
    default: {
      assert(layout === "bytes", "Elements are fixed, bytes or vectors");
      const offsets = checkedOffsets(rest[0], shape.size);
      return { layout, rowCount, offsets, bytes: rest[1], ...validity };
    }
  }
}

function vectorsFrom(shape: ColumnShape, bytes: Uint8Array): VectorColumn {
  const element = must(shape.element, "The shape of vectors has their element");
  const values = viewAs(vectorArrayKind(element), bytes);
  return { layout: "vector", element, rowCount: shape.rowCount, dim: shape.size, values };
}

function checkedOffsets(bytes: Uint8Array, end: number): Uint32Array {
  const offsets = viewAs(Uint32Array, bytes);
  const last = offsets.length - 1;
  let ascending = offsets[0] === 0 && offsets[last] === end;
  for (let i = 0; i < last; i++) ascending &&= offsets[i] <= offsets[i + 1];
  if (!ascending) throw new MalformedBytesError(`offsets that do not ascend from 0 to ${end}`);
  return offsets;
}
