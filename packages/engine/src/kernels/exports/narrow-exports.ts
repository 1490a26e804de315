/**
 * What `assembly/narrow-rows.ts` exports: the one-query kernels for rows of IEEE half precision, of
 * the upper halves of f32 (bfloat16) and of signed bytes, finite all of them. Queries are f32.
 */
export interface NarrowExports {
  readonly scoreF16: NarrowKernel;
  readonly scoreBf16: NarrowKernel;
  readonly scoreInt8: NarrowKernel;
}

/** Addresses are bytes. `metric` is 0 for L2, 1 for IP and 2 for COSINE. */
export type NarrowKernel = (
  metric: number,
  query: number,
  base: number,
  rows: number,
  scores: number,
  rowCount: number,
  dim: number,
) => void;
