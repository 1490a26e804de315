import { SnowparkError } from "../base/snowpark-error.ts";
import { type ConnectionSettings, secretsOf } from "../config/connection-settings.ts";
import { accountUrl } from "./account-address.ts";
import type { Credentials } from "./credentials.ts";
import { readKeyPair } from "./key-pair.ts";
import { RecordingSession } from "./recording-session.ts";
import { SdkSession } from "./sdk-session.ts";
import type { SessionDependencies } from "./session-dependencies.ts";
import type { SnowSession } from "./snow-session.ts";
import { SqlApiSession } from "./sql-api-session.ts";

/** Which implementation signs in. */
export type SessionClient = "sql-api" | "sdk";

/**
 * Signs in with a connection: over the SQL API where it has a key pair or a token, through `snowflake-sdk` where it has
 * a password, a browser or anything else. The SQL API has no `PUT`; uploads go through `snowflake-sdk` where it is
 * installed.
 *
 * @throws SnowparkError `sign-in-failed`, `invalid-configuration`, `network`, and `unsupported` where `snowflake-sdk`
 *   is needed and not installed.
 */
export async function connect(
  settings: ConnectionSettings,
  dependencies: SessionDependencies,
  client?: SessionClient,
): Promise<SnowSession> {
  const session = await signIn(settings, dependencies, client);
  const { record, now } = dependencies;
  return record === undefined
    ? session
    : new RecordingSession(session, { write: record, now, secrets: secretsOf(settings) });
}

async function signIn(
  settings: ConnectionSettings,
  dependencies: SessionDependencies,
  client: SessionClient | undefined,
): Promise<SnowSession> {
  // Refused before anything of it is sent anywhere.
  accountUrl(settings);
  const throughSdk = (): Promise<SnowSession> =>
    SdkSession.signIn(settings, { secrets: secretsOf(settings), ...dependencies });
  const credentials = client === "sdk" ? undefined : credentialsOf(settings);
  if (credentials === undefined) {
    if (client === "sql-api") throw noSqlApi(settings.authenticator);
    return throughSdk();
  }
  const session = new SqlApiSession({ ...settings, credentials }, dependencies, throughSdk);
  await session.whoAmI();
  return session;
}

function credentialsOf(settings: ConnectionSettings): Credentials | undefined {
  const { authenticator, token, privateKey, privateKeyPassphrase } = settings;
  switch (authenticator) {
    case "SNOWFLAKE_JWT":
      if (privateKey === undefined) throw missing(authenticator, "private_key_file");
      if (settings.user === undefined) throw missing(authenticator, "user");
      return { kind: "key-pair", key: readKeyPair(privateKey, privateKeyPassphrase) };
    case "PROGRAMMATIC_ACCESS_TOKEN":
      if (token === undefined) throw missing(authenticator, "token or token_file_path");
      return { kind: "programmatic-access-token", token };
    case "OAUTH":
      if (token === undefined) throw missing(authenticator, "token or token_file_path");
      return { kind: "oauth", token };
    default:
      return undefined;
  }
}

function missing(authenticator: string, key: string): SnowparkError {
  return new SnowparkError(
    "invalid-configuration",
    `The connection's authenticator ${authenticator} needs ${key}, which it does not have`,
  );
}

function noSqlApi(authenticator: string): SnowparkError {
  return new SnowparkError(
    "unsupported",
    `The SQL API knows no sign-in with the authenticator ${authenticator}`,
    { remedy: "Use a key pair, a programmatic access token or OAuth" },
  );
}
