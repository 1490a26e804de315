import { Bitset } from "../packages/engine/dist/base/bitset.js";
import { columnsOf } from "./ann/engines/redkite.mjs";
import { findNeighbours } from "./ann/ground-truth.mjs";
import { Random } from "./ann/random.mjs";
import { recallOf } from "./ann/recall.mjs";
import { k } from "./ann/sweep.mjs";

/** The rows of a collection while it is written, and which vector of the source each key has. */
export class WrittenRows {
  #collection;
  #source;
  #random = new Random(9);
  #nextKey;
  #nextVector;
  /** Keys that there are. */
  #keys;
  /** The row of the source whose vector a key has. */
  #vectorOf = new Map();
  /** Rows that were written, as often as they were. */
  count = 0;

  constructor(collection, source, rowCount) {
    this.#collection = collection;
    this.#source = source;
    this.#nextKey = rowCount;
    this.#nextVector = rowCount;
    this.#keys = Array.from({ length: rowCount }, (_, key) => key);
    for (const key of this.#keys) this.#vectorOf.set(key, key);
  }

  search(vectors) {
    return this.#collection.search({ vectors, k });
  }

  async insert(count) {
    const keys = Array.from({ length: count }, (_, i) => this.#nextKey + i);
    this.#nextKey += count;
    this.#keys.push(...keys);
    await this.#collection.insertColumns(this.#batchOf(keys));
  }

  async update(count) {
    const keys = new Set();
    while (keys.size < count) keys.add(this.#keys[this.#randomPlace()]);
    await this.#collection.upsertColumns(this.#batchOf([...keys]));
  }

  async delete(count) {
    const keys = [];
    while (keys.length < count) {
      const place = this.#randomPlace();
      const last = this.#keys.pop();
      const key = place === this.#keys.length ? last : this.#keys[place];
      if (place < this.#keys.length) this.#keys[place] = last;
      this.#vectorOf.delete(key);
      keys.push(BigInt(key));
    }
    this.count += count;
    await this.#collection.delete({ keys });
  }

  /** Of all queries, as things are now. */
  async recall() {
    const source = this.#source;
    const allowed = new Bitset(source.rowCount);
    for (const vector of this.#vectorOf.values()) allowed.add(vector);
    const truth = await findNeighbours(source, { neighbourCount: k, allowed });
    let sum = 0;
    for (const [q, query] of source.queries.entries()) {
      const { keys } = await this.search(query);
      const rows = Array.from(keys.values, (key) => this.#vectorOf.get(Number(key)));
      sum += recallOf(truth, q, { rows, k });
    }
    return sum / source.queries.length;
  }

  #randomPlace() {
    return Math.floor(this.#random.next() * this.#keys.length);
  }

  /** A batch with these keys and the next vectors of the source. */
  #batchOf(keys) {
    const start = this.#nextVector;
    const count = keys.length;
    this.#nextVector += count;
    this.count += count;
    keys.forEach((key, i) => {
      this.#vectorOf.set(key, start + i);
    });
    const values = this.#source.readRows(start, count);
    const columns = new Map(columnsOf({ start, count, values }, this.#source.dim));
    columns.get("id").values.set(keys.map(BigInt));
    return { rowCount: count, columns };
  }
}
