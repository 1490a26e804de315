import type { BuiltIndex } from "../index/built-index.ts";

const none: readonly BuiltIndex[] = [];

/**
 * The indexes of a segment, by field. They come and go while reads go on; a list that a read has
 * taken stays as it is. Rows that no index of a list has are searched exactly.
 */
export class SegmentIndexes {
  readonly #lists = new Map<number, { indexId: number; indexes: readonly BuiltIndex[] }>();

  /** Indexes of a field, by ascending rows, without overlap. */
  of(fieldId: number): readonly BuiltIndex[] {
    return this.#lists.get(fieldId)?.indexes ?? none;
  }

  /** The id of the index definition that the indexes of a field were built for. */
  definitionOf(fieldId: number): number | undefined {
    return this.#lists.get(fieldId)?.indexId;
  }

  set(fieldId: number, indexId: number, indexes: readonly BuiltIndex[]): void {
    this.#lists.set(fieldId, { indexId, indexes });
  }

  delete(fieldId: number): void {
    this.#lists.delete(fieldId);
  }

  clear(): void {
    this.#lists.clear();
  }
}

/** How many of the first rows of a segment these indexes have. */
export function coveredRows(indexes: readonly BuiltIndex[]): number {
  return indexes.at(-1)?.rowEnd ?? 0;
}
