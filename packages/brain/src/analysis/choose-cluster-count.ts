import type { LongOperationOptions } from "../base/progress.ts";
import { randomNumbers } from "../base/random-numbers.ts";
import { type KMeans, kMeans } from "./k-means.ts";
import type { Rows } from "./principal-components.ts";
import { samplePositions } from "./sample-positions.ts";

/** Rows by which the number is chosen. */
const comparedRowsMax = 2_000;
const clusterCountMax = 20;

/**
 * How many clusters are best apart: of 2 to 20 the number whose rows are, on the mean, nearest to their own
 * centre compared with the next one (a silhouette by centres). One, if all rows are equal.
 */
export async function chooseClusterCount(
  { values, count, dim }: Rows,
  { seed, signal, progress }: LongOperationOptions & { readonly seed: number },
): Promise<number> {
  const positions = samplePositions(count, comparedRowsMax, randomNumbers(seed));
  const compared = new Float32Array(positions.length * dim);
  for (const [i, row] of positions.entries()) {
    compared.set(values.subarray(row * dim, (row + 1) * dim), i * dim);
  }
  const rows = { values: compared, count: positions.length, dim };
  const greatest = Math.min(clusterCountMax, rows.count - 1);
  let best = { clusterCount: 1, apart: 0 };
  for (let clusterCount = 2; clusterCount <= greatest; clusterCount++) {
    const found = await kMeans(rows, { clusterCount, seed, signal });
    if (found.clusterCount < clusterCount) break;
    const apart = howFarApart(found);
    if (apart > best.apart) best = { clusterCount, apart };
    progress?.({ done: clusterCount - 1, total: greatest - 1 });
  }
  return best.clusterCount;
}

function howFarApart({ distances, nextDistances }: KMeans): number {
  let sum = 0;
  for (const [row, distance] of distances.entries()) {
    const next = nextDistances[row];
    if (next > 0) sum += (next - distance) / next;
  }
  return sum / distances.length;
}
