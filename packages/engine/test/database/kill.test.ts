import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/index.ts";

const writer = fileURLToPath(new URL("./kill-writer.mjs", import.meta.url));
const built = fileURLToPath(new URL("../../dist/index.js", import.meta.url));
const rowsPerBatch = 10n;

describe("kill -9 in the middle of acknowledged inserts", () => {
  let folder = "";
  beforeEach(() => {
    if (!existsSync(built))
      throw new Error("the writer runs the built engine: npm run build first");
    folder = mkdtempSync(join(tmpdir(), "redkite-kill-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("openDatabase() finds every acknowledged row whole and once, 50 times", async () => {
    // Most of a round is waiting: for a process, for the disk.
    const lanes = Array.from({ length: 5 }, (_, i) =>
      killAgainAndAgain(join(folder, `db${i}`), 10),
    );
    const batchCounts = await Promise.all(lanes);
    expect(batchCounts.reduce((sum, count) => sum + count)).toBeGreaterThan(50);
  }, 240_000);

  /** Answers how many batches were acknowledged. */
  async function killAgainAndAgain(path: string, rounds: number): Promise<number> {
    let next = 0;
    for (let round = 0; round < rounds; round++) {
      const acknowledged = await writeUntilKilled(path, next, Math.random() * 120);
      const batches = await batchesIn(path);
      for (const batch of acknowledged) {
        expect(batches.has(batch), `round ${round}: acknowledged batch ${batch}`).toBe(true);
      }
      for (const [batch, rows] of batches) {
        expect(rows, `round ${round}: rows of batch ${batch}`).toBe(Number(rowsPerBatch));
      }
      next = Math.max(-1, ...batches.keys()) + 1;
    }
    return next;
  }
});

/** Runs the writer, kills it some time after its first acknowledgement, answers what it printed. */
async function writeUntilKilled(path: string, first: number, afterMs: number): Promise<number[]> {
  const child = spawn(process.execPath, [writer, path, "fsync", String(first)], {
    stdio: "pipe",
  });
  let printed = "";
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  let timer: NodeJS.Timeout | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    timer ??= setTimeout(() => child.kill("SIGKILL"), afterMs);
  });
  const signal = await new Promise((resolve) => child.on("close", (_code, name) => resolve(name)));
  clearTimeout(timer);
  expect(signal, errors).toBe("SIGKILL");
  // The last line may be cut: it was not wholly acknowledged to us.
  return printed.split("\n").slice(0, -1).map(Number);
}

/** Rows per batch. Throws when a row is wrong or there twice. */
async function batchesIn(path: string): Promise<Map<number, number>> {
  const db = await openDatabase(path, { maintenance: false });
  try {
    const numbers = db.collection("numbers");
    const rows = await numbers.queryRows({ outputFields: ["batch", "vector"] });
    expect(numbers.rowCount).toBe(rows.length);
    const batches = new Map<number, number>();
    for (const row of rows) {
      const id = row["id"] as bigint;
      const batch = row["batch"] as bigint;
      expect(id / rowsPerBatch).toBe(batch);
      expect(row["vector"]).toEqual(new Float32Array(8).fill(Number(batch + (id % rowsPerBatch))));
      batches.set(Number(batch), (batches.get(Number(batch)) ?? 0) + 1);
    }
    return batches;
  } finally {
    await db.close();
  }
}
