import { ByteWriter } from "../base/byte-writer.ts";
import { SlicedBytes } from "./sliced-bytes.ts";

/** A buffer of at least so many bytes is cheaper to pass on than to copy. */
const OWN_PART_BYTES_MIN = 4096;

/**
 * A writer like `ByteWriter` which does not copy large buffers but passes them on, as parts of
 * their own. They must stay as they are until the result has been used.
 */
export class PartsWriter {
  readonly #parts: Uint8Array[] = [];
  #writer: ByteWriter = new ByteWriter();
  #flushedBytes = 0;

  get length(): number {
    return this.#flushedBytes + this.#writer.length;
  }

  u8(value: number): this {
    this.#writer.u8(value);
    return this;
  }

  u32(value: number): this {
    this.#writer.u32(value);
    return this;
  }

  u64(value: bigint): this {
    this.#writer.u64(value);
    return this;
  }

  bytes(value: Uint8Array): this {
    if (value.length < OWN_PART_BYTES_MIN) {
      this.#writer.bytes(value);
      return this;
    }
    this.#flush();
    this.#push(value);
    return this;
  }

  /** Zero bytes up to the next multiple of `alignment`, counted from the first byte of all. */
  align(alignment: number): this {
    while (this.length % alignment !== 0) this.#writer.u8(0);
    return this;
  }

  finish(): SlicedBytes {
    this.#flush();
    return new SlicedBytes(this.#parts);
  }

  #flush(): void {
    if (this.#writer.length === 0) return;
    this.#push(this.#writer.finish());
    this.#writer = new ByteWriter();
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#flushedBytes += part.length;
  }
}
