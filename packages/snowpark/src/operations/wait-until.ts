import { SnowparkError } from "../base/snowpark-error.ts";
import type { OperationContext } from "./operation-context.ts";

/** How a wait ends: with a value, or not yet, with what is known so far. */
export type Waiting<T> = { readonly value: T } | { readonly message: string };

/** Between two looks: short at first, since much is quick, then as long as people don't mind. */
const pollMs = [250, 500, 1_000, 2_000, 5_000];

/**
 * Looks again and again until there is a value.
 *
 * @throws SnowparkError `not-ready` after `minutesMax`, `cancelled`; and what `look` throws.
 */
export async function waitUntil<T>(
  context: OperationContext,
  { step, minutesMax }: { readonly step: string; readonly minutesMax: number },
  look: () => Promise<Waiting<T>>,
): Promise<T> {
  const { clock, signal, progress } = context;
  const end = clock.now() + minutesMax * 60_000;
  for (let round = 0; ; round++) {
    const seen = await look();
    if ("value" in seen) return seen.value;
    progress?.({ step, state: "running", message: seen.message });
    if (clock.now() >= end) {
      throw new SnowparkError(
        "not-ready",
        `${step} is not ready after ${minutesMax} minutes: ${seen.message}`,
        { step },
      );
    }
    await sleep(context, pollMs[Math.min(round, pollMs.length - 1)] ?? 0);
    if (signal?.aborted === true) throw gaveUp(step);
  }
}

async function sleep({ clock, signal }: OperationContext, milliseconds: number): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

function gaveUp(step: string): SnowparkError {
  return new SnowparkError("cancelled", `Gave up waiting for ${step}, which goes on by itself`, {
    step,
  });
}
