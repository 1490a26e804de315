import type { ServerOptions } from "@redkite/milvus/server";

/** What the server has to say while it runs, on standard error. */
export interface ServeLog extends NonNullable<ServerOptions["logger"]> {
  warn(message: string): void;
}

/** Lines for people. */
export function textLog(write: (text: string) => void): ServeLog {
  return {
    warn: (message) => write(`redkite: ${message}\n`),
    error: (message, { error }) => write(`redkite: ${message}: ${reasonOf(error)}\n`),
  };
}

/** One JSON object a line: `time`, `level`, `message`, and for failures `error` and more. */
export function jsonLog(write: (text: string) => void, now: () => Date): ServeLog {
  const log = (level: string, message: string, details: object) =>
    write(`${JSON.stringify({ time: now().toISOString(), level, message, ...details })}\n`);
  return {
    warn: (message) => log("warn", message, {}),
    error: (message, { error, ...details }) =>
      log("error", message, { ...details, error: reasonOf(error) }),
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
