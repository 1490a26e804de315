import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isEngineError } from "../../src/base/errors.ts";
import {
  type LockMachine,
  type LockOwner,
  lockDirectory,
} from "../../src/storage/directory-lock.ts";

/** Thrown out of a killed process: it does nothing any more. */
class Killed extends Error {}

/** A machine with processes that can be killed between any two steps. */
class SimulatedMachine {
  readonly files = new Map<string, string>();
  readonly alive = new Set<number>();
  readonly #scheduler: fc.Scheduler;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  /** What process `pid` sees of it; the process dies before its step number `stepsMax`. */
  startProcess(pid: number, stepsMax: number): LockMachine {
    this.alive.add(pid);
    let steps = 0;
    const step = async <T>(action: () => T): Promise<T> => {
      if (steps++ >= stepsMax) {
        this.alive.delete(pid);
        throw new Killed();
      }
      await this.#scheduler.schedule(Promise.resolve(), `process ${pid}`);
      return action();
    };
    const { files, alive } = this;
    return {
      createWhole: (path, text) =>
        step(() => {
          if (files.has(path)) return false;
          files.set(path, text);
          return true;
        }),
      replaceWhole: (path, text) => step(() => void files.set(path, text)),
      readText: (path) => step(() => files.get(path)),
      removeFile: (path) => step(() => void files.delete(path)),
      processStart: (other) => step(() => (alive.has(other) ? "" : undefined)),
    };
  }
}

function ownerOf(pid: number): LockOwner {
  return { pid, host: "host", token: `token-${pid}` };
}

/** "held" and "locked" are how a process ends; a killed one has no end. */
async function lockIn(machine: SimulatedMachine, pid: number, stepsMax: number): Promise<string> {
  try {
    await lockDirectory(machine.startProcess(pid, stepsMax), "db", ownerOf(pid));
    return "held";
  } catch (error) {
    if (error instanceof Killed) return "killed";
    if (isEngineError(error, "locked")) return "locked";
    throw error;
  }
}

describe("lockDirectory()", () => {
  it("has one holder at most, whoever dies when, and never locks the next one out", async () => {
    const lives = fc.array(fc.oneof(fc.nat({ max: 14 }), fc.constant(1000)), {
      minLength: 2,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), lives, fc.boolean(), async (scheduler, stepsMax, isHeld) => {
        const machine = new SimulatedMachine(scheduler);
        if (isHeld) machine.files.set("db/LOCK", JSON.stringify(ownerOf(99)));
        const ends = stepsMax.map((steps, i) => lockIn(machine, i + 1, steps));
        await scheduler.waitFor(Promise.all(ends));
        const results = await Promise.all(ends);
        expect(results.filter((result) => result === "held").length).toBeLessThanOrEqual(1);
        if (!results.includes("killed")) expect(results).toContain("held");
        // Whoever held it, or was about to, is killed now.
        machine.alive.clear();
        expect(await scheduler.waitFor(lockIn(machine, 50, 1000))).toBe("held");
      }),
      { numRuns: 400 },
    );
  });

  it("release() lets the next one in at once, and only the first time", async () => {
    const machine = new SimulatedMachine({
      schedule: (task: Promise<unknown>) => task,
    } as fc.Scheduler);
    const first = await lockDirectory(machine.startProcess(1, 1000), "db", ownerOf(1));
    await first.release();
    const second = await lockDirectory(machine.startProcess(2, 1000), "db", ownerOf(2));
    await first.release();
    expect([...machine.files.keys()]).toEqual(["db/LOCK"]);
    await second.release();
    expect(machine.files.size).toBe(0);
  });
});
