import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Collection, type Database, openDatabase } from "../../src/index.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";
import { seededRandom } from "../kit/random.ts";

/**
 * The engine against a plain list of rows, under random operations, restarts, failing disks and loss
 * of power. The model keeps every row that was inserted and not deleted, in the order of insertion.
 */
interface ModelRow {
  readonly id: number;
  readonly value: number;
}

type Operation =
  | { kind: "insert"; ids: number[]; value: number }
  | { kind: "upsert"; ids: number[]; value: number }
  | { kind: "delete"; ids: number[] }
  | { kind: "delete-where"; above: number }
  | { kind: "flush" }
  | { kind: "compact" }
  | { kind: "reopen" }
  | { kind: "power-loss" }
  | { kind: "fault"; operation: number; halfDone: boolean; errno: "EIO" | "ENOSPC" };

const id = fc.integer({ min: 0, max: 30 });
const ids = fc.array(id, { minLength: 1, maxLength: 6 });
const distinctIds = fc.uniqueArray(id, { minLength: 1, maxLength: 6 });
const value = fc.integer({ min: -50, max: 50 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("insert" as const), ids, value }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("upsert" as const), ids: distinctIds, value }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("delete" as const), ids }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete-where" as const), above: value }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("compact" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("power-loss" as const) }) },
);
const fault: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constant("fault" as const),
  operation: fc.integer({ min: 0, max: 12 }),
  halfDone: fc.boolean(),
  errno: fc.constantFrom("EIO" as const, "ENOSPC" as const),
});

class Harness {
  rows: ModelRow[] = [];
  #disk = new FaultFileSystem();
  #db: Database | undefined;
  #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  async collection(): Promise<Collection> {
    this.#db ??= await openDatabase("/db", { fileSystem: this.#disk, maintenance: false });
    if (this.#db.hasCollection("rows")) return this.#db.collection("rows");
    return this.#db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "value", type: "Int32", nullable: true },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
    });
  }

  async run(step: Operation): Promise<void> {
    const collection = await this.collection();
    switch (step.kind) {
      case "insert":
        await collection.insert(toRows(step.ids, step.value));
        this.rows.push(...step.ids.map((id) => ({ id, value: step.value })));
        break;
      case "upsert":
        await collection.upsert(toRows(step.ids, step.value));
        this.rows = this.rows.filter((row) => !step.ids.includes(row.id));
        this.rows.push(...step.ids.map((id) => ({ id, value: step.value })));
        break;
      case "delete":
        await collection.delete({ keys: step.ids });
        this.rows = this.rows.filter((row) => !step.ids.includes(row.id));
        break;
      case "delete-where": {
        await collection.delete({ filter: `value > ${step.above}` });
        const doomed = this.rows.filter((row) => row.value > step.above).map((row) => row.id);
        this.rows = this.rows.filter((row) => !doomed.includes(row.id));
        break;
      }
      case "flush":
        await collection.flush();
        break;
      case "compact":
        await collection.compact();
        break;
      case "reopen":
        await this.close();
        break;
      case "power-loss":
        await this.losePower();
        break;
      case "fault":
        this.#disk.failAt(this.#disk.operations + step.operation, step);
        break;
    }
  }

  get isOpen(): boolean {
    return this.#db !== undefined;
  }

  async losePower(): Promise<void> {
    this.#disk = await FaultFileSystem.around(await this.#disk.crash(this.#random));
    this.#db = undefined;
  }

  async close(): Promise<void> {
    const db = this.#db;
    this.#db = undefined;
    await db?.close();
  }

  /** The rows that reads show: each key once, the row that came last. */
  async check(): Promise<void> {
    const collection = await this.collection();
    expect(collection.rowCount).toBe(this.rows.length);
    const newest = new Map(this.rows.map((row) => [row.id, row.value]));
    const expected = [...newest].sort((a, b) => a[0] - b[0]);
    const found = await collection.queryRows({ outputFields: ["value", "vector"] });
    expect(found.map((row) => [Number(row["id"]), row["value"]])).toEqual(expected);
    for (const row of found) expect(row["vector"]).toEqual(vectorOf(Number(row["id"])));
    const search = { vectors: Float32Array.of(0, 0), k: 5 };
    const [hits] = await collection.searchRows(search);
    expect(hits.length).toBe(Math.min(5, newest.size));
  }
}

function toRows(ids: readonly number[], value: number): Record<string, unknown>[] {
  return ids.map((id) => ({ id, value, vector: vectorOf(id) }));
}

function vectorOf(id: number): Float32Array {
  return Float32Array.of(id, id + 1);
}

describe("Collection against a plain model", () => {
  test("Collection shows what the model shows after random operations and losses of power", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { maxLength: 40 }),
        fc.integer(),
        async (operations, seed) => {
          const harness = new Harness(seed);
          for (const step of operations) {
            await harness.run(step);
            await harness.check();
          }
          await harness.close();
        },
      ),
      { numRuns: Number(process.env["FUZZ_RUNS"] ?? 150) },
    );
  });

  test("Collection keeps every acknowledged write, and no write in part, when the disk fails", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 5, arbitrary: operation }, { weight: 2, arbitrary: fault }), {
          maxLength: 30,
        }),
        fc.integer(),
        async (operations, seed) => {
          const harness = new Harness(seed);
          await harness.collection();
          for (const step of operations) await runDespiteFaults(harness, step);
        },
      ),
      { numRuns: Number(process.env["FUZZ_RUNS"] ?? 150) },
    );
  });
});

/**
 * A step that fails must have done nothing or all: a write whose acknowledgement was lost may be
 * there or not, as one. After a failure the power goes, so that only the disk speaks.
 */
async function runDespiteFaults(harness: Harness, step: Operation): Promise<void> {
  const before = harness.rows;
  try {
    await harness.run(step);
    await harness.check();
  } catch (error) {
    if ((error as { code?: string }).code !== "io") throw error;
    harness.rows = before;
    // The process goes on: it shows what was acknowledged, and nothing of what was not.
    if (harness.isOpen) await harness.check();
    await harness.losePower();
    await checkEither(harness, before, await effectOf(before, step));
  }
}

async function checkEither(harness: Harness, before: ModelRow[], after: ModelRow[]): Promise<void> {
  harness.rows = before;
  try {
    await harness.check();
  } catch (error) {
    harness.rows = after;
    await harness.check().catch(() => {
      throw error;
    });
  }
}

/** What a step does to the rows, had it been acknowledged. */
async function effectOf(rows: ModelRow[], step: Operation): Promise<ModelRow[]> {
  if (step.kind === "fault" || step.kind === "power-loss") return rows;
  const harness = new Harness(0);
  for (const row of rows) await harness.run({ kind: "insert", ids: [row.id], value: row.value });
  await harness.run(step);
  await harness.close();
  return harness.rows;
}
