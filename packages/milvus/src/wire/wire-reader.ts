import { isUtf8 } from "node:buffer";

/** Bytes that are not a valid message: cut off, malformed, or of another type than declared. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** How the bytes after a tag are to be read (protobuf.dev/programming-guides/encoding). */
export const wireTypes = {
  varint: 0,
  fixed64: 1,
  bytes: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
} as const;

export type WireType = (typeof wireTypes)[keyof typeof wireTypes];

export const varintBytesMax = 10;

/**
 * Walks over one protobuf message:
 *
 *     while (reader.next()) {
 *       if (reader.field === 2) name = reader.string();
 *       else reader.skip();
 *     }
 *
 * After `next()` exactly one of the other methods must be called. All throw {@link WireError}
 * rather than read past the message's end, and none allocates more than the message is long.
 */
export class WireReader {
  /** The number of the field that `next()` found. */
  field = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset = 0;
  #wireType = 0;
  // A varint's 64 bits, set by #varint(): two numbers, because a bigint would be allocated.
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** How the field that `next()` found is encoded: one of {@link wireTypes}, or no valid one. */
  get wireType(): number {
    return this.#wireType;
  }

  /** Where the reader stands: after a call of `span()`, the end of the span. */
  get offset(): number {
    return this.#offset;
  }

  /** Reads the next tag. False at the end of the message. */
  next(): boolean {
    if (this.#offset >= this.#end) return false;
    this.#varint();
    this.field = this.#low >>> 3;
    this.#wireType = this.#low & 7;
    if (this.field === 0 || this.#high !== 0) throw new WireError("Invalid field number in a tag");
    return true;
  }

  uint32(): number {
    this.#expect(wireTypes.varint);
    this.#varint();
    return this.#low >>> 0;
  }

  /** Also for enums. */
  int32(): number {
    return this.uint32() | 0;
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  uint64(): bigint {
    this.#expect(wireTypes.varint);
    this.#varint();
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
  }

  bool(): boolean {
    this.#expect(wireTypes.varint);
    this.#varint();
    return (this.#low | this.#high) !== 0;
  }

  /** Bytes as a view on the message's memory. */
  bytes(): Uint8Array {
    const start = this.span();
    return this.#bytes.subarray(start, this.#offset);
  }

  string(): string {
    const bytes = this.bytes();
    if (!isUtf8(bytes)) throw new WireError(`Field ${this.field} is not valid UTF-8`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  }

  /** A reader of the field's own message. */
  message(): WireReader {
    return new WireReader(this.bytes());
  }

  /** Passes over a field of bytes: they lie from the answer to `offset`. */
  span(): number {
    this.#expect(wireTypes.bytes);
    return this.#takeSpan();
  }

  /**
   * Elements of a repeated field of numbers as a view: all those of a packed chunk, or the one of
   * an unpacked element. Their bytes are the same in both forms.
   */
  elements(elementType: WireType): Uint8Array {
    if (this.#wireType === wireTypes.bytes) return this.bytes();
    this.#expect(elementType);
    const start = this.#offset;
    this.skip();
    return this.#bytes.subarray(start, this.#offset);
  }

  /** Passes over a field whatever it is. Unknown fields are no error: newer clients send them. */
  skip(): void {
    if (this.#wireType === wireTypes.startGroup) this.#skipGroup();
    else this.#skipValue(this.#wireType);
  }

  #skipValue(wireType: number): void {
    if (wireType === wireTypes.varint) this.#varint();
    else if (wireType === wireTypes.fixed64) this.#take(8);
    else if (wireType === wireTypes.bytes) this.#takeSpan();
    else if (wireType === wireTypes.fixed32) this.#take(4);
    else throw new WireError(`Field ${this.field} has the invalid wire type ${wireType}`);
  }

  /** Groups are not in proto3, yet must be passed over. A counter: nesting costs no stack. */
  #skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      this.#varint();
      const wireType = this.#low & 7;
      if (wireType === wireTypes.startGroup) depth++;
      else if (wireType === wireTypes.endGroup) depth--;
      else this.#skipValue(wireType);
    }
  }

  #expect(wireType: WireType): void {
    if (this.#wireType === wireType) return;
    throw new WireError(
      `Field ${this.field} has wire type ${this.#wireType}, expected ${wireType}`,
    );
  }

  #takeSpan(): number {
    this.#varint();
    // Lengths above 2 GiB would be negative: as unsigned they fail the test of #take.
    if (this.#high !== 0) throw new WireError(`Field ${this.field} is longer than its message`);
    return this.#take(this.#low >>> 0);
  }

  #take(count: number): number {
    const start = this.#offset;
    if (count > this.#end - start) {
      throw new WireError(
        `Field ${this.field} has ${count} bytes, its message only ${this.#end - start} more`,
      );
    }
    this.#offset = start + count;
    return start;
  }

  #varint(): void {
    const bytes = this.#bytes;
    const start = this.#offset;
    const end = Math.min(this.#end, start + varintBytesMax);
    let low = 0;
    let high = 0;
    for (let i = start, shift = 0; i < end; i++, shift += 7) {
      const byte = bytes[i];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#offset = i + 1;
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw new WireError("Varint is cut off or longer than 10 bytes");
  }
}
