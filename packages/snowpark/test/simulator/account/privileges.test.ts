import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { TestAccount } from "./test-account.ts";

let test: TestAccount;

beforeEach(async () => {
  test = new TestAccount();
  await test.runAll([
    "CREATE ROLE A",
    "CREATE ROLE B",
    "GRANT ROLE A TO USER ADMIN",
    "GRANT ROLE B TO USER ADMIN",
    "GRANT CREATE DATABASE ON ACCOUNT TO ROLE A",
    "USE ROLE A",
    "CREATE DATABASE DB",
    "CREATE STAGE ST",
  ]);
});

const forbidden = (kind: string, name: string) =>
  `003001 SQL access control error:\nInsufficient privileges to operate on ${kind} '${name}'`;

describe("SimulatedAccount's privileges", () => {
  it("an object is unknown to a role without a privilege on it, its schema and its database", async () => {
    const asB = { role: "B" };
    const list = "LIST @DB.PUBLIC.ST";
    expect(await test.failure(list, asB)).toContain(
      "Database 'DB' does not exist or not authorized.",
    );
    await test.run("GRANT USAGE ON DATABASE DB TO ROLE B");
    expect(await test.failure(list, asB)).toContain("Schema 'DB.PUBLIC' does not exist");
    await test.run("GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE B");
    expect(await test.failure(list, asB)).toContain("Stage 'DB.PUBLIC.ST' does not exist");
    await test.run("GRANT WRITE ON STAGE DB.PUBLIC.ST TO ROLE B");
    expect(await test.failure(list, asB)).toBe(forbidden("stage", "ST"));
    await test.run("GRANT READ ON STAGE DB.PUBLIC.ST TO ROLE B");
    expect(await test.run(list, asB)).toEqual([]);
    expect(await test.run("SHOW STAGES IN ACCOUNT", asB)).toHaveLength(1);
    await test.run("REVOKE USAGE ON SCHEMA DB.PUBLIC FROM ROLE B");
    expect(await test.run("SHOW STAGES IN ACCOUNT", asB)).toEqual([]);
    await test.run("GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE B");
    await test.run("REVOKE ALL ON STAGE DB.PUBLIC.ST FROM ROLE B");
    expect(await test.failure(list, asB)).toContain("Stage 'DB.PUBLIC.ST' does not exist");
  });

  it("only the owner changes and drops", async () => {
    await test.runAll([
      "GRANT ALL ON DATABASE DB TO ROLE B",
      "GRANT ALL ON SCHEMA DB.PUBLIC TO ROLE B",
      "GRANT ALL ON STAGE DB.PUBLIC.ST TO ROLE B",
    ]);
    const asB = { role: "B" };
    expect(await test.failure("DROP STAGE DB.PUBLIC.ST", asB)).toBe(forbidden("stage", "ST"));
    expect(await test.failure("CREATE OR REPLACE STAGE DB.PUBLIC.ST", asB)).toBe(
      forbidden("stage", "ST"),
    );
    expect(await test.failure("DROP DATABASE DB", asB)).toBe(forbidden("database", "DB"));
    await test.run("GRANT OWNERSHIP ON STAGE DB.PUBLIC.ST TO ROLE B COPY CURRENT GRANTS");
    await test.run("DROP STAGE DB.PUBLIC.ST", asB);
  });

  it("creating takes the privilege on what it lies in, held by the role in use itself", async () => {
    await test.runAll([
      "GRANT USAGE ON DATABASE DB TO ROLE B",
      "GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE B",
    ]);
    await test.runAll(["USE ROLE B", "USE SECONDARY ROLES ALL"]);
    expect(await test.failure("CREATE STAGE DB.PUBLIC.S2")).toBe(forbidden("schema", "PUBLIC"));
    expect(await test.failure("CREATE DATABASE D2")).toBe(forbidden("account", "MY_ACCOUNT"));
    expect(await test.run("LIST @DB.PUBLIC.ST")).toEqual([]);
    await test.run("USE SECONDARY ROLES NONE");
    expect(await test.failure("LIST @DB.PUBLIC.ST")).toContain("does not exist or not authorized");
    await test.run("GRANT CREATE STAGE ON SCHEMA DB.PUBLIC TO ROLE B", { role: "A" });
    await test.run("CREATE STAGE DB.PUBLIC.S2");
  });

  it("granting takes ownership, the grant option or MANAGE GRANTS; on the account only the option", async () => {
    const grant = "GRANT READ ON STAGE DB.PUBLIC.ST TO ROLE PUBLIC";
    await test.runAll([
      "GRANT USAGE ON DATABASE DB TO ROLE B",
      "GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE B",
      "GRANT READ ON STAGE DB.PUBLIC.ST TO ROLE B",
    ]);
    expect(await test.failure(grant, { role: "B" })).toBe(forbidden("stage", "ST"));
    await test.run("GRANT READ ON STAGE DB.PUBLIC.ST TO ROLE B WITH GRANT OPTION");
    await test.run(grant, { role: "B" });
    await test.run(grant, { role: "SECURITYADMIN" });
    expect(
      await test.failure("GRANT CREATE DATABASE ON ACCOUNT TO ROLE B", { role: "SECURITYADMIN" }),
    ).toBe(forbidden("account", "MY_ACCOUNT"));
    expect(await test.failure("GRANT READ ON DATABASE DB TO ROLE B")).toContain(
      "Invalid privilege 'READ' for object type 'DATABASE'",
    );
    expect(await test.failure("GRANT USAGE ON DATABASE DB TO ROLE NONE")).toContain("Role 'NONE'");
  });

  it("a role lends its privileges to the roles and users that it is granted to, and never in a circle", async () => {
    await test.run("USE ROLE SECURITYADMIN");
    await test.run("GRANT ROLE A TO ROLE B");
    expect(await test.run("LIST @DB.PUBLIC.ST", { role: "B" })).toEqual([]);
    expect(await test.failure("GRANT ROLE B TO ROLE A")).toContain("cycle");
    expect(await test.failure("GRANT ROLE A TO ROLE A")).toContain("cycle");
    expect(await test.failure("GRANT ROLE B TO USER ANALYST", { role: "PUBLIC" })).toBe(
      forbidden("role", "B"),
    );
    await test.run("GRANT ROLE B TO USER ANALYST");
    expect(await test.signIn("ANALYST").execute("SELECT CURRENT_AVAILABLE_ROLES()")).toMatchObject({
      rows: [['["A","B","PUBLIC"]']],
    });
    expect(await test.run("SHOW GRANTS OF ROLE B")).toMatchObject([
      { granted_to: "USER", grantee_name: "ADMIN" },
      { granted_to: "USER", grantee_name: "ANALYST", granted_by: "SECURITYADMIN" },
    ]);
    await test.run("REVOKE ROLE A FROM ROLE B");
    expect(await test.failure("LIST @DB.PUBLIC.ST", { role: "B" })).toContain("does not exist");
  });

  it("a role has to be granted before it is used", async () => {
    await test.runAll(["USE ROLE USERADMIN", "CREATE ROLE C"]);
    expect(await test.failure("USE ROLE C")).toBe(
      "003013 SQL access control error:\nRequested role 'C' is not assigned to the executing user. Specify another role to activate.",
    );
    expect(await test.failure("USE ROLE NONE")).toContain("Role 'NONE' does not exist");
    expect(await test.failure("SELECT 1", { role: "C" })).toContain("003013");
  });

  it("a dropped role leaves what it owned to the role that dropped it, and no grants", async () => {
    await test.run("GRANT OWNERSHIP ON ROLE A TO ROLE B", {
      role: "SECURITYADMIN",
    });
    await test.run("USE ROLE B");
    await test.run("DROP ROLE A");
    expect(await test.run("SHOW DATABASES")).toMatchObject([{ name: "DB", owner: "B" }]);
    expect(await test.run("SHOW ROLES LIKE 'A'")).toEqual([]);
    expect(await test.failure("DROP ROLE SYSADMIN", { role: "ACCOUNTADMIN" })).toContain(
      "system role",
    );
  });

  it("a session whose role another one drops goes on as PUBLIC", async () => {
    const other = test.signIn("ADMIN", "B");
    await test.run("DROP ROLE B", { role: "ACCOUNTADMIN" });
    await other.execute("SELECT 1");
    expect(other.state.role).toBe("PUBLIC");
  });

  it("SHOW GRANTS lists ownership, privileges, roles and the account's", async () => {
    await test.run("GRANT READ ON STAGE DB.PUBLIC.ST TO ROLE B");
    expect(await test.run("SHOW GRANTS ON STAGE DB.PUBLIC.ST")).toMatchObject([
      { privilege: "OWNERSHIP", granted_on: "STAGE", name: "DB.PUBLIC.ST", grantee_name: "A" },
      { privilege: "READ", granted_to: "ROLE", grantee_name: "B", grant_option: "false" },
    ]);
    const toA = await test.run("SHOW GRANTS TO ROLE A");
    expect(toA.map(({ privilege, granted_on }) => `${privilege} ${granted_on}`)).toEqual([
      "OWNERSHIP DATABASE",
      "OWNERSHIP SCHEMA",
      "OWNERSHIP STAGE",
      "CREATE DATABASE ACCOUNT",
    ]);
    expect(await test.run("SHOW GRANTS ON ACCOUNT")).not.toEqual([]);
    expect((await test.run("SHOW GRANTS")).map(({ role }) => role)).toContain("ACCOUNTADMIN");
  });
});

describe("SimulatedAccount's users and sign-in", () => {
  it("users sign in by password, token or key, each by its rules", async () => {
    await test.run("USE ROLE USERADMIN");
    await test.runAll([
      "CREATE USER SVC TYPE = SERVICE DEFAULT_ROLE = PUBLIC",
      "CREATE USER OLD PASSWORD = 'p' TYPE = LEGACY_SERVICE",
      "CREATE USER HUMAN PASSWORD = 'p'",
    ]);
    expect(await test.failure("CREATE USER X TYPE = SERVICE PASSWORD = 'secret'")).not.toContain(
      "secret'",
    );
    const byPassword = (user: string, password = "p") =>
      test.account.signIn({ kind: "password", user, password });
    expect(byPassword("old")).not.toHaveProperty("kind");
    expect(byPassword("human")).toMatchObject({ code: "394507" });
    expect(byPassword("human", "wrong")).toMatchObject({
      code: "390100",
      message: "Incorrect username or password was specified.",
    });
    expect(byPassword("nobody")).toMatchObject({ code: "390100" });
    expect(byPassword("ADMIN", "simulated-admin")).not.toHaveProperty("kind");
    await test.run("ALTER USER OLD SET DISABLED = TRUE");
    expect(byPassword("old")).toMatchObject({ code: "390101" });
    const none = test.account.signIn({ kind: "keyPair", jwt: "a.b.c" });
    expect(none).toMatchObject({ code: "390144" });
  });

  it("a programmatic access token is shown once, may be bound to a role, and ends", async () => {
    const [made] = await test.run(
      "ALTER USER ADMIN ADD PROGRAMMATIC ACCESS TOKEN T ROLE_RESTRICTION = 'B' DAYS_TO_EXPIRY = 1",
    );
    const token = made?.["token_secret"] ?? "";
    const session = test.account.signIn({ kind: "token", token });
    if ("kind" in session) throw new Error(session.message);
    expect(session.state).toMatchObject({ user: "ADMIN", role: "B" });
    expect(await session.execute("USE ROLE ACCOUNTADMIN")).toMatchObject({ code: "003013" });
    const listed = await test.run("SHOW USER PROGRAMMATIC ACCESS TOKENS");
    expect(listed).toMatchObject([
      { name: "INITIAL" },
      { name: "T", role_restriction: "B", status: "ACTIVE" },
    ]);
    expect(JSON.stringify(listed)).not.toContain(token);
    const invalid = { code: "394400" };
    expect(test.account.signIn({ kind: "token", token, user: "ANALYST" })).toMatchObject(invalid);
    await test.run("ALTER USER ADMIN MODIFY PAT T SET DISABLED = TRUE");
    expect(test.account.signIn({ kind: "token", token })).toMatchObject(invalid);
    await test.run("ALTER USER ADMIN MODIFY PAT T SET DISABLED = FALSE");
    const [rotated] = await test.run("ALTER USER ADMIN ROTATE PAT T");
    expect(test.account.signIn({ kind: "token", token })).toMatchObject(invalid);
    const renewed = rotated?.["token_secret"] ?? "";
    expect(test.account.signIn({ kind: "token", token: renewed })).not.toHaveProperty("kind");
    expect(await test.failure("ALTER USER ADMIN ADD PAT T")).toContain("002002");
    expect(await test.failure("ALTER USER ANALYST ADD PAT T")).toContain("User 'ANALYST'");
    const forAnalyst = "ALTER USER ANALYST ADD PAT T ROLE_RESTRICTION = 'B'";
    expect(await test.failure(forAnalyst, { role: "ACCOUNTADMIN" })).toContain("Role 'B'");
    test.time += 24 * 3_600_000 - 1;
    expect(test.account.signIn({ kind: "token", token: renewed })).not.toHaveProperty("kind");
    test.time += 1;
    expect(test.account.signIn({ kind: "token", token: renewed })).toMatchObject(invalid);
    await test.run("ALTER USER ADMIN REMOVE PROGRAMMATIC ACCESS TOKEN T");
    expect(await test.failure("ALTER USER ADMIN REMOVE PAT T")).toContain("'T' does not exist");
  });

  it("a key pair's JWT signs in while it is good, is the user's, and is of this account", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const der = publicKey.export({ type: "spki", format: "der" });
    await test.run(`ALTER USER ADMIN SET RSA_PUBLIC_KEY = '${der.toString("base64")}'`, {
      role: "ACCOUNTADMIN",
    });
    const fingerprint = `SHA256:${createHash("sha256").update(der).digest("base64")}`;
    const seconds = test.time / 1000;
    const signIn = (changes: object = {}, alg = "RS256") => {
      const subject = "MYORG-MY_ACCOUNT.ADMIN";
      const claims = {
        iss: `${subject}.${fingerprint}`,
        sub: subject,
        iat: seconds,
        exp: seconds + 60,
      };
      const parts = [
        { alg, typ: "JWT" },
        { ...claims, ...changes },
      ];
      const text = parts
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      const digest = alg === "RS512" ? "RSA-SHA512" : "RSA-SHA256";
      const signature = sign(digest, Buffer.from(text), privateKey).toString("base64url");
      return test.account.signIn({ kind: "keyPair", jwt: `${text}.${signature}` });
    };
    expect(signIn()).not.toHaveProperty("kind");
    // As snowflake-sdk writes them.
    expect(signIn({ iat: test.time, exp: test.time + 60_000 })).not.toHaveProperty("kind");
    for (const changes of [
      { exp: seconds - 1 },
      { exp: seconds },
      { exp: undefined },
      { iat: undefined },
      { iat: seconds + 61 },
      // Good for an hour, whatever it says itself.
      { iat: seconds - 3_600 },
      { iss: "X" },
      { sub: "OTHER.ADMIN" },
      { sub: "MYORG-MY_ACCOUNT.ANALYST" },
    ]) {
      expect(signIn(changes), JSON.stringify(changes)).toMatchObject({ code: "390144" });
    }
    expect(signIn({ iat: seconds - 3_599, exp: seconds + 9_999 })).not.toHaveProperty("kind");
    expect(signIn({ iat: seconds + 60 })).not.toHaveProperty("kind");
    for (const alg of ["none", "HS256", "RS512"]) {
      expect(signIn({}, alg)).toMatchObject({ code: "390144" });
    }
    const other = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    const key = other.export({ type: "spki", format: "der" }).toString("base64");
    await test.run(`ALTER USER ADMIN SET RSA_PUBLIC_KEY = '${key}'`, { role: "ACCOUNTADMIN" });
    const issuer = `SHA256:${createHash("sha256").update(Buffer.from(key, "base64")).digest("base64")}`;
    expect(signIn({ iss: `MYORG-MY_ACCOUNT.ADMIN.${issuer}` })).toMatchObject({ code: "390144" });
  });

  it("keys and tokens of another user take its ownership, or the privilege for just that", async () => {
    await test.runAll(["USE ROLE USERADMIN", "CREATE USER SVC TYPE = SERVICE"]);
    const setKey = "ALTER USER SVC SET RSA_PUBLIC_KEY = 'MIIB'";
    const addToken = "ALTER USER SVC ADD PAT T ROLE_RESTRICTION = 'PUBLIC'";
    await test.run("GRANT MONITOR ON USER SVC TO ROLE B");
    for (const statement of [setKey, addToken]) {
      expect(await test.failure(statement, { role: "B" })).toBe(forbidden("user", "SVC"));
    }
    await test.run("GRANT MODIFY PROGRAMMATIC AUTHENTICATION METHODS ON USER SVC TO ROLE B");
    await test.run(setKey, { role: "B" });
    await test.run(addToken, { role: "B" });
    expect(await test.failure(`${setKey} COMMENT = 'x'`, { role: "B" })).toBe(
      forbidden("user", "SVC"),
    );
    await test.run("ALTER USER SVC UNSET RSA_PUBLIC_KEY", { role: "B" });
  });

  it("a sign-in with a role that is not granted fails", () => {
    const start = { role: "ACCOUNTADMIN" };
    expect(test.account.signIn({ kind: "trusted", user: "ANALYST" }, start)).toMatchObject({
      code: "390189",
    });
  });
});
