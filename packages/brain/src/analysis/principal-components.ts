import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfCancelled } from "../base/progress.ts";
import { randomNumbers } from "../base/random-numbers.ts";
import { samplePositions } from "./sample-positions.ts";

/** Rows of equal length, one after the other. */
export interface Rows {
  readonly values: Float32Array;
  readonly count: number;
  readonly dim: number;
}

export interface ComponentsOptions {
  readonly componentCount: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** The components hardly change with more rows. */
const fittedRowsMax = 10_000;
const roundsMax = 100;
/** Directions beside those wanted, by which the wanted ones are found in fewer rounds. */
const extraCount = 4;
/** How little a direction may turn in a round to count as found, as 1 − cosine. */
const turnMax = 1e-7;
/** What part of the squares of all numbers a direction must explain: less is rounding. */
const varianceMin = 1e-12;

/**
 * Rows as places along the directions in which they differ most, found by orthogonal iteration. Directions
 * point so that their greatest number is positive: equal rows and seeds give equal places.
 *
 * @returns The places, `componentCount` numbers a row. Where rows differ in fewer directions the rest is 0.
 */
export async function principalComponents(
  rows: Rows,
  { componentCount, seed, signal }: ComponentsOptions,
): Promise<Float32Array> {
  const { count, dim, values } = rows;
  const random = randomNumbers(seed);
  const fitted = samplePositions(count, fittedRowsMax, random);
  const mean = meanRow(values, fitted, dim);
  const found = Math.min(componentCount + extraCount, dim);
  const start = Array.from({ length: found }, () =>
    Float64Array.from({ length: dim }, () => random() - 0.5),
  );
  const lengthMin = varianceMin * squareSum(values, fitted, dim);
  let axes = orthonormal(start, 0);
  for (let round = 0; round < roundsMax; round++) {
    throwIfCancelled(signal, "Finding principal components");
    await nextTurn();
    const next = orthonormal(
      axes.map((axis) => covarianceTimes(values, fitted, mean, axis)),
      lengthMin,
    );
    const isFound = next
      .slice(0, componentCount)
      .every((axis, i) => dot(axis, axis) === 0 || 1 - Math.abs(dot(axis, axes[i])) < turnMax);
    axes = next;
    if (isFound) break;
  }
  const wanted = axes.slice(0, componentCount).map(pointUp);
  const places = new Float32Array(count * componentCount);
  for (let row = 0; row < count; row++) {
    if (row % 20_000 === 19_999) await nextTurn();
    wanted.forEach((axis, c) => {
      let place = 0;
      for (let d = 0; d < dim; d++) place += (values[row * dim + d] - mean[d]) * axis[d];
      places[row * componentCount + c] = place;
    });
  }
  return places;
}

function meanRow(values: Float32Array, rows: Int32Array, dim: number): Float64Array {
  const mean = new Float64Array(dim);
  for (const row of rows) {
    for (let d = 0; d < dim; d++) mean[d] += values[row * dim + d] / rows.length;
  }
  return mean;
}

/** The covariance of the rows times an axis, without making the covariance. */
function covarianceTimes(
  values: Float32Array,
  rows: Int32Array,
  mean: Float64Array,
  axis: Float64Array,
): Float64Array {
  const dim = mean.length;
  const product = new Float64Array(dim);
  for (const row of rows) {
    const start = row * dim;
    let place = 0;
    for (let d = 0; d < dim; d++) place += (values[start + d] - mean[d]) * axis[d];
    for (let d = 0; d < dim; d++) product[d] += place * (values[start + d] - mean[d]);
  }
  return product;
}

/** Axes of length 1 at right angles, by Gram and Schmidt, twice; those that have no length left are 0. */
function orthonormal(axes: readonly Float64Array[], lengthMin: number): Float64Array[] {
  const done: Float64Array[] = [];
  for (const axis of axes) {
    const rest = axis.slice();
    for (const other of [...done, ...done]) {
      const share = dot(rest, other);
      for (let d = 0; d < rest.length; d++) rest[d] -= share * other[d];
    }
    const length = Math.sqrt(dot(rest, rest));
    done.push(rest.map((value) => (length <= lengthMin ? 0 : value / length)));
  }
  return done;
}

function squareSum(values: Float32Array, rows: Int32Array, dim: number): number {
  let sum = 0;
  for (const row of rows) {
    for (let i = row * dim; i < (row + 1) * dim; i++) sum += values[i] * values[i];
  }
  return sum;
}

function pointUp(axis: Float64Array): Float64Array {
  const greatest = axis.reduce(
    (most, value) => (Math.abs(value) > Math.abs(most) ? value : most),
    0,
  );
  return greatest < 0 ? axis.map((value) => -value) : axis;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}
