import { EngineError } from "../base/errors.ts";
import type { Column } from "../schema/column.ts";

/**
 * How long the filter of one read may be evaluated: nothing else is answered meanwhile. A filter of
 * sixteen thousand conditions on the JSON of a million rows would take hours.
 */
export const filterMsMax = 30_000;

/** Lends the columns of a segment. */
export type ColumnLender = (fieldId: number) => Column;

/**
 * Makes lenders that throw `limit-exceeded` once the evaluation has taken too long, over all
 * segments: evaluators ask for a column with each condition.
 */
export function timedColumns(nowMs: () => number): (lend: ColumnLender) => ColumnLender {
  const end = nowMs() + filterMsMax;
  return (lend) => (fieldId) => {
    if (nowMs() > end) throw tooLong();
    return lend(fieldId);
  };
}

function tooLong(): EngineError {
  const seconds = filterMsMax / 1000;
  return new EngineError(
    "limit-exceeded",
    `the filter takes longer than the ${seconds} seconds that it may: give it fewer conditions, or look into fewer partitions`,
    { details: { max: filterMsMax } },
  );
}
