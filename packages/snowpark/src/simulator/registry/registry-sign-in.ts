import { randomBytes } from "node:crypto";
import type { Exchange } from "../http/exchange.ts";
import { sendJson } from "../http/exchange.ts";
import type { RegistryAccount, RegistryUser } from "./registry-account.ts";
import { registryFailure } from "./registry-failure.ts";

const tokenSeconds = 3600;

/** Bearer tokens of the registry: `/login` gives them for a name and password, the other addresses want them. */
export class RegistrySignIn {
  readonly #tokens = new Map<string, { readonly user: RegistryUser; readonly endsAt: number }>();
  readonly #account: RegistryAccount;
  readonly #now: () => number;

  constructor(account: RegistryAccount, now: () => number) {
    this.#account = account;
    this.#now = now;
  }

  /** `GET /login` with Basic. */
  login(exchange: Exchange): void {
    const credentials = basicCredentials(exchange.request.headers.authorization);
    const user = credentials && this.#account.signIn(credentials.username, credentials.password);
    if (user === undefined) {
      throw registryFailure("UNAUTHORIZED", "Incorrect username or password was specified.", {
        "www-authenticate": 'Basic realm="Snowflake image registry"',
      });
    }
    const token = randomBytes(24).toString("base64url");
    this.#tokens.set(token, { user, endsAt: this.#now() + tokenSeconds * 1000 });
    // Docker's token protocol knows both names.
    sendJson(exchange, { token, access_token: token, expires_in: tokenSeconds });
  }

  /** Who sent a request. Throws UNAUTHORIZED with the challenge that tells clients of `/login`. */
  userOf({ request }: Exchange): RegistryUser {
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
    const found = token === undefined ? undefined : this.#tokens.get(token);
    if (found !== undefined && found.endsAt > this.#now()) return found.user;
    if (token !== undefined) this.#tokens.delete(token);
    throw this.challenge(request.headers.host);
  }

  /** The refusal of a request that is not signed in. */
  challenge(host = "localhost"): ReturnType<typeof registryFailure> {
    return registryFailure("UNAUTHORIZED", "authentication required", {
      "www-authenticate": `Bearer realm="http://${host}/login",service="snowflake-image-registry"`,
      "docker-distribution-api-version": "registry/2.0",
    });
  }

  /** Makes all tokens worthless, so that the clients must sign in again. */
  forgetTokens(): void {
    this.#tokens.clear();
  }
}

function basicCredentials(
  header: string | undefined,
): { readonly username: string; readonly password: string } | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1
    ? undefined
    : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
