import { SnowparkError } from "../base/snowpark-error.ts";
import type { RepositoryAddress } from "./image-reference.ts";
import { authorize, type RegistryCredentials, readChallenge } from "./registry-authentication.ts";

/** How a registry is reached. */
export interface RegistryAccess {
  readonly fetch: typeof fetch;
  /** Waits for so many milliseconds, between two tries. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Who signs in; asked anew each time that the registry wants it. None for what everybody may read. */
  readonly login?: () => Promise<RegistryCredentials>;
  readonly signal?: AbortSignal;
}

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT";
  /** Below the registry, or the whole address of an upload as the registry gave it. */
  readonly address: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** What is not repeated here: `none` for a request that may have been carried out. Default: all that may pass. */
  readonly repeat?: "all" | "none";
}

/** Snowflake's own client signs in up to five times: its registry forgets tokens in between. */
const signInsMax = 5;
/** How often a request is tried that the network or the registry failed. */
const triesMax = 5;
const firstPauseMs = 250;
const pauseMsMax = 8_000;

/** Requests to one repository of a registry, signed in when the registry wants it. */
export class RegistryClient {
  readonly repository: RepositoryAddress;
  readonly #access: RegistryAccess;
  readonly #scope: string;
  #authorization: string | undefined;

  constructor(
    repository: RepositoryAddress,
    access: RegistryAccess,
    actions: "pull" | "pull,push",
  ) {
    this.repository = repository;
    this.#access = access;
    this.#scope = `repository:${repository.path}:${actions}`;
  }

  get signal(): AbortSignal | undefined {
    return this.#access.signal;
  }

  /** Waits before another try. */
  async pause(milliseconds: number): Promise<void> {
    const { sleep, signal } = this.#access;
    // A wait that is given up may reject with a reason of its own.
    await sleep(milliseconds, signal).catch((error: unknown) => {
      throwIfCancelled(signal, error);
      throw error;
    });
    throwIfCancelled(signal);
  }

  /**
   * Sends a request, and again after an answer that signing in or waiting may mend. Other answers are the caller's to
   * judge.
   *
   * @throws SnowparkError `sign-in-failed`, `network`, `cancelled`.
   */
  async send(request: RegistryRequest): Promise<Response> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#signedIn(request);
      const isAnswer = answer instanceof Response;
      if (isAnswer && !mayPass(answer.status)) return answer;
      if (request.repeat === "none" || tries >= triesMax) {
        if (isAnswer) return answer;
        throw answer;
      }
      if (isAnswer) await answer.body?.cancel();
      const pauseMs = pauseOf(answer) ?? firstPauseMs * 2 ** (tries - 1);
      await this.pause(Math.min(pauseMs, pauseMsMax));
    }
  }

  /** Signs in as often as the registry wants it, within reason. */
  async #signedIn(request: RegistryRequest): Promise<Response | SnowparkError> {
    for (let signIns = 0; ; signIns++) {
      const answer = await this.#attempt(request);
      if (!(answer instanceof Response) || answer.status !== 401) return answer;
      await answer.body?.cancel();
      if (signIns >= signInsMax) {
        throw new SnowparkError(
          "sign-in-failed",
          `${this.repository.host} refused ${signInsMax} tokens, one after the other, that it had given out itself`,
        );
      }
      await this.#signIn(answer);
    }
  }

  /** The answer, or the error of a registry that could not be reached. */
  async #attempt({
    method,
    address,
    headers,
    body,
  }: RegistryRequest): Promise<Response | SnowparkError> {
    const { fetch, signal } = this.#access;
    const { registry, host } = this.repository;
    const url = new URL(address, registry);
    // Uploads and tokens may lie on another host, which gets no token of this one.
    const isOwn = url.origin === new URL(registry).origin;
    const authorization = isOwn ? this.#authorization : undefined;
    try {
      return await fetch(url, {
        method,
        headers: {
          ...headers,
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      throwIfCancelled(signal, cause);
      return new SnowparkError("network", `The registry ${host} could not be reached`, { cause });
    }
  }

  async #signIn(refusal: Response): Promise<void> {
    const { login, fetch, signal } = this.#access;
    try {
      this.#authorization = await authorize(
        readChallenge(refusal.headers.get("www-authenticate")),
        {
          registry: this.repository.registry,
          scope: this.#scope,
          credentials: await login?.(),
          fetch,
          ...(signal === undefined ? {} : { signal }),
        },
      );
    } catch (error) {
      throwIfCancelled(signal, error);
      throw error;
    }
  }
}

/** @throws SnowparkError `cancelled` when the signal has been given. */
export function throwIfCancelled(signal: AbortSignal | undefined, cause?: unknown): void {
  if (signal?.aborted) throw new SnowparkError("cancelled", "The transfer was given up", { cause });
}

/** Whether waiting may help. */
function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** How long the registry asks to wait, in milliseconds. */
function pauseOf(answer: Response | SnowparkError): number | undefined {
  const seconds = answer instanceof Response ? answer.headers.get("retry-after") : null;
  return seconds !== null && /^\d{1,4}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

/**
 * The error for an answer that is not what the protocol has.
 *
 * @returns SnowparkError: `insufficient-privileges` for 403, `not-found` for 404, else `image-failed`.
 */
export async function unexpectedAnswer(attempt: string, answer: Response): Promise<SnowparkError> {
  const text = (await answer.text().catch(() => "")).slice(0, 500).trim();
  const said = `HTTP ${answer.status}${text === "" ? "" : `: ${text}`}`;
  const message = `Cannot ${attempt}: the registry answered ${said}`;
  if (answer.status === 403) {
    return new SnowparkError("insufficient-privileges", message, {
      remedy:
        "The role needs READ, and for a push WRITE, on the image repository and USAGE on its schema and database",
    });
  }
  return new SnowparkError(answer.status === 404 ? "not-found" : "image-failed", message);
}
