import { assert, must, unreachable } from "../base/assert.ts";
import type { BytesColumn, Column, FixedColumn, ListColumn } from "../schema/column.ts";
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

type ValueParts = Pick<ColumnShape, "arrayKind" | "size" | "elements"> &
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
      const { values, dim } = column;
      assert(values.length === rowCount * dim, "A vector column has dim values per row");
      return { arrayKind: -1, size: dim, buffers: [bytesOf(values)] };
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
    default:
      return unreachable(column);
  }
}

function validityBytes(validity: Uint8Array, rowCount: number): Uint8Array {
  const byteCount = Math.ceil(rowCount / 8);
  assert(validity.length >= byteCount, "Validity has a bit per row");
  return validity.subarray(0, byteCount);
}

function offsetsFromZero({ offsets, rowCount }: BytesColumn | ListColumn): Uint32Array {
  assert(offsets.length === rowCount + 1, "There is one offset more than rows");
  const base = offsets[0];
  return base === 0 ? offsets : offsets.map((offset) => offset - base);
}

/** The elements that the list's offsets point to. */
function elementsOf({ elements, offsets, rowCount }: ListColumn): FixedColumn | BytesColumn {
  const start = offsets[0];
  const end = offsets[rowCount];
  if (start === 0 && end === elements.rowCount) return elements;
  const count = end - start;
  const validity = elements.validity && { validity: sliceBits(elements.validity, start, count) };
  return elements.layout === "fixed"
    ? {
        layout: "fixed",
        rowCount: count,
        values: elements.values.subarray(start, end),
        ...validity,
      }
    : {
        layout: "bytes",
        rowCount: count,
        offsets: elements.offsets.subarray(start, end + 1),
        bytes: elements.bytes,
        ...validity,
      };
}

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
  const validity = shape.hasValidity && { validity: buffers[0] };
  const rest = shape.hasValidity ? buffers.slice(1) : buffers;
  switch (layout) {
    case "vector": {
      const values = viewAs(Float32Array, rest[0]);
      return { layout, rowCount, dim: shape.size, values, ...validity };
    }
    case "list": {
      const elementShape = must(shape.elements, "A list's shape has its elements' shape");
      const elements = flatColumnOf(elementShape, rest.slice(1));
      const offsets = checkedOffsets(rest[0], elements.rowCount);
      return { layout, rowCount, offsets, elements, ...validity };
    }
    default:
      return flatColumnOf(shape, buffers);
  }
}

function flatColumnOf(
  shape: ColumnShape,
  buffers: readonly Uint8Array[],
): FixedColumn | BytesColumn {
  const { layout, rowCount } = shape;
  const validity = shape.hasValidity && { validity: buffers[0] };
  const rest = shape.hasValidity ? buffers.slice(1) : buffers;
  if (layout === "fixed") {
    const values = viewAs(fixedArrays[shape.arrayKind], rest[0]);
    return { layout, rowCount, values, ...validity };
  }
  assert(layout === "bytes", "Only fixed and bytes columns are flat");
  const offsets = checkedOffsets(rest[0], shape.size);
  return { layout, rowCount, offsets, bytes: rest[1], ...validity };
}

function checkedOffsets(bytes: Uint8Array, end: number): Uint32Array {
  const offsets = viewAs(Uint32Array, bytes);
  const last = offsets.length - 1;
  let ascending = offsets[0] === 0 && offsets[last] === end;
  for (let i = 0; i < last; i++) ascending &&= offsets[i] <= offsets[i + 1];
  if (!ascending) throw new MalformedBytesError(`offsets that do not ascend from 0 to ${end}`);
  return offsets;
}
