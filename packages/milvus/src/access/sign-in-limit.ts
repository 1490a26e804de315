/** Failures that are borne without a wait. */
const freeFailures = 5;
/** The first wait; each further failure doubles it. */
const firstWaitMs = 1_000;
const waitMsMax = 60_000;
/** After so long without a failure all is forgotten. */
const memoryMs = 15 * 60_000;
/** How many pairs of user and address are remembered; the ones that failed longest ago go first. */
const entryCountMax = 10_000;

interface Failures {
  count: number;
  lastMs: number;
}

/**
 * Slows down who guesses passwords: after five failures for a user from an address, each attempt
 * has to wait twice as long as the one before, up to a minute. An attempt counts as failed until it
 * is told to have succeeded, so that many at once are no way around.
 */
export class SignInLimit {
  readonly #nowMs: () => number;
  /** In the order of the last failure, the oldest first. */
  readonly #failures = new Map<string, Failures>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether an attempt may be made now. It counts as failed until {@link succeed}. */
  attempt(user: string, address: string): boolean {
    const key = keyOf(user, address);
    const nowMs = this.#nowMs();
    const known = this.#failures.get(key);
    const failures =
      known !== undefined && nowMs - known.lastMs < memoryMs ? known : { count: 0, lastMs: nowMs };
    if (nowMs - failures.lastMs < waitMs(failures.count)) return false;
    failures.count++;
    failures.lastMs = nowMs;
    this.#failures.delete(key);
    this.#failures.set(key, failures);
    this.#forgetOldest();
    return true;
  }

  /** Forgets the failures of a user who has signed in. */
  succeed(user: string, address: string): void {
    this.#failures.delete(keyOf(user, address));
  }

  #forgetOldest(): void {
    if (this.#failures.size <= entryCountMax) return;
    const [oldest] = this.#failures.keys();
    this.#failures.delete(oldest);
  }
}

/** Names that are longer than a user's can be share an entry: they are the sender's to choose. */
function keyOf(user: string, address: string): string {
  return `${address} ${user.slice(0, 64)}`;
}

function waitMs(count: number): number {
  if (count < freeFailures) return 0;
  return Math.min(firstWaitMs * 2 ** (count - freeFailures), waitMsMax);
}
