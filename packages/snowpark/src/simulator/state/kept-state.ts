import { SnowparkError } from "../../base/snowpark-error.ts";
import type { AccountState } from "../account/state.ts";
import { isRecord } from "../http/exchange.ts";
import type { ImageState } from "../registry/repository-index.ts";

/** What a simulator keeps from one start to the next, as JSON. */
export interface KeptState {
  readonly version: 1;
  readonly behaviour: "2024" | "2026";
  /** Addresses of endpoints have it in them, so it is asked for again. */
  readonly port: number;
  readonly account: AccountState;
  readonly registry: readonly ImageState[];
}

/**
 * What a state file holds. `undefined` for a folder that has none.
 *
 * @throws SnowparkError `unsupported` when another version wrote it.
 */
export function readKeptState(state: unknown): KeptState | undefined {
  if (state === undefined) return undefined;
  if (isKept(state)) return state;
  throw new SnowparkError("unsupported", "The simulated account was kept by another version", {
    remedy: "Remove the folder to begin with a fresh account.",
  });
}

/** Only this program writes the file, and whole: its version tells what is in it. */
function isKept(state: unknown): state is KeptState {
  return isRecord(state) && state["version"] === 1;
}
