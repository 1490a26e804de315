import { beforeEach, describe, expect, it } from "vitest";
import { TestAccount } from "./test-account.ts";

let test: TestAccount;

beforeEach(async () => {
  test = new TestAccount();
  await test.runAll([
    "CREATE ROLE OWNER",
    "GRANT ROLE OWNER TO USER ADMIN",
    "GRANT CREATE DATABASE, CREATE WAREHOUSE, CREATE COMPUTE POOL ON ACCOUNT TO ROLE OWNER",
    "GRANT CREATE INTEGRATION ON ACCOUNT TO ROLE OWNER",
    "USE ROLE OWNER",
    "CREATE DATABASE DB",
  ]);
});

const missing = (label: string, name: string) =>
  `002003 SQL compilation error:\n${label} '${name}' does not exist or not authorized.`;

/** Each kind: how to create one, a change, and what SHOW says then. */
const kinds = [
  {
    kind: "DATABASE",
    name: "OTHER",
    create: "COMMENT = 'x'",
    alter: "SET COMMENT = 'y'",
    show: "DATABASES",
    shown: { name: "OTHER", owner: "OWNER", comment: "y", is_current: "Y", kind: "STANDARD" },
  },
  {
    kind: "SCHEMA",
    name: "DB.S",
    create: "DATA_RETENTION_TIME_IN_DAYS = 3",
    alter: "SET COMMENT = 'y'",
    show: "SCHEMAS",
    shown: { name: "S", database_name: "DB", retention_time: "3", comment: "y" },
  },
  {
    kind: "WAREHOUSE",
    name: "WH",
    create: "WITH WAREHOUSE_SIZE = 'X-SMALL' AUTO_SUSPEND = 60 INITIALLY_SUSPENDED = TRUE",
    alter: "SET AUTO_SUSPEND = 120",
    show: "WAREHOUSES",
    shown: { name: "WH", state: "SUSPENDED", size: "X-Small", auto_suspend: "120" },
  },
  {
    kind: "STAGE",
    name: "DB.PUBLIC.ST",
    create: "ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE') DIRECTORY = (ENABLE = TRUE)",
    alter: "SET COMMENT = 'y'",
    show: "STAGES",
    shown: { name: "ST", directory_enabled: "Y", comment: "y", type: "INTERNAL" },
  },
  {
    kind: "IMAGE REPOSITORY",
    name: "DB.PUBLIC.REPO",
    create: "ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE') COMMENT = 'x'",
    alter: "SET COMMENT = 'y'",
    show: "IMAGE REPOSITORIES",
    shown: {
      repository_url: `myorg-my-account.registry.${"snowflakecomputing.com"}/db/public/repo`,
      comment: "y",
    },
  },
  {
    kind: "SECRET",
    name: "DB.PUBLIC.SEC",
    create: "TYPE = GENERIC_STRING SECRET_STRING = 'hush'",
    alter: "SET SECRET_STRING = 'hush hush'",
    show: "SECRETS",
    shown: { name: "SEC", secret_type: "GENERIC_STRING" },
  },
  {
    kind: "NETWORK RULE",
    name: "DB.PUBLIC.RULE",
    create: "TYPE = HOST_PORT MODE = EGRESS VALUE_LIST = ('pypi.org:443')",
    alter: "SET VALUE_LIST = ('pypi.org:443', 'huggingface.co:443')",
    show: "NETWORK RULES",
    shown: { name: "RULE", type: "HOST_PORT", mode: "EGRESS", entries_in_valuelist: "2" },
  },
  {
    kind: "COMPUTE POOL",
    name: "POOL",
    create: "MIN_NODES = 1 MAX_NODES = 2 INSTANCE_FAMILY = CPU_X64_S AUTO_SUSPEND_SECS = 60",
    alter: "SET MAX_NODES = 3 COMMENT = 'y'",
    show: "COMPUTE POOLS",
    shown: {
      name: "POOL",
      state: "STARTING",
      max_nodes: "3",
      auto_suspend_secs: "60",
      comment: "y",
    },
  },
] as const;

describe("SimulatedAccount's objects", () => {
  it.each(kinds)("a $kind is created once, changed, shown, described and dropped", async (one) => {
    const { kind, name, create } = one;
    const shortName = name.split(".").at(-1);
    expect(await test.cell(`CREATE ${kind} ${name} ${create}`)).toBe(
      `${kind.charAt(0)}${kind.slice(1).toLowerCase().replace("repository", "Repository")} ${shortName} successfully created.`,
    );
    expect(await test.failure(`CREATE ${kind} ${name} ${create}`)).toBe(
      `002002 SQL compilation error:\nObject '${shortName}' already exists.`,
    );
    expect(await test.cell(`CREATE ${kind} IF NOT EXISTS ${name} ${create}`)).toBe(
      `${shortName} already exists, statement succeeded.`,
    );
    await test.run(`ALTER ${kind} ${name} ${one.alter}`);
    expect(await test.run(`SHOW ${one.show} LIKE '${shortName}'`)).toMatchObject([one.shown]);
    expect(await test.run(`DESC ${kind} ${name}`)).not.toEqual([]);
    await test.run("USE ROLE ACCOUNTADMIN");
    expect(await test.run(`SHOW ${one.show} LIKE '${shortName}'`)).toEqual([]);
    await test.run("USE ROLE OWNER");
    expect(await test.cell(`DROP ${kind} ${name}`)).toBe(`${shortName} successfully dropped.`);
    expect(await test.failure(`DROP ${kind} ${name}`)).toContain(
      "does not exist or not authorized",
    );
    expect(await test.cell(`DROP ${kind} IF EXISTS ${name}`)).toBe(
      `Drop statement executed successfully (${shortName} already dropped).`,
    );
  });

  it("CREATE OR REPLACE really destroys: files, contents and grants are gone", async () => {
    await test.run("CREATE STAGE DB.PUBLIC.ST");
    const put = await test.session.execute("PUT file:///a.txt @DB.PUBLIC.ST AUTO_COMPRESS=FALSE");
    if (put.kind !== "upload") throw new Error("PUT is no upload");
    await test.files.write(put.stageId, "a.txt", new Uint8Array(3));
    await test.run("GRANT READ ON STAGE DB.PUBLIC.ST TO ROLE PUBLIC");
    expect(await test.run("LIST @DB.PUBLIC.ST")).toMatchObject([{ name: "st/a.txt", size: "3" }]);
    await test.run("CREATE OR REPLACE STAGE DB.PUBLIC.ST");
    expect(await test.run("LIST @DB.PUBLIC.ST")).toEqual([]);
    expect(test.files.stages.size).toBe(0);
    expect(await test.run("SHOW GRANTS ON STAGE DB.PUBLIC.ST")).toMatchObject([
      { privilege: "OWNERSHIP" },
    ]);
    expect(await test.failure("CREATE OR REPLACE COMPUTE POOL P MIN_NODES=1")).toContain("001003");
  });

  it("DROP DATABASE takes all that lies within, and the session's place in it", async () => {
    await test.runAll([
      "CREATE STAGE ST",
      "CREATE SECRET SEC TYPE=GENERIC_STRING SECRET_STRING='x'",
    ]);
    await test.run("DROP DATABASE DB");
    expect(test.session.state).toMatchObject({ database: null, schema: null });
    expect(await test.failure("CREATE STAGE ST")).toContain("090105");
    await test.run("CREATE DATABASE DB");
    expect(await test.run("SHOW STAGES IN DATABASE DB")).toEqual([]);
    expect(await test.run("SHOW SCHEMAS IN DATABASE DB")).toMatchObject([{ name: "PUBLIC" }]);
  });

  it.each([
    ["POOL MAX_NODES=1 INSTANCE_FAMILY=CPU_X64_S", "Missing option(s): [MIN_NODES]"],
    [
      "POOL MIN_NODES=0 MAX_NODES=1 INSTANCE_FAMILY=CPU_X64_S",
      "invalid value '0' for property 'MIN_NODES'",
    ],
    [
      "POOL MIN_NODES=2 MAX_NODES=1 INSTANCE_FAMILY=CPU_X64_S",
      "invalid property combination 'MIN_NODES'='2' and 'MAX_NODES'='1'",
    ],
    ["POOL MIN_NODES=1 MAX_NODES=1 INSTANCE_FAMILY=BIG", "Invalid instance family BIG."],
    [
      '"pool" MIN_NODES=1 MAX_NODES=1 INSTANCE_FAMILY=CPU_X64_S',
      "Invalid compute pool name: 'pool'. Name must be uppercase.",
    ],
  ])("CREATE COMPUTE POOL %s is refused", async (rest, text) => {
    expect(await test.failure(`CREATE COMPUTE POOL ${rest}`)).toContain(text);
  });

  it("a network rule that an integration uses can't be dropped before it", async () => {
    await test.runAll([
      "CREATE NETWORK RULE R TYPE=HOST_PORT MODE=EGRESS VALUE_LIST=('pypi.org:443')",
      "CREATE EXTERNAL ACCESS INTEGRATION EAI ALLOWED_NETWORK_RULES=(R) ENABLED=TRUE",
    ]);
    expect(await test.failure("DROP NETWORK RULE R")).toContain("used by integration EAI");
    expect(await test.run("SHOW EXTERNAL ACCESS INTEGRATIONS")).toMatchObject([{ name: "EAI" }]);
    expect(await test.run("SHOW SECURITY INTEGRATIONS")).toEqual([]);
    await test.runAll(["DROP INTEGRATION EAI", "DROP NETWORK RULE R"]);
  });

  it("a secret shows nothing of what it holds", async () => {
    await test.run("CREATE SECRET S TYPE=PASSWORD USERNAME='root' PASSWORD='hush'");
    for (const statement of ["SHOW SECRETS", "DESC SECRET S"]) {
      expect(JSON.stringify(await test.run(statement))).not.toContain("hush");
    }
    expect(await test.failure("CREATE SECRET T TYPE=GENERIC_STRING")).toContain("[SECRET_STRING]");
    expect(await test.failure("ALTER SECRET S SET SECRET_STRING='x'")).toContain("SECRET_STRING");
  });

  it("SHOW filters by LIKE, IN, STARTS WITH and LIMIT", async () => {
    await test.runAll([
      "CREATE SCHEMA DB.S",
      "CREATE STAGE A_1",
      "CREATE STAGE A_2",
      "CREATE STAGE DB.PUBLIC.B",
    ]);
    const names = async (rest: string) =>
      (await test.run(`SHOW STAGES ${rest}`)).map(({ name }) => name);
    expect(await names("")).toEqual(["A_1", "A_2"]);
    expect(await names("IN DATABASE DB")).toEqual(["B", "A_1", "A_2"]);
    expect(await names("IN ACCOUNT")).toHaveLength(3);
    expect(await names("LIKE 'a\\\\_%' IN SCHEMA DB.S")).toEqual(["A_1", "A_2"]);
    expect(await names("LIKE 'a'")).toEqual([]);
    expect(await names("STARTS WITH 'A' LIMIT 1")).toEqual(["A_1"]);
    expect(await names("LIMIT 5 FROM 'A_1'")).toEqual(["A_2"]);
    expect(await test.failure("SHOW STAGES IN SCHEMA DB.NONE")).toBe(missing("Schema", "DB.NONE"));
  });
});

describe("SimulatedAccount's names", () => {
  it("names are folded to upper case without quotes, and kept with them", async () => {
    await test.runAll(['CREATE SCHEMA db."mixed Case"', 'CREATE STAGE "s.t"']);
    expect(await test.run('SHOW STAGES IN SCHEMA "DB"."mixed Case"')).toMatchObject([
      { name: "s.t", schema_name: "mixed Case" },
    ]);
    expect(await test.failure('USE SCHEMA "mixed case"')).toBe(missing("Schema", "DB.mixed case"));
    await test.run(`DROP STAGE IDENTIFIER('db."mixed Case"."s.t"')`);
  });

  it("a name has 255 characters at most", async () => {
    await test.run(`CREATE STAGE ${"A".repeat(255)}`);
    expect(await test.failure(`CREATE STAGE ${"A".repeat(256)}`)).toContain("000904");
    expect(await test.failure('CREATE STAGE ""')).toContain("000904");
    expect(await test.failure("CREATE DATABASE A.B")).toContain("000904");
  });

  it("variables stand for values and, in IDENTIFIER(), for names; binds for values", async () => {
    await test.runAll(["SET stage_name = 'DB.PUBLIC.V'", "CREATE STAGE IDENTIFIER($stage_name)"]);
    expect(await test.cell("SELECT $stage_name")).toBe("DB.PUBLIC.V");
    await test.run("ALTER STAGE V SET COMMENT = ?", { binds: ["it's"] });
    expect(await test.run("SHOW STAGES LIKE ?", { binds: ["v"] })).toMatchObject([
      { comment: "it's" },
    ]);
    await test.run("UNSET stage_name");
    expect(await test.failure("SELECT $stage_name")).toContain("001003");
    expect(await test.failure("SELECT ?")).toContain("001003");
  });
});

describe("SimulatedAccount's syntax errors", () => {
  it.each([
    ["", "line 1 at position 0 unexpected '<EOF>'"],
    ["INSERT INTO T VALUES (1)", "line 1 at position 0 unexpected 'INSERT'"],
    ["CREATE TABLE T (A INT)", "line 1 at position 7 unexpected 'TABLE'"],
    ["CREATE STAGE S\n  URL = 's3://x'", "line 2 at position 2 unexpected 'URL'"],
    ["CREATE STAGE S COMMENT = 'a' COMMENT = 'b'", "line 1 at position 29 unexpected 'COMMENT'"],
    ["CREATE WAREHOUSE W constructor = 1", "unexpected 'constructor'"],
    ["DROP STAGE S FORCE", "unexpected 'FORCE'"],
    ["SHOW TABLES", "unexpected 'TABLES'"],
    ["CREATE STAGE 'S'", "unexpected ''S''"],
    ["SELECT 1; SELECT 2", "unexpected 'SELECT'"],
    ["SELECT 'a", "unexpected ''a'"],
    ["GRANT JUMP ON DATABASE DB TO ROLE OWNER", "unexpected 'JUMP'"],
    ["ALTER STAGE S SET", "unexpected '<EOF>'"],
  ])("%s is one, with its place", async (statement, text) => {
    const failure = await test.failure(statement);
    expect(failure).toContain("001003 SQL compilation error:\nsyntax error");
    expect(failure).toContain(text);
  });

  it.each([
    ["ALTER SESSION SET QUERY_TAG = 'x'", "ALTER SESSION"],
    ["CREATE STAGE S WITH TAG (a = 'b')", "TAG"],
    ["GRANT USAGE ON FUTURE SCHEMAS IN DATABASE DB TO ROLE OWNER", "FUTURE"],
    ["GRANT DATABASE ROLE DB.R TO ROLE OWNER", "DATABASE ROLE"],
    ["GET @S file:///tmp", "GET"],
    ["SELECT SYSTEM$WHITELIST()", "SYSTEM$WHITELIST"],
  ])("%s is of Snowflake but not simulated, and says so", async (statement, feature) => {
    expect(await test.failure(statement)).toMatch(/^000002 Unsupported feature/);
    expect(await test.failure(statement)).toContain(feature);
  });
});
