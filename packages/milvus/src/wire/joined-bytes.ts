/**
 * Bytes of which more may come. The first chunk is kept as a view, so that the common case, in
 * which no second one follows, costs no copy.
 */
export class JoinedBytes {
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  #isOwn = false;

  /** All bytes so far: valid until the next `append()`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  append(chunk: Uint8Array): void {
    if (this.#length === 0 && !this.#isOwn) {
      this.#bytes = chunk;
      this.#length = chunk.length;
      return;
    }
    const needed = this.#length + chunk.length;
    if (!this.#isOwn || needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#length * 2));
      grown.set(this.bytes);
      this.#bytes = grown;
      this.#isOwn = true;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = needed;
  }
}
