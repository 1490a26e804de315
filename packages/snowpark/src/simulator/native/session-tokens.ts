import { randomBytes } from "node:crypto";
import type { AccountSession } from "../account/account-session.ts";

/** A signed-in session of the drivers' protocol. */
export interface NativeSession {
  readonly id: number;
  readonly session: AccountSession;
}

export interface TokenPair {
  readonly sessionToken: string;
  readonly masterToken: string;
  readonly sessionId: number;
}

/** How long a session's token and its master token are good, in seconds, as clients are told. */
export const sessionSeconds = 3_600;
export const masterSeconds = 14_400;

interface Entry {
  readonly native: NativeSession;
  readonly endsAt: number;
}

/** What became of a token. */
export type Lookup =
  | { readonly kind: "found"; readonly native: NativeSession }
  | { readonly kind: "expired" }
  | { readonly kind: "unknown" };

/** The tokens of sessions: a session token for requests, a master token for new session tokens. */
export class SessionTokens {
  readonly #now: () => number;
  readonly #sessions = new Map<string, Entry>();
  readonly #masters = new Map<string, Entry>();
  #nextId = 1_000;

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(session: AccountSession): TokenPair {
    const native = { id: this.#nextId, session };
    this.#nextId += 1;
    return this.#pair(native);
  }

  find(token: string): Lookup {
    return this.#lookup(this.#sessions, token);
  }

  /** A new pair for a master token. With `RENEW` the former tokens are worthless; with `ISSUE` they stay good. */
  renew(
    masterToken: string,
    requestType: "RENEW" | "ISSUE",
    oldToken: string,
  ): Lookup & Partial<TokenPair> {
    const found = this.#lookup(this.#masters, masterToken);
    if (found.kind !== "found") return found;
    if (requestType === "RENEW") {
      this.#sessions.delete(oldToken);
      this.#masters.delete(masterToken);
    }
    return { ...found, ...this.#pair(found.native) };
  }

  end(native: NativeSession): void {
    for (const tokens of [this.#sessions, this.#masters]) {
      for (const [token, entry] of tokens) if (entry.native === native) tokens.delete(token);
    }
  }

  #pair(native: NativeSession): TokenPair {
    const sessionToken = `st-${randomBytes(24).toString("base64url")}`;
    const masterToken = `mt-${randomBytes(24).toString("base64url")}`;
    this.#sessions.set(sessionToken, { native, endsAt: this.#now() + sessionSeconds * 1000 });
    this.#masters.set(masterToken, { native, endsAt: this.#now() + masterSeconds * 1000 });
    return { sessionToken, masterToken, sessionId: native.id };
  }

  #lookup(tokens: ReadonlyMap<string, Entry>, token: string): Lookup {
    const entry = tokens.get(token);
    if (entry === undefined) return { kind: "unknown" };
    return entry.endsAt <= this.#now()
      ? { kind: "expired" }
      : { kind: "found", native: entry.native };
  }
}
