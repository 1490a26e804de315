import { EngineError, type EngineErrorDetails, messageOf } from "../base/errors.ts";
import type { Lane } from "./job.ts";

/** What waits in a lane, as users know it. */
const workOf: Readonly<Record<Lane, string>> = { foreground: "search", background: "index build" };

/** What work fails with when its pool is closed. */
export function closedError(lane: Lane): EngineError {
  return new EngineError("closed", `Cannot run the ${workOf[lane]}: the thread pool is closed`);
}

/** What work fails with whose signal has aborted. */
export function cancelledError(lane: Lane, signal: AbortSignal): EngineError {
  return new EngineError("cancelled", `The ${workOf[lane]} was cancelled`, {
    cause: signal.reason,
  });
}

/** What work fails with whose thread died `tryCount` times. */
export function crashError(
  lane: Lane,
  { tryCount, cause, hint }: { tryCount: number; cause: unknown; hint: string },
): EngineError {
  const reason = cause === undefined ? "it ended" : messageOf(cause);
  const tries = tryCount === 1 ? "" : `, tried ${tryCount} times`;
  const message = `Cannot run the ${workOf[lane]} in a worker thread${tries}: ${reason}${hint}`;
  return new EngineError("io", message, { cause });
}

/** An error as it goes to another thread, where a structured clone would make it a plain `Error`. */
export interface PlainEngineError {
  readonly code: EngineError["code"];
  readonly message: string;
  readonly details: EngineErrorDetails;
}

export function toPlain({ code, message, details }: EngineError): PlainEngineError {
  return { code, message, details };
}

export function fromPlain({ code, message, details }: PlainEngineError): EngineError {
  return new EngineError(code, message, { details });
}
