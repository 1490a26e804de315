const encoder = new TextEncoder();

/** A set of strings that is asked by their bytes of UTF-8: open addressing, at most half full. */
export class BytesSet {
  readonly #mask: number;
  /** The number of the string in each slot, plus one; 0 where there is none. */
  readonly #slots: Uint32Array;
  /** String `i` is `#bytes[#offsets[i] .. #offsets[i + 1]]`. */
  readonly #bytes: Uint8Array;
  readonly #offsets: Uint32Array;

  constructor(strings: readonly string[]) {
    const capacity = 2 << (32 - Math.clz32(Math.max(1, strings.length - 1)));
    this.#mask = capacity - 1;
    this.#slots = new Uint32Array(capacity);
    this.#offsets = new Uint32Array(strings.length + 1);
    this.#bytes = this.#encode(strings);
    for (let i = 0; i < strings.length; i++) {
      this.#slots[this.#slotOf(this.#bytes, this.#offsets[i], this.#offsets[i + 1])] = i + 1;
    }
  }

  /** Whether `bytes[start .. end]` is one of the strings. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#slots[this.#slotOf(bytes, start, end)] !== 0;
  }

  #encode(strings: readonly string[]): Uint8Array {
    // A UTF-16 unit takes at most three bytes of UTF-8.
    const capacity = strings.reduce((total, string) => total + string.length * 3, 0);
    const bytes = new Uint8Array(capacity);
    let length = 0;
    strings.forEach((string, i) => {
      length += encoder.encodeInto(string, bytes.subarray(length)).written;
      this.#offsets[i + 1] = length;
    });
    return bytes.subarray(0, length);
  }

  /** The slot of the string, or the free one where it would go. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    let slot = hash(bytes, start, end) & this.#mask;
    for (;;) {
      const held = this.#slots[slot];
      if (held === 0 || this.#isString(held - 1, bytes, start, end)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #isString(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#offsets[index];
    if (this.#offsets[index + 1] - from !== end - start) return false;
    for (let i = 0; i < end - start; i++) {
      if (this.#bytes[from + i] !== bytes[start + i]) return false;
    }
    return true;
  }
}

/** FNV-1a, with a finishing step for its weak low bits. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i], 0x01000193);
  return h ^ (h >>> 15);
}
