/**
 * What was asked for can't be done, and the user can change that: shown in one line, without a
 * stack. The message says what was attempted, what was found and what to do.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
