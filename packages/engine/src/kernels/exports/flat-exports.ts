/** What `assembly/index.ts` exports for exact scans. Addresses are bytes, strides floats. */
export interface FlatExports {
  readonly l2: OneQueryKernel;
  readonly ip: OneQueryKernel;
  readonly cosine: OneQueryKernel;
  readonly l2x4: FourQueriesKernel;
  readonly ipx4: FourQueriesKernel;
  readonly cosinex4: FourQueriesKernel;
}

export type OneQueryKernel = (
  query: number,
  base: number,
  rows: number,
  scores: number,
  rowCount: number,
  dim: number,
) => void;

export type FourQueriesKernel = (
  queries: number,
  base: number,
  rows: number,
  scores: number,
  rowCount: number,
  dim: number,
  scoreStride: number,
) => void;
