import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ChosenConnection, chooseConnection } from "../../src/config/choose-connection.ts";
import { describeConnection, secretsOf } from "../../src/config/connection-settings.ts";
import { readConnections } from "../../src/config/connections.ts";
import { failureOf } from "../session/session-dependencies.ts";

/** Makes a home with these files in `.snowflake`, readable by their owner alone. */
async function homeWith(files: Record<string, string>, folder = ".snowflake"): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "redkite-home-"));
  onTestFinished(() => rm(home, { recursive: true }));
  await mkdir(join(home, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(home, folder, name), text, { mode: 0o600 });
  }
  return home;
}

async function choose(
  homeFolder: string,
  { name, env = {} }: { name?: string; env?: Record<string, string> } = {},
): Promise<ChosenConnection> {
  const connections = await readConnections({ env, homeFolder, platform: "linux" });
  return chooseConnection(connections, {
    env,
    homeFolder,
    platform: "linux",
    name,
    workingFolder: homeFolder,
  });
}

const dev = '[dev]\naccount = "org-dev"\nuser = "anna"\npassword = "pa55word"\n';
const prod = '[prod]\naccount = "org-prod"\n';

describe("readConnections and chooseConnection", () => {
  test("take the name that is asked for, then the variable's, the file's and `default`", async () => {
    const home = await homeWith({
      "connections.toml": `${dev}${prod}[default]\naccount = "org-default"\n`,
    });
    const account = async (options: Parameters<typeof choose>[1]): Promise<string> =>
      (await choose(home, options)).settings.account;
    const env = { SNOWFLAKE_DEFAULT_CONNECTION_NAME: "prod" };
    expect(await account({})).toBe("org-default");
    expect(await account({ env })).toBe("org-prod");
    expect(await account({ env, name: "dev" })).toBe("org-dev");
    await writeFile(join(home, ".snowflake/config.toml"), 'default_connection_name = "dev"', {
      mode: 0o600,
    });
    const { settings } = await choose(home);
    expect(settings.account).toBe("org-dev");
    expect(settings.origin).toMatch(
      /^default_connection_name of .*config\.toml, in .*connections\.toml$/,
    );
  });

  test("read config.toml where there is no connections.toml, as snow does", async () => {
    const config = '[connections.old]\naccount = "org-old"\n';
    const home = await homeWith({ "config.toml": config });
    expect((await choose(home, { name: "old" })).settings.account).toBe("org-old");
    const both = await homeWith({ "config.toml": config, "connections.toml": prod });
    expect((await failureOf(choose(both, { name: "old" }))).details.remedy).toMatch(/prod/);
  });

  test("take the only connection for the default", async () => {
    const home = await homeWith({ "connections.toml": prod });
    expect((await choose(home)).settings).toMatchObject({ name: "prod", account: "org-prod" });
  });

  test("look in SNOWFLAKE_HOME and in the platform's folder", async () => {
    const elsewhere = await homeWith({ "connections.toml": dev }, "elsewhere");
    const env = { SNOWFLAKE_HOME: join(elsewhere, "elsewhere") };
    const empty = await homeWith({}, ".");
    expect((await choose(empty, { env })).settings.account).toBe("org-dev");
    const config = await homeWith({ "connections.toml": prod }, ".config/snowflake");
    expect((await choose(config)).settings.account).toBe("org-prod");
  });

  test("let variables override by connection, and fill in what is left out", async () => {
    const home = await homeWith({ "connections.toml": dev });
    const { settings } = await choose(home, {
      env: {
        SNOWFLAKE_CONNECTIONS_DEV_ACCOUNT: "org-override",
        SNOWFLAKE_USER: "berta",
        SNOWFLAKE_ROLE: "R",
        SNOWFLAKE_PORT: "4711",
      },
    });
    expect(settings).toMatchObject({
      account: "org-override",
      user: "anna",
      role: "R",
      port: 4711,
    });
  });

  test("take the environment alone where nothing is written", async () => {
    const home = await homeWith({});
    const env = {
      SNOWFLAKE_ACCOUNT: "org-env",
      SNOWFLAKE_USER: "anna",
      SNOWFLAKE_AUTHENTICATOR: "programmatic_access_token",
      SNOWFLAKE_TOKEN: "pat",
    };
    expect((await choose(home, { env })).settings).toEqual({
      name: "environment",
      origin: "from the environment",
      account: "org-env",
      user: "anna",
      authenticator: "PROGRAMMATIC_ACCESS_TOKEN",
      token: "pat",
      others: {},
    });
    const error = await failureOf(choose(home));
    expect(error).toMatchObject({ code: "invalid-configuration" });
    expect(error.details.remedy).toContain("--simulate");
  });

  test("read the files of keys and tokens, and know the keys by all their names", async () => {
    const home = await homeWith({
      "connections.toml": [
        '[key]\naccount = "a-b"\nusername = "u"\nprivateKeyPath = "~/.snowflake/key.p8"\nprivate_key_file_pwd = "open"',
        '[pat]\naccount = "a-b"\nauthenticator = "PROGRAMMATIC_ACCESS_TOKEN"\ntoken_file_path = ".snowflake/token"\nlogin_timeout = 5',
        '[patword]\naccount = "a-b"\nauthenticator = "PROGRAMMATIC_ACCESS_TOKEN"\npassword = "the-pat"',
      ].join("\n"),
      "key.p8": "KEY\n",
      token: "TOKEN\n",
    });
    expect((await choose(home, { name: "key" })).settings).toMatchObject({
      user: "u",
      authenticator: "SNOWFLAKE_JWT",
      privateKey: "KEY",
      privateKeyPassphrase: "open",
    });
    expect((await choose(home, { name: "pat" })).settings).toMatchObject({
      token: "TOKEN",
      others: { login_timeout: 5 },
    });
    expect((await choose(home, { name: "patword" })).settings).toMatchObject({ token: "the-pat" });
  });

  test.each([
    ["an unknown name", prod, "pord", /no connection "pord"/, /Did you mean prod/],
    ["no account", "[x]\nuser = 'u'", "x", /names no account/, /organization/],
    ["a token of no kind", "[x]\naccount = 'a'\ntoken = 't'", "x", /no authenticator/, /OAUTH/],
    ["a port that is none", "[x]\naccount = 'a'\nport = 70000", "x", /no port/, undefined],
    [
      "a key that is not there",
      "[x]\naccount = 'a'\nprivate_key_file = 'no.p8'",
      "x",
      /no\.p8.* is not there/,
      undefined,
    ],
    ["no TOML", "[x", "x", /line 1/, undefined],
  ])("refuse %s", async (_what, text, name, message, remedy) => {
    const home = await homeWith({ "connections.toml": text });
    const error = await failureOf(choose(home, { name }));
    expect(error.code).toBe("invalid-configuration");
    expect(error.message).toMatch(message);
    if (remedy !== undefined) expect(error.details.remedy).toMatch(remedy);
  });

  test("refuse a file that others may write, and warn of one that they may read", async () => {
    const home = await homeWith({ "connections.toml": prod });
    const file = join(home, ".snowflake/connections.toml");
    await chmod(file, 0o644);
    expect((await choose(home)).warnings).toEqual([
      expect.stringMatching(/may read .* \(mode 644\)/),
    ]);
    await chmod(file, 0o620);
    expect(await failureOf(choose(home))).toMatchObject({
      code: "invalid-configuration",
      details: { remedy: expect.stringMatching(/^chmod 0600/) },
    });
  });

  test("show a connection without its secrets", async () => {
    // The last three are no secrets: hiding `true` would hide half of what is shown.
    const others = [
      'oauth_client_secret = "cl13nt"',
      'oauth_token_request_url = "https://idp.example/token"',
      "passcode_in_password = true",
      'disable_saml_token = "false"',
    ];
    const home = await homeWith({ "connections.toml": `${dev}${others.join("\n")}\n` });
    const { settings } = await choose(home);
    expect(describeConnection(settings)).toMatch(
      /^dev \(account org-dev, user anna, authenticator SNOWFLAKE\)/,
    );
    expect(secretsOf(settings).sort()).toEqual(["cl13nt", "pa55word"]);
  });
});
