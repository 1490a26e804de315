import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Collection, type Database, type Metric, openDatabase } from "../../src/index.ts";
import {
  checkSearch,
  type ModelRow,
  type ModelSearch,
  type Recall,
  type ScoredSample,
  scoreSample,
} from "./indexed-model.ts";
import { clusteredVectors } from "./sample-vectors.ts";

// Collections with indexes against a plain list of rows, under random operations: whatever an index
// is, and however far it is built, a search shows rows that are there, with their true scores.

/** So large that a thousand rows and a few are worth an index. */
const dim = 1_056;
const indexedRows = 1_010;
const vectorCount = 3_000;
const idCount = 4_000;

const sampleOf = (() => {
  const all = clusteredVectors(vectorCount + 3, dim, { seed: 3 });
  const vectors = all.subarray(0, vectorCount * dim);
  const queries = all.subarray(vectorCount * dim);
  const samples = new Map<Metric, ScoredSample>();
  return (metric: Metric): ScoredSample => {
    const sample = samples.get(metric) ?? scoreSample({ dim, metric }, vectors, queries);
    samples.set(metric, sample);
    return sample;
  };
})();

interface IndexChoice {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
  /** For as thorough a search as applications want. */
  readonly search: Readonly<Record<string, number>>;
}

const choices: readonly IndexChoice[] = [
  { type: "AUTOINDEX", params: {}, search: {} },
  { type: "IVF_RABITQ", params: { nlist: "16" }, search: { nprobe: 12 } },
  { type: "DISKANN", params: {}, search: { search_list: 100 } },
  { type: "HNSW", params: { M: "12", efConstruction: "60" }, search: { ef: 100 } },
  {
    type: "IVF_FLAT",
    params: { nlist: "16", "mmap.enabled": "true" },
    search: { nprobe: 12 },
  },
  { type: "FLAT", params: {}, search: {} },
];

/** Rows with consecutive ids; which vectors they get is drawn from the seed. */
interface Batch {
  readonly firstId: number;
  readonly count: number;
  readonly seed: number;
}

type Operation =
  | ({ kind: "insert" | "upsert" } & Batch)
  | { kind: "delete"; firstId: number; count: number }
  | { kind: "delete-where"; part: number }
  | { kind: "flush" | "compact" | "wait" | "reopen" | "reload" }
  | { kind: "index"; choice: IndexChoice };

const batch = fc.record({
  firstId: fc.integer({ min: 0, max: idCount - 1_300 }),
  count: fc.constantFrom(1, 50, indexedRows, 1_300),
  seed: fc.nat(vectorCount - 1),
});
const weighted = (weight: number, arbitrary: fc.Arbitrary<Operation>) => ({ weight, arbitrary });
const kindOf = <K extends string>(kind: K): fc.Arbitrary<{ kind: K }> => fc.constant({ kind });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  weighted(
    4,
    batch.map((rows) => ({ kind: "insert" as const, ...rows })),
  ),
  weighted(
    3,
    batch.map((rows) => ({ kind: "upsert" as const, ...rows })),
  ),
  weighted(
    2,
    batch.map(({ firstId, count }) => ({ kind: "delete" as const, firstId, count: count / 2 })),
  ),
  weighted(1, fc.record({ kind: fc.constant("delete-where" as const), part: fc.nat(9) })),
  weighted(3, kindOf("flush")),
  weighted(1, kindOf("compact")),
  weighted(5, kindOf("wait")),
  weighted(1, kindOf("reopen")),
  weighted(1, kindOf("reload")),
  weighted(
    2,
    fc.record({ kind: fc.constant("index" as const), choice: fc.constantFrom(...choices) }),
  ),
);

const search: fc.Arbitrary<ModelSearch> = fc.record(
  {
    k: fc.constantFrom(1, 10, 100),
    partBelow: fc.constantFrom(0, 1, 5),
    withinRank: fc.constantFrom(1, 30),
  },
  { requiredKeys: ["k"] },
);

/** An operation, a search beside it, and one after it. */
const step = fc.record({ operation, beside: search, after: search });

class Harness {
  readonly #sample: ScoredSample;
  readonly #recall: Recall;
  readonly #folder = mkdtempSync(join(tmpdir(), "redkite-random-"));
  #rows: ModelRow[] = [];
  #db: Database | undefined;
  #index: IndexChoice;

  constructor(metric: Metric, index: IndexChoice, recall: Recall) {
    this.#sample = sampleOf(metric);
    this.#index = index;
    this.#recall = recall;
  }

  /** Begins with a segment that is worth an index, which may be under way until something waits. */
  async begin(): Promise<void> {
    await this.run({ kind: "insert", firstId: 0, count: 2_000, seed: 0 }, { k: 1 });
    await this.run({ kind: "flush" }, { k: 10 });
  }

  async collection(): Promise<Collection> {
    this.#db ??= await openDatabase(join(this.#folder, "rows.db"), { durability: "os" });
    if (this.#db.hasCollection("rows")) return this.#db.collection("rows");
    return this.#db.createCollection({
      name: "rows",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "part", type: "Int32" },
        { name: "vector", type: "FloatVector", dim },
      ],
      indexes: [this.#definition()],
    });
  }

  /** Carries out an operation on both, and searches beside it where that changes no rows. */
  async run(step: Operation, beside: ModelSearch): Promise<void> {
    const collection = await this.collection();
    switch (step.kind) {
      case "insert":
      case "upsert": {
        const rows = this.#rowsOf(step);
        const { vectors } = this.#sample;
        await collection[step.kind](
          rows.map(({ id, part, vector }) => {
            return { id, part, vector: vectors.subarray(vector * dim, (vector + 1) * dim) };
          }),
        );
        if (step.kind === "upsert") this.#remove(new Set(rows.map(({ id }) => id)));
        this.#rows.push(...rows);
        break;
      }
      case "delete": {
        const keys = Array.from({ length: Math.ceil(step.count) }, (_, i) => step.firstId + 2 * i);
        await collection.delete({ keys });
        this.#remove(new Set(keys));
        break;
      }
      case "delete-where": {
        await collection.delete({ filter: `part == ${step.part}` });
        const gone = this.#rows.filter(({ part }) => part === step.part);
        this.#remove(new Set(gone.map(({ id }) => id)));
        break;
      }
      case "flush":
        await Promise.all([collection.flush(), this.check(beside)]);
        break;
      case "compact":
        await Promise.all([collection.compact(), this.check(beside)]);
        break;
      case "wait":
        await Promise.all([collection.waitForIndexes(), this.check(beside)]);
        expect(collection.listIndexes()[0]).toMatchObject({ state: "finished", pendingRows: 0 });
        break;
      case "reopen":
        await this.close();
        break;
      case "reload":
        await collection.release();
        await collection.load();
        break;
      case "index":
        await this.#changeIndex(collection, step.choice);
        break;
    }
  }

  async check(wanted: ModelSearch): Promise<void> {
    const collection = await this.collection();
    const model = { sample: this.#sample, rows: this.#rows };
    await checkSearch(collection, model, wanted, this.#recall, this.#index.search);
  }

  async close(): Promise<void> {
    const db = this.#db;
    this.#db = undefined;
    await db?.close();
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #changeIndex(collection: Collection, choice: IndexChoice): Promise<void> {
    await collection.release();
    await collection.dropIndex("vector");
    this.#index = choice;
    await collection.createIndex(this.#definition());
    await collection.load();
  }

  #definition() {
    const { type, params } = this.#index;
    return { field: "vector", type, params, metric: this.#sample.metric };
  }

  #rowsOf({ firstId, count, seed }: Batch): ModelRow[] {
    return Array.from({ length: count }, (_, i) => {
      const vector = (seed + i * 7) % vectorCount;
      return { id: firstId + i, vector, part: (firstId + seed + i) % 10 };
    });
  }

  #remove(ids: ReadonlySet<number>): void {
    this.#rows = this.#rows.filter(({ id }) => !ids.has(id));
  }
}

describe("Collection with indexes against a plain model", () => {
  test.each(["L2", "COSINE", "IP"] as const)(
    "Collection answers rightly after random operations, under %s",
    async (metric) => {
      const recall: Recall = { found: 0, wanted: 0 };
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...choices),
          fc.array(step, { minLength: 5, maxLength: 20 }),
          async (index, steps) => {
            const harness = new Harness(metric, index, recall);
            try {
              await harness.begin();
              for (const { operation, beside, after } of steps) {
                await harness.run(operation, beside);
                await harness.check(after);
              }
            } finally {
              await harness.close();
              harness.remove();
            }
          },
        ),
        { numRuns: Number(process.env["FUZZ_RUNS"] ?? 5), endOnFailure: true },
      );
      expect(recall.found / recall.wanted).toBeGreaterThan(0.9);
    },
    600_000,
  );
});
