import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStatement } from "../../../src/simulator/account/read-statement.ts";
import type { AccountState } from "../../../src/simulator/account/state.ts";
import { StatementError } from "../../../src/simulator/account/statement-error.ts";
import { likePattern } from "../../../src/simulator/account/statements/show-filter.ts";
import { tokenize } from "../../../src/sql/tokens.ts";
import { TestAccount } from "./test-account.ts";

const name = fc.constantFrom(
  "A",
  "B",
  "DB",
  "DB.PUBLIC.A",
  "DB.PUBLIC.B",
  "DB.S",
  "DB.S.A",
  '"a b"',
);
const role = fc.constantFrom("R1", "R2", "SYSADMIN", "ACCOUNTADMIN", "SECURITYADMIN", "PUBLIC");
const simpleKind = fc.constantFrom(
  "DATABASE",
  "SCHEMA",
  "STAGE",
  "IMAGE REPOSITORY",
  "WAREHOUSE",
  "ROLE",
);
const anyKind = fc.oneof(
  simpleKind,
  fc.constantFrom(
    "COMPUTE POOL",
    "SERVICE",
    "SECRET",
    "SNAPSHOT",
    "INTEGRATION",
    "NETWORK RULE",
    "USER",
  ),
);
const privilege = fc.constantFrom(
  "USAGE",
  "ALL",
  "READ",
  "CREATE STAGE",
  "CREATE SERVICE",
  "OWNERSHIP",
  "CREATE DATABASE",
);
const plural = fc.constantFrom(
  ..."DATABASES|SCHEMAS|STAGES|ROLES|USERS|WAREHOUSES|SERVICES|COMPUTE POOLS|SNAPSHOTS|GRANTS|IMAGE REPOSITORIES|SECRETS|FUNCTIONS|INTEGRATIONS".split(
    "|",
  ),
);
const specification = `$$${JSON.stringify({
  spec: {
    containers: [{ name: "main", image: "/db/public/a/app:1" }],
    volumes: [{ name: "data", source: "block", size: "1Gi" }],
  },
})}$$`;

/** Statements that make sense by themselves; whether they can be done is the account's to say. */
const statement = fc.oneof(
  fc.tuple(simpleKind, name).map(([kind, one]) => `CREATE ${kind} ${one}`),
  fc.tuple(simpleKind, name).map(([kind, one]) => `CREATE OR REPLACE ${kind} ${one} COMMENT='x'`),
  name.map((one) => `CREATE COMPUTE POOL ${one} MIN_NODES=1 MAX_NODES=1 INSTANCE_FAMILY=CPU_X64_S`),
  name.map((one) => `CREATE SECRET ${one} TYPE=GENERIC_STRING SECRET_STRING='x'`),
  name.map((one) => `CREATE NETWORK RULE ${one} TYPE=HOST_PORT MODE=EGRESS VALUE_LIST=('a.b:443')`),
  name.map(
    (one) => `CREATE EXTERNAL ACCESS INTEGRATION E ALLOWED_NETWORK_RULES=(${one}) ENABLED=TRUE`,
  ),
  fc
    .tuple(name, name)
    .map(
      ([one, pool]) =>
        `CREATE SERVICE ${one} IN COMPUTE POOL ${pool} FROM SPECIFICATION ${specification}`,
    ),
  fc
    .tuple(
      name,
      fc.constantFrom(
        "SUSPEND",
        "RESUME",
        "SET COMMENT='y'",
        `FROM SPECIFICATION ${specification}`,
      ),
    )
    .map(([one, change]) => `ALTER SERVICE ${one} ${change}`),
  fc
    .tuple(name, fc.constantFrom("SUSPEND", "RESUME", "STOP ALL", "SET MAX_NODES=2"))
    .map(([one, change]) => `ALTER COMPUTE POOL ${one} ${change}`),
  name.map((one) => `CREATE SNAPSHOT B FROM SERVICE ${one} VOLUME "data" INSTANCE 0`),
  fc
    .tuple(anyKind, name)
    .map(([kind, one]) => `DROP ${kind} IF EXISTS ${one}${kind === "SERVICE" ? " FORCE" : ""}`),
  fc.tuple(anyKind, name).map(([kind, one]) => `DESC ${kind} ${one}`),
  fc
    .tuple(privilege, simpleKind, name, role)
    .map(([one, kind, on, to]) => `GRANT ${one} ON ${kind} ${on} TO ROLE ${to}`),
  fc
    .tuple(privilege, simpleKind, name, role)
    .map(([one, kind, on, to]) => `REVOKE ${one} ON ${kind} ${on} FROM ROLE ${to}`),
  fc.tuple(role, role).map(([one, to]) => `GRANT ROLE ${one} TO ROLE ${to}`),
  fc.tuple(role, role).map(([one, to]) => `REVOKE ROLE ${one} FROM ROLE ${to}`),
  role.map((one) => `USE ROLE ${one}`),
  name.map((one) => `USE DATABASE ${one}`),
  plural.map((one) => `SHOW ${one}`),
);

/** What must hold of every state, whatever was done. */
function checkState(state: AccountState): void {
  const keys = state.objects.map(({ type, name: parts }) => `${type} ${JSON.stringify(parts)}`);
  const known = new Set(keys);
  expect(known.size).toBe(keys.length);
  const ids = new Set([0, ...state.objects.map(({ id }) => id)]);
  expect(ids.size).toBe(state.objects.length + 1);
  expect(Math.max(...ids)).toBeLessThan(state.nextId);
  const isRole = (one: string) => known.has(`ROLE ${JSON.stringify([one])}`);
  for (const object of state.objects) {
    if (object.owner !== "") expect(isRole(object.owner)).toBe(true);
    const [database, schema] = object.name;
    if (object.name.length > 1) expect(known).toContain(`DATABASE ${JSON.stringify([database])}`);
    if (object.name.length > 2)
      expect(known).toContain(`SCHEMA ${JSON.stringify([database, schema])}`);
    if (object.type === "SERVICE") {
      expect(known).toContain(`COMPUTE POOL ${JSON.stringify([object.computePool])}`);
      expect(object.containers.length > 0 || object.phase === "suspended").toBe(true);
    }
  }
  for (const grant of state.grants) {
    expect(ids).toContain(grant.on);
    expect(isRole(grant.role)).toBe(true);
  }
  for (const { role: granted, toType, to } of state.roleGrants) {
    expect(isRole(granted)).toBe(true);
    expect(known).toContain(`${toType} ${JSON.stringify([to])}`);
  }
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
}

describe("SimulatedAccount under any statements", () => {
  it("SimulatedAccount throws nothing and keeps its state whole, whatever order they come in", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(statement, fc.nat({ max: 40_000 })), { minLength: 5, maxLength: 60 }),
        async (steps) => {
          const test = new TestAccount();
          await test.runAll([
            "CREATE ROLE R1",
            "CREATE ROLE R2",
            "GRANT ROLE R1 TO ROLE SYSADMIN",
            "USE ROLE SYSADMIN",
            "CREATE DATABASE DB",
            "CREATE IMAGE REPOSITORY A",
            "CREATE COMPUTE POOL A MIN_NODES=1 MAX_NODES=1 INSTANCE_FAMILY=CPU_X64_S",
          ]);
          for (const [sql, wait] of steps) {
            const outcome = await test.session.execute(sql);
            if (outcome.kind === "failure") expect(outcome).not.toMatchObject({ code: "000603" });
            await test.wait(wait);
            checkState(test.account.toJSON());
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it("readStatement() reads any text or refuses it with a StatementError", () => {
    const word = fc.constantFrom(
      ..."CREATE DROP ALTER SHOW GRANT ON TO ROLE USER SERVICE POOL COMPUTE FROM SPECIFICATION SET UNSET SELECT LIKE IN @s/p 'x' 1 ( ) , . ; = => ! ? $v :: [ ] { } : IDENTIFIER USAGE ALL - $$".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 15 }),
        (words) => {
          try {
            readStatement(words.join(" "), { variables: new Map(), binds: [1] });
          } catch (error) {
            expect(error).toBeInstanceOf(StatementError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("readStatement() refuses an expression that nests too deeply", () => {
    const scope = { variables: new Map<string, string>(), binds: [] };
    expect(() => readStatement(`SELECT ${"[".repeat(10_000)}`, scope)).toThrow(StatementError);
    expect(() => readStatement(`SELECT IDENTIFIER(IDENTIFIER('a'))`, scope)).toThrow(
      StatementError,
    );
  });

  it("readStatement() means the same when the tokens are written with comments between", async () => {
    const sql = `CREATE STAGE DB.PUBLIC."s t" DIRECTORY=(ENABLE=TRUE) COMMENT='it''s'`;
    const spaced = tokenize(sql)
      .map(({ text }) => text)
      .join(" /* x */ -- y\n");
    const states = await Promise.all(
      [sql, spaced].map(async (one) => {
        const test = new TestAccount();
        await test.runAll(["CREATE DATABASE DB", one]);
        return test.account.comparable();
      }),
    );
    expect(states[0]).toEqual(states[1]);
  });
});

describe("likePattern()", () => {
  it("likePattern() matches any text that is escaped, and only it", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), (text, other) => {
        const pattern = likePattern(text.replaceAll(/[\\%_]/g, "\\$&"));
        expect(pattern.test(text)).toBe(true);
        expect(pattern.test(other)).toBe(other.toLowerCase() === text.toLowerCase());
      }),
    );
  });
});
