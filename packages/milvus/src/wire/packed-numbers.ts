// Arrays of numbers on the wire. Typed arrays are copied to and from the wire's bytes as they lie
// in memory: both are little-endian on every platform that Node runs on, s390x excepted.
import { JoinedBytes } from "./joined-bytes.ts";
import {
  varintBytesMax,
  WireError,
  type WireReader,
  type WireType,
  wireTypes,
} from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

/** The wire type of the elements of the numeric `*Array` messages. */
export type ElementWireType =
  | typeof wireTypes.varint
  | typeof wireTypes.fixed32
  | typeof wireTypes.fixed64;

/** How many elements a numeric `*Array` message has. */
export function countElements(array: WireReader, elementType: ElementWireType): number {
  const bytes = packedOf(array, elementType);
  if (elementType === wireTypes.varint) return countVarints(bytes);
  return wholeCount(bytes, elementType === wireTypes.fixed32 ? 4 : 8);
}

/** The elements of a numeric `*Array` message, whose field 1 they are, in packed form. */
function packedOf(array: WireReader, elementType: WireType): Uint8Array {
  const packed = new JoinedBytes();
  while (array.next()) {
    if (array.field === 1) packed.append(array.elements(elementType));
    else array.skip();
  }
  return packed.bytes;
}

/** Reads a `schema.FloatArray`. */
export function readFloatArray(array: WireReader): Float32Array {
  return floatsOf(packedOf(array, wireTypes.fixed32));
}

/** Reads a `schema.DoubleArray`. */
export function readDoubleArray(array: WireReader): Float64Array {
  const bytes = packedOf(array, wireTypes.fixed64);
  const values = new Float64Array(wholeCount(bytes, 8));
  new Uint8Array(values.buffer).set(bytes);
  return values;
}

/** Reads a `schema.IntArray`. */
export function readIntArray(array: WireReader): Int32Array {
  const bytes = packedOf(array, wireTypes.varint);
  const values = new Int32Array(countVarints(bytes));
  decodeVarints32(bytes, values);
  return values;
}

/** Reads a `schema.LongArray`. */
export function readLongArray(array: WireReader): BigInt64Array {
  const bytes = packedOf(array, wireTypes.varint);
  const values = new BigInt64Array(countVarints(bytes));
  decodeVarints64(bytes, new Int32Array(values.buffer));
  return values;
}

/** Reads a `schema.BoolArray` as bytes that are 0 or 1. */
export function readBoolArray(array: WireReader): Uint8Array {
  return boolsOf(packedOf(array, wireTypes.varint));
}

/** Floats of packed bytes, copied. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  const values = new Float32Array(wholeCount(bytes, 4));
  new Uint8Array(values.buffer).set(bytes);
  return values;
}

/** Booleans of packed varints: bytes that are 0 or 1. */
export function boolsOf(bytes: Uint8Array): Uint8Array {
  const values = new Uint8Array(countVarints(bytes));
  let offset = 0;
  for (let i = 0; i < values.length; i++) {
    const start = offset;
    let bits = 0;
    let byte: number;
    do {
      byte = bytes[offset++];
      bits |= byte & 0x7f;
    } while (byte > 0x7f);
    if (offset - start > varintBytesMax) throw new WireError("Varint is longer than 10 bytes");
    values[i] = bits === 0 ? 0 : 1;
  }
  return values;
}

function wholeCount(bytes: Uint8Array, width: number): number {
  if (bytes.length % width !== 0) {
    throw new WireError(`${bytes.length} bytes are no whole numbers of ${width} bytes`);
  }
  return bytes.length / width;
}

/** Each varint has one byte below 0x80: its last. */
function countVarints(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) count += (bytes[i] >>> 7) ^ 1;
  if (bytes.length > 0 && bytes[bytes.length - 1] > 0x7f) throw new WireError("Varint is cut off");
  return count;
}

/** The low 32 bits of each varint: negative int32s are ten bytes long. */
function decodeVarints32(bytes: Uint8Array, out: Int32Array): void {
  let offset = 0;
  for (let i = 0; i < out.length; i++) {
    let byte = bytes[offset++];
    let value = byte & 0x7f;
    let shift = 7;
    for (; byte > 0x7f; shift += 7) {
      byte = bytes[offset++];
      if (shift < 32) value |= (byte & 0x7f) << shift;
    }
    if (shift > 70) throw new WireError("Varint is longer than 10 bytes");
    out[i] = value;
  }
}

/** The low and high 32 bits of each varint, in turn: how a BigInt64Array lies in memory. */
function decodeVarints64(bytes: Uint8Array, out: Int32Array): void {
  let offset = 0;
  for (let i = 0; i < out.length; i += 2) {
    let byte = bytes[offset++];
    let low = byte & 0x7f;
    let high = 0;
    let shift = 7;
    for (; byte > 0x7f; shift += 7) {
      byte = bytes[offset++];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift > 28) high |= bits << (shift - 32);
      else {
        low |= bits << 28;
        high = bits >>> 4;
      }
    }
    if (shift > 70) throw new WireError("Varint is longer than 10 bytes");
    out[i] = low;
    out[i + 1] = high;
  }
}

/** Writes floats as a packed field. */
export function writeFloats(writer: WireWriter, field: number, values: Float32Array): void {
  writer.bytes(field, bytesOf(values));
}

/** Writes doubles as a packed field. */
export function writeDoubles(writer: WireWriter, field: number, values: Float64Array): void {
  writer.bytes(field, bytesOf(values));
}

/** Writes int32s, or smaller integers, as a packed field. */
export function writeInts(
  writer: WireWriter,
  field: number,
  values: Int8Array | Int16Array | Int32Array | Uint8Array | Uint32Array,
): void {
  if (values.length === 0) return;
  const isSigned = !(values instanceof Uint8Array || values instanceof Uint32Array);
  const mark = writer.begin(field, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    writer.varintElement(value, isSigned && value < 0 ? -1 : 0);
  }
  writer.end(mark);
}

/** Writes int64s as a packed field. */
export function writeLongs(writer: WireWriter, field: number, values: BigInt64Array): void {
  if (values.length === 0) return;
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const mark = writer.begin(field, values.length * 5);
  for (let i = 0; i < words.length; i += 2) writer.varintElement(words[i], words[i + 1]);
  writer.end(mark);
}

function bytesOf(values: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
