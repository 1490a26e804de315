/**
 * The k best of a stream of (score, id), kept in two typed arrays as a heap whose root is the
 * worst of the kept. "Best" is the smallest key; callers that rank descending pass the negative.
 * Equal keys keep the smaller id, so that results do not depend on the order of arrival.
 */
export class BoundedHeap {
  readonly capacity: number;
  readonly keys: Float32Array<ArrayBuffer>;
  readonly ids: Uint32Array<ArrayBuffer>;
  size = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.keys = new Float32Array(capacity);
    this.ids = new Uint32Array(capacity);
  }

  /** The key that a newcomer must beat. */
  get bound(): number {
    return this.size < this.capacity ? Number.POSITIVE_INFINITY : this.keys[0];
  }

  push(key: number, id: number): void {
    if (this.size < this.capacity) {
      this.#siftUp(this.size++, key, id);
    } else if (this.capacity > 0 && isWorse(this.keys[0], this.ids[0], key, id)) {
      this.#siftDown(key, id);
    }
  }

  /** Empties the heap into arrays that are sorted best first. */
  drain(): { keys: Float32Array; ids: Uint32Array } {
    const count = this.sort();
    return { keys: this.keys.slice(0, count), ids: this.ids.slice(0, count) };
  }

  /**
   * Empties the heap in place: what it had is sorted, best first, at the beginning of `keys` and
   * `ids` until the next push. Answers how many. (Heapsort: the worst goes last.)
   */
  sort(): number {
    const { keys, ids, size } = this;
    while (this.size > 1) {
      const last = --this.size;
      const key = keys[last];
      const id = ids[last];
      keys[last] = keys[0];
      ids[last] = ids[0];
      this.#siftDown(key, id);
    }
    this.size = 0;
    return size;
  }

  #siftUp(from: number, key: number, id: number): void {
    const { keys, ids } = this;
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >>> 1;
      if (!isWorse(key, id, keys[parent], ids[parent])) break;
      keys[i] = keys[parent];
      ids[i] = ids[parent];
      i = parent;
    }
    keys[i] = key;
    ids[i] = id;
  }

  #siftDown(key: number, id: number): void {
    const { keys, ids, size } = this;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && isWorse(keys[child + 1], ids[child + 1], keys[child], ids[child])) {
        child++;
      }
      if (!isWorse(keys[child], ids[child], key, id)) break;
      keys[i] = keys[child];
      ids[i] = ids[child];
      i = child;
    }
    keys[i] = key;
    ids[i] = id;
  }
}

function isWorse(keyA: number, idA: number, keyB: number, idB: number): boolean {
  return keyA > keyB || (keyA === keyB && idA > idB);
}
