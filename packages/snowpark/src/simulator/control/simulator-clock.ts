/** The account's clock: the machine's, moved on by tests that do not want to wait. */
export class SimulatorClock {
  readonly #base: () => number;
  #offsetMs = 0;

  /** `base` is the machine's clock, in milliseconds since 1970. */
  constructor(base: () => number) {
    this.#base = base;
  }

  readonly now = (): number => this.#base() + this.#offsetMs;

  advance(milliseconds: number): void {
    this.#offsetMs += milliseconds;
  }
}
