import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { ConnectionSettings } from "../../src/config/connection-settings.ts";
import { connect } from "../../src/session/connect.ts";
import type { SnowSession } from "../../src/session/snow-session.ts";
import { type NativeAnswer, type NativeServer, nativeServer } from "./native-server.ts";
import { failureOf, testDependencies } from "./session-dependencies.ts";

/** The package is an optional peer, found by NODE_PATH: without it these tests are skipped. */
function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve("snowflake-sdk");
    return true;
  } catch {
    return false;
  }
}

const identity: NativeAnswer = {
  columns: [
    "CURRENT_USER()",
    "CURRENT_ROLE()",
    "CURRENT_WAREHOUSE()",
    "CURRENT_DATABASE()",
    "CURRENT_SCHEMA()",
  ].map((name) => ({ name, type: "text" })),
  rows: [["ANNA", "PUBLIC", null, null, null]],
};

const ok: NativeAnswer = { columns: [{ name: "status", type: "text" }], rows: [["ok"]] };

interface Signed {
  readonly session: SnowSession;
  readonly server: NativeServer;
}

async function signIn(
  answer: (statement: string) => NativeAnswer = () => ok,
  more: Partial<ConnectionSettings> = {},
): Promise<Signed> {
  const server = await nativeServer((statement) =>
    statement.includes("CURRENT_USER()") ? identity : answer(statement),
  );
  const settings: ConnectionSettings = {
    name: "test",
    origin: "a test",
    account: "myorg-acct",
    user: "anna",
    authenticator: "SNOWFLAKE",
    password: "pa55word",
    host: "127.0.0.1",
    port: server.port,
    protocol: "http",
    others: {},
    ...more,
  };
  const session = await connect(settings, testDependencies({ env: process.env }));
  onTestFinished(() => session.close());
  return { session, server };
}

describe.skipIf(!isInstalled())("SdkSession (needs snowflake-sdk)", () => {
  test("signs in, runs statements, and writes nothing anywhere", async () => {
    const before = { ...process.env };
    const listing = await readdir(process.cwd());
    const out = vi.spyOn(process.stdout, "write");
    const { session, server } = await signIn();
    expect(session.user).toBe("ANNA");
    expect(await session.execute("SHOW ROLES")).toEqual({
      queryId: "01b2-0000",
      columns: ["status"],
      rows: [{ status: "ok" }],
    });
    expect(out).not.toHaveBeenCalled();
    out.mockRestore();
    expect(await readdir(process.cwd())).toEqual(listing);
    expect(process.env).toEqual(before);
    expect(server.requests.filter(({ url }) => url.pathname.includes("telemetry"))).toEqual([]);
  });

  test("writes values as every session does", async () => {
    const columns = [
      ["D", "date"],
      ["L", "timestamp_ltz"],
      ["N", "timestamp_ntz"],
      ["B", "boolean"],
      ["F", "fixed"],
      ["F", "fixed"],
      ["V", "variant"],
    ].map(([name = "", type = ""]) => ({ name, type }));
    const { session } = await signIn(() => ({
      columns,
      rows: [
        [
          "18262",
          "1577836800.000000000",
          "1577836800.250000000",
          "true",
          "12345678901234567890",
          "1",
          '{"a":1}',
        ],
        [null, null, null, null, null, null, null],
      ],
    }));
    const { rows } = await session.execute("SELECT 1");
    expect(rows).toEqual([
      {
        d: "2020-01-01",
        l: "2020-01-01T00:00:00.000Z",
        n: "2020-01-01T00:00:00.250",
        b: "true",
        f: "12345678901234567890",
        f_2: "1",
        v: '{"a":1}',
      },
      { d: null, l: null, n: null, b: null, f: null, f_2: null, v: null },
    ]);
  });

  test("changes role and place only where a statement asks for others", async () => {
    const { session, server } = await signIn();
    await session.execute("A", { role: "R" });
    await session.execute("B", { role: "R", database: "d", schema: "S" });
    await session.execute("C");
    await session.execute("CREATE DATABASE X", { role: "R" });
    await session.execute("E", { role: "R" });
    await session.execute("F", { role: "R", database: "d", schema: "S" });
    expect(server.statements.slice(1)).toEqual([
      "USE ROLE R",
      "A",
      'USE SCHEMA "d".S',
      "B",
      "USE ROLE PUBLIC",
      "C",
      "USE ROLE R",
      "CREATE DATABASE X",
      "E",
      'USE SCHEMA "d".S',
      "F",
    ]);
  });

  test("leaves unset what a role may not use, as every session does, but not the role", async () => {
    const { session, server } = await signIn((statement) =>
      /WAREHOUSE|ROLE MISSING/.test(statement)
        ? { code: "002043", message: "does not exist or not authorized", sqlState: "02000" }
        : ok,
    );
    await session.execute("A", { role: "R", warehouse: "W" });
    const error = await failureOf(session.execute("B", { role: "MISSING" }));
    expect(error.details.snowflakeCode).toBe("002043");
    expect(server.statements.slice(1)).toEqual([
      "USE ROLE R",
      "USE WAREHOUSE W",
      "A",
      "USE ROLE MISSING",
    ]);
  });

  test("runs statements one after the other, however they are called", async () => {
    const { session, server } = await signIn();
    await Promise.all([
      session.execute("A", { role: "R" }),
      session.execute("B", { role: "S" }),
      session.execute("C", { role: "R" }),
    ]);
    expect(server.statements.slice(1)).toEqual([
      "USE ROLE R",
      "A",
      "USE ROLE S",
      "B",
      "USE ROLE R",
      "C",
    ]);
  });

  test("reports what the account answers, and goes on", async () => {
    const { session } = await signIn((statement) =>
      statement.startsWith("FAIL")
        ? {
            code: "002003",
            message: "Compute pool 'X' does not exist or not authorized.",
            sqlState: "02000",
          }
        : ok,
    );
    const error = await failureOf(session.execute("FAIL PASSWORD = 'pa55word'", { role: "R" }));
    expect(error).toMatchObject({
      code: "statement-failed",
      details: {
        role: "R",
        snowflakeCode: "002003",
        sqlState: "02000",
        queryId: "01b2-0000",
        statement: "FAIL PASSWORD = ***",
      },
    });
    expect((await session.execute("A")).rows).toEqual([{ status: "ok" }]);
  });

  test("refuses a wrong password, without showing it", async () => {
    const error = await failureOf(signIn(() => ok, { password: "wr0ngword" }));
    expect(error).toMatchObject({ code: "sign-in-failed", details: { snowflakeCode: "390100" } });
    expect(error.message).not.toContain("wr0ngword");
  });

  test("leaves no session open that it can't use", async () => {
    const server = await nativeServer(() => ({
      code: "390114",
      message: "Authentication token has expired.",
      sqlState: "08001",
    }));
    const settings: ConnectionSettings = {
      name: "test",
      origin: "a test",
      account: "myorg-acct",
      user: "anna",
      authenticator: "SNOWFLAKE",
      password: "pa55word",
      host: "127.0.0.1",
      port: server.port,
      protocol: "http",
      others: {},
    };
    await failureOf(connect(settings, testDependencies({ env: process.env })));
    expect(server.requests.at(-1)?.url.search).toContain("delete=true");
  });

  test("uploads files, and leaves the process's mask as it was", async () => {
    const folder = await mkdtemp(join(tmpdir(), "redkite-put-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "it's a spec.yaml");
    await writeFile(file, "spec: {}");
    await chmod(file, 0o600);
    const { session, server } = await signIn();
    const { rows } = await session.put(file, "@yaml_stage", { role: "R" });
    expect(rows).toMatchObject([{ status: "UPLOADED" }]);
    expect(server.statements.at(-1)).toBe(
      `PUT 'file://${file.replaceAll("'", "''")}' @yaml_stage OVERWRITE=true AUTO_COMPRESS=false`,
    );
    expect([...server.files.values()]).toEqual(["spec: {}"]);
    await session.put(file, "@yaml_stage/it's a folder");
    expect(server.statements.at(-1)).toContain(" '@yaml_stage/it''s a folder' OVERWRITE=");
    // To a folder the package uploads with a mask of 0, which it leaves to the whole process.
    const mask = process.umask();
    await session.put(file, "@local_stage", { overwrite: false });
    expect(server.statements.at(-1)).toMatch(/@local_stage OVERWRITE=false AUTO_COMPRESS=false$/);
    expect(await readdir(join(folder, "local_stage"))).toEqual(["it's a spec.yaml"]);
    expect(process.umask()).toBe(mask);
  });

  test("has a login for the registry and a token for the ingress", async () => {
    const { session } = await signIn();
    expect(await session.registryLogin()).toEqual({
      username: "0sessiontoken",
      password: JSON.stringify({ token: "st-2", expires_in: "3600" }),
    });
    expect(await session.ingressToken("host")).toBe("st-2");
  });

  test("sends nothing once it was given up", async () => {
    const { session, server } = await signIn();
    const error = await failureOf(session.execute("A", { signal: AbortSignal.abort() }));
    expect(error.code).toBe("cancelled");
    expect(server.statements).toHaveLength(1);
  });
});

test("connect() says what to install where snowflake-sdk is missing", async () => {
  const settings: ConnectionSettings = {
    name: "test",
    origin: "a test",
    account: "a-b",
    authenticator: "EXTERNALBROWSER",
    others: {},
  };
  const dependencies = testDependencies({ env: {}, workingFolder: tmpdir() });
  if (isInstalled()) return;
  expect(await failureOf(connect(settings, dependencies))).toMatchObject({
    code: "unsupported",
    details: { remedy: expect.stringContaining("npm install snowflake-sdk") },
  });
});
