/** A set of Int64 values that is asked by their 32-bit halves: open addressing, at most half full. */
export class Int64Set {
  readonly #mask: number;
  /** Low and high half of the value in each slot, in turn. */
  readonly #slots: Int32Array;
  readonly #used: Uint8Array;

  constructor(values: readonly bigint[]) {
    const capacity = 2 << (32 - Math.clz32(Math.max(1, values.length - 1)));
    this.#mask = capacity - 1;
    this.#slots = new Int32Array(capacity * 2);
    this.#used = new Uint8Array(capacity);
    for (const value of values) this.#add(Number(BigInt.asIntN(32, value)), Number(value >> 32n));
  }

  has(low: number, high: number): boolean {
    const slot = this.#slotOf(low, high);
    return this.#used[slot] === 1;
  }

  #add(low: number, high: number): void {
    const slot = this.#slotOf(low, high);
    this.#used[slot] = 1;
    this.#slots[2 * slot] = low;
    this.#slots[2 * slot + 1] = high;
  }

  /** The slot of the value, or the free one where it would go. */
  #slotOf(low: number, high: number): number {
    let slot = hash(low, high) & this.#mask;
    while (
      this.#used[slot] === 1 &&
      (this.#slots[2 * slot] !== low || this.#slots[2 * slot + 1] !== high)
    ) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }
}

/** The finishing steps of MurmurHash3 over both halves. */
function hash(low: number, high: number): number {
  let h = low ^ Math.imul(high, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
