import { homedir } from "node:os";
import { resolve } from "node:path";
import { SnowparkError } from "../base/snowpark-error.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import {
  type Connections,
  type ConnectionsSearch,
  expandHome,
  findSection,
  readPrivateFile,
} from "./connections.ts";

export interface ConnectionChoice extends ConnectionsSearch {
  /** The connection's name. Without: the default one. */
  readonly name?: string | undefined;
  /** Relative paths of keys and tokens begin here. */
  readonly workingFolder: string;
}

export interface ChosenConnection {
  readonly settings: ConnectionSettings;
  readonly warnings: readonly string[];
}

/**
 * The connection to use, with its key or token file read. As in `snow`, `SNOWFLAKE_CONNECTIONS_<NAME>_<KEY>` goes
 * before the section's value, and `SNOWFLAKE_<KEY>` stands in for what the section leaves out. Without any section the
 * environment alone is the connection.
 *
 * @throws SnowparkError `invalid-configuration`.
 */
export async function chooseConnection(
  connections: Connections,
  choice: ConnectionChoice,
): Promise<ChosenConnection> {
  const found = findSection(connections, choice.name);
  const name = found?.section.name ?? "environment";
  const values = mergedValues(found?.section.values ?? {}, name, choice.env);
  const origin =
    found === undefined ? "from the environment" : `${found.why}, in ${found.section.file}`;
  if (values["account"] === undefined) throw missingAccount(name, found !== undefined, connections);
  const warnings = [...connections.warnings];
  const privateKey = await fileOrText(values, "private_key", choice, warnings);
  const token = await fileOrText(values, "token", choice, warnings);
  const settings = settingsOf({ ...values, ...optional({ private_key: privateKey, token }) });
  return { settings: { name, origin, ...settings }, warnings };
}

type Values = Readonly<Record<string, string | number | boolean>>;

/** The names under which drivers and tools know the same key. */
const aliases: Readonly<Record<string, string>> = {
  username: "user",
  private_key_path: "private_key_file",
  private_key_raw: "private_key",
  private_key_pass: "private_key_passphrase",
  private_key_file_pwd: "private_key_passphrase",
};

/** What `SNOWFLAKE_<KEY>` can stand in for: the list of `snow`. */
const environmentKeys = [
  "account",
  "user",
  "password",
  "host",
  "port",
  "protocol",
  "authenticator",
  "workload_identity_provider",
  "private_key_file",
  "private_key_path",
  "private_key_raw",
  "private_key_passphrase",
  "database",
  "schema",
  "role",
  "warehouse",
  "token",
  "token_file_path",
  "oauth_client_id",
  "oauth_client_secret",
  "oauth_authorization_url",
  "oauth_token_request_url",
  "oauth_redirect_uri",
  "oauth_scope",
  "client_store_temporary_credential",
];

function mergedValues(
  section: Readonly<Record<string, unknown>>,
  name: string,
  env: ConnectionChoice["env"],
): Values {
  const values: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(section)) {
    if (["string", "number", "boolean"].includes(typeof value) && value !== "") {
      // Checked by the line above.
      values[keyOf(key)] = value as string | number | boolean;
    }
  }
  const prefix = `SNOWFLAKE_CONNECTIONS_${name.toUpperCase()}_`;
  for (const [variable, value] of Object.entries(env)) {
    if (variable.startsWith(prefix) && value) values[keyOf(variable.slice(prefix.length))] = value;
  }
  for (const key of environmentKeys) {
    const value = env[`SNOWFLAKE_${key.toUpperCase()}`];
    if (value && values[keyOf(key)] === undefined) values[keyOf(key)] = value;
  }
  return values;
}

/** `privateKeyPath` and `private_key_path` are one key. */
function keyOf(key: string): string {
  const snake = key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
  return aliases[snake] ?? snake;
}

async function fileOrText(
  values: Values,
  key: "private_key" | "token",
  choice: ConnectionChoice,
  warnings: string[],
): Promise<string | undefined> {
  const text = values[key];
  if (text !== undefined) return String(text);
  const path = values[key === "token" ? "token_file_path" : "private_key_file"];
  if (path === undefined) return undefined;
  const expanded = expandHome(String(path), choice.homeFolder ?? homedir());
  const file = resolve(choice.workingFolder, expanded);
  const read = await readPrivateFile(file, { platform: choice.platform, warnings });
  if (read === undefined) {
    throw new SnowparkError(
      "invalid-configuration",
      `${file}, which the connection names, is not there`,
    );
  }
  return read.trim();
}

function settingsOf(values: Values): Omit<ConnectionSettings, "name" | "origin"> {
  const authenticator = authenticatorOf(values);
  const isTokenSignIn = authenticator === "PROGRAMMATIC_ACCESS_TOKEN";
  const token = textAt(values, "token") ?? (isTokenSignIn ? textAt(values, "password") : undefined);
  return {
    account: String(values["account"]),
    authenticator,
    ...optional({
      user: textAt(values, "user"),
      role: textAt(values, "role"),
      warehouse: textAt(values, "warehouse"),
      database: textAt(values, "database"),
      schema: textAt(values, "schema"),
      host: textAt(values, "host"),
      port: portOf(values),
      protocol: textAt(values, "protocol"),
      password: isTokenSignIn ? undefined : textAt(values, "password"),
      passcode: textAt(values, "passcode"),
      token,
      privateKey: textAt(values, "private_key"),
      privateKeyPassphrase: textAt(values, "private_key_passphrase"),
    }),
    others: Object.fromEntries(Object.entries(values).filter(([key]) => !readKeys.has(key))),
  };
}

/** The keys that become properties of their own. The rest is for `snowflake-sdk`. */
const readKeys: ReadonlySet<string> = new Set([
  "account",
  "authenticator",
  "user",
  "role",
  "warehouse",
  "database",
  "schema",
  "host",
  "port",
  "protocol",
  "password",
  "passcode",
  "token",
  "token_file_path",
  "private_key",
  "private_key_file",
  "private_key_passphrase",
]);

function authenticatorOf(values: Values): string {
  const named = textAt(values, "authenticator");
  if (named !== undefined) return /^https?:/i.test(named) ? named : named.toUpperCase();
  if (values["private_key"] !== undefined) return "SNOWFLAKE_JWT";
  if (values["token"] !== undefined && values["password"] === undefined) {
    throw new SnowparkError(
      "invalid-configuration",
      "The connection has a token and no authenticator",
      {
        remedy:
          'Set authenticator = "PROGRAMMATIC_ACCESS_TOKEN" or "OAUTH", whichever the token is',
      },
    );
  }
  return "SNOWFLAKE";
}

function portOf(values: Values): number | undefined {
  const port = values["port"];
  if (port === undefined) return undefined;
  const number = Number(port);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new SnowparkError("invalid-configuration", `The connection's port ${port} is no port`);
}

function textAt(values: Values, key: string): string | undefined {
  const value = values[key];
  return value === undefined ? undefined : String(value);
}

/** The properties that have a value. */
function optional<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  // Filtering by value removes what the type leaves out.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function missingAccount(name: string, isSection: boolean, { files }: Connections): SnowparkError {
  return isSection
    ? new SnowparkError("invalid-configuration", `The connection ${name} names no account`, {
        remedy: 'Set account = "<organization>-<account>"',
      })
    : new SnowparkError(
        "invalid-configuration",
        `No connection is configured: ${files.join(" and ")} have none`,
        {
          remedy:
            "Write one (`snow connection add` does), or set SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER and a way to sign in. To try without an account: --simulate",
        },
      );
}
