import { randomUUID } from "node:crypto";
import { SnowparkError } from "../../src/base/snowpark-error.ts";
import type { SessionDependencies } from "../../src/session/session-dependencies.ts";

export interface TestDependencies extends SessionDependencies {
  /** How long every pause was to be, in milliseconds. */
  readonly pauses: number[];
}

/** Dependencies in which nobody waits: pauses are written down, and the clock goes on by them. */
export function testDependencies(overrides: Partial<SessionDependencies> = {}): TestDependencies {
  const pauses: number[] = [];
  let time = Date.now();
  return {
    fetch,
    now: () => time,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      pauses.push(milliseconds);
      time += milliseconds;
    },
    randomUuid: randomUUID,
    env: {},
    workingFolder: process.cwd(),
    pauses,
    ...overrides,
  };
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<SnowparkError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SnowparkError) return error;
  throw new Error(`Not a SnowparkError: ${String(error)}`, { cause: error });
}
