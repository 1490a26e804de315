import { getEventListeners } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type EngineErrorCode, isEngineError } from "../../src/base/errors.ts";
import type { Lane } from "../../src/workers/job.ts";
import type { Task } from "../../src/workers/run-task.ts";
import { type RunOptions, WorkerThreads } from "../../src/workers/worker-threads.ts";

// Threads run the built files: these tests need a build (see worker-threads.ts).

/** What a thread does once it has written the number into the log. */
type Order =
  | { readonly order: "answer" | "await-stop" | "break" | "exit" }
  | { readonly order: "await-gate"; readonly gate: Int32Array }
  | {
      readonly order: "throw";
      readonly code: EngineErrorCode;
      readonly message: string;
      readonly details: object;
    };

/** The numbers of tasks in the order in which they were begun, by all threads. */
class Log {
  readonly words: Int32Array = new Int32Array(new SharedArrayBuffer(4 * 20_000));

  get numbers(): readonly number[] {
    return [...this.words.subarray(1, 1 + Atomics.load(this.words, 0))];
  }

  /** Resolves when so many tasks have begun. */
  async begun(count: number): Promise<void> {
    while (Atomics.load(this.words, 0) < count) await nextTurn();
  }

  task(number: number, order: Order = { order: "answer" }): Task {
    const step = { kind: "graph-test", number, log: this.words, ...order };
    // The scripted worker knows these steps.
    return { kind: "step", step } as unknown as Task;
  }

  tasks(first: number, count: number): readonly Task[] {
    return Array.from({ length: count }, (_, i) => this.task(first + i));
  }
}

/** Holds up a thread until it is opened. */
class Gate {
  readonly words: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  readonly order: Order = { order: "await-gate", gate: this.words };

  open(): void {
    Atomics.store(this.words, 0, 1);
    Atomics.notify(this.words, 0);
  }
}

const entry = new URL("./scripted-worker.mjs", import.meta.url);
const opened: WorkerThreads[] = [];
afterEach(() => Promise.all(opened.splice(0).map((threads) => threads.close())));

function start(threadCount: number, queueCountMax = 100): WorkerThreads {
  const threads = new WorkerThreads({ threadCount, queueCountMax, kernelKind: "scalar", entry });
  opened.push(threads);
  return threads;
}

const foreground: RunOptions = { lane: "foreground" };
const background: RunOptions = { lane: "background" };

/** The code that it fails with; `undefined` when it does not. */
async function codeOf(running: Promise<unknown>): Promise<EngineErrorCode | undefined> {
  try {
    await running;
  } catch (error) {
    if (isEngineError(error)) return error.code;
    throw error;
  }
  return undefined;
}

describe("WorkerThreads.run()", () => {
  test("answers the results of thousands of tasks in their order, from all threads", async () => {
    const log = new Log();
    const results = await start(2).run(log.tasks(0, 3000), background);
    expect(results).toHaveLength(3000);
    const slots = new Set<unknown>();
    for (const [i, result] of results.entries()) {
      expect(result).toMatchObject({ number: i });
      slots.add((result as { slot: number }).slot);
    }
    expect(slots).toEqual(new Set([1, 2]));
  });

  test("begins no background task while foreground tasks wait, not even one sent ahead", async () => {
    const threads = start(1);
    const log = new Log();
    const gate = new Gate();
    const build = threads.run([log.task(0, gate.order), ...log.tasks(1, 4)], background);
    await log.begun(1);
    const searches = [
      threads.run(log.tasks(100, 3), foreground),
      threads.run(log.tasks(103, 2), foreground),
    ];
    gate.open();
    await Promise.all([build, ...searches]);
    expect(log.numbers).toEqual([0, 100, 101, 102, 103, 104, 1, 2, 3, 4]);
  });

  test("gives background tasks a turn among foreground tasks that never end", async () => {
    const threads = start(1);
    const log = new Log();
    const gate = new Gate();
    // One that is sent ahead, and one that is not.
    const build = threads.run([log.task(0, gate.order), ...log.tasks(1, 2)], background);
    await log.begun(1);
    const search = threads.run(log.tasks(100, 100), foreground);
    gate.open();
    await Promise.all([build, search]);
    const places = [1, 2].map((number) => log.numbers.indexOf(number));
    for (const place of places) expect(place).toBeLessThan(80);
    // Not before many of them had theirs.
    expect(Math.min(...places)).toBeGreaterThan(19);
  });

  test("gives foreground tasks all threads, each as its background task ends", async () => {
    const threads = start(2);
    const log = new Log();
    const gates = [new Gate(), new Gate()];
    const orders = gates.map((gate, i) => log.task(i, gate.order));
    const build = threads.run([...orders, ...log.tasks(2, 6)], background);
    await log.begun(2);
    const search = threads.run(log.tasks(100, 4), foreground);
    gates[0].open();
    gates[1].open();
    await Promise.all([build, search]);
    expect(log.numbers.slice(0, 2).toSorted()).toEqual([0, 1]);
    // The last may be on its way to one thread when the other goes on with the build.
    expect(log.numbers.slice(2, 5).every((number) => number >= 100)).toBe(true);
  });

  test("lets background jobs share the threads by turns", async () => {
    const threads = start(1);
    const log = new Log();
    const gate = new Gate();
    const held = threads.run([log.task(0, gate.order)], background);
    await log.begun(1);
    const jobs = [
      threads.run(log.tasks(10, 4), background),
      threads.run(log.tasks(20, 4), background),
    ];
    gate.open();
    await Promise.all([held, ...jobs]);
    // The first was sent ahead before there was a second job.
    expect(log.numbers).toEqual([0, 10, 11, 20, 12, 21, 13, 22, 23]);
  });

  test("tells progress one by one, up to the number of tasks", async () => {
    const told: number[] = [];
    const onProgress = (finishedCount: number): void => {
      told.push(finishedCount);
    };
    await start(2).run(new Log().tasks(0, 500), { lane: "background", onProgress });
    expect(told).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
  });

  test("fails with the error that a task throws, and drops the job's other tasks", async () => {
    const threads = start(1);
    const log = new Log();
    const thrown = {
      code: "limit-exceeded",
      message: "Cannot allocate",
      details: { found: 5, max: 2n ** 40n, names: ["a", "b"] },
    } as const;
    const failing = threads.run(
      [log.task(0, { order: "throw", ...thrown }), ...log.tasks(1, 1000)],
      background,
    );
    await expect(failing).rejects.toMatchObject({ name: "EngineError", ...thrown });
    await threads.run(log.tasks(5000, 1), background);
    // One may have been on its way.
    expect(log.numbers.length).toBeLessThanOrEqual(3);
    expect(log.numbers.at(-1)).toBe(5000);
  });

  test.each(["break", "exit"] as const)(
    "fails a background job whose thread dies (%s), without another try, and goes on",
    async (order) => {
      const threads = start(1);
      const log = new Log();
      const failing = threads.run([log.task(1, { order }), ...log.tasks(2, 100)], background);
      expect(await codeOf(failing)).toBe("io");
      expect(log.numbers).toEqual([1]);
      expect(await codeOf(threads.run(log.tasks(5000, 1), background))).toBeUndefined();
    },
  );

  test("tries a foreground task twice whose thread dies, and the others of its job once", async () => {
    const threads = start(1);
    const log = new Log();
    const failing = threads.run([log.task(1), log.task(2, { order: "exit" })], foreground);
    expect(await codeOf(failing)).toBe("io");
    expect(log.numbers).toEqual([1, 2, 2]);
  });

  test("drops a job of thousands of tasks when it is aborted, while others go on", async () => {
    const threads = start(2);
    const log = new Log();
    const controller = new AbortController();
    const aborted = threads.run(log.tasks(0, 5000), { ...background, signal: controller.signal });
    const other = threads.run(log.tasks(5000, 2000), {
      ...background,
      onProgress: (count) => {
        if (count === 100) controller.abort();
      },
    });
    expect(await codeOf(aborted)).toBe("cancelled");
    expect(await codeOf(other)).toBeUndefined();
    const ofAborted = log.numbers.filter((number) => number < 5000).length;
    expect(ofAborted).toBeLessThan(1000);
    await threads.run(log.tasks(9000, 10), background);
    expect(log.numbers.filter((number) => number < 5000)).toHaveLength(ofAborted);
  });

  test("drops an aborted job at once: its place in the queue, and what was sent ahead", async () => {
    const threads = start(1, 2);
    const log = new Log();
    const gate = new Gate();
    const held = threads.run([log.task(0, gate.order)], background);
    await log.begun(1);
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = threads.run(log.tasks(1, 3), { ...background, signal });
    const others = [threads.run(log.tasks(10, 2), background)];
    expect(await codeOf(threads.run(log.tasks(1, 1), background))).toBe("limit-exceeded");
    controller.abort();
    expect(await codeOf(aborted)).toBe("cancelled");
    others.push(threads.run(log.tasks(20, 1), background));
    gate.open();
    await Promise.all([held, ...others]);
    expect(log.numbers).toEqual([0, 10, 20, 11]);
  });

  test("tells a running task that nobody waits for it any more", async () => {
    const threads = start(1);
    const log = new Log();
    const controller = new AbortController();
    const running = threads.run([log.task(1, { order: "await-stop" }), log.task(2)], {
      ...foreground,
      signal: controller.signal,
    });
    const next = threads.run([log.task(3)], foreground);
    controller.abort();
    expect(await codeOf(running)).toBe("cancelled");
    expect(await codeOf(next)).toBeUndefined();
    expect(log.numbers.filter((number) => number !== 1)).toEqual([3]);
  });

  test.each<{ lane: Lane; taskCount: number; jobCount: number }>([
    { lane: "foreground", taskCount: 4, jobCount: 1 },
    { lane: "background", taskCount: 50, jobCount: 4 },
  ])("refuses a $lane job more than may wait, and then goes on", async (limit) => {
    const { lane, taskCount, jobCount } = limit;
    const threads = start(1, 4);
    const log = new Log();
    const gate = new Gate();
    // What a thread is given at once does not wait.
    const held = threads.run(
      [log.task(0, gate.order), log.task(0)].slice(0, lane === "foreground" ? 1 : 2),
      { lane },
    );
    const waiting = Array.from({ length: jobCount }, () =>
      threads.run(log.tasks(10, taskCount), { lane }),
    );
    expect(await codeOf(threads.run(log.tasks(10, 1), { lane }))).toBe("limit-exceeded");
    gate.open();
    await Promise.all([held, ...waiting]);
    expect(await codeOf(threads.run(log.tasks(10, 1), { lane }))).toBeUndefined();
  });

  test("leaves nothing behind after a thousand jobs that end in every way", async () => {
    const threads = start(2, 4);
    const log = new Log();
    const { signal } = new AbortController();
    for (let i = 0; i < 1000; i++) {
      const lane = i % 3 === 0 ? "foreground" : "background";
      const controller = new AbortController();
      const failure = { code: "io", message: "broken", details: {} } as const;
      const last: Order = i % 5 === 0 ? { order: "throw", ...failure } : { order: "answer" };
      const running = threads.run([log.task(1), log.task(2, last)], {
        lane,
        signal: i % 2 === 0 ? signal : controller.signal,
      });
      if (i % 4 === 1) controller.abort();
      const code = await codeOf(running);
      expect(["io", "cancelled", undefined]).toContain(code);
      expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(await codeOf(threads.run(log.tasks(1, 4), foreground))).toBeUndefined();
  });
});

describe("WorkerThreads.close()", () => {
  test("fails a build and searches that are under way, and what comes after", async () => {
    const threads = start(2);
    const log = new Log();
    const gate = new Gate();
    const running = [
      threads.run([log.task(0, gate.order), ...log.tasks(1, 5000)], background),
      threads.run(log.tasks(6000, 50), foreground),
      threads.run(log.tasks(7000, 50), background),
    ];
    const codes = Promise.all(running.map(codeOf));
    await threads.close();
    await threads.close();
    expect(await codes).toEqual(["closed", "closed", "closed"]);
    expect(await codeOf(threads.run(log.tasks(1, 1), background))).toBe("closed");
  });
});
