import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfCancelled } from "../base/progress.ts";
import { randomNumbers } from "../base/random-numbers.ts";
import type { Rows } from "./principal-components.ts";
import { samplePositions } from "./sample-positions.ts";

export interface KMeansOptions {
  readonly clusterCount: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** Rows by the centre that each is nearest to. */
export interface KMeans {
  /** Fewer than asked for where there are fewer different rows. */
  readonly clusterCount: number;
  /** One row each. */
  readonly centers: Float32Array;
  /** The cluster of each row. */
  readonly labels: Int32Array;
  /** How far each row is from its centre. */
  readonly distances: Float64Array;
  /** How far each row is from the next nearest centre; infinite for one cluster. */
  readonly nextDistances: Float64Array;
}

/** Centres hardly move with more rows. */
const fittedRowsMax = 10_000;
const roundsMax = 50;
/** Rows that are assigned before other work gets a turn. */
const turnNumbers = 20_000_000;

/**
 * Parts rows into clusters about their means, by Lloyd's method from seeds that k-means++ chooses. Equal rows
 * and seeds give equal clusters.
 */
export async function kMeans(rows: Rows, options: KMeansOptions): Promise<KMeans> {
  const random = randomNumbers(options.seed);
  const positions = samplePositions(rows.count, fittedRowsMax, random);
  const fitted = positions.length === rows.count ? rows : pickRows(rows, positions);
  let centers = firstCenters(fitted, options.clusterCount, random);
  let labels: Int32Array | undefined;
  for (let round = 0; round < roundsMax; round++) {
    const next = await assign(fitted, centers, options.signal);
    if (labels !== undefined && next.labels.every((label, row) => label === labels?.[row])) break;
    labels = next.labels;
    centers = meansOf(fitted, next);
  }
  const { signal } = options;
  const assigned = await assign(rows, centers, signal);
  return { clusterCount: centers.length / rows.dim, centers, ...assigned };
}

type Assignment = Pick<KMeans, "labels" | "distances" | "nextDistances">;

async function assign(
  { values, count, dim }: Rows,
  centers: Float32Array,
  signal: AbortSignal | undefined,
): Promise<Assignment> {
  const labels = new Int32Array(count);
  const distances = new Float64Array(count);
  const nextDistances = new Float64Array(count);
  const rowsATurn = Math.max(1, Math.floor(turnNumbers / centers.length));
  for (let start = 0; start < count; start += rowsATurn) {
    throwIfCancelled(signal, "Clustering");
    await nextTurn();
    for (let row = start; row < Math.min(count, start + rowsATurn); row++) {
      let [label, nearest, next] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let center = 0; center * dim < centers.length; center++) {
        const distance = squaredDistance(values, row * dim, centers, center * dim, dim);
        if (distance < nearest) [label, nearest, next] = [center, distance, nearest];
        else if (distance < next) next = distance;
      }
      labels[row] = label;
      distances[row] = Math.sqrt(nearest);
      nextDistances[row] = Math.sqrt(next);
    }
  }
  return { labels, distances, nextDistances };
}

/** The means of the clusters; one that has lost its rows begins anew at the row farthest from its centre. */
function meansOf({ values, count, dim }: Rows, { labels, distances }: Assignment): Float32Array {
  const clusterCount = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  const sums = new Float64Array(clusterCount * dim);
  const sizes = new Int32Array(clusterCount);
  for (let row = 0; row < count; row++) {
    const start = labels[row] * dim;
    sizes[labels[row]]++;
    for (let d = 0; d < dim; d++) sums[start + d] += values[row * dim + d];
  }
  const centers = Float32Array.from(
    sums,
    (sum, i) => sum / Math.max(1, sizes[Math.floor(i / dim)]),
  );
  for (const [cluster, size] of sizes.entries()) {
    if (size > 0) continue;
    const farthest = distances.indexOf(distances.reduce((most, value) => Math.max(most, value), 0));
    centers.set(values.subarray(farthest * dim, (farthest + 1) * dim), cluster * dim);
    distances[farthest] = 0;
  }
  return centers;
}

/** Rows that are far from each other, more likely the farther (k-means++). */
function firstCenters({ values, count, dim }: Rows, clusterCount: number, random: () => number) {
  const chosen = [Math.floor(random() * count)];
  const nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  while (chosen.length < Math.min(clusterCount, count)) {
    const last = chosen[chosen.length - 1] * dim;
    let total = 0;
    for (let row = 0; row < count; row++) {
      const distance = squaredDistance(values, row * dim, values, last, dim);
      if (distance < nearest[row]) nearest[row] = distance;
      total += nearest[row];
    }
    // All rows are among the chosen.
    if (total === 0) break;
    let left = random() * total;
    let row = -1;
    while (left >= 0 && row < count - 1) left -= nearest[++row];
    chosen.push(row);
  }
  return pickRows({ values, count, dim }, Int32Array.from(chosen)).values;
}

function pickRows({ values, dim }: Rows, positions: Int32Array): Rows {
  const picked = new Float32Array(positions.length * dim);
  for (const [i, row] of positions.entries()) {
    picked.set(values.subarray(row * dim, (row + 1) * dim), i * dim);
  }
  return { values: picked, count: positions.length, dim };
}

function squaredDistance(
  a: Float32Array,
  aStart: number,
  b: Float32Array,
  bStart: number,
  dim: number,
): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) {
    const difference = a[aStart + d] - b[bStart + d];
    sum += difference * difference;
  }
  return sum;
}
