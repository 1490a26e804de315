import { describe, expect, it } from "vitest";
import { backup, listSnapshots, restore } from "../../src/operations/snapshots.ts";
import { readStatus } from "../../src/operations/status.ts";
import { deployedOperations, rehearsedOperations } from "./rehearsed-operations.ts";

describe("backup()", () => {
  it("takes a snapshot and deletes the oldest over backup.keep, and no other's", async () => {
    const { config } = rehearsedOperations().context;
    const { context, rehearsal } = await deployedOperations({
      ...config,
      backup: { ...config.backup, keep: 2 },
    });
    await rehearsal.sql(
      "MILVUS_OWNER",
      'CREATE SNAPSHOT MILVUS_DB.PUBLIC.MILVUS_BY_HAND FROM SERVICE MILVUS_DB.PUBLIC.MILVUS VOLUME "data" INSTANCE 0',
    );
    const taken: string[] = [];
    for (let day = 0; day < 3; day++) {
      await rehearsal.pass(86_400_000);
      const { snapshot, deleted } = await backup(context);
      expect(deleted).toEqual(day < 2 ? [] : [taken[0]]);
      taken.push(snapshot);
    }
    const left = await listSnapshots(context);
    expect(left.map(({ name }) => name)).toEqual([taken[2], taken[1]]);
    expect(left.map(({ state }) => state)).toEqual(["CREATED", "CREATED"]);
    const all = await rehearsal.sql("MILVUS_OWNER", "SHOW SNAPSHOTS IN SCHEMA MILVUS_DB.PUBLIC");
    expect(all?.rows.map((row) => row["name"])).toContain("MILVUS_BY_HAND");
  });

  it("says not-found where nothing is deployed", async () => {
    const { context } = rehearsedOperations();
    await expect(backup(context)).rejects.toMatchObject({ code: "not-found" });
    expect(await listSnapshots(context)).toEqual([]);
  });
});

describe("restore()", () => {
  it("puts a snapshot into the volume, and the service runs again", async () => {
    const { context, rehearsal } = await deployedOperations();
    const { snapshot } = await backup(context);
    await restore(context, snapshot.toLowerCase());
    expect((await readStatus(context)).services[0]).toMatchObject({
      status: "RUNNING",
      containers: [{ status: "READY" }],
    });
    expect(rehearsal.session.user).toBe("ADMIN");
  });

  it("names the snapshots that there are when it is asked for another, and touches nothing", async () => {
    const { context, rehearsal } = await deployedOperations();
    const { snapshot } = await backup(context);
    const before = rehearsal.state();
    await expect(restore(context, "nothing")).rejects.toMatchObject({
      code: "not-found",
      details: { remedy: expect.stringContaining(snapshot) },
    });
    expect(rehearsal.state()).toEqual(before);
  });
});
