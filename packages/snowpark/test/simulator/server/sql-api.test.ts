import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { administrator, RunningSimulator } from "./running.ts";

let running: RunningSimulator;

beforeAll(async () => {
  running = await RunningSimulator.start();
});

afterAll(async () => {
  await running.stop();
  expect(running.reports).toEqual([]);
});

describe("SqlApi", () => {
  it("SqlApi answers a statement with columns and rows", async () => {
    const { status, body } = await running.sql("SELECT CURRENT_USER(), CURRENT_ROLE()", {
      role: "SYSADMIN",
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ code: "090001", data: [["ADMIN", "SYSADMIN"]] });
    expect(body["resultSetMetaData"]).toMatchObject({ numRows: 1, format: "jsonv2" });
    // "The values in these fields are case-sensitive": docs.snowflake.com, "Submitting a request to execute SQL statements".
    expect((await running.sql("SELECT 1", { role: "sysadmin" })).status).toBe(401);
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

  it("SqlApi refuses PUT and GET among several statements, too", async () => {
    for (const transfer of ["PUT file:///tmp/x @s", "GET @s file:///tmp"]) {
      const { status, body } = await running.sql(`SELECT 1; ${transfer}`, {
        parameters: { MULTI_STATEMENT_COUNT: "2" },
      });
      expect([status, body["code"]]).toEqual([422, "391911"]);
    }
  });

  it("SqlApi keeps the request ids of users apart", async () => {
    const [made] = await running.run(
      ["ALTER USER ANALYST ADD PAT T ROLE_RESTRICTION = 'PUBLIC'"],
      "ACCOUNTADMIN",
    );
    const analyst = { ...administrator, authorization: `Bearer ${made?.[1]}` };
    const path = "/api/v2/statements?requestId=22222222-2222-2222-2222-222222222222";
    const statement = { statement: "SELECT CURRENT_USER()" };
    const own = await running.post(path, statement, administrator);
    const other = await running.post(path, statement, analyst);
    expect([own.body["data"], other.body["data"]]).toEqual([[["ADMIN"]], [["ANALYST"]]]);
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
    const impatient = await RunningSimulator.start({ holdMs: 100 });
    await impatient.post("/simulator/faults", { poolsNeverStart: true });
    await impatient.deploy("SLOW");
    const wait = "SELECT SYSTEM$WAIT_FOR_SERVICES(600, 'SLOW.PUBLIC.ECHO')";
    const slow = await impatient.sql(wait, { role: "SYSADMIN" });
    expect(slow.status).toBe(202);
    const place = String(slow.body["statementStatusUrl"]);
    const cancel = await impatient.post(`${place}/cancel`, {}, administrator);
    expect(cancel.status).toBe(200);
    const after = await impatient.get(place, administrator);
    expect([after.status, after.body["code"]]).toEqual([422, "000604"]);
    await impatient.stop();
    expect(impatient.reports).toEqual([]);
  });
});
