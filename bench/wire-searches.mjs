import { Random } from "./ann/random.mjs";

const queryCount = 256;

/** The vectors that are searched for, by both sides of bench/wire.mjs. */
export function queriesOf(dim) {
  const random = new Random(2);
  return Array.from({ length: queryCount }, () =>
    Float32Array.from({ length: dim }, () => random.normal()),
  );
}

/** Runs tasks `first` to `first + count - 1`, `width` at a time; their results in order. */
export async function inFlight({ first, count, width }, run) {
  const results = new Array(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const task = next++;
      results[task] = await run(first + task);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
  return results;
}
