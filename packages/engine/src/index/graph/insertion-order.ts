/**
 * The order in which rows are inserted: all over the range, since rows that come in the order of
 * their values make worse graphs. The last ones serve as a sample.
 */
export interface InsertionOrder {
  readonly rowCount: number;
  /** Has no divisor in common with `rowCount`. */
  readonly stride: number;
}

export function insertionOrderOf(rowCount: number): InsertionOrder {
  let stride = Math.max(1, Math.floor(0.618 * rowCount));
  while (greatestCommonDivisor(stride, rowCount) !== 1) stride++;
  return { rowCount, stride };
}

/** Which of the rows is at a position of the order. */
export function rowAtPosition({ rowCount, stride }: InsertionOrder, position: number): number {
  return (position * stride) % rowCount;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
