/** The wall clock, by parameter, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Milliseconds, with fractions, since some moment: for measuring how long something takes. */
export const monotonicNowMs = (): number => performance.now();

const LOGICAL_BITS = 18n;

/**
 * A hybrid timestamp: milliseconds since the epoch in the high bits, a counter of 18 bits below.
 * Milvus's own form, so that clients may compare and pass them on.
 */
export type Timestamp = bigint;

/** The timestamp's milliseconds since the Unix epoch. */
export function physicalMs(timestamp: Timestamp): number {
  return Number(timestamp >> LOGICAL_BITS);
}

export function timestampOfMs(ms: number): Timestamp {
  return BigInt(Math.floor(ms)) << LOGICAL_BITS;
}

export function earlier(a: Timestamp, b: Timestamp): Timestamp {
  return a < b ? a : b;
}

export function later(a: Timestamp, b: Timestamp): Timestamp {
  return a < b ? b : a;
}

/**
 * Hands out timestamps that never repeat and never go back, also when the wall clock does.
 * (Kulkarni et al., "Logical Physical Clocks", 2014, for a single node.)
 */
export class HybridClock {
  readonly #clock: Clock;
  #last: Timestamp = 0n;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** The newest timestamp handed out or seen. */
  get last(): Timestamp {
    return this.#last;
  }

  /** Milliseconds since the Unix epoch by the wall clock. */
  nowMs(): number {
    return this.#clock.nowMs();
  }

  next(): Timestamp {
    return this.allocate(1);
  }

  /** Reserves `count` consecutive timestamps and answers the first. */
  allocate(count: number): Timestamp {
    const wall = timestampOfMs(this.#clock.nowMs());
    const first = wall > this.#last ? wall : this.#last + 1n;
    this.#last = first + BigInt(count - 1);
    return first;
  }

  /** Makes later timestamps newer than `timestamp`, which was read from a log or manifest. */
  observe(timestamp: Timestamp): void {
    if (timestamp > this.#last) this.#last = timestamp;
  }
}
