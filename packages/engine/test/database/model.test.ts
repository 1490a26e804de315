import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Collection,
  type Database,
  type FieldDefinition,
  openDatabase,
} from "../../src/index.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";
import { seededRandom } from "../kit/random.ts";

interface ModelRow {
  readonly id: number;
  readonly value: number;
  /** Of a field that comes and goes. Null where the row has none. */
  readonly extra: number | null;
}

/**
 * The engine against a plain list of rows, under random operations, restarts, failing disks and loss
 * of power. The model keeps every row that was inserted and not deleted, in the order of insertion.
 */
interface Model {
  readonly rows: readonly ModelRow[];
  /** Whether the field `extra` is there, and what rows have that were written without it. */
  readonly extra: { readonly before: number | null } | undefined;
}

type Operation =
  | { kind: "insert"; ids: number[]; value: number }
  | { kind: "upsert"; ids: number[]; value: number }
  | { kind: "delete"; ids: number[] }
  | { kind: "update"; ids: number[]; value: number }
  | { kind: "delete-where"; above: number }
  | { kind: "truncate" }
  | { kind: "add-field"; before: number | null }
  | { kind: "drop-field" }
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
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("update" as const), ids: distinctIds, value }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("truncate" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("add-field" as const), before: fc.option(value) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop-field" as const) }) },
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

/** What the model is after a step. */
function applied(model: Model, step: Operation): Model {
  const { rows, extra } = model;
  const before = extra?.before ?? null;
  const without = (doomed: (row: ModelRow) => boolean) => rows.filter((row) => !doomed(row));
  switch (step.kind) {
    case "insert":
      return { extra, rows: [...rows, ...toModelRows(model, step.ids, step.value)] };
    case "upsert":
      return {
        extra,
        rows: [
          ...without(({ id }) => step.ids.includes(id)),
          ...toModelRows(model, step.ids, step.value),
        ],
      };
    case "update": {
      const updated = step.ids.map((id) => {
        const newest = rows.findLast((row) => row.id === id);
        return { id, value: step.value, extra: newest === undefined ? before : newest.extra };
      });
      return { extra, rows: [...without(({ id }) => step.ids.includes(id)), ...updated] };
    }
    case "delete":
      return { extra, rows: without(({ id }) => step.ids.includes(id)) };
    case "delete-where": {
      const doomed = rows.filter((row) => row.value > step.above).map((row) => row.id);
      return { extra, rows: without(({ id }) => doomed.includes(id)) };
    }
    case "truncate":
      return { extra, rows: [] };
    case "add-field":
      if (extra !== undefined) return model;
      return { extra: step, rows: rows.map((row) => ({ ...row, extra: step.before })) };
    case "drop-field":
      return { extra: undefined, rows: rows.map((row) => ({ ...row, extra: null })) };
    default:
      return model;
  }
}

function toModelRows({ extra }: Model, ids: readonly number[], value: number): readonly ModelRow[] {
  return ids.map((id) => ({ id, value, extra: extra === undefined ? null : value + 1 }));
}

class Harness {
  model: Model = { rows: [], extra: undefined };
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
    await this.#carryOut(await this.collection(), step);
    this.model = applied(this.model, step);
  }

  async #carryOut(collection: Collection, step: Operation): Promise<void> {
    const { extra } = this.model;
    switch (step.kind) {
      case "insert":
        await collection.insert(toRows(this.model, step.ids, step.value));
        break;
      case "upsert":
        await collection.upsert(toRows(this.model, step.ids, step.value));
        break;
      case "update":
        await collection.update(
          step.ids.map((id) => ({ id, value: step.value, vector: vectorOf(id) })),
        );
        break;
      case "delete":
        await collection.delete({ keys: step.ids });
        break;
      case "delete-where":
        await collection.delete({ filter: `value > ${step.above}` });
        break;
      case "truncate":
        await collection.truncate();
        break;
      case "add-field":
        if (extra === undefined) await collection.addField(extraField(step.before));
        break;
      case "drop-field":
        if (extra !== undefined) await collection.dropField("extra");
        break;
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
    const { rows, extra } = this.model;
    const collection = await this.collection();
    expect(collection.schema.fields.map(({ name }) => name)).toEqual(
      extra === undefined ? ["id", "value", "vector"] : ["id", "value", "vector", "extra"],
    );
    expect(collection.rowCount).toBe(rows.length);
    const newest = new Map(rows.map((row) => [row.id, row]));
    const expected = [...newest.values()].sort((a, b) => a.id - b.id);
    const found = await collection.queryRows({ outputFields: ["*"] });
    expect(
      found.map((row) => ({
        id: Number(row["id"]),
        value: row["value"],
        extra: row["extra"] ?? null,
      })),
    ).toEqual(expected);
    for (const row of found) expect(row["vector"]).toEqual(vectorOf(Number(row["id"])));
    const search = { vectors: Float32Array.of(0, 0), k: 5 };
    const [hits] = await collection.searchRows(search);
    expect(hits.length).toBe(Math.min(5, newest.size));
  }
}

function toRows(model: Model, ids: readonly number[], value: number): Record<string, unknown>[] {
  return toModelRows(model, ids, value).map(({ extra, ...row }) => ({
    ...row,
    vector: vectorOf(row.id),
    ...(model.extra !== undefined && { extra }),
  }));
}

function extraField(before: number | null): FieldDefinition {
  const field = { name: "extra", type: "Int32", nullable: true } as const;
  return before === null ? field : { ...field, defaultValue: before };
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
  const before = harness.model;
  try {
    await harness.run(step);
    await harness.check();
  } catch (error) {
    if ((error as { code?: string }).code !== "io") throw error;
    harness.model = before;
    // The process goes on: it shows what was acknowledged, and nothing of what was not.
    if (harness.isOpen) await harness.check();
    await harness.losePower();
    await checkEither(harness, before, applied(before, step));
  }
}

async function checkEither(harness: Harness, before: Model, after: Model): Promise<void> {
  harness.model = before;
  try {
    await harness.check();
  } catch (error) {
    harness.model = after;
    await harness.check().catch(() => {
      throw error;
    });
  }
}
