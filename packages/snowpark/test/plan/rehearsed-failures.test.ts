import { describe, expect, test } from "vitest";
import { defaultConfig } from "../../src/config/snowpark-config.ts";
import { failureOf } from "../../src/plan/apply-plan.ts";
import type { ContainerRuntime } from "../../src/simulator/account/surroundings.ts";
import { expectDone, Rehearsal } from "./rehearsal.ts";

const config = { ...defaultConfig(), users: ["ANALYST"] };

/** Runs nothing. */
const idle: ContainerRuntime = {
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  status: () => ({ isReady: true }),
  logs: () => [],
  takeSnapshot: () => Promise.resolve(),
  restoreSnapshot: () => Promise.resolve(),
  removeVolume: () => Promise.resolve(),
  removeSnapshot: () => Promise.resolve(),
};

describe("applyPlan() in an account where things go wrong", () => {
  test("applyPlan() says that a pool has no capacity, and goes on when it has", async () => {
    const rehearsal = new Rehearsal();
    rehearsal.faults.noCapacity = true;
    expect(failureOf(await rehearsal.up(config))).toMatchObject({
      code: "not-ready",
      message: expect.stringContaining("392507"),
      details: { step: "compute pool MILVUS_POOL" },
    });
    rehearsal.faults.noCapacity = false;
    expectDone(await rehearsal.down(config, { deleteData: true }));
    expectDone(await rehearsal.up(config));
  });

  test("applyPlan() gives a pool that never starts half an hour", async () => {
    const rehearsal = new Rehearsal();
    rehearsal.faults.poolsNeverStart = true;
    const began = rehearsal.time;
    expect(failureOf(await rehearsal.up(config))).toMatchObject({
      code: "not-ready",
      message: expect.stringContaining("After 30 minutes, still: the compute pool is STARTING"),
    });
    expect(rehearsal.time - began).toBeLessThan(3_600_000);
  });

  test("applyPlan() tells what a container that ends said last, and leaves the others as they are", async () => {
    const rehearsal = new Rehearsal("2026", {
      runtime: {
        ...idle,
        status: ({ container }) =>
          container === "milvus"
            ? { isReady: false, restartCount: 3, message: "Container finished with exit code 1" }
            : { isReady: true },
        logs: ({ container }) => [
          { writtenAt: 0, text: `${container} begins` },
          { writtenAt: 1, text: "Error: no space left on device" },
        ],
      },
    });
    const report = await rehearsal.up(config);
    expect(failureOf(report)).toMatchObject({
      code: "not-ready",
      message: expect.stringContaining("Container finished with exit code 1"),
      details: {
        step: "service MILVUS_DB.PUBLIC.MILVUS",
        logLines: ["milvus begins", "Error: no space left on device"],
      },
    });
    const notReady = report.outcomes.filter(({ kind }) => kind === "failed");
    expect(notReady).toHaveLength(1);
  });

  test("applyPlan() starts again what was paused", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    await rehearsal.sql(
      "MILVUS_OWNER",
      "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS SUSPEND",
      "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS_NOTEBOOK SUSPEND",
    );
    await rehearsal.pass(60_000);
    await rehearsal.sql("MILVUS_OWNER", "ALTER COMPUTE POOL MILVUS_POOL SUSPEND");
    expectDone(await rehearsal.up(config));
    const pools = await rehearsal.sql("MILVUS_OWNER", "SHOW COMPUTE POOLS");
    expect(pools?.rows[0]?.["state"]).toBe("ACTIVE");
    const services = await rehearsal.sql(
      "MILVUS_OWNER",
      "SHOW SERVICES IN SCHEMA MILVUS_DB.PUBLIC",
    );
    expect(services?.rows.map((row) => row["status"])).toEqual(["RUNNING", "RUNNING"]);
  });

  test("applyPlan() tells which role lacks what when the owner was not given it", async () => {
    const rehearsal = new Rehearsal();
    await rehearsal.sql("ACCOUNTADMIN", "CREATE ROLE TEAM", "GRANT ROLE TEAM TO USER ADMIN");
    const used = {
      ...config,
      users: [],
      existing: ["ownerRole", "userRole"] as const,
      names: { ...config.names, ownerRole: "TEAM", userRole: "PUBLIC" },
    };
    expect(failureOf(await rehearsal.up(used))).toMatchObject({
      code: "insufficient-privileges",
      details: { role: "TEAM", snowflakeCode: "003001" },
    });
  });

  test("applyPlan() shows the password nowhere but in the statement that makes it", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    const withSecret = rehearsal.statements.filter((sent) => sent.includes("SECRET_STRING"));
    expect(withSecret).toHaveLength(1);
  });
});

describe("the user role of a deployment", () => {
  test("applyPlan() gives the user role the notebook and the functions, and nothing more", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    const grants = await rehearsal.sql("ACCOUNTADMIN", "SHOW GRANTS TO ROLE MILVUS_USER");
    const shown = (grants?.rows ?? []).map(
      (row) => `${row["privilege"]} ${row["granted_on"]} ${row["name"]?.replace(/\(.*$/, "")}`,
    );
    expect(shown.filter((grant) => !grant.includes("FUNCTION")).sort()).toEqual([
      "USAGE DATABASE MILVUS_DB",
      "USAGE SCHEMA MILVUS_DB.PUBLIC",
      "USAGE SERVICE_ROLE MILVUS_DB.PUBLIC.MILVUS_NOTEBOOK!NOTEBOOK_USER",
      "USAGE WAREHOUSE MILVUS_WH",
    ]);
    expect(shown.filter((grant) => grant.startsWith("USAGE FUNCTION"))).toHaveLength(4);
  });
});
