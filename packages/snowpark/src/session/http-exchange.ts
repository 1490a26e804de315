import type { SnowparkError } from "../base/snowpark-error.ts";
import type { SessionDependencies } from "./session-dependencies.ts";
import { beginningOf, cancelledError, networkError } from "./statement-error.ts";

/** One request, good for being sent again: its server knows a repetition by its request id. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Ends the pauses between attempts, and no attempt itself. */
  readonly pauseSignal?: AbortSignal | undefined;
  /** The address of a repetition, where it differs. */
  readonly repeatedAt?: URL;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** The server's clock, in milliseconds since 1970. */
  readonly date: number | undefined;
}

export type HttpDependencies = Pick<SessionDependencies, "fetch" | "sleep" | "showRetry">;

const maxAttempts = 7;
/** Where nobody listens, somebody who restarts is waited for, and not for long: the address may be wrong. */
const maxAttemptsRefused = 4;
const firstPauseMs = 1_000;
const maxPauseMs = 16_000;

/** Failures that another attempt does not mend. */
const lasting = /ENOTFOUND|CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|ERR_INVALID|bad port/;

/**
 * Sends a request, again after 429, a server error or a lost connection, with pauses that double from 1 s to 16 s.
 * The last answer is returned whatever its status.
 *
 * @throws SnowparkError `network` when there is no answer, `cancelled` when the signal aborts.
 */
export async function exchange(
  request: HttpRequest,
  dependencies: HttpDependencies,
): Promise<HttpAnswer> {
  let pauseMs = firstPauseMs;
  for (let attempt = 1; ; attempt += 1) {
    const url = attempt === 1 ? request.url : (request.repeatedAt ?? request.url);
    const outcome = await send(request, url, dependencies.fetch);
    if ("answer" in outcome) {
      if (attempt >= maxAttempts || !isPassing(outcome.answer.status)) return outcome.answer;
    } else if (attempt >= attemptsAfter(outcome.error.message)) {
      throw outcome.error;
    }
    const reason =
      "answer" in outcome ? `${url.host} answered ${outcome.answer.status}` : outcome.error.message;
    dependencies.showRetry?.(`${reason}: asking again in ${pauseMs / 1000} s`);
    await pause(pauseMs, request.signal ?? request.pauseSignal, dependencies.sleep);
    pauseMs = Math.min(pauseMs * 2, maxPauseMs);
  }
}

function attemptsAfter(failure: string): number {
  if (lasting.test(failure)) return 1;
  return failure.includes("ECONNREFUSED") ? maxAttemptsRefused : maxAttempts;
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

async function send(
  { method, headers, body, signal }: HttpRequest,
  url: URL,
  fetch: HttpDependencies["fetch"],
): Promise<{ answer: HttpAnswer } | { error: SnowparkError }> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    const date = Date.parse(response.headers.get("date") ?? "");
    return {
      answer: {
        status: response.status,
        text: await response.text(),
        date: Number.isNaN(date) ? undefined : date,
      },
    };
  } catch (error) {
    if (signal?.aborted === true) throw cancelledError(`The request to ${url.host}`);
    return { error: networkError(`Cannot reach ${url.host}`, error) };
  }
}

async function pause(
  milliseconds: number,
  signal: AbortSignal | undefined,
  sleep: HttpDependencies["sleep"],
): Promise<void> {
  try {
    await sleep(milliseconds, signal);
  } catch (error) {
    if (signal?.aborted === true) throw cancelledError("The request");
    throw error;
  }
}

/**
 * An answer's JSON object.
 *
 * @throws SnowparkError `network` for anything else, with how it begins.
 */
export function objectOf(answer: HttpAnswer, host: string): Readonly<Record<string, unknown>> {
  const value = parsedObject(answer.text);
  if (value !== undefined) return value;
  const beginning = beginningOf(answer.text);
  throw networkError(
    `${host} answered ${answer.status} with no JSON object${beginning === "" ? "" : `: ${beginning}`}`,
  );
}

/** The JSON object that a text is, if it is one. */
export function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A property that is text, or a number as text. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : undefined;
}
