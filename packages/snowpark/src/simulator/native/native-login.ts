import { storedName } from "../../sql/quote.ts";
import type { AccountSession } from "../account/account-session.ts";
import { type Exchange, isRecord, readJsonObject, sendJson, stringOf } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { SessionChoice, SignIn } from "../sign-in/sign-in.ts";
import { SignInRefused } from "../sign-in/sign-in-refused.ts";
import { refusal, success } from "./native-answer.ts";
import { masterSeconds, type SessionTokens, sessionSeconds } from "./session-tokens.ts";

/** `POST /session/v1/login-request`: any of the ways of signing in. */
export async function logIn(
  exchange: Exchange,
  { signIn, tokens }: { signIn: SignIn; tokens: SessionTokens },
): Promise<void> {
  const data = await dataOf(exchange);
  const session = await refusedAsAnswer(() => authenticate(signIn, data, choiceOf(exchange.url)));
  const pair = tokens.begin(session);
  const { user, role, warehouse, database, schema } = session.state;
  sendJson(
    exchange,
    success({
      token: pair.sessionToken,
      masterToken: pair.masterToken,
      validityInSeconds: sessionSeconds,
      masterValidityInSeconds: masterSeconds,
      sessionId: pair.sessionId,
      displayUserName: user,
      serverVersion: "10.10.0",
      firstLogin: false,
      remMeToken: null,
      remMeValidityInSeconds: 0,
      healthCheckInterval: 45,
      newClientForUpgrade: null,
      idToken: null,
      idTokenValidityInSeconds: 0,
      responseData: null,
      mfaToken: null,
      mfaTokenValidityInSeconds: 0,
      parameters: [
        { name: "CLIENT_SESSION_KEEP_ALIVE", value: false },
        { name: "CLIENT_TELEMETRY_ENABLED", value: false },
        { name: "AUTOCOMMIT", value: true },
        { name: "TIMEZONE", value: "UTC" },
      ],
      sessionInfo: {
        databaseName: database,
        schemaName: schema,
        warehouseName: warehouse,
        roleName: role,
      },
    }),
  );
}

/** `POST /session/authenticator-request`: where a browser signs in, and the proof that it was this client's. */
export async function startBrowserSignIn(
  exchange: Exchange,
  { signIn, origin }: { signIn: SignIn; origin: string },
): Promise<void> {
  const data = await dataOf(exchange);
  const user = stringOf(data, "LOGIN_NAME") ?? "";
  const port = Number(stringOf(data, "BROWSER_MODE_REDIRECT_PORT"));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new HttpFailure(
      200,
      refusal("390190", "There is no port that the browser could return to"),
    );
  }
  const { page, proofKey } = signIn.browser.begin({ user, port });
  sendJson(exchange, success({ tokenUrl: null, ssoUrl: `${origin}${page}`, proofKey }));
}

async function dataOf(exchange: Exchange): Promise<Record<string, unknown>> {
  const { data } = await readJsonObject(exchange.request);
  return isRecord(data) ? data : {};
}

/** The drivers' names are identifiers of SQL. */
function choiceOf({ searchParams }: URL): SessionChoice {
  const choice = (name: string): string | undefined => {
    const written = searchParams.get(name);
    return written ? storedName(written) : undefined;
  };
  return {
    role: choice("roleName"),
    warehouse: choice("warehouse"),
    database: choice("databaseName"),
    schema: choice("schemaName"),
  };
}

function authenticate(
  signIn: SignIn,
  data: Record<string, unknown>,
  choice: SessionChoice,
): Promise<AccountSession> {
  const user = stringOf(data, "LOGIN_NAME") ?? "";
  const token = stringOf(data, "TOKEN") ?? "";
  const password = stringOf(data, "PASSWORD") ?? "";
  const passcode = stringOf(data, "PASSCODE");
  const kind = (stringOf(data, "AUTHENTICATOR") ?? "SNOWFLAKE").toUpperCase();
  switch (kind) {
    case "SNOWFLAKE":
    case "USERNAME_PASSWORD_MFA":
      return signIn.byPassword({ user, password, passcode }, choice);
    case "SNOWFLAKE_JWT":
      return signIn.byKeyPair(token, choice);
    case "PROGRAMMATIC_ACCESS_TOKEN":
      return signIn.byAccessToken({ user, token: token || password }, choice);
    case "OAUTH":
      return signIn.byOauth(token, choice);
    case "EXTERNALBROWSER":
      return signIn.byBrowser({ token, proofKey: stringOf(data, "PROOF_KEY") ?? "" }, choice);
    default:
      throw new SignInRefused("390104", `Authenticator ${kind} is not simulated`);
  }
}

/** A refused sign-in is an answer with status 200 in this protocol. */
async function refusedAsAnswer<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof SignInRefused)) throw error;
    const data = { nextAction: "RETRY_LOGIN", authnMethod: "USERNAME_PASSWORD" };
    throw new HttpFailure(200, refusal(error.code, error.message, data));
  }
}
