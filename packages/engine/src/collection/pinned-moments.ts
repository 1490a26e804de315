import type { Timestamp } from "../base/clock.ts";

/** An iteration whose caller takes longer than this from one page to the next may miss rows. */
const leaseMs = 10 * 60 * 1000;

/** Of more, those that were used longest ago are given up: begun iterations cost memory. */
const momentsMax = 1_024;

/**
 * The moments that iterations are at: rows that were deleted since are kept until nobody asks for
 * them any more. A moment is held for ten minutes from its last use, since iterations of clients come
 * without an end.
 */
export class PinnedMoments {
  readonly #nowMs: () => number;
  /** When each is given up, the one used longest ago first. */
  readonly #until = new Map<Timestamp, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  pin(at: Timestamp): void {
    this.#until.delete(at);
    this.#until.set(at, this.#nowMs() + leaseMs);
    const [leastUsed] = this.#until.keys();
    if (this.#until.size > momentsMax) this.#until.delete(leastUsed);
  }

  /** The oldest moment that is held; `undefined` when none is. */
  oldest(): Timestamp | undefined {
    const nowMs = this.#nowMs();
    let oldest: Timestamp | undefined;
    for (const [at, until] of this.#until) {
      if (until < nowMs) this.#until.delete(at);
      else if (oldest === undefined || at < oldest) oldest = at;
    }
    return oldest;
  }
}
