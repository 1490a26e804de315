import { EngineError } from "../base/errors.ts";
import { isAscending, type Metric } from "../base/metric.ts";
import type { KeyRange } from "./indexed-search.ts";
import { parameterError } from "./parameter-rule.ts";

/**
 * The scores that a range search answers. The radius is the outer end and never part of the range;
 * the range filter is the inner end and is: `rangeFilter <= score < radius` for L2
 * and all metrics that ascend, `radius < score <= rangeFilter` for those that descend. Both count as 32-bit floats, as scores do.
 */
export interface ScoreRange {
  readonly radius: number;
  /** Absent: the range has no inner end. */
  readonly rangeFilter?: number;
}

/**
 * The range as keys, which ascend for all metrics. Throws `invalid-parameter` when an end is not a
 * finite number or the range filter is not inside the radius.
 */
export function keyRangeOf(metric: Metric, { radius, rangeFilter }: ScoreRange): KeyRange {
  checkEnd("radius", radius);
  if (rangeFilter !== undefined) checkOrder(metric, radius, rangeFilter);
  const below = Math.fround(radius);
  const from = rangeFilter === undefined ? undefined : Math.fround(rangeFilter);
  if (isAscending(metric)) return { from: from ?? Number.NEGATIVE_INFINITY, below };
  return { from: from === undefined ? Number.NEGATIVE_INFINITY : -from, below: -below };
}

/** The error of a range filter without a radius. */
export function radiusMissing(): EngineError {
  return new EngineError(
    "invalid-parameter",
    "range_filter requires radius to be set; range_filter alone is not a valid range search parameter",
    { details: { expected: "range_filter", actual: "" } },
  );
}

function checkEnd(name: "radius" | "range_filter", value: number): void {
  if (Number.isFinite(Math.fround(value))) return;
  throw parameterError(
    name,
    `Type conflict in json: param '${name}' (${value}) should be a number`,
  );
}

/** Milvus's `CheckRangeSearchParam`, which wants the ends to differ as 32-bit floats. */
function checkOrder(metric: Metric, radius: number, rangeFilter: number): void {
  checkEnd("range_filter", rangeFilter);
  const [inner, outer] = [Math.fround(rangeFilter), Math.fround(radius)];
  if (isAscending(metric) ? inner < outer : inner > outer) return;
  const relation = isAscending(metric) ? "less" : "greater";
  throw parameterError(
    "range_filter",
    `metric type (${metric}), range_filter(${rangeFilter}) must be ${relation} than radius(${radius})`,
  );
}
