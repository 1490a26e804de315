import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isEngineError } from "../../src/base/errors.ts";
import type { FileSystem } from "../../src/storage/file-system.ts";
import { readLog } from "../../src/storage/log-reader.ts";
import type { LogRecord } from "../../src/storage/log-record.ts";
import { type LogOptions, LogWriter } from "../../src/storage/log-writer.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";
import { seededRandom } from "../kit/random.ts";

const path = "/db/log-1.log";

/** What may be in the log, by timestamp, oldest first, and what must be. */
interface History {
  appended: number[];
  readonly acknowledged: number[];
  next: number;
}

function newHistory(): History {
  return { appended: [], acknowledged: [], next: 1 };
}

function recordOf(timestamp: number, bytes: number): LogRecord {
  const values = new Uint8Array(bytes).fill(timestamp);
  const keys = { layout: "fixed", rowCount: bytes, values } as const;
  return { timestamp: BigInt(timestamp), deletes: { keys }, inserts: [] };
}

/** Appends groups of records until all are there or the disk fails for good. */
async function write(
  fs: FileSystem,
  options: LogOptions,
  { groups, history }: { groups: readonly (readonly number[])[]; history: History },
): Promise<void> {
  const writer =
    (await fs.sizeOf(path)) === undefined
      ? await LogWriter.create(fs, path, options)
      : await LogWriter.reopen(fs, path, { ...options, length: (await readLog(fs, path)).length });
  for (const group of groups) {
    const appends = group.map(async (bytes) => {
      const timestamp = history.next++;
      history.appended.push(timestamp);
      await writer.append(recordOf(timestamp, bytes));
      history.acknowledged.push(timestamp);
    });
    await Promise.all(appends);
  }
}

async function crashingRun(
  disk: FileSystem,
  options: LogOptions,
  plan: { groups: readonly (readonly number[])[]; failAt: number; seed: number; history: History },
): Promise<FileSystem> {
  const fs = new FaultFileSystem(disk);
  await fs.adopt("/");
  fs.failAt(fs.operations + plan.failAt, { errno: "EIO", halfDone: true, forever: true });
  try {
    await write(fs, options, plan);
  } catch (error) {
    if (!isEngineError(error, "io")) throw error;
  }
  return fs.crash(seededRandom(plan.seed));
}

const groups = fc.array(fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 4 }), {
  maxLength: 5,
});
const plans = fc.array(fc.record({ groups, failAt: fc.nat({ max: 14 }), seed: fc.integer() }), {
  minLength: 1,
  maxLength: 3,
});

describe("LogWriter after a power loss", () => {
  it("has all that it acknowledged, in order, and nothing that was never appended", async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (runs) => {
        let disk: FileSystem = await emptyDatabase();
        const history = newHistory();
        for (const run of runs) {
          const options: LogOptions = { durability: "fsync", sequence: 1 };
          disk = await crashingRun(disk, options, { ...run, history });
          const found = await timestampsOn(disk);
          const missing = history.acknowledged.filter((timestamp) => !found.includes(timestamp));
          expect(missing).toEqual([]);
          expect(found).toEqual([...found].sort((a, b) => a - b));
          expect(found.filter((timestamp) => !history.appended.includes(timestamp))).toEqual([]);
          // What was not acknowledged and is not there now must not come back later.
          history.appended = found;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("has a prefix of what it was given when durability is left to the system", async () => {
    await fc.assert(
      fc.asyncProperty(groups, fc.nat({ max: 8 }), fc.integer(), async (given, failAt, seed) => {
        const history = newHistory();
        const options: LogOptions = { durability: "os", sequence: 1 };
        const plan = { groups: given, failAt, seed, history };
        const disk = await crashingRun(await emptyDatabase(), options, plan);
        const found = await timestampsOn(disk);
        expect(found).toEqual(history.appended.slice(0, found.length));
      }),
      { numRuns: 300 },
    );
  });
});

it("LogWriter.append() that failed for want of room leaves nothing for a power loss to bring back", async () => {
  for (let seed = 0; seed < 40; seed++) {
    const fs = new FaultFileSystem();
    await fs.makeDirectory("/db");
    const writer = await LogWriter.create(fs, path, { durability: "os", sequence: 1 });
    fs.failNext({ errno: "ENOSPC", halfDone: true });
    // Half of the group is the whole first record.
    const group = [recordOf(1, 10), recordOf(2, 10)].map((record) => writer.append(record));
    for (const append of group) await expect(append).rejects.toMatchObject({ code: "io" });
    expect(await timestampsOn(await fs.crash(seededRandom(seed)))).toEqual([]);
  }
});

async function emptyDatabase(): Promise<FileSystem> {
  const fs = new FaultFileSystem();
  await fs.makeDirectory("/db");
  return fs.crash(seededRandom(1));
}

async function timestampsOn(disk: FileSystem): Promise<number[]> {
  if ((await disk.sizeOf(path)) === undefined) return [];
  const { records } = await readLog(disk, path);
  for (const { timestamp, deletes } of records) {
    const keys = deletes?.keys;
    const isWhole =
      keys?.layout === "fixed" && keys.values.every((v) => v === Number(timestamp) % 256);
    expect(isWhole).toBe(true);
  }
  return records.map(({ timestamp }) => Number(timestamp));
}
