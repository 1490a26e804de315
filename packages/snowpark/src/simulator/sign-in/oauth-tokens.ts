import { randomBytes } from "node:crypto";
import { type Exchange, readBody, sendText } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { Route } from "../http/router.ts";
import { SignInRefused } from "./sign-in-refused.ts";

/** Whom a token stands for. */
export interface OauthGrant {
  readonly user: string;
  /** `undefined` for the user's default role. */
  readonly role: string | undefined;
  /** The only ingress that takes it. `undefined` for the account itself. */
  readonly host: string | undefined;
}

interface Entry extends OauthGrant {
  readonly endsAt: number;
}

const tokenMs = 600_000;
const assertionGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** OAuth access tokens, and `/oauth/token`, which gives them for the assertion of a key pair. */
export class OauthTokens {
  readonly routes: readonly Route[];
  readonly #tokens = new Map<string, Entry>();
  readonly #now: () => number;
  readonly #userOfAssertion: (assertion: string, role: string | undefined) => Promise<string>;

  /** `userOfAssertion` throws {@link SignInRefused} for an assertion, or a role, that is not the user's. */
  constructor(
    now: () => number,
    userOfAssertion: (assertion: string, role: string | undefined) => Promise<string>,
  ) {
    this.#now = now;
    this.#userOfAssertion = userOfAssertion;
    this.routes = [
      { method: "POST", path: /^\/oauth\/token$/, handle: (exchange) => this.#exchange(exchange) },
    ];
  }

  grant(grant: OauthGrant): string {
    const token = randomBytes(32).toString("base64url");
    this.#tokens.set(token, { ...grant, endsAt: this.#now() + tokenMs });
    return token;
  }

  find(token: string): OauthGrant | "expired" | undefined {
    const entry = this.#tokens.get(token);
    if (entry === undefined) return undefined;
    return entry.endsAt <= this.#now() ? "expired" : entry;
  }

  async #exchange(exchange: Exchange): Promise<void> {
    const form = new URLSearchParams((await readBody(exchange.request)).toString("utf8"));
    if (form.get("grant_type") !== assertionGrant) {
      throw oauthFailure(
        400,
        "unsupported_grant_type",
        "Only assertions of key pairs are simulated",
      );
    }
    const scopes = (form.get("scope") ?? "").split(/\s+/).filter((scope) => scope !== "");
    const role = roleOf(scopes);
    const host = scopes.find((scope) => !scope.startsWith("session:"))?.toLowerCase();
    try {
      const user = await this.#userOfAssertion(form.get("assertion") ?? "", role);
      // The body is the bare token: no JSON around it.
      sendText(exchange, this.grant({ user, role, host }));
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      throw oauthFailure(400, "invalid_grant", error.message);
    }
  }
}

/** The role of the scopes, by the name that is stored. */
function roleOf(scopes: readonly string[]): string | undefined {
  for (const scope of scopes) {
    const { form, name = "" } =
      /^session:(?<form>role(?:-encoded)?):(?<name>.*)$/.exec(scope)?.groups ?? {};
    if (form === "role") return name;
    if (form === "role-encoded") return decoded(name);
  }
  return undefined;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw oauthFailure(400, "invalid_scope", `The role ${name} is not encoded as in an address`);
  }
}

function oauthFailure(status: number, error: string, message: string): HttpFailure {
  return new HttpFailure(status, {
    data: null,
    error,
    error_description: message,
    message,
    success: false,
  });
}
