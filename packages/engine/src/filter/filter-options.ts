/** What a filter depends on beside its text and the schema. */
export interface FilterOptions {
  /** The IANA name of the zone of times that are written without an offset. UTC when left out. */
  readonly timeZone?: string;
  /**
   * A number from 0 to 1, 1 excluded, anew with each call: what `random_sample` draws by. Left out,
   * each compiled filter draws the same sequence.
   */
  readonly random?: () => number;
}
