import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectionSettings } from "../../src/config/connection-settings.ts";
import { connect, type SessionClient } from "../../src/session/connect.ts";
import type { SnowSession } from "../../src/session/snow-session.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import type { Simulator } from "../../src/simulator/simulator-options.ts";
import { failureOf, testDependencies } from "./session-dependencies.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const encryptedKey = privateKey
  .export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "open sesame" })
  .toString();

let folder: string;
let simulator: Simulator;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "redkite-sessions-"));
  simulator = await startSimulator({
    folder,
    machine: { now: Date.now, path: "" },
    users: [
      {
        name: "ADMIN",
        roles: ["ACCOUNTADMIN"],
        defaultRole: "ACCOUNTADMIN",
        password: "pa55word",
        token: "the-pat-of-the-admin",
        hasSecondFactor: true,
        publicKey: publicKey.export({ format: "pem", type: "spki" }).toString(),
      },
    ],
  });
});

afterAll(async () => {
  await simulator.stop();
  await rm(folder, { recursive: true });
});

type Way = Partial<ConnectionSettings> & Pick<ConnectionSettings, "authenticator">;

function signIn(
  way: Way,
  { client, record }: { client?: SessionClient; record?: (line: string) => void } = {},
): Promise<SnowSession> {
  const settings: ConnectionSettings = {
    name: "simulator",
    origin: "a test",
    account: simulator.account,
    user: "admin",
    host: "127.0.0.1",
    port: simulator.port,
    protocol: "http",
    others: {},
    ...way,
  };
  const dependencies = testDependencies({
    env: process.env,
    ...(record === undefined ? {} : { record }),
    // The driver sends browsers to https, and forgets the port.
    openSignInAddress: (url) =>
      void fetch(url.replace("https://127.0.0.1", simulator.origin)).then((page) => page.text()),
  });
  return connect(settings, dependencies, client);
}

const pat: Way = { authenticator: "PROGRAMMATIC_ACCESS_TOKEN", token: "the-pat-of-the-admin" };
const keyPair: Way = {
  authenticator: "SNOWFLAKE_JWT",
  privateKey: encryptedKey,
  privateKeyPassphrase: "open sesame",
};

async function works(session: SnowSession): Promise<void> {
  expect(session.user).toBe("ADMIN");
  const { rows } = await session.execute("SELECT CURRENT_ROLE()", { role: "SYSADMIN" });
  expect(Object.values(rows[0] ?? {})).toEqual(["SYSADMIN"]);
  const shown = await session.execute("SHOW ROLES LIKE 'SYSADMIN'");
  expect(shown.rows).toMatchObject([{ name: "SYSADMIN" }]);
  const login = await session.registryLogin();
  expect(login.username).not.toBe("");
  expect(await failureOf(session.execute("SHOW NONSENSE"))).toMatchObject({
    code: "statement-failed",
    details: { snowflakeCode: "001003" },
  });
  await session.close();
}

describe("connect() to a simulated account, over the SQL API", () => {
  test("with a programmatic access token", async () => works(await signIn(pat)));
  test("with a key pair", async () => works(await signIn(keyPair)));

  test.each([
    ["a wrong token", { ...pat, token: "not-the-pat-of-anyone" }],
    [
      "another's key",
      {
        authenticator: "SNOWFLAKE_JWT",
        privateKey: generateKeyPairSync("rsa", { modulusLength: 2048 })
          .privateKey.export({ format: "pem", type: "pkcs8" })
          .toString(),
      },
    ],
    ["another account", { ...keyPair, account: "other-account" }],
  ] as [string, Way][])("is refused with %s", async (_what, way) => {
    const error = await failureOf(signIn(way));
    expect(error.code).toBe("sign-in-failed");
    expect(error.details.remedy).toBeDefined();
    expect(error.message).not.toContain(way.token ?? "not-the-pat-of-anyone");
  });

  test("records what passes through it, without secrets", async () => {
    const lines: string[] = [];
    const session = await signIn(pat, { record: (line) => lines.push(line) });
    const created = await session.execute(
      "ALTER USER ADMIN ADD PROGRAMMATIC ACCESS TOKEN recorded",
    );
    await session.close();
    const [secret] = created.rows.map(({ token_secret }) => token_secret);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { result: { rows: [{ token_secret: "***" }] } },
    ]);
    expect(lines.join()).not.toContain(secret ?? pat.token);
  });

  test("runs a statement once whose answer got lost", async () => {
    const session = await signIn(pat);
    const setFaults = (faults: object): Promise<Response> =>
      fetch(`${simulator.origin}/simulator/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(faults),
      });
    expect((await setFaults({ dropAfterStatement: 1 })).ok).toBe(true);
    await session.execute("CREATE ROLE ONCE", { role: "USERADMIN" });
    expect((await setFaults({ dropBeforeStatement: 1, unavailable: 2 })).ok).toBe(true);
    await session.execute("CREATE ROLE TWICE", { role: "USERADMIN" });
    const { rows } = await session.execute("SHOW ROLES LIKE '%CE'");
    expect(rows.map(({ name }) => name).sort()).toEqual(["ONCE", "TWICE"]);
    await session.close();
  });

  test("needs a key where its authenticator does", async () => {
    const error = await failureOf(signIn({ authenticator: "SNOWFLAKE_JWT" }));
    expect(error.code).toBe("invalid-configuration");
  });

  test("has no sign-in with a password", async () => {
    const way = { authenticator: "SNOWFLAKE", password: "pa55word" };
    expect((await failureOf(signIn(way, { client: "sql-api" }))).code).toBe("unsupported");
  });
});

/** The package is an optional peer, found by NODE_PATH: without it these tests are skipped. */
function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve("snowflake-sdk");
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!isInstalled())("connect() to a simulated account, through snowflake-sdk", () => {
  test.each([
    ["a password", { authenticator: "SNOWFLAKE", password: "pa55word" }],
    ["the browser", { authenticator: "EXTERNALBROWSER", others: { disable_console_login: false } }],
    ["a token", pat],
    ["a key pair", keyPair],
  ])("with %s", async (_what, way) => works(await signIn(way, { client: "sdk" })));

  test("uploads for a session of the SQL API", async () => {
    const file = join(folder, "uploaded.yaml");
    await writeFile(file, "spec: {}");
    const session = await signIn(pat);
    const place = { role: "SYSADMIN", database: "UPLOADS", schema: "PUBLIC" };
    await session.execute("CREATE DATABASE UPLOADS", { role: "SYSADMIN" });
    await session.execute("CREATE STAGE FILES", place);
    expect((await session.put(file, "@files/specs", place)).rows).toMatchObject([
      { status: "UPLOADED" },
    ]);
    const { rows } = await session.execute("LIST @files", place);
    expect(rows).toMatchObject([{ name: "files/specs/uploaded.yaml", size: "8" }]);
    await session.close();
  });
});
