import { BrainError } from "../base/brain-error.ts";

/** The longest that a service may take for one batch. */
const timeoutMs = 120_000;
/** An answer that is not JSON is quoted this far. */
const quoteLength = 200;

export interface ModelRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Posts JSON to a model's service and gives back the JSON that it answers.
 *
 * @throws {BrainError} `model-failed`, with the status and the beginning of the answer.
 */
export async function requestModel(request: ModelRequest): Promise<unknown> {
  const { url, headers, body, signal } = request;
  const fail = (reason: string, cause?: unknown): BrainError =>
    new BrainError("model-failed", `Cannot embed with ${url}: ${reason}`, {
      details: { url },
      ...(cause === undefined ? {} : { cause }),
    });
  const timeout = AbortSignal.timeout(timeoutMs);
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    if (timeout.aborted) throw fail(`no answer within ${timeoutMs / 1000} s`, cause);
    throw fail(reasonOf(cause), cause);
  }
  if (status < 200 || status > 299) throw fail(`status ${status}: ${text.slice(0, quoteLength)}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fail(`the answer is not JSON: ${text.slice(0, quoteLength)}`, cause);
  }
}

/** `fetch` puts the reason, such as a refused connection, into its error's cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

/**
 * The value of an environment variable that a spec names.
 *
 * @throws {BrainError} `model-failed` when it is not set.
 */
export function secretOf(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const value = environment[name];
  if (value !== undefined && value !== "") return value;
  throw new BrainError(
    "model-failed",
    `Cannot call the model: set the environment variable ${name}, which its spec names`,
    { details: { variable: name } },
  );
}
