import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ENTRY_HEADER_BYTES,
  LOG_HEADER_BYTES,
  RECORD_BYTES_MAX,
} from "../../src/storage/log-format.ts";
import { type LogContents, readLog } from "../../src/storage/log-reader.ts";
import type { LogRecord } from "../../src/storage/log-record.ts";
import { type LogOptions, LogWriter } from "../../src/storage/log-writer.ts";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { arbitraryLogRecord, contentsOf } from "../kit/arbitrary-log-records.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";

const path = "/log-7.log";
const options: LogOptions = { durability: "fsync", sequence: 7 };

function recordOf(timestamp: number): LogRecord {
  const keys = { layout: "fixed", rowCount: 1, values: BigInt64Array.of(5n) } as const;
  return { timestamp: BigInt(timestamp), deletes: { keys }, inserts: [] };
}

const RECORD_BYTES = 48;
const ENTRY_BYTES = ENTRY_HEADER_BYTES + RECORD_BYTES;

/** The bytes of a log with the records 1..count, each synced before the next, or none of them. */
async function logOf(count: number, durability: LogOptions["durability"]): Promise<Uint8Array> {
  const fs = new MemoryFileSystem();
  const writer = await LogWriter.create(fs, path, { ...options, durability });
  for (let i = 1; i <= count; i++) await writer.append(recordOf(i));
  await writer.close();
  return fs.readFile(path);
}

async function read(bytes: Uint8Array): Promise<LogContents> {
  const fs = new MemoryFileSystem();
  await fs.replaceFile(path, bytes);
  return readLog(fs, path);
}

function timestampsOf({ records }: LogContents): number[] {
  return records.map(({ timestamp }) => Number(timestamp));
}

function changed(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] ^= 1 << (at & 7);
  return copy;
}

describe("readLog()", () => {
  it("gives back the records that LogWriter was given, also over several openings", async () => {
    const runs = fc.array(fc.array(arbitraryLogRecord(), { maxLength: 4 }), { maxLength: 3 });
    const durability = fc.constantFrom("fsync" as const, "os" as const);
    await fc.assert(
      fc.asyncProperty(runs, durability, async (batches, chosen) => {
        const fs = new MemoryFileSystem();
        let writer = await LogWriter.create(fs, path, { ...options, durability: chosen });
        for (const batch of batches) {
          await Promise.all(batch.map((record) => writer.append(record)));
          await writer.close();
          const { length, torn } = await readLog(fs, path);
          expect({ length, torn }).toEqual({ length: writer.size, torn: false });
          writer = await LogWriter.reopen(fs, path, { ...options, durability: chosen, length });
        }
        await writer.close();
        const { records } = await readLog(fs, path);
        expect(records.map(contentsOf)).toEqual(batches.flat().map(contentsOf));
      }),
    );
  });

  it("reads large columns, on shared memory too, as views on one buffer", async () => {
    const fs = new MemoryFileSystem();
    const values = new Float32Array(new SharedArrayBuffer(4 * 10_000)).fill(0.5);
    const writer = await LogWriter.create(fs, path, options);
    const column = {
      layout: "vector",
      element: "float32",
      rowCount: 1000,
      dim: 10,
      values,
    } as const;
    const insert = { partitionId: 1, rowCount: 1000, columns: new Map([[100, column]]) };
    await writer.append({ timestamp: 1n, inserts: [insert] });
    await writer.append({ timestamp: 2n, inserts: [insert] });
    const { records } = await readLog(fs, path);
    const found = records.map((record) => record.inserts[0].columns.get(100));
    expect(found).toEqual(
      [column, column].map((c) => ({ ...c, values: Float32Array.from(values) })),
    );
    const buffers = new Set(found.map((c) => c?.layout === "vector" && c.values.buffer));
    expect(buffers.size).toBe(1);
  });

  it("keeps the whole records of a log that is cut at any byte", async () => {
    for (const durability of ["fsync", "os"] as const) {
      const log = await logOf(3, durability);
      for (let length = 0; length <= log.length; length++) {
        const contents = await read(log.subarray(0, length));
        const count = Math.max(0, Math.floor((length - LOG_HEADER_BYTES) / ENTRY_BYTES));
        expect(timestampsOf(contents)).toEqual([1, 2, 3].slice(0, count));
        const whole = length < LOG_HEADER_BYTES ? 0 : LOG_HEADER_BYTES + count * ENTRY_BYTES;
        expect(contents).toMatchObject({ length: whole, torn: length > whole || length === 0 });
      }
    }
  });

  it("takes zeros behind the last record for a torn tail", async () => {
    const log = await logOf(2, "fsync");
    const longer = new Uint8Array(log.length + 5000);
    longer.set(log);
    expect(await read(longer)).toMatchObject({ length: log.length, torn: true });
  });

  it("refuses a changed byte before a record that was written after a sync", async () => {
    const log = await logOf(3, "fsync");
    for (let at = 0; at < log.length; at++) {
      const isLastRecord = at >= LOG_HEADER_BYTES + 2 * ENTRY_BYTES;
      if (isLastRecord) {
        const contents = await read(changed(log, at));
        expect(contents).toMatchObject({ length: LOG_HEADER_BYTES + 2 * ENTRY_BYTES, torn: true });
      } else {
        await expect(read(changed(log, at))).rejects.toMatchObject({
          code: "corrupt-file",
          details: { path },
        });
      }
    }
  });

  it("cuts whole records behind a broken one that may never have been synced", async () => {
    const log = await logOf(3, "os");
    for (let at = LOG_HEADER_BYTES; at < log.length; at++) {
      const count = Math.floor((at - LOG_HEADER_BYTES) / ENTRY_BYTES);
      const contents = await read(changed(log, at));
      expect(timestampsOf(contents)).toEqual([1, 2, 3].slice(0, count));
      expect(contents.torn).toBe(true);
    }
  });

  it("does not take records of another log, or of another place, for its own", async () => {
    const log = await logOf(2, "fsync");
    const fs = new MemoryFileSystem();
    const other = await LogWriter.create(fs, path, { ...options, sequence: 8 });
    await other.append(recordOf(9));
    const foreign = await fs.readFile(path);
    const entry = LOG_HEADER_BYTES + ENTRY_BYTES;
    const mixed = log.slice();
    mixed.set(foreign.subarray(LOG_HEADER_BYTES), LOG_HEADER_BYTES);
    await expect(read(mixed)).rejects.toMatchObject({ code: "corrupt-file" });
    const repeated = log.slice();
    repeated.set(log.subarray(LOG_HEADER_BYTES, entry), entry);
    expect(timestampsOf(await read(repeated))).toEqual([1]);
  });

  it("refuses another kind of file, and one that is damaged behind its first record", async () => {
    await expect(read(new Uint8Array(100))).rejects.toMatchObject({ code: "corrupt-file" });
  });
});

describe("LogWriter.append()", () => {
  it("writes and syncs together what arrives while the disk is busy", async () => {
    const fs = new FaultFileSystem();
    const writer = await LogWriter.create(fs, path, options);
    const before = fs.operations;
    const appends = [1, 2, 3].map((i) => writer.append(recordOf(i)));
    await Promise.resolve();
    appends.push(...[4, 5].map((i) => writer.append(recordOf(i))));
    await Promise.all(appends);
    // Two groups, each an append and a sync.
    expect(fs.operations - before).toBe(4);
    expect(timestampsOf(await readLog(fs, path))).toEqual([1, 2, 3, 4, 5]);
  });

  it("does not sync when durability is left to the system", async () => {
    const fs = new FaultFileSystem();
    const writer = await LogWriter.create(fs, path, { ...options, durability: "os" });
    const before = fs.operations;
    await writer.append(recordOf(1));
    expect(fs.operations - before).toBe(1);
  });

  it("runs all callbacks in order before any promise resolves", async () => {
    const writer = await LogWriter.create(new MemoryFileSystem(), path, options);
    const events: string[] = [];
    const appends = [1, 2, 3].map(async (i) => {
      await writer.append(recordOf(i), () => void events.push(`commit ${i}`));
      events.push(`resolve ${i}`);
    });
    await Promise.all(appends);
    expect(events).toEqual([
      ...[1, 2, 3].map((i) => `commit ${i}`),
      ...[1, 2, 3].map((i) => `resolve ${i}`),
    ]);
  });

  it("undoes an append that failed half way, rejects its group, and goes on", async () => {
    const fs = new FaultFileSystem();
    const writer = await LogWriter.create(fs, path, options);
    await writer.append(recordOf(1));
    fs.failNext({ errno: "ENOSPC", halfDone: true });
    const failed = [2, 3].map((i) => writer.append(recordOf(i), () => expect.unreachable()));
    for (const append of failed) {
      await expect(append).rejects.toMatchObject({
        code: "io",
        details: { path, errno: "ENOSPC" },
      });
    }
    await writer.append(recordOf(4));
    const contents = await readLog(fs, path);
    expect(timestampsOf(contents)).toEqual([1, 4]);
    expect(contents).toMatchObject({ length: writer.size, torn: false });
  });

  it("takes no more records once a sync failed", async () => {
    const fs = new FaultFileSystem();
    const writer = await LogWriter.create(fs, path, options);
    fs.failAt(fs.operations + 1, { errno: "EIO" });
    await expectPoisoned(writer.append(recordOf(1)));
    const { operations } = fs;
    await expectPoisoned(writer.append(recordOf(2)));
    expect(fs.operations).toBe(operations);
    await writer.close();
  });

  it("takes no more records once a failed append can't be undone", async () => {
    const fs = new FaultFileSystem();
    const writer = await LogWriter.create(fs, path, options);
    fs.failNext({ errno: "EIO", halfDone: true, forever: true });
    await expect(writer.append(recordOf(1))).rejects.toMatchObject({ code: "io" });
    await expectPoisoned(writer.append(recordOf(2)));
    await writer.close();
    fs.failAt(0, { errno: "EIO" });
    expect(await readLog(fs, path)).toMatchObject({ records: [], torn: true });
  });

  it("passes on what a callback throws, and commits the others", async () => {
    const writer = await LogWriter.create(new MemoryFileSystem(), path, options);
    const first = writer.append(recordOf(1), () => {
      throw new RangeError("from the callback");
    });
    const second = writer.append(recordOf(2));
    await expect(first).rejects.toThrow(RangeError);
    await second;
  });

  it("refuses a record that is larger than the limit", async () => {
    const fs = new MemoryFileSystem();
    const writer = await LogWriter.create(fs, path, options);
    const values = new Uint8Array(RECORD_BYTES_MAX);
    const keys = { layout: "fixed", rowCount: values.length, values } as const;
    const append = writer.append({ timestamp: 1n, deletes: { keys }, inserts: [] });
    await expect(append).rejects.toMatchObject({ code: "limit-exceeded" });
    await writer.append(recordOf(2));
  });

  it("refuses once closed, but close() waits for what came before", async () => {
    const fs = new FaultFileSystem();
    const writer = await LogWriter.create(fs, path, { ...options, durability: "os" });
    const before = writer.append(recordOf(1));
    const closing = writer.close();
    await expect(writer.append(recordOf(2))).rejects.toMatchObject({ code: "closed" });
    await Promise.all([before, closing, writer.close()]);
    expect(timestampsOf(await readLog(fs, path))).toEqual([1]);
  });
});

describe("LogWriter.reopen()", () => {
  it("goes on behind the whole records of a torn log", async () => {
    const log = await logOf(2, "fsync");
    for (let cut = 0; cut < log.length; cut += 7) {
      const fs = new MemoryFileSystem();
      await fs.replaceFile(path, log.subarray(0, cut));
      const { records, length } = await readLog(fs, path);
      const writer = await LogWriter.reopen(fs, path, { ...options, length });
      await writer.append(recordOf(9));
      await writer.close();
      const contents = await readLog(fs, path);
      expect(timestampsOf(contents)).toEqual([...[1, 2].slice(0, records.length), 9]);
      expect(contents.torn).toBe(false);
    }
  });

  it("asserts that the log keeps its sequence", async () => {
    const fs = new MemoryFileSystem();
    const { size } = await LogWriter.create(fs, path, options);
    const reopening = LogWriter.reopen(fs, path, { ...options, sequence: 8, length: size });
    await expect(reopening).rejects.toThrow("keeps its sequence");
  });
});

it("LogWriter.create() refuses a name that is taken and leaves nothing when the disk fails", async () => {
  const fs = new FaultFileSystem();
  await LogWriter.create(fs, path, options);
  await expect(LogWriter.create(fs, path, options)).rejects.toMatchObject({ code: "io" });
  expect(await fs.list("/")).toEqual(["log-7.log"]);
  await fs.remove(path);
  for (let operation = 1; operation <= 3; operation++) {
    fs.failAt(fs.operations + operation, { errno: "ENOSPC", halfDone: true });
    await expect(LogWriter.create(fs, path, options)).rejects.toMatchObject({ code: "io" });
    expect(await fs.list("/")).toEqual([]);
  }
});

async function expectPoisoned(append: Promise<void>): Promise<void> {
  await expect(append).rejects.toMatchObject({
    code: "io",
    message: expect.stringContaining("close the database and open it again"),
    details: { path },
  });
}
