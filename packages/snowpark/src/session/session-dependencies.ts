/** What a session needs of the world, so that tests decide over network, time and chance. */
export interface SessionDependencies {
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly randomUuid: () => string;
  /** The process's environment itself, not a copy: `snowflake-sdk` is told there to stay silent. */
  readonly env: Record<string, string | undefined>;
  /** Where `snowflake-sdk` is looked for: a folder of the user's project. */
  readonly workingFolder: string;
  /** Shows the address at which the user signs in with the browser. */
  readonly showSignInAddress?: (url: string) => void;
  /** Tells why a request is sent again, and when. Default: nobody is told. */
  readonly showRetry?: (message: string) => void;
  /** Takes what passes through the session, a line of JSON each, without secrets. Default: nothing is recorded. */
  readonly record?: (line: string) => void;
  /** Opens that address. Default: in the system's browser. */
  readonly openSignInAddress?: (url: string) => void;
}
