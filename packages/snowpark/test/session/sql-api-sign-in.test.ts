import { generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readKeyPair } from "../../src/session/key-pair.ts";
import { SqlApiSession } from "../../src/session/sql-api-session.ts";
import { listeningServer, type ServerAnswer } from "./listening-server.ts";
import { failureOf, testDependencies } from "./session-dependencies.ts";
import { connectionTo, done, resultSet, token } from "./sql-api-answers.ts";

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

  test("names a role in a scope so that it stays one word", async () => {
    const server = await listeningServer(() => ({ status: 200, body: "ingress-token" }));
    const session = new SqlApiSession(connectionTo(server, { credentials }), testDependencies());
    await session.ingressToken("a.snowflakecomputing.app", "role b.snowflakecomputing.app");
    expect(new URLSearchParams(server.requests[0]?.text).get("scope")).toBe(
      "session:role-encoded:role%20b.snowflakecomputing.app a.snowflakecomputing.app",
    );
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
    expect(await session.ingressToken("host", "a role")).toBe("st-2");
    await session.close();
    const [login, ...rest] = server.requests;
    expect(login?.url.searchParams.get("roleName")).toBe("R");
    expect(rest[2]?.url.searchParams.get("roleName")).toBe('"a role"');
    expect(JSON.parse(login?.text ?? "").data).toMatchObject({
      AUTHENTICATOR: "PROGRAMMATIC_ACCESS_TOKEN",
      TOKEN: token,
    });
    expect(rest.map(({ url }) => url.pathname)).toEqual([
      "/session/token-request",
      "/session/token-request",
      "/session/v1/login-request",
      "/session/token-request",
      "/session",
      "/session",
    ]);
  });

  test("takes its tokens nowhere that an answer sends it to", async () => {
    const other = await listeningServer(() => done);
    const location = `http://127.0.0.1:${other.port}/`;
    const bodies: Record<string, unknown> = {
      "/session/v1/login-request": { token: "st-1", masterToken: "mt-1" },
      "/session/token-request": { sessionToken: "st-2" },
    };
    const server = await listeningServer(({ url }) => {
      const data = bodies[url.pathname];
      return data === undefined
        ? { status: 307, body: "", headers: { location } }
        : { status: 200, body: { success: true, data } };
    });
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    expect(await failureOf(session.execute("X"))).toMatchObject({
      code: "network",
      message: expect.stringContaining("307"),
    });
    await session.ingressToken("host", "R");
    await session.close();
    expect(server.requests.at(-1)?.url.search).toBe("?delete=true");
    expect(other.requests).toEqual([]);
  });

  test("tells the account's reason for whatever status, and its own for an answer of something else", async () => {
    const server = await listeningServer((_request, count) =>
      count === 1
        ? { status: 400, body: { code: "391902", message: "Unsupported Accept header null" } }
        : { status: 404, body: "<html>not here</html>" },
    );
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    expect(await failureOf(session.execute("X", { role: "R" }))).toMatchObject({
      code: "statement-failed",
      message: "Unsupported Accept header null",
      details: { statement: "X", role: "R", snowflakeCode: "391902" },
    });
    expect(await failureOf(session.execute("X"))).toMatchObject({
      code: "network",
      message: expect.stringContaining("answered 404"),
    });
  });

  test("has no PUT of its own", async () => {
    const server = await listeningServer(() => done);
    const session = new SqlApiSession(connectionTo(server), testDependencies());
    expect((await failureOf(session.put("a.yaml", "@s"))).code).toBe("unsupported");
  });
});
