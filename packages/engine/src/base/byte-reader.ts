const decoder = new TextDecoder("utf-8", { fatal: true });

/** Thrown by {@link ByteReader} when the bytes end before the value does. */
export class UnexpectedEndError extends Error {
  override readonly name = "UnexpectedEndError";
}

/** Reads little-endian values from bytes, and never past their end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** The next `count` bytes as a view on the same memory. */
  bytes(count: number): Uint8Array {
    const offset = this.#take(count);
    return this.#bytes.subarray(offset, offset + count);
  }

  string(): string {
    return decoder.decode(this.bytes(this.u32()));
  }

  align(alignment: number): void {
    const rest = this.#offset % alignment;
    if (rest !== 0) this.#take(alignment - rest);
  }

  #take(count: number): number {
    const offset = this.#offset;
    if (count > this.#bytes.length - offset) {
      throw new UnexpectedEndError(
        `Expected ${count} bytes at offset ${offset}, found ${this.#bytes.length - offset}`,
      );
    }
    this.#offset = offset + count;
    return offset;
  }
}
