import { SnowparkError } from "../base/snowpark-error.ts";
import { type KeyPair, type SignedAssertion, signAssertion } from "./key-pair.ts";

/** What the SQL API takes as a sign-in. */
export type Credentials =
  | { readonly kind: "key-pair"; readonly key: KeyPair }
  | { readonly kind: "programmatic-access-token"; readonly token: string }
  | { readonly kind: "oauth"; readonly token: string };

/** An assertion is renewed this long before it expires. */
const marginMs = 2 * 60 * 1000;

/** Hands out the bearer token of each request, and makes a new one where that is possible. */
export class BearerTokens {
  /** The value of `X-Snowflake-Authorization-Token-Type`. */
  readonly type: "KEYPAIR_JWT" | "PROGRAMMATIC_ACCESS_TOKEN" | "OAUTH";
  readonly #credentials: Credentials;
  readonly #account: string;
  readonly #user: string | undefined;
  readonly #now: () => number;
  #assertion: SignedAssertion | undefined;

  constructor(
    credentials: Credentials,
    owner: {
      readonly account: string;
      readonly user: string | undefined;
      readonly now: () => number;
    },
  ) {
    this.#credentials = credentials;
    this.#account = owner.account;
    this.#user = owner.user;
    this.#now = owner.now;
    this.type = tokenTypes[credentials.kind];
  }

  /** @throws SnowparkError `invalid-configuration` for a key pair without a user. */
  current(): string {
    if (this.#credentials.kind !== "key-pair") return this.#credentials.token;
    if (this.#assertion === undefined || this.#assertion.expiresAt - marginMs <= this.#now()) {
      this.#assertion = this.#sign(this.#credentials.key);
    }
    return this.#assertion.token;
  }

  /** Forgets a token that was refused. False where no other can be made. */
  renew(): boolean {
    this.#assertion = undefined;
    return this.#credentials.kind === "key-pair";
  }

  /** What must not be seen in errors. */
  secrets(): string[] {
    return this.#credentials.kind === "key-pair"
      ? [this.#assertion?.token ?? ""]
      : [this.#credentials.token];
  }

  #sign(key: KeyPair): SignedAssertion {
    if (this.#user === undefined) {
      throw new SnowparkError("invalid-configuration", "A sign-in with a key pair needs a user", {
        remedy: "Set `user` in the connection, or SNOWFLAKE_USER",
      });
    }
    return signAssertion(key, { account: this.#account, user: this.#user, now: this.#now() });
  }
}

const tokenTypes = {
  "key-pair": "KEYPAIR_JWT",
  "programmatic-access-token": "PROGRAMMATIC_ACCESS_TOKEN",
  oauth: "OAUTH",
} as const;
