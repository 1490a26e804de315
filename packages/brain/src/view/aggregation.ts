import type { ResultValue } from "./decode-result.ts";
import type { Expression } from "./expression.ts";

/** A path, such as "ground_truth.detections.label", or an expression. Lists count element by element. */
export type PathOrExpression = string | Expression;

/** How a histogram is cut. */
export interface HistogramOptions {
  /** How many bins, 1 to 10,000. Default 10. */
  readonly bins?: number;
  /** From the least to the greatest value counted, both included. Default: the bounds of the values. */
  readonly range?: readonly [least: number, greatest: number];
}

/** What to compute of a view. */
export type Aggregation =
  | { readonly kind: "count"; readonly of?: PathOrExpression }
  | {
      readonly kind: "distinct" | "countValues" | "bounds" | "mean" | "std" | "sum";
      readonly of: PathOrExpression;
    }
  | ({ readonly kind: "histogramValues"; readonly of: PathOrExpression } & HistogramOptions);

export interface Histogram {
  readonly counts: readonly number[];
  /** One more than the counts. A bin has its lower edge, the last one its upper edge too. */
  readonly edges: readonly number[];
  /** How many values are outside of the range or missing. */
  readonly other: number;
}

/** What each kind of aggregation gives. */
export interface AggregationResults {
  /** Without a path: how many samples or patches. Else how many values there are. */
  readonly count: number;
  /** The values that there are, each once, sorted. */
  readonly distinct: ResultValue[];
  /** How often each value is there, the most frequent first; `null` for what is missing. */
  readonly countValues: Map<ResultValue, number>;
  /** The least and greatest value, `null` if there are none. */
  readonly bounds: [least: ResultValue, greatest: ResultValue];
  readonly histogramValues: Histogram;
  /** `null` if there are no values, or the result is no finite number. */
  readonly mean: number | null;
  /** The standard deviation of the whole population, `null` like the mean. */
  readonly std: number | null;
  /** 0 if there are no values, `null` if the result is no finite number. */
  readonly sum: number | null;
}

export type AggregationResult<A extends Aggregation> = AggregationResults[A["kind"]];
