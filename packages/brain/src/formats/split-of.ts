import { BrainError } from "../base/brain-error.ts";
import type { Sample } from "../schema/sample.ts";

/** The part that a sample is tagged with. Throws `invalid-argument` when it is none or several. */
export function splitOf(sample: Sample, splits: readonly string[]): string {
  const found = splits.filter((split) => sample.tags.includes(split));
  if (found.length === 1) return found[0];
  throw new BrainError(
    "invalid-argument",
    `${sample.filepath} is in ${found.length} of the splits ${splits.join(", ")}: ` +
      `expected one of them as a tag, found ${JSON.stringify(sample.tags)}`,
    { details: { id: sample.id, tags: sample.tags, splits } },
  );
}
