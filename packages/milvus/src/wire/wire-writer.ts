import { varintBytesMax, wireTypes } from "./wire-reader.ts";

/**
 * Writes one protobuf message into a buffer that grows. Like proto3, the methods for single fields
 * leave out default values (0, false, "" and no bytes).
 *
 * A nested message stands between `begin()` and `end()`. Its length goes before its content and is
 * known only after it: `begin()` takes a hint so that the content seldom has to be moved.
 */
export class WireWriter {
  #bytes: Buffer;
  #length = 0;

  /** `capacity` is in bytes: a good guess spares copies. */
  constructor(capacity = 256) {
    // A short message shares memory with others: an ArrayBuffer of its own costs more than it holds.
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** What was written, without a copy: valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** For int32 and enums too: negative values take ten bytes. */
  int32(field: number, value: number): this {
    if (value === 0) return this;
    return this.#tag(field, wireTypes.varint).#varint(value, value < 0 ? -1 : 0);
  }

  uint32(field: number, value: number): this {
    if (value === 0) return this;
    return this.#tag(field, wireTypes.varint).#varint(value, 0);
  }

  /** Both int64 and uint64: the bits are the same. */
  int64(field: number, value: bigint): this {
    if (value === 0n) return this;
    const low = Number(BigInt.asIntN(32, value));
    const high = Number(BigInt.asIntN(32, value >> 32n));
    return this.#tag(field, wireTypes.varint).#varint(low, high);
  }

  bool(field: number, value: boolean): this {
    return this.uint32(field, value ? 1 : 0);
  }

  float(field: number, value: number): this {
    if (Object.is(value, 0)) return this;
    this.#tag(field, wireTypes.fixed32);
    const offset = this.#reserve(4);
    this.#bytes.writeFloatLE(value, offset);
    return this;
  }

  string(field: number, value: string): this {
    return value === "" ? this : this.stringElement(field, value);
  }

  /** An element of a repeated field, which is written when it is empty too. */
  stringElement(field: number, value: string): this {
    const length = Buffer.byteLength(value);
    this.#tag(field, wireTypes.bytes).#varint(length, 0);
    const offset = this.#reserve(length);
    this.#bytes.write(value, offset);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.bytesElement(field, value);
  }

  /** An element of a repeated field, or of a oneof: written when it is empty too. */
  bytesElement(field: number, value: Uint8Array): this {
    this.#tag(field, wireTypes.bytes).#varint(value.length, 0);
    return this.raw(value);
  }

  /** Bytes that are encoded already. */
  raw(value: Uint8Array): this {
    const offset = this.#reserve(value.length);
    this.#bytes.set(value, offset);
    return this;
  }

  /** A varint without a tag, from its low and high 32 bits: an element of a packed field. */
  varintElement(low: number, high: number): this {
    return this.#varint(low, high);
  }

  /**
   * Starts a nested message or a packed field of about `sizeHint` bytes. Answers a mark for `end()`.
   */
  begin(field: number, sizeHint = 0): number {
    this.#tag(field, wireTypes.bytes);
    const width = varintSize(sizeHint);
    const offset = this.#reserve(width);
    // Until `end()` the first of the bytes kept for the length says how many they are.
    this.#bytes[offset] = width;
    return offset;
  }

  /** Ends what `begin()` started. */
  end(mark: number): this {
    const reserved = this.#bytes[mark];
    const contentStart = mark + reserved;
    const contentLength = this.#length - contentStart;
    const width = varintSize(contentLength);
    if (width > reserved) this.#reserve(width - reserved);
    if (width !== reserved) {
      this.#bytes.copyWithin(mark + width, contentStart, contentStart + contentLength);
    }
    putVarint(this.#bytes, mark, contentLength, 0);
    this.#length = mark + width + contentLength;
    return this;
  }

  #tag(field: number, wireType: number): this {
    return this.#varint((field << 3) | wireType, 0);
  }

  #varint(low: number, high: number): this {
    const offset = this.#reserve(varintBytesMax);
    this.#length = putVarint(this.#bytes, offset, low, high);
    return this;
  }

  #reserve(count: number): number {
    const offset = this.#length;
    const needed = offset + count;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, offset));
      this.#bytes = grown;
    }
    this.#length = needed;
    return offset;
  }
}

/** Writes 64 bits, given as two halves, and answers the offset after them. */
function putVarint(bytes: Uint8Array, start: number, low: number, high: number): number {
  let offset = start;
  let lowBits = low >>> 0;
  let highBits = high >>> 0;
  while (highBits !== 0 || lowBits > 0x7f) {
    bytes[offset++] = (lowBits & 0x7f) | 0x80;
    lowBits = ((lowBits >>> 7) | (highBits << 25)) >>> 0;
    highBits >>>= 7;
  }
  bytes[offset++] = lowBits;
  return offset;
}

/** Bytes of a varint of 32 bits. */
function varintSize(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size++;
  return size;
}
