import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { administrator, RunningSimulator } from "./running.ts";

let running: RunningSimulator;

beforeAll(async () => {
  running = await RunningSimulator.start({ holdMs: 100 });
});

afterAll(async () => {
  await running.stop();
  expect(running.reports).toEqual([]);
});

describe("SqlApi", () => {
  it("SqlApi answers a statement with columns and rows", async () => {
    const { status, body } = await running.sql("SELECT CURRENT_USER(), CURRENT_ROLE()", {
      role: "sysadmin",
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ code: "090001", data: [["ADMIN", "SYSADMIN"]] });
    expect(body["resultSetMetaData"]).toMatchObject({ numRows: 1, format: "jsonv2" });
  });

  it("SqlApi takes bindings by their numbers", async () => {
    const bindings = { 1: { type: "TEXT", value: "it's" }, 2: { type: "FIXED", value: "7" } };
    const { body } = await running.sql("SELECT ?, ?", { bindings });
    expect(body["data"]).toEqual([["it's", "7"]]);
    const wrong = await running.sql("SELECT ?", { bindings: { 2: { type: "TEXT", value: "" } } });
    expect(wrong.status).toBe(400);
  });

  it("SqlApi answers 422 with the number, state and text of an error", async () => {
    const { status, body } = await running.sql("DROP DATABASE NOWHERE");
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "002003", sqlState: "02000" });
    expect(body["message"]).toContain("Database 'NOWHERE' does not exist or not authorized.");
  });

  it("SqlApi refuses tokens that are none, roles that are not the user's, and unknown kinds of token", async () => {
    const ask = (headers: Record<string, string>, body: unknown = { statement: "SELECT 1" }) =>
      running.post("/api/v2/statements", body, headers);
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: "Bearer guess" })).body["code"]).toBe("394400");
    expect((await ask({ authorization: "Bearer a.b.c" })).body["code"]).toBe("390144");
    const oauth = { authorization: "Bearer x", "x-snowflake-authorization-token-type": "OAUTH" };
    expect((await ask(oauth)).body["code"]).toBe("390303");
    const role = await ask(administrator, { statement: "SELECT 1", role: "NOBODY" });
    expect([role.status, role.body["code"]]).toEqual([401, "390189"]);
    const kind = { ...administrator, "x-snowflake-authorization-token-type": "MAGIC" };
    expect((await ask(kind)).status).toBe(400);
  });

  it("SqlApi refuses PUT, and USE and SET as statements of their own", async () => {
    for (const statement of [
      "PUT file:///tmp/x @s",
      " -- a\n USE ROLE SYSADMIN",
      "SET x = 1",
      "ALTER SESSION SET A = 1",
    ]) {
      const { status, body } = await running.sql(statement);
      expect([status, body["code"]]).toEqual([422, "391911"]);
    }
  });

  it("SqlApi runs several statements when their number is given, and tells the handle of each", async () => {
    const statement = "USE ROLE SYSADMIN; SET x = 'a;b'; SELECT $x, CURRENT_ROLE();";
    const alone = await running.sql(statement);
    expect([alone.status, alone.body["code"]]).toEqual([422, "391911"]);
    const wrong = await running.sql(statement, { parameters: { MULTI_STATEMENT_COUNT: "2" } });
    expect(wrong.body["code"]).toBe("000008");
    const all = await running.sql(statement, { parameters: { MULTI_STATEMENT_COUNT: "3" } });
    const handles = all.body["statementHandles"] as string[];
    expect(handles).toHaveLength(3);
    const last = await running.get(`/api/v2/statements/${handles[2]}`, administrator);
    expect(last.body["data"]).toEqual([["a;b", "SYSADMIN"]]);
  });

  it("SqlApi answers 202 and gives the result later", async () => {
    const submitted = await running.post(
      "/api/v2/statements?async=true",
      { statement: "SELECT 1" },
      administrator,
    );
    expect([submitted.status, submitted.body["code"]]).toEqual([202, "333334"]);
    const later = await running.get(String(submitted.body["statementStatusUrl"]), administrator);
    expect(later.body["data"]).toEqual([["1"]]);
    const missing = await running.get("/api/v2/statements/nothing", administrator);
    expect(missing.status).toBe(404);
  });

  it("SqlApi knows a repeated request by its id, and runs it once", async () => {
    const path = "/api/v2/statements?requestId=11111111-1111-1111-1111-111111111111";
    const statement = { statement: "CREATE DATABASE ONCE", role: "SYSADMIN" };
    const first = await running.post(path, statement, administrator);
    const again = await running.post(`${path}&retry=true`, statement, administrator);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body["statementHandle"]).toBe(first.body["statementHandle"]);
    expect((await running.sql("CREATE DATABASE ONCE", { role: "SYSADMIN" })).body["code"]).toBe(
      "002002",
    );
  });

  it("SqlApi cancels a statement that takes long", async () => {
    await running.post("/simulator/faults", { poolsNeverStart: true });
    await running.deploy("SLOW");
    const wait = "SELECT SYSTEM$WAIT_FOR_SERVICES(600, 'SLOW.PUBLIC.ECHO')";
    const slow = await running.sql(wait, { role: "SYSADMIN" });
    expect(slow.status).toBe(202);
    const cancel = await running.post(
      `${slow.body["statementStatusUrl"]}/cancel`,
      {},
      administrator,
    );
    expect(cancel.status).toBe(200);
    const after = await running.get(String(slow.body["statementStatusUrl"]), administrator);
    expect([after.status, after.body["code"]]).toEqual([422, "000604"]);
  });
});
