import { describe, expect, test } from "vitest";
import { SqlApiSession } from "../../src/session/sql-api-session.ts";
import { listeningServer, type ServerAnswer } from "./listening-server.ts";
import { failureOf, testDependencies } from "./session-dependencies.ts";
import { connectionTo, done, resultSet, token } from "./sql-api-answers.ts";

describe("SqlApiSession.execute()", () => {
  test("sends the statement with its role, context and binds", async () => {
    const server = await listeningServer(() => done);
    const session = new SqlApiSession(
      connectionTo(server, { role: "R0", schema: "s0", warehouse: '"my ""wh"""' }),
      testDependencies(),
    );
    const result = await session.execute("SELECT ?, ?, ?, ?, ?", {
      role: "r1",
      database: "D",
      binds: ["it's", 2, 2.5, true, null],
    });
    expect(result).toEqual({ queryId: "01b2-0000", columns: ["status"], rows: [{ status: "ok" }] });
    const [request] = server.requests;
    expect(request?.url.pathname).toBe("/api/v2/statements");
    expect(request?.headers["authorization"]).toBe(`Bearer ${token}`);
    expect(request?.headers["x-snowflake-authorization-token-type"]).toBe(
      "PROGRAMMATIC_ACCESS_TOKEN",
    );
    expect(JSON.parse(request?.text ?? "")).toEqual({
      statement: "SELECT ?, ?, ?, ?, ?",
      role: "r1",
      warehouse: 'my "wh"',
      database: "D",
      schema: "S0",
      bindings: {
        1: { type: "TEXT", value: "it's" },
        2: { type: "FIXED", value: "2" },
        3: { type: "REAL", value: "2.5" },
        4: { type: "BOOLEAN", value: "true" },
        5: { type: "TEXT", value: null },
      },
    });
  });

  test("writes times as ISO 8601 does, and numbers columns of one name", async () => {
    const server = await listeningServer(() =>
      resultSet(
        [
          ["D", "date"],
          ["T", "time"],
          ["N", "timestamp_ntz"],
          ["L", "timestamp_ltz"],
          ["Z", "timestamp_tz"],
          ["B", "boolean"],
          ["B", "fixed"],
        ],
        [
          [
            "18262",
            "3600.5",
            "1577836800.25",
            "1577836800",
            "1577836800.000000000 1500",
            "1",
            "10",
          ],
          [null, null, null, null, null, null, null],
        ],
      ),
    );
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    const { rows } = await session.execute("SELECT 1");
    expect(rows).toEqual([
      {
        d: "2020-01-01",
        t: "01:00:00.500",
        n: "2020-01-01T00:00:00.250",
        l: "2020-01-01T00:00:00.000Z",
        z: "2020-01-01T00:00:00.000Z",
        b: "true",
        b_2: "10",
      },
      { d: null, t: null, n: null, l: null, z: null, b: null, b_2: null },
    ]);
  });

  test("asks for every partition of a long result", async () => {
    const server = await listeningServer(({ url }) => {
      const partition = url.searchParams.get("partition");
      return partition === null
        ? resultSet([["v", "fixed"]], [["0"]], { partitionInfo: [{}, {}, {}] })
        : { status: 200, body: { data: [[partition]] } };
    });
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    const { rows } = await session.execute("SELECT v");
    expect(rows).toEqual([{ v: "0" }, { v: "1" }, { v: "2" }]);
  });

  test("takes a long partition", async () => {
    const length = 200_000;
    const data = Array.from({ length }, () => ["1"]);
    const server = await listeningServer(({ url }) =>
      url.searchParams.has("partition")
        ? { status: 200, body: { data } }
        : resultSet([["v", "fixed"]], [["0"]], { partitionInfo: [{}, {}] }),
    );
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    expect((await session.execute("SELECT v")).rows).toHaveLength(1 + length);
  });

  test("waits for a statement that takes long", async () => {
    const server = await listeningServer((_request, count) =>
      count < 5 ? { status: 202, body: { code: "333334", statementHandle: "01b2-0000" } } : done,
    );
    const dependencies = testDependencies();
    const session = new SqlApiSession(connectionTo(server), dependencies);
    await session.execute("CALL SYSTEM$WAIT()");
    expect(server.requests.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      "POST /api/v2/statements",
      ...Array.from({ length: 4 }, () => "GET /api/v2/statements/01b2-0000"),
    ]);
    expect(dependencies.pauses).toEqual([50, 100, 200]);
  });

  test("cancels a statement that is given up", async () => {
    const controller = new AbortController();
    const server = await listeningServer(({ url }) => {
      if (url.pathname.endsWith("/cancel")) return { status: 200, body: { code: "000604" } };
      if (url.pathname.endsWith("/01b2-0000")) controller.abort();
      return { status: 202, body: { code: "333334", statementHandle: "01b2-0000" } };
    });
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    const error = await failureOf(session.execute("CALL X()", { signal: controller.signal }));
    expect(error.code).toBe("cancelled");
    expect(server.requests[0]?.url.searchParams.get("async")).toBe("true");
    expect(server.requests.at(-1)?.url.pathname).toBe("/api/v2/statements/01b2-0000/cancel");
  });

  test("is given up while it waits for a server that is busy", async () => {
    const controller = new AbortController();
    const server = await listeningServer((_request, count) => {
      if (count === 2) controller.abort();
      return { status: 503, body: "busy" };
    });
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    const error = await failureOf(session.execute("X", { signal: controller.signal }));
    expect(error.code).toBe("cancelled");
    expect(server.requests).toHaveLength(2);
  });

  test("sends nothing once it was given up", async () => {
    const server = await listeningServer(() => done);
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    const error = await failureOf(session.execute("X", { signal: AbortSignal.abort() }));
    expect(error.code).toBe("cancelled");
    expect(server.requests).toEqual([]);
  });

  test("sends again by the same id after 429, 503 and a lost connection", async () => {
    const answers: ServerAnswer[] = [
      { status: 429, body: {} },
      { status: 503, body: "busy" },
      "drop",
      done,
    ];
    const server = await listeningServer((_request, count) => answers[count - 1] ?? done);
    const told: string[] = [];
    const dependencies = testDependencies({ showRetry: (message) => told.push(message) });
    await new SqlApiSession(connectionTo(server), dependencies).execute("CREATE ROLE R");
    const host = `127.0.0.1:${server.port}`;
    expect(told).toEqual([
      `${host} answered 429: asking again in 1 s`,
      `${host} answered 503: asking again in 2 s`,
      expect.stringMatching(`^Cannot reach ${host}: .*: asking again in 4 s$`),
    ]);
    const queries = server.requests.map(({ url }) => url.searchParams);
    expect(new Set(queries.map((query) => query.get("requestId"))).size).toBe(1);
    expect(queries.map((query) => query.get("retry"))).toEqual([null, "true", "true", "true"]);
    expect(dependencies.pauses).toEqual([1000, 2000, 4000]);
  });

  test("gives up a server that stays busy", async () => {
    const server = await listeningServer(() => ({ status: 503, body: "busy" }));
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    const error = await failureOf(session.execute("X"));
    expect(error).toMatchObject({ code: "network", message: expect.stringContaining("503: busy") });
    expect(server.requests).toHaveLength(7);
  });

  test.each(["ECONNREFUSED", "bad port"])(
    "does not wait long where nobody listens (%s)",
    async (reason) => {
      const fetchNothing = (): Promise<Response> =>
        Promise.reject(new TypeError("fetch failed", { cause: new Error(`connect ${reason}`) }));
      const dependencies = testDependencies({ fetch: fetchNothing });
      const connection = connectionTo({ port: 1, requests: [] });
      const error = await failureOf(new SqlApiSession(connection, dependencies).execute("X"));
      expect(error).toMatchObject({ code: "network", message: expect.stringContaining(reason) });
      expect(dependencies.pauses.length).toBeLessThanOrEqual(3);
    },
  );

  test("tells of a host that is not there", async () => {
    const fetchNothing = (): Promise<Response> =>
      Promise.reject(
        new TypeError("fetch failed", {
          cause: Object.assign(new Error("getaddrinfo ENOTFOUND x"), { code: "ENOTFOUND" }),
        }),
      );
    const dependencies = testDependencies({ fetch: fetchNothing });
    const session = new SqlApiSession(
      { account: "my_org-acct", credentials: { kind: "oauth", token } },
      dependencies,
    );
    const error = await failureOf(session.execute("X"));
    expect(error.message).toContain("my-org-acct.snowflakecomputing.com");
    expect(error).toMatchObject({
      code: "network",
      details: { remedy: expect.stringMatching(/hyphens/) },
    });
    expect(dependencies.pauses).toEqual([]);
  });

  test("reports what the account answers, redacted, with what to do", async () => {
    const server = await listeningServer(() => ({
      status: 422,
      body: {
        code: "003001",
        message: "SQL access control error:\nInsufficient privileges to operate on 'hidden-thing'",
        sqlState: "42501",
        statementHandle: "01b2-0001",
      },
    }));
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    const error = await failureOf(
      session.execute("CREATE SECRET s SECRET_STRING = 'hidden-thing'", {
        role: "R",
        secrets: ["hidden-thing"],
      }),
    );
    expect(error).toMatchObject({
      code: "insufficient-privileges",
      details: {
        role: "R",
        statement: "CREATE SECRET s SECRET_STRING = ***",
        snowflakeCode: "003001",
        sqlState: "42501",
        queryId: "01b2-0001",
        remedy: expect.any(String),
      },
    });
    expect(JSON.stringify([error, error.message, error.details])).not.toContain("hidden-thing");
  });

  test("reports a statement over its time as a failure of the statement", async () => {
    const server = await listeningServer(() => ({
      status: 408,
      body: { code: "000630", message: "Statement reached its statement timeout" },
    }));
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    expect(await failureOf(session.execute("X"))).toMatchObject({ code: "statement-failed" });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    [401, "390100", "sign-in-failed"],
    [403, "390420", "sign-in-failed"],
    [404, "390404", "network"],
  ])("takes a %d for what it is", async (status, code, expected) => {
    const server = await listeningServer(() => ({
      status,
      body: { code, message: `no: ${token}` },
    }));
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    const error = await failureOf(session.execute("X"));
    expect(error.code).toBe(expected);
    expect(error.message).not.toContain(token);
  });

  test.each(["<html>gateway</html>", "[]", ""])(
    "refuses an answer that is no object: %j",
    async (body) => {
      const server = await listeningServer(() => ({ status: 200, body }));
      const session = new SqlApiSession(connectionTo(server), testDependencies());
      expect((await failureOf(session.execute("X"))).code).toBe("network");
    },
  );
});
