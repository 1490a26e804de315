import { describe, expect, test } from "vitest";
import { defaultConfig, type SnowparkConfig } from "../../src/config/snowpark-config.ts";
import { failureOf } from "../../src/plan/apply-plan.ts";
import { imagesFor } from "./configurations.ts";
import { expectDone, Rehearsal } from "./rehearsal.ts";

const base: SnowparkConfig = { ...defaultConfig(), users: ["ANALYST"] };

/** The first words of what a changed configuration makes up send. */
async function sentFor(
  config: SnowparkConfig,
  from: SnowparkConfig = base,
  tag?: string,
): Promise<string[]> {
  const rehearsal = new Rehearsal();
  expectDone(await rehearsal.up(from));
  const made = rehearsal.statements.length;
  expectDone(
    await rehearsal.up(config, tag === undefined ? {} : { images: imagesFor(config, tag) }),
  );
  const plan = await rehearsal.plan(
    config,
    tag === undefined ? {} : { images: imagesFor(config, tag) },
  );
  expect(plan.nodes.filter(({ action }) => action.kind !== "none")).toEqual([]);
  return rehearsal.statements
    .slice(made)
    .map((statement) => statement.replace(/ (?:COMMENT|FROM SPECIFICATION|AS) .*$/s, ""));
}

describe("applyPlan() of a changed configuration", () => {
  test.each<[string, Partial<SnowparkConfig>, string[]]>([
    ["nothing", {}, []],
    [
      "the pool's nodes",
      { pool: { ...base.pool, maxNodes: 2 } },
      [
        "ALTER COMPUTE POOL MILVUS_POOL SET MIN_NODES = 1 MAX_NODES = 2",
        "ALTER COMPUTE POOL MILVUS_POOL SET",
      ],
    ],
    [
      "the warehouse's rest",
      { warehouse: { ...base.warehouse, autoSuspendSeconds: 120 } },
      ["ALTER WAREHOUSE MILVUS_WH SET AUTO_SUSPEND = 120", "ALTER WAREHOUSE MILVUS_WH SET"],
    ],
    ["a user taken away", { users: [] }, ["REVOKE ROLE MILVUS_USER FROM USER ANALYST"]],
    ["a user given", { users: ["ANALYST", "ADMIN"] }, ["GRANT ROLE MILVUS_USER TO USER ADMIN"]],
    [
      "REST kept inside",
      { rest: { public: false } },
      ["ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS", "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS SET"],
    ],
    [
      "no notebook",
      { notebook: false },
      ["DROP SERVICE IF EXISTS MILVUS_DB.PUBLIC.MILVUS_NOTEBOOK FORCE"],
    ],
    [
      "no warehouse",
      { warehouse: { ...base.warehouse, enabled: false } },
      [
        "REVOKE CREATE WAREHOUSE ON ACCOUNT FROM ROLE MILVUS_OWNER",
        "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS_NOTEBOOK UNSET QUERY_WAREHOUSE",
        "DROP WAREHOUSE IF EXISTS MILVUS_WH",
      ],
    ],
  ])("applyPlan() of %s sends only what that needs", async (_, change, statements) => {
    expect(await sentFor({ ...base, ...change })).toEqual(statements);
  });

  test("applyPlan() of hosts that are not wanted any more takes them from the services first", async () => {
    const sent = await sentFor(base, { ...base, egress: ["pypi.org:443"] });
    expect([...sent.slice(0, 2)].sort()).toEqual([
      "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS UNSET EXTERNAL_ACCESS_INTEGRATIONS",
      "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS_NOTEBOOK UNSET EXTERNAL_ACCESS_INTEGRATIONS",
    ]);
    expect(sent.slice(2)).toEqual([
      "DROP INTEGRATION IF EXISTS MILVUS_EGRESS",
      "DROP NETWORK RULE IF EXISTS MILVUS_DB.PUBLIC.MILVUS_EGRESS",
    ]);
  });

  test("applyPlan() of new images upgrades the services in place", async () => {
    const sent = await sentFor(base, base, "1.1.0-bbbbbbbbbbbb");
    expect(sent.sort()).toEqual([
      "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS",
      "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS SET",
      "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS_NOTEBOOK",
      "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS_NOTEBOOK SET",
    ]);
  });

  test.each<[string, Partial<SnowparkConfig>, string]>([
    ["the size of the volume", { storage: { size: "20Gi" } }, "a block volume keeps its size"],
    ["the engine", { engine: { kind: "milvus", version: "2.6.4" } }, "another engine can't read"],
    [
      "the family of the pool",
      { pool: { ...base.pool, instanceFamily: "CPU_X64_M" } },
      "the instance family of a compute pool can't be changed",
    ],
  ])("applyPlan() refuses to change %s and says what to do", async (_, change, message) => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(base));
    const made = rehearsal.statements.length;
    const failure = failureOf(await rehearsal.up({ ...base, ...change }));
    expect(failure).toMatchObject({
      code: "invalid-configuration",
      message: expect.stringContaining(message),
    });
    expect(rehearsal.statements.slice(made).filter((sent) => /ALTER|DROP/.test(sent))).toEqual([]);
  });

  test("applyPlan() puts back what was changed by hand", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(base));
    await rehearsal.sql(
      "MILVUS_OWNER",
      "ALTER COMPUTE POOL MILVUS_POOL SET AUTO_SUSPEND_SECS = 60",
      "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS SUSPEND",
      "REVOKE USAGE ON SCHEMA MILVUS_DB.PUBLIC FROM ROLE MILVUS_USER",
    );
    const plan = await rehearsal.plan(base);
    expect(
      plan.nodes.flatMap(({ action }) => (action.kind === "none" ? [] : [action.reason])),
    ).toEqual([
      "auto_suspend_secs is 60, should be 3600",
      "the service MILVUS_DB.PUBLIC.MILVUS is SUSPENDING",
      "USAGE on SCHEMA MILVUS_DB.PUBLIC is not granted, should be granted",
    ]);
    expectDone(await rehearsal.up(base));
    expect(
      (await rehearsal.plan(base)).nodes.filter(({ action }) => action.kind !== "none"),
    ).toEqual([]);
  });
});
