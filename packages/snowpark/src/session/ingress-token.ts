import { exchange, type HttpDependencies } from "./http-exchange.ts";
import { beginningOf, networkError, signInError } from "./statement-error.ts";

export interface IngressTokenRequest {
  readonly accountUrl: URL;
  /** What a key pair signed. */
  readonly assertion: string;
  readonly ingressHost: string;
  readonly role?: string | undefined;
}

/**
 * Exchanges a key pair's assertion for a token that one ingress takes, with the rights of a role.
 *
 * @throws SnowparkError `sign-in-failed`, `network`.
 */
export async function ingressTokenByAssertion(
  { accountUrl, assertion, ingressHost, role }: IngressTokenRequest,
  dependencies: HttpDependencies,
): Promise<string> {
  const url = new URL("/oauth/token", accountUrl);
  const scope = role === undefined ? ingressHost : `${roleScope(role)} ${ingressHost}`;
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    scope,
    assertion,
  });
  const answer = await exchange(
    {
      url,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    },
    dependencies,
  );
  const token = answer.text.trim();
  if (answer.status === 200 && token !== "" && !/\s/.test(token)) return token;
  const beginning = beginningOf(token, [assertion]);
  if (answer.status >= 400 && answer.status < 500) {
    throw signInError(
      { code: String(answer.status), message: `No token for ${ingressHost}: ${beginning}` },
      [assertion],
    );
  }
  throw networkError(
    `${url.host} answered ${answer.status} to a request for a token: ${beginning}`,
  );
}

/** Scopes stand between spaces: a name that is not plain is encoded (docs.snowflake.com, "OAuth for custom clients"). */
function roleScope(role: string): string {
  return /^[\w-]+$/.test(role)
    ? `session:role:${role}`
    : `session:role-encoded:${encodeURIComponent(role)}`;
}
