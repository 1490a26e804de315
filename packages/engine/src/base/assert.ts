/** A mistake of ours, never of a user: an invariant that does not hold. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Throws {@link AssertionError} unless `condition` holds. For invariants, not for user input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Returns `value` when there is one. For look-ups that can't fail unless we made a mistake. */
export function must<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new AssertionError(message);
  return value;
}

/** Ends a `switch` over a union: the compiler refuses it while a variant is not handled. */
export function unreachable(value: never): never {
  // Cut off: a variant may have a field of a million numbers.
  throw new AssertionError(`Unexpected variant ${JSON.stringify(value).slice(0, 200)}`);
}
