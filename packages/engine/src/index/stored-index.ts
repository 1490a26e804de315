/** An index as its file holds it. */
export interface StoredIndexContent {
  /** What JSON can hold: the kind of the index, its sizes and parameters. */
  readonly descriptor: object;
  /** Its memory. */
  readonly sections: readonly Uint8Array[];
}
