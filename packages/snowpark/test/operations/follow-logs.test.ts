import { describe, expect, it } from "vitest";
import { followLogs } from "../../src/operations/follow-logs.ts";
import { deployedOperations, rehearsedOperations } from "./rehearsed-operations.ts";
import { ScriptedContainers } from "./scripted-containers.ts";

describe("followLogs()", () => {
  it("gives each line once, also those of the very time at which it looked last", async () => {
    const containers = new ScriptedContainers();
    const { context, rehearsal } = await deployedOperations(undefined, containers);
    containers.write("milvus", rehearsal.time, "one");
    const stop = new AbortController();
    const texts: string[] = [];
    for await (const { text } of followLogs({ ...context, signal: stop.signal }, { lines: 10 })) {
      texts.push(text);
      if (text === "one") containers.write("milvus", rehearsal.time, "one again", "one again");
      if (texts.length === 3) containers.write("notebook", rehearsal.time + 1, "two");
      if (text === "two") stop.abort();
    }
    expect(texts).toEqual(["one", "one again", "one again", "two"]);
  });

  it("gives a line that is written again at the very time of the first", async () => {
    const containers = new ScriptedContainers();
    const { context, rehearsal } = await deployedOperations(undefined, containers);
    const { time } = rehearsal;
    containers.write("milvus", time, "tick");
    const stop = new AbortController();
    const texts: string[] = [];
    for await (const { text } of followLogs({ ...context, signal: stop.signal }, { lines: 10 })) {
      texts.push(text);
      if (texts.length === 1) containers.write("milvus", time, "tick", "end");
      if (text === "end") stop.abort();
    }
    expect(texts).toEqual(["tick", "tick", "end"]);
  });

  it("follows a container that is started again, its last words first", async () => {
    const containers = new ScriptedContainers();
    const { context, rehearsal } = await deployedOperations(undefined, containers);
    containers.write("milvus", rehearsal.time, "ready");
    const stop = new AbortController();
    const texts: string[] = [];
    for await (const { text } of followLogs({ ...context, signal: stop.signal }, { lines: 10 })) {
      texts.push(text);
      if (text === "ready") {
        const begun = containers.lines.get("milvus") ?? [];
        containers.previousLines.push(...begun, {
          writtenAt: rehearsal.time + 1,
          text: "out of memory",
        });
        containers.lines.set("milvus", [{ writtenAt: rehearsal.time + 2, text: "ready again" }]);
        containers.status = ({ container }) => ({
          isReady: true,
          restartCount: container === "milvus" ? 1 : 0,
        });
      }
      if (text === "ready again") stop.abort();
    }
    expect(texts).toEqual(["ready", "out of memory", "ready again"]);
  });

  it("follows a service that comes later, from its first line on", async () => {
    const containers = new ScriptedContainers();
    const { context, rehearsal } = await deployedOperations(
      { ...rehearsedOperations().context.config, notebook: false },
      containers,
    );
    containers.write("milvus", rehearsal.time, "ready");
    const stop = new AbortController();
    const texts: string[] = [];
    const following = followLogs({ ...context, signal: stop.signal }, { lines: 1 });
    for await (const { text } of following) {
      texts.push(text);
      if (text === "ready") {
        await rehearsal.up({ ...context.config, notebook: true });
        containers.write("notebook", rehearsal.time, "begins", "listens");
      }
      if (text === "listens") stop.abort();
    }
    expect(texts).toEqual(["ready", "begins", "listens"]);
  });
});
