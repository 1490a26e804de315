import { beforeEach, describe, expect, it } from "vitest";
import { defaultConfig } from "../../src/config/snowpark-config.ts";
import type { OperationContext } from "../../src/operations/operation-context.ts";
import { waitUntil } from "../../src/operations/wait-until.ts";
import type { SnowSession } from "../../src/session/snow-session.ts";

const options = { step: "service MILVUS", minutesMax: 1 };

describe("waitUntil()", () => {
  let now = 0;
  const told: string[] = [];
  beforeEach(() => {
    now = 0;
    told.length = 0;
  });

  const refusing = (): Promise<never> => Promise.reject(new Error("nothing is asked here"));
  const session: SnowSession = {
    account: "a",
    user: "u",
    execute: refusing,
    put: refusing,
    registryLogin: refusing,
    ingressToken: refusing,
    close: async () => undefined,
  };
  const context = (signal?: AbortSignal): OperationContext => ({
    config: defaultConfig(),
    session,
    clock: {
      now: () => now,
      sleep: async (milliseconds) => {
        now += milliseconds;
      },
    },
    progress: ({ message = "" }) => told.push(message),
    ...(signal === undefined ? {} : { signal }),
  });

  it("looks until there is a value, and tells what it sees", async () => {
    let looks = 0;
    const value = await waitUntil(context(), options, async () =>
      ++looks < 3 ? { message: `look ${looks}` } : { value: "ready" },
    );
    expect(value).toBe("ready");
    expect(told).toEqual(["look 1", "look 2"]);
  });

  it("gives up after its minutes, with what it saw last", async () => {
    const waiting = waitUntil(context(), options, async () => ({ message: "PENDING" }));
    await expect(waiting).rejects.toMatchObject({
      code: "not-ready",
      details: { step: options.step },
    });
    await expect(waiting).rejects.toThrow(/after 1 minutes: PENDING/);
    expect(now).toBeGreaterThanOrEqual(60_000);
    expect(now).toBeLessThan(66_000);
  });

  it("stops when the signal is aborted, and says that the wait is all that ended", async () => {
    const stop = new AbortController();
    const waiting = waitUntil(context(stop.signal), options, async () => {
      stop.abort();
      return { message: "PENDING" };
    });
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  });
});
