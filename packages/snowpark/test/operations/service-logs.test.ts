import { beforeEach, describe, expect, it } from "vitest";
import type { OperationContext } from "../../src/operations/operation-context.ts";
import { pause, resume } from "../../src/operations/pause.ts";
import { readLogs } from "../../src/operations/service-logs.ts";
import { deployedOperations, rehearsedOperations } from "./rehearsed-operations.ts";
import { ScriptedContainers } from "./scripted-containers.ts";

describe("readLogs()", () => {
  let containers: ScriptedContainers;
  let context: OperationContext;
  beforeEach(async () => {
    containers = new ScriptedContainers();
    ({ context } = await deployedOperations(undefined, containers));
    containers.write("milvus", 1_000, "ready");
    containers.write("notebook", 2_000, "listening");
    containers.write("milvus", 3_000, "a line", "and another");
  });

  it("gives the lines of all containers by their times", async () => {
    expect(await readLogs(context, { lines: 10 })).toMatchObject([
      { service: "MILVUS", container: "milvus", text: "ready" },
      { service: "MILVUS_NOTEBOOK", container: "notebook", text: "listening" },
      { container: "milvus", text: "a line" },
      { container: "milvus", text: "and another" },
    ]);
  });

  it("gives the newest of one service, whatever the case of its name, or those before", async () => {
    const newest = await readLogs(context, { lines: 1, service: "milvus" });
    expect(newest.map(({ text }) => text)).toEqual(["and another"]);
    containers.previousLines.push({ writtenAt: 1, text: "out of memory" });
    const before = await readLogs(context, { lines: 10, service: "MILVUS", previous: true });
    expect(before.map(({ text }) => text)).toEqual(["out of memory"]);
    const since = await readLogs(context, { lines: 10, since: "1970-01-01T00:00:02.500Z" });
    expect(since.map(({ text }) => text)).toEqual(["a line", "and another"]);
  });

  it("says not-found for another service, with those that there are, and where none is", async () => {
    await expect(readLogs(context, { lines: 1, service: "OTHER" })).rejects.toMatchObject({
      code: "not-found",
      details: { remedy: expect.stringContaining("MILVUS and MILVUS_NOTEBOOK") },
    });
    const nothing = rehearsedOperations().context;
    await expect(readLogs(nothing, { lines: 1 })).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("resume()", () => {
  it("gives up on a container that ends again and again, with its last lines", async () => {
    const containers = new ScriptedContainers();
    const { context } = await deployedOperations(undefined, containers);
    await pause(context);
    containers.status = ({ container }) =>
      container === "milvus" ? { isReady: false, restartCount: 9 } : { isReady: true };
    containers.previousLines.push({ writtenAt: 1, text: "no space left" });
    await expect(resume(context)).rejects.toMatchObject({
      code: "not-ready",
      details: { step: "service MILVUS", logLines: ["no space left"] },
    });
  });
});
