import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SnowparkError } from "../../src/base/snowpark-error.ts";
import { configSchema } from "../../src/config/config-schema.ts";
import { readSnowparkConfig } from "../../src/config/read-snowpark-config.ts";
import {
  defaultConfig,
  defaultNames,
  type SnowparkConfig,
} from "../../src/config/snowpark-config.ts";
import { writeSnowparkConfig } from "../../src/config/write-snowpark-config.ts";

function problemsOf(text: string): string[] {
  try {
    readSnowparkConfig(text, "snowpark.yaml");
  } catch (error) {
    if (error instanceof SnowparkError && error.code === "invalid-configuration") {
      return error.message.split("\n").slice(1);
    }
    throw error;
  }
  return [];
}

describe("readSnowparkConfig", () => {
  test.each(["", "# nothing\n", "{}", "name: milvus"])("takes %j for the defaults", (text) => {
    expect(readSnowparkConfig(text, "f")).toEqual(defaultConfig());
  });

  test("makes the names of the deployment's, and folds those that are given", () => {
    const config = readSnowparkConfig(
      `name: films\nnames: { pool: my_pool, ownerRole: '"Films Team"', warehouse: Shared WH }
users: [anna, "Jane.Doe@example.com", '"bob"', ANNA]\nadminRole: useradmin`,
      "f",
    );
    expect(config.names).toEqual({
      ...defaultNames("films"),
      pool: "MY_POOL",
      ownerRole: "Films Team",
      warehouse: "Shared WH",
    });
    expect(config.names.database).toBe("FILMS_DB");
    expect(config.users).toEqual(["ANNA", "Jane.Doe@example.com", "bob"]);
    expect(config.adminRole).toBe("USERADMIN");
  });

  test.each([
    ["nmae: x", "1:1: nmae: unknown key. Did you mean name?"],
    ["pool:\n  minNode: 1", "2:3: pool.minNode: unknown key. Did you mean minNodes?"],
    ["name: Films", /^1:7: name: must be a small letter/],
    [`name: ${"a".repeat(32)}`, /^1:7: name: must be/],
    ["name: 5", /^1:7: name: must be .* and is 5$/],
    ["names:\n  database: a-b", /^2:13: names\.database: must be a name of letters/],
    [`names: { schema: ${"a".repeat(64)} }`, /names\.schema: must be/],
    ["names: { service: table }", /names\.service: TABLE is a reserved word/],
    ["name: table", /names\.service: TABLE is a reserved word/],
    ["names: { userRole: milvus_owner }", /names\.userRole: MILVUS_OWNER is the name of ownerRole/],
    ["names: { notebookService: milvus }", /names\.notebookService: MILVUS is the name of service/],
    ["names: { ownerRole: accountadmin }", /names\.ownerRole: ACCOUNTADMIN can't own services/],
    ["adminRole: sysadmin\nnames: { ownerRole: sysadmin }", /SYSADMIN is the adminRole/],
    ["engine: milvus", /^1:9: engine: must be keys and values, and is a single value/],
    ["engine: { kind: milvus }", /engine: the kind milvus needs a version/],
    ["engine: { version: 2.6.4 }", /engine\.version: only the kind milvus/],
    ["engine: { kind: milvus, version: latest }", /engine\.version: must be a version/],
    ["engine: { kind: faiss }", /engine\.kind: must be one of redkite, milvus/],
    ["notebook: no", /^1:11: notebook: must be true or false, and is "no"/],
    ["pool: { minNodes: 0 }", /pool\.minNodes: must be a whole number from 1 to 50, and is 0/],
    ["pool: { minNodes: 51 }", /pool\.minNodes/],
    ["pool: { minNodes: 1.5 }", /pool\.minNodes/],
    ["pool: { minNodes: 3, maxNodes: 2 }", /pool: minNodes 3 is over maxNodes 2/],
    ["pool: { instanceFamily: cpu_x64_s }", /pool\.instanceFamily/],
    ["storage: { size: 0Gi }", /storage\.size: must be a size/],
    ["storage: { size: 16385Gi }", /storage\.size/],
    ["storage: { size: 10GB }", /storage\.size/],
    ["storage: { size: 10 }", /storage\.size/],
    ["backup: { keep: 0 }", /backup\.keep/],
    ["egress: [pypi.org]", /egress\[0\]: must be a host and its port/],
    ["egress: ['pypi.org:65536']", /egress\[0\]/],
    ["egress: ['pypi.org:0']", /egress\[0\]/],
    ["egress: ['a b.org:443']", /egress\[0\]/],
    ["users: anna", /users: must be a list/],
    ['users: ["a\\nb"]', /users\[0\]: must be a name/],
    [`users: ['${"a".repeat(256)}']`, /users\[0\]/],
    ["warehouse: { size: HUGE }", /warehouse\.size: must be one of/],
    ["warehouse: { autoSuspendSeconds: 59 }", /warehouse\.autoSuspendSeconds/],
    ["existing: [schema]", /existing: .* list database too/],
    ["existing: [pool]", /existing\[0\]: must be one of/],
    ["existing: [warehouse]\nwarehouse: { enabled: false }", /existing: lists warehouse/],
    ["name: a\nname: b", /^2:1: /],
    ["[", /^1:\d: /],
    ["- a", /must be keys and values, and is a list/],
    ["--- {}\n--- {}", /multiple documents|^\d+:\d+: /i],
  ])("refuses %j", (text, problem) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    const [found = ""] = problems.map((each) => each.replace(/^snowpark\.yaml:/, ""));
    if (typeof problem === "string") expect(found).toBe(problem);
    else expect(found).toMatch(problem);
  });

  test("reports everything at once", () => {
    expect(problemsOf("nam: x\npool: 1\nusers: [{}]")).toHaveLength(3);
  });

  test("bounds what it reads", () => {
    expect(problemsOf(`# ${"x".repeat(65_536)}`)).toHaveLength(1);
    expect(problemsOf(`users: ${"[".repeat(5_000)}`).length).toBeGreaterThan(0);
    expect(problemsOf("[".repeat(60_000)).length).toBeLessThanOrEqual(20);
    expect(problemsOf(`users: [&a x${", *a".repeat(900)}]`)).toEqual([
      "snowpark.yaml: it nests too deeply, or its aliases expand to too much",
    ]);
    const bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nusers: [*c]";
    expect(problemsOf(bomb).length).toBeGreaterThan(0);
  });
});

describe("writeSnowparkConfig", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_]{2,8}_x$/);
  const anyName = fc
    .string({ minLength: 1, maxLength: 20 })
    .filter((text) => !/[\0\r\n]/.test(text));
  /** Such as `bob`, which is stored in small letters only where it was quoted. */
  const storedName = fc.oneof(anyName, fc.stringMatching(/^[a-zA-Z]{1,8}$/));
  const config: fc.Arbitrary<SnowparkConfig> = fc
    .record({
      deployment: name,
      connection: fc.option(anyName, { nil: undefined }),
      users: fc.uniqueArray(storedName, { maxLength: 3 }),
      userRole: storedName,
      adminRole: storedName,
      isMilvus: fc.boolean(),
      notebook: fc.boolean(),
      maxNodes: fc.integer({ min: 1, max: 50 }),
      size: fc.integer({ min: 1, max: 16_384 }),
      pool: fc.option(fc.stringMatching(/^[A-Z]{3}_POOL$/), { nil: undefined }),
      egress: fc.uniqueArray(fc.constantFrom("pypi.org:443", "a.b.example:80"), { maxLength: 2 }),
    })
    .map((drawn) => {
      const defaults = defaultConfig(drawn.deployment);
      return {
        ...defaults,
        ...(drawn.connection === undefined ? {} : { connection: drawn.connection }),
        users: drawn.users,
        adminRole: drawn.adminRole,
        engine: drawn.isMilvus ? { kind: "milvus", version: "2.6.4" } : { kind: "redkite" },
        notebook: drawn.notebook,
        pool: { ...defaults.pool, maxNodes: drawn.maxNodes },
        storage: { size: `${drawn.size}Gi` },
        names: {
          ...defaults.names,
          userRole: drawn.userRole,
          ...(drawn.pool === undefined ? {} : { pool: drawn.pool }),
        },
        egress: drawn.egress,
      };
    });

  test("writes what is read as the same configuration", () => {
    fc.assert(
      fc.property(config, (wanted) => {
        expect(readSnowparkConfig(writeSnowparkConfig(wanted), "f")).toEqual(wanted);
      }),
    );
  });

  test("names the schema first and explains every key", () => {
    const lines = writeSnowparkConfig(defaultConfig()).split("\n");
    expect(lines[0]).toMatch(/^# yaml-language-server: \$schema=https:/);
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual(["name: milvus"]);
  });
});

test("configSchema() is what is published as snowpark.schema.json", async () => {
  const file = new URL("../../snowpark.schema.json", import.meta.url);
  // After a change of the keys: write configSchema() to that file, and format it.
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(configSchema());
});
