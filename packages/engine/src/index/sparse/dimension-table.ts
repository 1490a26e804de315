const FIRST_CAPACITY = 2 ** 14;

/** Numbers dimensions in the order in which they come, and counts them: an open hash table. */
export class DimensionTable {
  /** How many different dimensions there are. */
  size = 0;
  /** A dimension's number plus 1, 0 where it is empty: twice as many as dimensions that fit. */
  #slots: Uint32Array = new Uint32Array(2 * FIRST_CAPACITY);
  /** By number. */
  #dimensions: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #counts: Uint32Array = new Uint32Array(FIRST_CAPACITY);

  /** Counts each of the dimensions and answers its number. */
  numberAll(indices: Uint32Array): Uint32Array {
    const numbers = new Uint32Array(indices.length);
    for (let done = 0; done < indices.length; ) {
      // So many could all be new.
      const room = this.#dimensions.length - this.size;
      const end = Math.min(done + room, indices.length);
      this.#number(indices.subarray(done, end), numbers.subarray(done, end));
      done = end;
      if (2 * this.size > this.#dimensions.length) this.#grow();
    }
    return numbers;
  }

  /** Writes the dimensions, ascending, and where each one's postings start. Answers it by number. */
  writeSorted(dimensions: Uint32Array, starts: Uint32Array): Uint32Array {
    const { size } = this;
    dimensions.set(this.#dimensions.slice(0, size).sort());
    const nexts = new Uint32Array(size);
    let start = 0;
    for (let i = 0; i < size; i++) {
      const slot = slotOf(dimensions[i], this.#slots, this.#dimensions);
      const number = this.#slots[slot] - 1;
      starts[i] = start;
      nexts[number] = start;
      start += this.#counts[number];
    }
    starts[size] = start;
    return nexts;
  }

  #number(indices: Uint32Array, numbers: Uint32Array): void {
    const slots = this.#slots;
    const dimensions = this.#dimensions;
    const counts = this.#counts;
    let size = this.size;
    for (let i = 0; i < indices.length; i++) {
      const slot = slotOf(indices[i], slots, dimensions);
      if (slots[slot] === 0) {
        dimensions[size] = indices[i];
        slots[slot] = ++size;
      }
      const number = slots[slot] - 1;
      counts[number]++;
      numbers[i] = number;
    }
    this.size = size;
  }

  #grow(): void {
    const capacity = 2 * this.#dimensions.length;
    this.#dimensions = grown(this.#dimensions, capacity);
    this.#counts = grown(this.#counts, capacity);
    this.#slots = new Uint32Array(2 * capacity);
    for (let number = 0; number < this.size; number++) {
      const slot = slotOf(this.#dimensions[number], this.#slots, this.#dimensions);
      this.#slots[slot] = number + 1;
    }
  }
}

/** The slot of a dimension, or the empty one where it belongs. */
function slotOf(dimension: number, slots: Uint32Array, dimensions: Uint32Array): number {
  const mask = slots.length - 1;
  // Fibonacci hashing spreads neighbouring numbers; the high bits are its best.
  const hash = Math.imul(dimension, 0x9e3779b1);
  let slot = (hash ^ (hash >>> 15)) & mask;
  while (slots[slot] !== 0 && dimensions[slots[slot] - 1] !== dimension) slot = (slot + 1) & mask;
  return slot;
}

function grown(array: Uint32Array, length: number): Uint32Array {
  const copy = new Uint32Array(length);
  copy.set(array);
  return copy;
}
