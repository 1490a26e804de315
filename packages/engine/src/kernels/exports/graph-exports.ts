/**
 * What `assembly/graph.ts` exports. `graph` and `scratch` are the addresses of a `Graph` and a
 * `Scratch` of `assembly/graph-layout.ts`, `query` that of a 7-bit code. All addresses are bytes.
 */
export interface GraphExports {
  /**
   * Replaces squares so that the distances of codes a and b become 128 sum(a) + 128 sum(b) - 2 a b,
   * which is 2 sum(4096 - (a - 64) (b - 64)): the greater the product of the rows, the smaller. Of
   * 4-bit codes as well, unless `squares4` is 0.
   */
  graphLinearize(
    codes: number,
    count: number,
    codeBytes: number,
    squares: number,
    squares4: number,
  ): void;
  /** How many upper lists the nodes `start` to `end` need. Reads `degree` and `seed` only. */
  graphUpperCount(graph: number, start: number, end: number): number;
  /** Prepares nodes `start` to `end` to be inserted. Threads may do so at once. */
  graphClear(graph: number, start: number, end: number): void;
  /** Inserts a node. Threads may do so at once. */
  graphInsert(graph: number, scratch: number, node: number): void;
  /** Fills the scratch's pool with the `ef` nearest nodes found, best first; answers their number. */
  graphSearch(graph: number, scratch: number, query: number, ef: number): number;
  /**
   * The same for the nodes whose bits are set, that of node 0 being bit `firstBit` at `allowed`:
   * fills the scratch's results, and remembers up to `poolSize` candidates meanwhile.
   */
  graphSearchAllowed(
    graph: number,
    scratch: number,
    query: number,
    ef: number,
    poolSize: number,
    allowed: number,
    firstBit: number,
  ): number;
  /**
   * Compares all nodes `start` to `end`, or all allowed ones if `allowed` is not 0, and keeps the
   * best `keep` in the scratch's results, where `kept` lie already; answers how many there are.
   */
  graphScan(
    graph: number,
    scratch: number,
    query: number,
    keep: number,
    kept: number,
    start: number,
    end: number,
    allowed: number,
    firstBit: number,
  ): number;
}
