import { BrainError, messageOf } from "../base/brain-error.ts";

/** gRPC's statuses that say that there is nobody to talk to, or that it left. */
const lostConnection = /UNAVAILABLE|ECONNREFUSED|ECONNRESET|ENOTFOUND|CANCELLED|DEADLINE_EXCEEDED/;

/**
 * Runs a call of Milvus's client, and throws where it failed, whether it says so by a rejection or by
 * a status.
 *
 * @param what What is being attempted, for the message, such as `search "photos"`.
 * @throws {BrainError} `server-unreachable` or `milvus-failed`.
 */
export async function callMilvus<T extends object>(
  what: string,
  call: () => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await call();
  } catch (cause) {
    throw failureOf(what, messageOf(cause) || JSON.stringify(cause), cause);
  }
  // Most answers have a status; some are one.
  const status = "status" in result ? result.status : result;
  if (typeof status !== "object" || status === null || !("error_code" in status)) return result;
  if (status.error_code === "Success" || status.error_code === 0) return result;
  const reason = "reason" in status ? String(status.reason) : "";
  throw failureOf(what, reason || String(status.error_code), status);
}

function failureOf(what: string, reason: string, cause: unknown): BrainError {
  if (cause instanceof BrainError) return cause;
  const isLost = lostConnection.test(reason);
  return new BrainError(
    isLost ? "server-unreachable" : "milvus-failed",
    isLost
      ? `Cannot ${what}: the Milvus server does not answer (${reason}); start it and try again`
      : `Cannot ${what}: ${reason}`,
    { details: { reason }, cause },
  );
}
