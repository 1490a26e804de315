import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunningSimulator } from "./running.ts";

// The package is an optional peer, found by NODE_PATH: without it these tests are skipped.
const require = createRequire(import.meta.url);
const hasDriver = isInstalled();

function isInstalled(): boolean {
  try {
    require.resolve("snowflake-sdk");
    return true;
  } catch {
    return false;
  }
}

type Row = Record<string, unknown>;

/** As much of the driver's interface as is used here. */
interface Connection {
  connectAsync(done: (error: Error | undefined) => void): Promise<void>;
  execute(options: Record<string, unknown>): Statement;
  getResultsFromQueryId(options: Record<string, unknown>): Promise<Statement>;
  getQueryStatus(id: string): Promise<string>;
  isUp(): boolean;
  destroy(done: (error: Error | undefined) => void): void;
}

interface Statement {
  getQueryId(): string;
  cancel(done: (error: Error | undefined) => void): void;
  hasNext?(): boolean;
  NextResult?(): void;
}

interface Driver {
  configure(options: Record<string, unknown>): void;
  createConnection(options: Record<string, unknown>): Connection;
}

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

let running: RunningSimulator;
let folder: string;
let driver: Driver;

beforeAll(async () => {
  if (!hasDriver) return;
  process.env["SNOWFLAKE_DISABLE_PLATFORM_DETECTION"] = "true";
  driver = require("snowflake-sdk") as Driver;
  driver.configure({ logLevel: "OFF", additionalLogToConsole: false });
  folder = mkdtempSync(join(tmpdir(), "redkite-driver-"));
  running = await RunningSimulator.start({
    holdMs: 200,
    users: [
      {
        name: "ADMIN",
        roles: ["ACCOUNTADMIN"],
        defaultRole: "ACCOUNTADMIN",
        password: "it's secret",
        token: "simulated-admin-token",
        hasSecondFactor: true,
        publicKey: publicKey.export({ format: "pem", type: "spki" }).toString(),
      },
    ],
  });
});

afterAll(async () => {
  if (!hasDriver) return;
  await running.stop();
  rmSync(folder, { recursive: true });
  expect(running.reports).toEqual([]);
});

async function connect(options: Record<string, unknown> = {}): Promise<Connection> {
  const connection = driver.createConnection({
    account: "simulated-account",
    accessUrl: running.origin,
    username: "admin",
    authenticator: "PROGRAMMATIC_ACCESS_TOKEN",
    token: "simulated-admin-token",
    ...options,
  });
  await new Promise<void>((resolve, reject) => {
    void connection.connectAsync((error) =>
      error === undefined || error === null ? resolve() : reject(error),
    );
  });
  return connection;
}

function query(
  connection: Connection,
  sqlText: string,
  options: Record<string, unknown> = {},
): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    connection.execute({
      sqlText,
      ...options,
      complete: (error: Error | undefined, _statement: Statement, rows: Row[]) =>
        error ? reject(error) : resolve(rows),
    });
  });
}

describe.skipIf(!hasDriver)("snowflake-sdk, unmodified, at the simulator", () => {
  it("signs in with a password, a key pair, an access token and OAuth", async () => {
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const ways = [
      { authenticator: "SNOWFLAKE", password: "it's secret" },
      { authenticator: "SNOWFLAKE_JWT", privateKey: pem },
      { authenticator: "PROGRAMMATIC_ACCESS_TOKEN", token: "simulated-admin-token" },
    ];
    for (const way of ways) {
      const connection = await connect({ ...way, role: "SYSADMIN" });
      expect(await query(connection, "SELECT CURRENT_USER() AS U, CURRENT_ROLE() AS R")).toEqual([
        { U: "ADMIN", R: "SYSADMIN" },
      ]);
      await new Promise((resolve) => connection.destroy(resolve));
    }
    await expect(connect({ authenticator: "OAUTH", token: "none" })).rejects.toMatchObject({
      code: "390303",
    });
  });

  it("signs in with a browser", async () => {
    const connection = await connect({
      authenticator: "EXTERNALBROWSER",
      disableConsoleLogin: false,
      // The driver sends browsers to https at the standard port, whatever address it was given.
      openExternalBrowserCallback: (url: string) => {
        const { pathname, search } = new URL(url);
        void fetch(`${running.origin}${pathname}${search}`).then((page) => page.text());
      },
    });
    expect(await query(connection, "SELECT CURRENT_USER() AS U")).toEqual([{ U: "ADMIN" }]);
  });

  it("is told of wrong passwords, roles and statements", async () => {
    const wrong = connect({ authenticator: "SNOWFLAKE", password: "guess" });
    await expect(wrong).rejects.toMatchObject({ code: "390100" });
    await expect(connect({ role: "NOBODY" })).rejects.toMatchObject({ code: "390189" });
    const connection = await connect();
    await expect(query(connection, "SELEKT 1")).rejects.toMatchObject({
      code: "001003",
      sqlState: "42000",
    });
    await expect(query(connection, "SELECT 1; SELECT 2")).rejects.toMatchObject({ code: "000008" });
  });

  it("binds values, and remembers the session's role", async () => {
    const connection = await connect();
    const rows = await query(connection, "SELECT ? AS A, ? AS B, ? AS C", {
      binds: ["it's", 7, null],
    });
    expect(rows).toEqual([{ A: "it's", B: 7, C: null }]);
    await query(connection, "USE ROLE SYSADMIN");
    expect(await query(connection, "SELECT CURRENT_ROLE() AS R")).toEqual([{ R: "SYSADMIN" }]);
  });

  it("runs several statements in one text", async () => {
    const connection = await connect();
    const results: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      connection.execute({
        sqlText: "SELECT 1 AS A; SELECT 2 AS B;",
        parameters: { MULTI_STATEMENT_COUNT: 0 },
        complete: (error: Error | undefined, statement: Statement, rows: Row[]) => {
          if (error) return reject(error);
          results.push(rows);
          if (statement.hasNext?.() === true) statement.NextResult?.();
          else resolve();
        },
      });
    });
    expect(results.flat()).toEqual([{ A: 1 }, { B: 2 }]);
  });

  it("runs a statement without waiting, and gets its result later", async () => {
    const connection = await connect();
    const id = await new Promise<string>((resolve, reject) => {
      connection.execute({
        sqlText: "SELECT 5 AS A",
        asyncExec: true,
        complete: (error: Error | undefined, statement: Statement) =>
          error ? reject(error) : resolve(statement.getQueryId()),
      });
    });
    expect(await connection.getQueryStatus(id)).toBe("SUCCESS");
    const rows = await new Promise<Row[]>((resolve, reject) => {
      void connection.getResultsFromQueryId({
        queryId: id,
        complete: (error: Error | undefined, _statement: Statement, found: Row[]) =>
          error ? reject(error) : resolve(found),
      });
    });
    expect(rows).toEqual([{ A: 5 }]);
  });

  it("waits for a statement that takes longer than an answer may, and can cancel it", async () => {
    const connection = await connect({ role: "SYSADMIN" });
    await running.post("/simulator/faults", { poolsNeverStart: true });
    await running.deploy("SLOW");
    const statement = "SELECT SYSTEM$WAIT_FOR_SERVICES(1, 'SLOW.PUBLIC.ECHO') AS W";
    const rows = await query(connection, statement);
    expect(rows).toHaveLength(1);
    const cancelled = new Promise((resolve) => {
      const slow = connection.execute({
        sqlText: statement.replace("(1,", "(600,"),
        complete: (error: Error | undefined) => resolve(error),
      });
      setTimeout(() => slow.cancel(() => undefined), 100);
    });
    await expect(cancelled).resolves.toMatchObject({ code: "000604" });
  });

  it("uploads a file to a stage, and not again when it is there", async () => {
    const connection = await connect({ role: "SYSADMIN" });
    await query(connection, "CREATE DATABASE FILES");
    await query(connection, "CREATE STAGE FILES.PUBLIC.S ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')");
    const file = join(folder, "spec one.yaml");
    writeFileSync(file, "spec: {}\n");
    const put = (more: string): Promise<Row[]> =>
      query(connection, `PUT 'file://${file}' @FILES.PUBLIC.S/in AUTO_COMPRESS=FALSE ${more}`);
    expect(await put("OVERWRITE=TRUE")).toMatchObject([{ status: "UPLOADED", targetSize: 9 }]);
    expect(await put("OVERWRITE=FALSE")).toMatchObject([{ status: "SKIPPED" }]);
    const listed = await query(connection, "LIST @FILES.PUBLIC.S");
    expect(listed).toMatchObject([{ name: "s/in/spec one.yaml", size: 9 }]);
    await expect(query(connection, "GET @FILES.PUBLIC.S/in file:///tmp/")).rejects.toThrow(
      "Unsupported feature 'GET'",
    );
  });

  it("renews its token when it has expired, and is told when it cannot", async () => {
    const connection = await connect();
    await running.post("/simulator/clock", { advanceMs: 3_700_000 });
    expect(await query(connection, "SELECT 1 AS A")).toEqual([{ A: 1 }]);
    await running.post("/simulator/clock", { advanceMs: 15_000_000 });
    await expect(query(connection, "SELECT 1 AS A")).rejects.toMatchObject({ code: 407002 });
    expect(connection.isUp()).toBe(false);
  });

  it("sends a statement again whose answer was lost, and it ran once", async () => {
    const connection = await connect({ role: "SYSADMIN" });
    await running.post("/simulator/faults", { dropAfterStatement: 1 });
    await query(connection, "CREATE DATABASE LOST");
    const { body } = await running.get("/simulator/statements");
    const statements = body as unknown as { text: string }[];
    expect(statements.filter(({ text }) => text === "CREATE DATABASE LOST")).toHaveLength(1);
  });
});
