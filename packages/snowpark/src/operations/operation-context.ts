import type { SnowparkConfig } from "../config/snowpark-config.ts";
import type { SnowSession } from "../session/snow-session.ts";

/** Time, as operations see it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A deployment that operations work on: what it should be, and a session of the account that it is in. */
export interface OperationContext {
  readonly config: SnowparkConfig;
  readonly session: SnowSession;
  readonly clock: Clock;
  /** Given up when it is aborted: nothing new is begun, and what was begun is told. */
  readonly signal?: AbortSignal;
  /** Called with each thing that begins, goes on or ends. */
  readonly progress?: (event: OperationProgress) => void;
}

/** A step under way, for people who wait. */
export interface OperationProgress {
  /** What it is, such as `compute pool MILVUS_POOL`. Steps of other names may run at the same time. */
  readonly step: string;
  readonly state: "running" | "done" | "failed" | "skipped";
  /** What is known of it now, such as `waiting for the image to be pulled`. */
  readonly message?: string;
}
