import { isSecretName } from "../base/redact.ts";

/** A connection to an account, with its files read: everything that a sign-in needs. */
export interface ConnectionSettings {
  /** The name of its section, or `environment`. */
  readonly name: string;
  /** Where it was found and why it was taken, to be shown. */
  readonly origin: string;
  readonly account: string;
  readonly user?: string;
  /** In upper case, as `SNOWFLAKE_JWT`; an Okta address as it is. */
  readonly authenticator: string;
  readonly role?: string;
  readonly warehouse?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly host?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly password?: string;
  readonly passcode?: string;
  /** A programmatic access token, or one of OAuth. */
  readonly token?: string;
  /** PEM, or PKCS#8 in base64. */
  readonly privateKey?: string;
  readonly privateKeyPassphrase?: string;
  /** The section's other keys, which only `snowflake-sdk` knows. */
  readonly others: Readonly<Record<string, string | number | boolean>>;
}

/** What of a connection must not be seen. */
export function secretsOf(settings: ConnectionSettings): string[] {
  const { password, passcode, token, privateKey, privateKeyPassphrase, others } = settings;
  const secretOthers = Object.entries(others)
    .filter(([key, value]) => isSecretName(key) && !/^(?:true|false)$/i.test(String(value)))
    .map(([, value]) => String(value));
  return [password, passcode, token, privateKey, privateKeyPassphrase, ...secretOthers].filter(
    (secret): secret is string => secret !== undefined && secret !== "",
  );
}

/** A connection as it may be shown: where it goes and as whom, and not with what. */
export function describeConnection(settings: ConnectionSettings): string {
  const { name, account, user, authenticator, role } = settings;
  const parts = [
    `account ${account}`,
    ...(user === undefined ? [] : [`user ${user}`]),
    ...(role === undefined ? [] : [`role ${role}`]),
    `authenticator ${authenticator}`,
  ];
  return `${name} (${parts.join(", ")}), ${settings.origin}`;
}
