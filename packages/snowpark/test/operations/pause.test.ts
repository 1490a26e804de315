import { describe, expect, it } from "vitest";
import { pause, resume } from "../../src/operations/pause.ts";
import { readStatus } from "../../src/operations/status.ts";
import { deployedOperations, rehearsedOperations } from "./rehearsed-operations.ts";

describe("pause() and resume()", () => {
  it("stop what costs, and start it again, with data and addresses as they were", async () => {
    const { context, rehearsal, told } = await deployedOperations();
    const before = await readStatus(context);
    const state = rehearsal.state();

    await pause(context);
    const paused = await readStatus(context);
    expect(paused.pool).toMatchObject({ state: "SUSPENDED", nodes: 0 });
    expect(paused.pool?.cost.creditsPerHour).toBe(0);
    expect(paused.services.map(({ status }) => status)).toEqual(["SUSPENDED", "SUSPENDED"]);

    await resume(context);
    const after = await readStatus(context);
    expect(after.services.map(({ endpoints }) => endpoints)).toEqual(
      before.services.map(({ endpoints }) => endpoints),
    );
    expect(after.services[0]?.containers).toMatchObject([{ status: "READY" }]);
    expect(rehearsal.state()).toEqual(state);
    expect(told.filter(({ state: how }) => how === "done").map(({ step }) => step)).toEqual([
      "service MILVUS",
      "service MILVUS_NOTEBOOK",
      "compute pool MILVUS_POOL",
      "compute pool MILVUS_POOL",
      "service MILVUS",
      "service MILVUS_NOTEBOOK",
    ]);
  });

  it("do no harm done twice", async () => {
    const { context } = await deployedOperations();
    await pause(context);
    await pause(context);
    await resume(context);
    await resume(context);
    expect((await readStatus(context)).pool?.state).toBe("ACTIVE");
  });

  it("say not-found where nothing is deployed", async () => {
    const { context } = rehearsedOperations();
    await expect(pause(context)).rejects.toMatchObject({ code: "not-found" });
    await expect(resume(context)).rejects.toMatchObject({ code: "not-found" });
  });

  it("say not-ready for a pool that never starts", async () => {
    const { context, rehearsal } = await deployedOperations();
    await pause(context);
    rehearsal.faults.poolsNeverStart = true;
    await expect(resume(context)).rejects.toMatchObject({
      code: "not-ready",
      details: { step: "compute pool MILVUS_POOL" },
    });
  });
});
