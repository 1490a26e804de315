import { describe, expect, test } from "vitest";
import { defaultConfig, type SnowparkConfig } from "../../src/config/snowpark-config.ts";
import { failureOf } from "../../src/plan/apply-plan.ts";
import { expectDone, Rehearsal } from "./rehearsal.ts";

const config: SnowparkConfig = { ...defaultConfig(), egress: ["pypi.org:443"] };
const inExisting: SnowparkConfig = { ...config, existing: ["database", "schema"] };

/** What the account holds of a type and a name. */
function found(rehearsal: Rehearsal, type: string, name: string): unknown[] {
  const { objects } = rehearsal.state() as { objects: { type: string; name: string[] }[] };
  return objects.filter((object) => object.type === type && object.name.at(-1)?.startsWith(name));
}

async function expectUntouched(
  rehearsal: Rehearsal,
  used: SnowparkConfig,
  object: { readonly type: string; readonly name: string; readonly step: string },
): Promise<void> {
  const before = found(rehearsal, object.type, object.name);
  expect(before).toHaveLength(1);
  expect(failureOf(await rehearsal.up(used))).toMatchObject({
    code: "foreign-object",
    details: { step: expect.stringContaining(object.step) },
  });
  expect(found(rehearsal, object.type, object.name)).toEqual(before);
  await rehearsal.down(used, { deleteData: true });
  expect(found(rehearsal, object.type, object.name)).toEqual(before);
}

describe("applyPlan() leaves alone what it did not make", () => {
  test.each([
    ["ROLE", "MILVUS_OWNER", "role", "CREATE ROLE MILVUS_OWNER"],
    ["ROLE", "MILVUS_USER", "role", "CREATE ROLE MILVUS_USER COMMENT = 'ours'"],
    ["WAREHOUSE", "MILVUS_WH", "warehouse", "CREATE WAREHOUSE MILVUS_WH"],
    ["DATABASE", "MILVUS_DB", "database", "CREATE DATABASE MILVUS_DB"],
    [
      "COMPUTE POOL",
      "MILVUS_POOL",
      "compute pool",
      "CREATE COMPUTE POOL MILVUS_POOL MIN_NODES = 1 MAX_NODES = 1 INSTANCE_FAMILY = CPU_X64_S",
    ],
  ])("applyPlan() leaves the %s %s alone", async (type, name, step, create) => {
    const rehearsal = new Rehearsal();
    await rehearsal.sql("ACCOUNTADMIN", create);
    // The clock goes on while others fail: what it does to a pool is not ours.
    await rehearsal.pass(3_600_000);
    await expectUntouched(rehearsal, config, { type, name, step });
  });

  test.each([
    ["IMAGE REPOSITORY", "MILVUS_REPO", "CREATE IMAGE REPOSITORY D.S.MILVUS_REPO"],
    ["STAGE", "MILVUS_NOTEBOOKS", "CREATE STAGE D.S.MILVUS_NOTEBOOKS"],
    [
      "SECRET",
      "MILVUS_ROOT",
      "CREATE SECRET D.S.MILVUS_ROOT TYPE = GENERIC_STRING SECRET_STRING = 'x'",
    ],
    [
      "NETWORK RULE",
      "MILVUS_EGRESS",
      "CREATE NETWORK RULE D.S.MILVUS_EGRESS TYPE = HOST_PORT MODE = EGRESS VALUE_LIST = ('a.b:443')",
    ],
  ])("applyPlan() leaves the %s %s in a schema of others alone", async (type, name, create) => {
    const rehearsal = new Rehearsal();
    await rehearsal.sql("SYSADMIN", "CREATE DATABASE D", "CREATE SCHEMA D.S", create);
    const used = { ...inExisting, names: { ...config.names, database: "D", schema: "S" } };
    await expectUntouched(rehearsal, used, { type, name, step: name });
  });

  test("applyPlan() leaves the integration, the service and the functions of others alone", async () => {
    const theirs: SnowparkConfig = { ...config, name: "theirs" };
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(theirs));
    const before = rehearsal.state();
    // The same names, and every marker is another deployment's.
    expect(failureOf(await rehearsal.up(config))?.code).toBe("foreign-object");
    expectDone(await rehearsal.down(config));
    expect(rehearsal.state()).toEqual(before);
    expectDone(await rehearsal.down(config, { deleteData: true }));
    expect(rehearsal.state()).toEqual(before);
  });

  test("applyPlan() does not take an object that no role of its user can see for its own", async () => {
    const rehearsal = new Rehearsal();
    await rehearsal.sql(
      "ACCOUNTADMIN",
      "CREATE ROLE HIDDEN",
      "GRANT CREATE DATABASE ON ACCOUNT TO ROLE HIDDEN",
      "GRANT ROLE HIDDEN TO USER ADMIN",
    );
    await rehearsal.sql("HIDDEN", "CREATE DATABASE MILVUS_DB");
    await expectUntouched(rehearsal, config, {
      type: "DATABASE",
      name: "MILVUS_DB",
      step: "database MILVUS_DB",
    });
  });

  test("applyPlan() uses what is named in existing, and leaves it as it was", async () => {
    const rehearsal = new Rehearsal();
    await rehearsal.sql("SYSADMIN", "CREATE DATABASE D", "CREATE SCHEMA D.S", "CREATE WAREHOUSE W");
    const before = rehearsal.state();
    const used: SnowparkConfig = {
      ...config,
      existing: ["database", "schema", "warehouse"],
      names: { ...config.names, database: "D", schema: "S", warehouse: "W" },
    };
    expectDone(await rehearsal.up(used));
    expect(
      (await rehearsal.plan(used)).nodes.filter(({ action }) => action.kind !== "none"),
    ).toEqual([]);
    expectDone(await rehearsal.down(used, { deleteData: true }));
    expect(rehearsal.state()).toEqual(before);
  });

  test("applyPlan() works with roles that others made, without an administrator", async () => {
    const rehearsal = new Rehearsal();
    await rehearsal.sql(
      "ACCOUNTADMIN",
      "CREATE ROLE TEAM",
      "CREATE ROLE READERS",
      ...[
        "CREATE COMPUTE POOL",
        "CREATE DATABASE",
        "CREATE WAREHOUSE",
        "BIND SERVICE ENDPOINT",
      ].map((privilege) => `GRANT ${privilege} ON ACCOUNT TO ROLE TEAM`),
      "GRANT ROLE TEAM TO USER ADMIN",
    );
    const before = rehearsal.state();
    const used: SnowparkConfig = {
      ...config,
      adminRole: "NOBODY",
      egress: [],
      existing: ["ownerRole", "userRole"],
      names: { ...config.names, ownerRole: "TEAM", userRole: "READERS" },
    };
    expectDone(await rehearsal.up(used));
    expectDone(await rehearsal.down(used, { deleteData: true }));
    expect(rehearsal.state()).toEqual(before);
  });
});
