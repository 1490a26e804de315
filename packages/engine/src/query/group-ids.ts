import type { SegmentView } from "../segment/segment.ts";
import type { PathValue, ValueReader } from "./scalar-path.ts";

/** Makes the reader of one of the values that a group is known by, for one view. */
export type GroupReader = (view: SegmentView) => ValueReader;

/** Numbers the different combinations of some values of rows, in the order in which they are met. */
export class GroupIds {
  /** By view, then by value. */
  readonly #readers: readonly (readonly ValueReader[])[];
  readonly #ids = new Map<PathValue, number>();
  readonly #valuesOf: PathValue[][] = [];

  constructor(readers: readonly GroupReader[], views: readonly SegmentView[]) {
    this.#readers = views.map((view) => readers.map((reader) => reader(view)));
  }

  /** How many groups have been met. */
  get count(): number {
    return this.#valuesOf.length;
  }

  /** The group of row `row` of view `from`. */
  idOf(from: number, row: number): number {
    const readers = this.#readers[from];
    const first = readers[0](row);
    const key = readers.length === 1 ? first : this.#keyOf(readers, first, row);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#valuesOf.length;
    this.#ids.set(key, id);
    this.#valuesOf.push(readers.map((read) => read(row)));
    return id;
  }

  /** The values of a group that has been met. */
  valuesOf(id: number): readonly PathValue[] {
    return this.#valuesOf[id];
  }

  /** The groups of the rows 0 to `rowCount - 1` of a view. */
  idsOf(from: number, rowCount: number): Int32Array {
    return Int32Array.from({ length: rowCount }, (_, row) => this.idOf(from, row));
  }

  #keyOf(readers: readonly ValueReader[], first: PathValue, row: number): string {
    let key = keyPart(first);
    for (let i = 1; i < readers.length; i++) key += keyPart(readers[i](row));
    return key;
  }
}

/** A text that no other value has, nor the beginning of another's. */
function keyPart(value: PathValue): string {
  const text = String(value);
  return `${(typeof value)[0]}${text.length}:${text}`;
}
