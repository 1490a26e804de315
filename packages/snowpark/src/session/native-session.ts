import { identifier } from "../sql/quote.ts";
import { exchange, isRecord, objectOf, textOf } from "./http-exchange.ts";
import type { SessionDependencies } from "./session-dependencies.ts";
import { networkError, signInError } from "./statement-error.ts";

export interface NativeSignIn {
  readonly url: URL;
  readonly account: string;
  readonly user: string;
  readonly authenticator: "SNOWFLAKE_JWT" | "OAUTH" | "PROGRAMMATIC_ACCESS_TOKEN";
  readonly token: string;
  /** The session's role, by the name that is stored. Without: the user's default role. */
  readonly role?: string;
}

/** A token of a session, as `Authorization: Snowflake Token="…"` and the image registry take it. */
export interface IssuedToken {
  readonly token: string;
  readonly validSeconds: number;
}

type Dependencies = Pick<SessionDependencies, "fetch" | "sleep" | "randomUuid" | "showRetry">;

/**
 * As much of the drivers' own protocol as the image registry needs: a sign-in, and further session tokens made from
 * it. `snow spcs image-registry` does the same.
 */
export class NativeSession {
  readonly #url: URL;
  readonly #sessionToken: string;
  readonly #masterToken: string;
  readonly #dependencies: Dependencies;

  private constructor(
    url: URL,
    tokens: { readonly session: string; readonly master: string },
    dependencies: Dependencies,
  ) {
    this.#url = url;
    this.#sessionToken = tokens.session;
    this.#masterToken = tokens.master;
    this.#dependencies = dependencies;
  }

  /** @throws SnowparkError `sign-in-failed`, `network`. */
  static async signIn(signIn: NativeSignIn, dependencies: Dependencies): Promise<NativeSession> {
    const data = await post(
      {
        url: signIn.url,
        path: "/session/v1/login-request",
        // Sign-ins of this protocol read names as SQL does.
        ...(signIn.role === undefined ? {} : { query: { roleName: identifier(signIn.role) } }),
      },
      {
        data: {
          ACCOUNT_NAME: signIn.account.toUpperCase(),
          LOGIN_NAME: signIn.user,
          AUTHENTICATOR: signIn.authenticator,
          TOKEN: signIn.token,
          CLIENT_APP_ID: "Redkite",
          CLIENT_APP_VERSION: "1",
          CLIENT_ENVIRONMENT: {},
          SESSION_PARAMETERS: {},
        },
      },
      { secrets: [signIn.token], dependencies },
    );
    const session = textOf(data["token"]);
    const master = textOf(data["masterToken"]);
    if (session === undefined || master === undefined) {
      throw networkError(`${signIn.url.host} answered a sign-in without its tokens`);
    }
    return new NativeSession(signIn.url, { session, master }, dependencies);
  }

  /** Goes on with a session that a driver began. */
  static resume(
    {
      url,
      session,
      master,
    }: { readonly url: URL; readonly session: string; readonly master: string },
    dependencies: Dependencies,
  ): NativeSession {
    return new NativeSession(url, { session, master }, dependencies);
  }

  /** A further token of this user, good for about an hour. */
  async issueToken(): Promise<IssuedToken> {
    const data = await post(
      { url: this.#url, path: "/session/token-request", token: this.#masterToken },
      { oldSessionToken: this.#sessionToken, requestType: "ISSUE" },
      { secrets: [this.#sessionToken, this.#masterToken], dependencies: this.#dependencies },
    );
    const token = textOf(data["sessionToken"]);
    if (token === undefined) throw networkError(`${this.#url.host} issued no token`);
    const validSeconds = data["validityInSecondsST"];
    return { token, validSeconds: typeof validSeconds === "number" ? validSeconds : 3_600 };
  }

  /** Ends the session. One that can't be ended ends by itself. */
  async close(): Promise<void> {
    const url = new URL("/session?delete=true", this.#url);
    const headers = headersOf(this.#sessionToken);
    await this.#dependencies
      .fetch(url, { method: "POST", headers, body: "{}", redirect: "manual" })
      .then((response) => response.text())
      .catch(() => undefined);
  }
}

interface Target {
  readonly url: URL;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly token?: string;
}

async function post(
  target: Target,
  body: unknown,
  { secrets, dependencies }: { secrets: readonly string[]; dependencies: Dependencies },
): Promise<Readonly<Record<string, unknown>>> {
  const url = new URL(target.path, target.url);
  url.searchParams.set("requestId", dependencies.randomUuid());
  for (const [name, value] of Object.entries(target.query ?? {})) url.searchParams.set(name, value);
  const answer = await exchange(
    { url, method: "POST", headers: headersOf(target.token), body: JSON.stringify(body) },
    dependencies,
  );
  const reply = objectOf(answer, url.host);
  if (reply["success"] !== true) {
    const code = textOf(reply["code"]) ?? String(answer.status);
    const message = textOf(reply["message"]) ?? "The sign-in was refused";
    throw signInError({ code, message }, secrets);
  }
  return isRecord(reply["data"]) ? reply["data"] : {};
}

function headersOf(token: string | undefined): Record<string, string> {
  return {
    accept: "application/json",
    "content-type": "application/json",
    "user-agent": "redkite-snowpark/1",
    ...(token === undefined ? {} : { authorization: `Snowflake Token="${token}"` }),
  };
}
