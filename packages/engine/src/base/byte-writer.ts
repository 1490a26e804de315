const encoder = new TextEncoder();

/** Appends little-endian values to a buffer that grows. The counterpart of `ByteReader`. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const offset = this.#reserve(1);
    this.#bytes[offset] = value;
    return this;
  }

  u16(value: number): this {
    const offset = this.#reserve(2);
    this.#view.setUint16(offset, value, true);
    return this;
  }

  u32(value: number): this {
    const offset = this.#reserve(4);
    this.#view.setUint32(offset, value, true);
    return this;
  }

  u64(value: bigint): this {
    const offset = this.#reserve(8);
    this.#view.setBigUint64(offset, value, true);
    return this;
  }

  f64(value: number): this {
    const offset = this.#reserve(8);
    this.#view.setFloat64(offset, value, true);
    return this;
  }

  bytes(value: Uint8Array): this {
    const offset = this.#reserve(value.byteLength);
    this.#bytes.set(value, offset);
    return this;
  }

  /** A string as its length in UTF-8 bytes (u32) and those bytes. */
  string(value: string): this {
    const bytes = encoder.encode(value);
    return this.u32(bytes.length).bytes(bytes);
  }

  /** Zero bytes up to the next multiple of `alignment`, so that typed arrays may lie there. */
  align(alignment: number): this {
    const rest = this.#length % alignment;
    if (rest === 0) return this;
    const offset = this.#reserve(alignment - rest);
    this.#bytes.fill(0, offset, this.#length);
    return this;
  }

  /** What was written, without a copy: valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room and answers where. May replace the buffer: call it before touching that. */
  #reserve(count: number): number {
    const offset = this.#length;
    const needed = offset + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, offset));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return offset;
  }
}
