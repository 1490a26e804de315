import { status } from "@grpc/grpc-js";
import { EngineError } from "@redkite/engine";
import { getGRPCService, LOADER_OPTIONS } from "@zilliz/milvus2-sdk-node";
import { describe, expect, it } from "vitest";
import { LocalChannel } from "../../src/client/local-channel.ts";
import type { RequestHandler } from "../../src/service/request-handler.ts";

const { service: definition } = getGRPCService(
  { serviceName: "milvus.proto.milvus.MilvusService" },
  LOADER_OPTIONS,
);

function channelTo(handle: RequestHandler["handle"], databaseName = "default"): LocalChannel {
  return new LocalChannel({
    handler: Promise.resolve({ authenticate: async () => undefined, handle }),
    definition,
    databaseName: () => databaseName,
  });
}

const versionResponse = definition["GetVersion"].responseSerialize({ version: "v3" });

/** Calls GetVersion as the SDK does: through the pool, with a deadline and a callback. */
async function getVersion(channel: LocalChannel, timeoutMs = 20_000): Promise<object | undefined> {
  const stub = await channel.acquire();
  return new Promise((resolve, reject) => {
    stub["GetVersion"]({}, { deadline: Date.now() + timeoutMs }, (error, response) => {
      channel.release();
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}

describe("LocalChannel", () => {
  it("hands encoded requests to the handler and decodes what it answers", async () => {
    const calls: unknown[][] = [];
    const channel = channelTo(async (...call) => {
      calls.push(call);
      return versionResponse;
    }, "films");
    expect(await getVersion(channel)).toEqual({ version: "v3", status: null });
    expect(calls).toMatchObject([["GetVersion", Buffer.from([]), { databaseName: "films" }]]);
  });

  it("fails a call at its deadline, and tells the handler", async () => {
    let told: AbortSignal | undefined;
    const channel = channelTo((_method, _request, { signal }) => {
      told = signal;
      return new Promise(() => undefined);
    });
    await expect(getVersion(channel, 5)).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      message: "4 DEADLINE_EXCEEDED: Deadline exceeded",
    });
    expect(told?.aborted).toBe(true);
  });

  it("fails a call whose request can't be encoded", async () => {
    const channel = channelTo(async () => versionResponse);
    const stub = await channel.acquire();
    const failed = new Promise((_resolve, reject) => {
      const request = { fields_data: 7 };
      stub["Insert"](request, { deadline: Date.now() + 20_000 }, reject);
    });
    await expect(failed).rejects.toMatchObject({ code: status.INTERNAL });
  });

  it("fails every call with the reason why the database could not be opened", async () => {
    const cause = new EngineError("locked", "Cannot open it: another process has it");
    const channel = new LocalChannel({
      handler: Promise.reject(cause),
      definition,
      databaseName: () => "",
    });
    for (let i = 0; i < 2; i++) {
      await expect(getVersion(channel)).rejects.toMatchObject({
        code: status.UNAVAILABLE,
        details: "Cannot open it: another process has it",
        cause,
      });
    }
  });

  it("drain() waits for calls that run, and refuses new ones", async () => {
    let answer: (response: Uint8Array) => void = () => undefined;
    const channel = channelTo(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const running = getVersion(channel);
    let isDrained = false;
    const drained = channel.drain().then(() => {
      isDrained = true;
    });
    await expect(getVersion(channel)).rejects.toMatchObject({ code: status.CANCELLED });
    await expect(channel.call("GetVersion", new Uint8Array(), 0)).rejects.toMatchObject({
      code: status.CANCELLED,
    });
    expect(isDrained).toBe(false);
    answer(versionResponse);
    await running;
    await drained;
    expect(isDrained).toBe(true);
  });
});
