import { randomNumbers } from "../base/random-numbers.ts";
import type { NewSample } from "../schema/sample.ts";

/** Which samples are taken, and in which order. */
export interface SampleOrder {
  /** How many at most. */
  readonly maxSamples?: number;
  /** Whether they come in a random order: with `maxSamples`, each has the same chance to be in. */
  readonly shuffle?: boolean;
  /** Equal seeds give equal orders; a whole number. */
  readonly seed?: number;
}

/** The samples in the order asked for. Shuffled ones are held in memory, `maxSamples` of them. */
export async function* orderSamples(
  samples: AsyncIterable<NewSample>,
  order: SampleOrder,
): AsyncGenerator<NewSample> {
  const { maxSamples = Number.POSITIVE_INFINITY, shuffle = false, seed = 0 } = order;
  if (shuffle) {
    yield* await drawSamples(samples, maxSamples, randomNumbers(seed));
    return;
  }
  let count = 0;
  if (maxSamples === 0) return;
  for await (const sample of samples) {
    yield sample;
    count++;
    if (count === maxSamples) return;
  }
}

/** A reservoir: each sample stays with the same chance, however many come. Then it is shuffled. */
async function drawSamples(
  samples: AsyncIterable<NewSample>,
  max: number,
  random: () => number,
): Promise<NewSample[]> {
  const drawn: NewSample[] = [];
  let seen = 0;
  for await (const sample of samples) {
    seen++;
    if (drawn.length < max) drawn.push(sample);
    else {
      const place = Math.floor(random() * seen);
      if (place < max) drawn[place] = sample;
    }
  }
  for (let last = drawn.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [drawn[last], drawn[other]] = [drawn[other], drawn[last]];
  }
  return drawn;
}
