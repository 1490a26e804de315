import type { NewUser } from "./account/state.ts";
import type { AccountTimings } from "./account/surroundings.ts";

/** What a simulator needs of the machine that it runs on. */
export interface SimulatorMachine {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** `PATH`, for programs that stand for those of an image. */
  readonly path: string;
}

export interface SimulatorOptions {
  /** Kept from one start to the next; made when it is not there. */
  readonly folder: string;
  readonly machine: SimulatorMachine;
  /** What Snowflake did in 2024, or does in 2026 (the default). */
  readonly behaviour?: "2024" | "2026";
  /** Default: the one that the folder had before, or a free one. */
  readonly port?: number;
  /** In milliseconds. The defaults are some hundreds: long enough to be seen, short enough not to be waited for. */
  readonly timings?: Partial<AccountTimings>;
  /** The users of a fresh account, instead of `ADMIN` and `ANALYST`. */
  readonly users?: readonly NewUser[];
  /** How long a request may wait for its statement, and the ingress for a service. */
  readonly holdMs?: number;
  readonly ingressIdleMs?: number;
  /** Hears of what should not happen. Default: nobody. */
  readonly report?: (error: unknown) => void;
}

/** A simulated account that listens. */
export interface Simulator {
  /** `<organization>-<account>`. */
  readonly account: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** Ends its containers, keeps its state and gives the folder back. */
  stop(): Promise<void>;
  /** Resolves when it has been stopped, by whomever. */
  readonly stopped: Promise<void>;
}
