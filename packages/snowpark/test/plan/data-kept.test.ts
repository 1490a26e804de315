import { describe, expect, test } from "vitest";
import { defaultConfig } from "../../src/config/snowpark-config.ts";
import { failureOf } from "../../src/plan/apply-plan.ts";
import { isEmpty } from "../../src/plan/plan.ts";
import { planText } from "../../src/plan/plan-report.ts";
import { parseServiceSpecification } from "../../src/specification/read-service-specification.ts";
import { imagesFor } from "./configurations.ts";
import { expectDone, Rehearsal } from "./rehearsal.ts";

const config = { ...defaultConfig(), users: ["ANALYST"] };

async function namesShown(
  rehearsal: Rehearsal,
  show: string,
): Promise<(string | null | undefined)[]> {
  const result = await rehearsal.sql("ACCOUNTADMIN", show);
  return (result?.rows ?? []).map((row) => row["name"]);
}

describe("planDown() without deleteData", () => {
  test("planDown() keeps a snapshot, the notebook's stage and the password, and what they are in", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    expectDone(await rehearsal.down(config));
    expect(await namesShown(rehearsal, "SHOW COMPUTE POOLS")).toEqual([]);
    expect(await namesShown(rehearsal, "SHOW WAREHOUSES")).toEqual([]);
    const schema = "IN SCHEMA MILVUS_DB.PUBLIC";
    expect(await namesShown(rehearsal, `SHOW SERVICES ${schema}`)).toEqual([]);
    expect(await namesShown(rehearsal, `SHOW USER FUNCTIONS ${schema}`)).toEqual([]);
    expect(await namesShown(rehearsal, `SHOW IMAGE REPOSITORIES ${schema}`)).toEqual([]);
    expect(await namesShown(rehearsal, `SHOW STAGES ${schema}`)).toEqual(["MILVUS_NOTEBOOKS"]);
    expect(await namesShown(rehearsal, `SHOW SECRETS ${schema}`)).toEqual(["MILVUS_ROOT"]);
    expect(await namesShown(rehearsal, `SHOW SNAPSHOTS ${schema}`)).toContainEqual(
      expect.stringMatching(/^MILVUS_2026\d{4}_\d{6}$/),
    );
  });

  test("planUp() after it begins with the data of the snapshot, and later upgrades leave that be", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    expectDone(await rehearsal.down(config));
    const [snapshot] = await namesShown(
      rehearsal,
      "SHOW SNAPSHOTS LIKE 'MILVUS_2026%' IN SCHEMA MILVUS_DB.PUBLIC",
    );
    const initialContents = { fromSnapshot: `MILVUS_DB.PUBLIC.${snapshot}` };
    expectDone(await rehearsal.up(config));
    expect(await volumeOf(rehearsal)).toMatchObject({ blockConfig: { initialContents } });
    expect(isEmpty(await rehearsal.plan(config))).toBe(true);
    const images = imagesFor(config, "1.1.0-bbbbbbbbbbbb");
    expectDone(await rehearsal.up(config, { images }));
    expect(await volumeOf(rehearsal)).toMatchObject({ blockConfig: { initialContents } });
  });

  test("planDown() takes the snapshot of a service that is just being suspended, too", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    await rehearsal.sql("MILVUS_OWNER", "ALTER SERVICE MILVUS_DB.PUBLIC.MILVUS SUSPEND");
    expectDone(await rehearsal.down(config));
    const [first = ""] = rehearsal.statements.filter((sent) => /SNAPSHOT|DROP SERVICE/.test(sent));
    expect(first).toMatch(/^CREATE SNAPSHOT IF NOT EXISTS MILVUS_DB.PUBLIC.MILVUS_2026/);
  });

  test("planDown() leaves a service whose snapshot could not be taken, and its pool", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    const report = await rehearsal.down(config, { refused: /^CREATE SNAPSHOT/ });
    expect(failureOf(report)?.details.step).toMatch(/^snapshot MILVUS_DB.PUBLIC.MILVUS_2026/);
    const schema = "IN SCHEMA MILVUS_DB.PUBLIC";
    expect(await namesShown(rehearsal, `SHOW SERVICES ${schema}`)).toEqual(["MILVUS"]);
    expect(await namesShown(rehearsal, "SHOW COMPUTE POOLS")).toEqual(["MILVUS_POOL"]);
  });

  test("planUp() says that the data come from a snapshot", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    expectDone(await rehearsal.down(config));
    expect(planText(await rehearsal.plan(config))).toMatch(
      /create service MILVUS_DB\.PUBLIC\.MILVUS: with the data of the snapshot MILVUS_DB\.PUBLIC\.MILVUS_2026/,
    );
  });

  test("planDown() a second time takes no second snapshot", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    expectDone(await rehearsal.down(config));
    const sent = rehearsal.statements.length;
    expectDone(await rehearsal.down(config));
    expect(rehearsal.statements.slice(sent)).toEqual([]);
  });
});

describe("planDown() with deleteData", () => {
  test("planDown() leaves a database in which others have made something", async () => {
    const rehearsal = new Rehearsal();
    expectDone(await rehearsal.up(config));
    await rehearsal.sql("MILVUS_OWNER", "CREATE STAGE MILVUS_DB.PUBLIC.THEIRS");
    const failure = failureOf(await rehearsal.down(config, { deleteData: true }));
    expect(failure).toMatchObject({
      code: "foreign-object",
      message: expect.stringContaining("stage PUBLIC.THEIRS"),
    });
    expect(await namesShown(rehearsal, "SHOW STAGES IN SCHEMA MILVUS_DB.PUBLIC")).toEqual([
      "THEIRS",
    ]);
    expect(await namesShown(rehearsal, "SHOW COMPUTE POOLS")).toEqual([]);
  });
});

async function volumeOf(rehearsal: Rehearsal): Promise<unknown> {
  const result = await rehearsal.sql("MILVUS_OWNER", "DESCRIBE SERVICE MILVUS_DB.PUBLIC.MILVUS");
  const { spec } = parseServiceSpecification(result?.rows[0]?.["spec"] ?? "");
  return spec.volumes?.[0];
}
