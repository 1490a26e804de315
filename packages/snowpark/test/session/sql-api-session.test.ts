import { generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readKeyPair } from "../../src/session/key-pair.ts";
import { type SqlApiConnection, SqlApiSession } from "../../src/session/sql-api-session.ts";
import { type ListeningServer, listeningServer, type ServerAnswer } from "./listening-server.ts";
import { failureOf, testDependencies } from "./session-dependencies.ts";

const token = "eyJraWQiOiI.pat-of-the-test.c2ln";

function connectionTo(
  server: ListeningServer,
  more: Partial<SqlApiConnection> = {},
): SqlApiConnection {
  return {
    account: "myorg-my_account",
    user: "ANNA",
    host: "127.0.0.1",
    port: server.port,
    protocol: "http",
    credentials: { kind: "programmatic-access-token", token },
    ...more,
  };
}

function resultSet(
  columns: readonly [string, string][],
  data: unknown[][],
  more: object = {},
): ServerAnswer {
  return {
    status: 200,
    body: {
      code: "090001",
      statementHandle: "01b2-0000",
      resultSetMetaData: {
        numRows: data.length,
        rowType: columns.map(([name, type]) => ({ name, type })),
        partitionInfo: [{ rowCount: data.length }],
        ...more,
      },
      data,
    },
  };
}

const done = resultSet([["status", "text"]], [["ok"]]);

describe("SqlApiSession.execute()", () => {
  test("sends the statement with its role, context and binds", async () => {
    const server = await listeningServer(() => done);
    const session = new SqlApiSession(
      connectionTo(server, { role: "R0", schema: "S0" }),
      testDependencies(),
    );
    const result = await session.execute("SELECT ?, ?, ?, ?, ?", {
      role: "R1",
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
      role: "R1",
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
    const dependencies = testDependencies();
    await new SqlApiSession(connectionTo(server), dependencies).execute("CREATE ROLE R");
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

describe("SqlApiSession with a key pair", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = readKeyPair(privateKey.export({ format: "pem", type: "pkcs8" }).toString());
  const credentials = { kind: "key-pair", key } as const;

  test("signs an assertion that names account, user and key", async () => {
    const server = await listeningServer(() => done);
    const dependencies = testDependencies();
    await new SqlApiSession(connectionTo(server, { credentials }), dependencies).execute("X");
    const assertion = server.requests[0]?.headers["authorization"]?.replace("Bearer ", "") ?? "";
    const [header = "", claims = "", signature = ""] = assertion.split(".");
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify("sha256", signed, publicKey, Buffer.from(signature, "base64url"))).toBe(true);
    const { iss, sub, iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString());
    expect(sub).toBe("MYORG-MY_ACCOUNT.ANNA");
    expect(iss).toBe(`${sub}.${key.fingerprint}`);
    expect(exp - iat).toBeLessThanOrEqual(3600);
    expect(server.requests[0]?.headers["x-snowflake-authorization-token-type"]).toBe("KEYPAIR_JWT");
  });

  test("signs a new one, once, when the server takes the old for expired", async () => {
    let isRefusing = true;
    const server = await listeningServer(() => {
      const answer: ServerAnswer = isRefusing
        ? { status: 401, body: { code: "390144", message: "JWT token is invalid." } }
        : done;
      isRefusing = false;
      return answer;
    });
    await new SqlApiSession(connectionTo(server, { credentials }), testDependencies()).execute("X");
    expect(server.requests).toHaveLength(2);
    const refusing = await listeningServer(() => ({
      status: 401,
      body: { code: "390144", message: "JWT token is invalid." },
    }));
    const session = new SqlApiSession(connectionTo(refusing, { credentials }), testDependencies());
    expect((await failureOf(session.execute("X"))).code).toBe("sign-in-failed");
    expect(refusing.requests).toHaveLength(2);
  });

  test("signs a new one before the old expires", async () => {
    const server = await listeningServer(() => done);
    let time = Date.now();
    const session = new SqlApiSession(
      connectionTo(server, { credentials }),
      testDependencies({ now: () => time }),
    );
    await session.execute("X");
    await session.execute("X");
    time += 58 * 60 * 1000;
    await session.execute("X");
    const [first, second, third] = server.requests.map(({ headers }) => headers["authorization"]);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test("says that a clock is wrong", async () => {
    const server = await listeningServer(() => ({
      status: 401,
      body: { code: "390144", message: "JWT token is invalid." },
      headers: { date: new Date(Date.now() - 600_000).toUTCString() },
    }));
    const session = new SqlApiSession(connectionTo(server, { credentials }), testDependencies());
    expect((await failureOf(session.execute("X"))).details.remedy).toMatch(
      /clock is 6\d\d s ahead/,
    );
  });

  test("gets a login for the registry from a session of its own, which it ends", async () => {
    const server = await listeningServer(({ url }) => {
      if (url.pathname === "/session/v1/login-request") {
        return {
          status: 200,
          body: { success: true, data: { token: "st-1", masterToken: "mt-1" } },
        };
      }
      if (url.pathname === "/session/token-request") {
        return {
          status: 200,
          body: { success: true, data: { sessionToken: "st-2", validityInSecondsST: 3600 } },
        };
      }
      return { status: 200, body: { success: true } };
    });
    const session = new SqlApiSession(connectionTo(server, { credentials }), testDependencies());
    expect(await session.registryLogin()).toEqual({
      username: "0sessiontoken",
      password: JSON.stringify({ token: "st-2", expires_in: "3600" }),
    });
    await session.close();
    await session.close();
    const [login, issue, end] = server.requests;
    expect(JSON.parse(login?.text ?? "").data).toMatchObject({
      ACCOUNT_NAME: "MYORG-MY_ACCOUNT",
      LOGIN_NAME: "ANNA",
      AUTHENTICATOR: "SNOWFLAKE_JWT",
    });
    expect(issue?.headers["authorization"]).toBe('Snowflake Token="mt-1"');
    expect(JSON.parse(issue?.text ?? "")).toEqual({
      oldSessionToken: "st-1",
      requestType: "ISSUE",
    });
    expect(end?.url.search).toBe("?delete=true");
    expect(server.requests).toHaveLength(3);
  });

  test("reports a refused sign-in for the registry, and tries anew next time", async () => {
    const server = await listeningServer(() => ({
      status: 200,
      body: { success: false, code: "390144", message: "JWT token is invalid." },
    }));
    const session = new SqlApiSession(connectionTo(server, { credentials }), testDependencies());
    expect((await failureOf(session.registryLogin())).code).toBe("sign-in-failed");
    expect((await failureOf(session.registryLogin())).code).toBe("sign-in-failed");
    expect(server.requests).toHaveLength(2);
  });

  test("exchanges its assertion for a token of an ingress", async () => {
    const server = await listeningServer(() => ({ status: 200, body: "ingress-token\n" }));
    const session = new SqlApiSession(connectionTo(server, { credentials }), testDependencies());
    expect(await session.ingressToken("abc-myorg-acct.snowflakecomputing.app", "R")).toBe(
      "ingress-token",
    );
    const form = new URLSearchParams(server.requests[0]?.text);
    expect(server.requests[0]?.url.pathname).toBe("/oauth/token");
    expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    expect(form.get("scope")).toBe("session:role:R abc-myorg-acct.snowflakecomputing.app");
    expect(form.get("assertion")).toMatch(/^eyJ/);
  });

  test("reports a refused token without showing the assertion", async () => {
    const server = await listeningServer(({ text }) => ({ status: 400, body: `bad ${text}` }));
    const session = new SqlApiSession(connectionTo(server, { credentials }), testDependencies());
    const error = await failureOf(session.ingressToken("host"));
    expect(error.code).toBe("sign-in-failed");
    expect(error.message).not.toContain("eyJ");
  });
});

describe("SqlApiSession with a token", () => {
  test("is its own login for the registry, and a token for the ingress with the default role", async () => {
    const server = await listeningServer(() =>
      resultSet([["CURRENT_USER()", "text"]], [["BERTA"]]),
    );
    const { user: _user, ...connection } = connectionTo(server);
    const session = new SqlApiSession(connection, testDependencies());
    expect(await session.ingressToken("host")).toBe(token);
    expect(server.requests).toHaveLength(0);
    expect(await session.registryLogin()).toEqual({ username: "BERTA", password: token });
    expect(session.user).toBe("BERTA");
  });

  test("gets a token of another role from a session of that role, which it keeps", async () => {
    const server = await listeningServer(({ url }) => ({
      status: 200,
      body: {
        success: true,
        data: url.pathname.endsWith("login-request")
          ? { token: "st-1", masterToken: "mt-1" }
          : { sessionToken: "st-2" },
      },
    }));
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    expect(await session.ingressToken("host", "R")).toBe("st-2");
    expect(await session.ingressToken("host", "R")).toBe("st-2");
    await session.close();
    const [login, ...rest] = server.requests;
    expect(login?.url.searchParams.get("roleName")).toBe("R");
    expect(JSON.parse(login?.text ?? "").data).toMatchObject({
      AUTHENTICATOR: "PROGRAMMATIC_ACCESS_TOKEN",
      TOKEN: token,
    });
    expect(rest.map(({ url }) => url.pathname)).toEqual([
      "/session/token-request",
      "/session/token-request",
      "/session",
    ]);
  });

  test("has no PUT of its own", async () => {
    const server = await listeningServer(() => done);
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    expect((await failureOf(session.put("a.yaml", "@s"))).code).toBe("unsupported");
  });
});
