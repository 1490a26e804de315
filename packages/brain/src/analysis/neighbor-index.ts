import type { Collection, Database } from "@redkite/engine";
import { BrainError, messageOf } from "../base/brain-error.ts";
import { throwIfCancelled } from "../base/progress.ts";
import type { VectorTable } from "./vector-table.ts";

/** Bytes of vectors that are given to the engine at a time: what it holds twice meanwhile. */
const batchBytes = 4 << 20;

/**
 * Proposes neighbours among the vectors of a table: an index in memory, made for one analysis and gone when
 * it is closed. To build one takes seconds where each vector is to be searched for, and the index that the
 * vectors come from may be a graph that is not there yet, or on a server that others use.
 */
export class NeighborIndex {
  readonly #table: VectorTable;
  readonly #database: Database;
  readonly #collection: Collection;

  private constructor(table: VectorTable, database: Database, collection: Collection) {
    this.#table = table;
    this.#database = database;
    this.#collection = collection;
  }

  /** Throws `embedding-invalid` for vectors of a length that can't be indexed; `cancelled`. */
  static async build(table: VectorTable, signal: AbortSignal | undefined): Promise<NeighborIndex> {
    // Loaded now, not by everybody who imports this package.
    const { limits, memoryPath, openDatabase } = await import("@redkite/engine");
    const { dim } = table;
    if (dim < limits.dimMin || dim > limits.dimMax) {
      throw new BrainError(
        "embedding-invalid",
        `Cannot search among embeddings of ${dim} numbers: they must have ${limits.dimMin} to ${limits.dimMax}`,
        { details: { dim } },
      );
    }
    const database = await openDatabase(memoryPath);
    // Ends a build that is under way; it is closed again below, where it may fail.
    const cancel = (): void => void database.close().catch(() => undefined);
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const collection = await fill(database, table, signal);
      throwIfCancelled(signal, "Indexing vectors");
      return new NeighborIndex(table, database, collection);
    } catch (error) {
      await database.close();
      throw brainErrorOf(error, signal);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** About the `k` nearest of each of some positions, itself among them, by their positions. */
  async search(
    positions: readonly number[],
    k: number,
    signal?: AbortSignal,
  ): Promise<Int32Array[]> {
    const { dim } = this.#table;
    const vectors = new Float32Array(positions.length * dim);
    for (const [i, position] of positions.entries()) {
      vectors.set(this.#table.vector(position), i * dim);
    }
    try {
      const { counts, keys } = await this.#collection.search({
        vectors,
        k,
        ...(signal === undefined ? {} : { signal }),
      });
      const found = Int32Array.from(keys.layout === "fixed" ? keys.values : [], Number);
      let start = 0;
      return Array.from(counts, (count) => {
        const hits = found.subarray(start, start + count);
        start += count;
        return hits;
      });
    } catch (error) {
      throw brainErrorOf(error, signal);
    }
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

/** A collection of all vectors under their positions, which can be searched. */
async function fill(
  database: Database,
  { metric, dim, count, values }: VectorTable,
  signal: AbortSignal | undefined,
): Promise<Collection> {
  const collection = await database.createCollection({
    name: "vectors",
    fields: [
      { name: "position", type: "Int64", primaryKey: true },
      { name: "vector", type: "FloatVector", dim },
    ],
    // Until all rows are there an index would be built for nothing.
    indexes: [],
  });
  const rowsMax = Math.max(1, Math.floor(batchBytes / (4 * dim)));
  for (let start = 0; start < count; start += rowsMax) {
    throwIfCancelled(signal, "Indexing vectors");
    const rowCount = Math.min(rowsMax, count - start);
    const positions = BigInt64Array.from({ length: rowCount }, (_, i) => BigInt(start + i));
    const vectors = values.subarray(start * dim, (start + rowCount) * dim);
    await collection.insertColumns({
      rowCount,
      columns: new Map([
        ["position", { layout: "fixed", rowCount, values: positions }],
        ["vector", { layout: "vector", rowCount, element: "float32", dim, values: vectors }],
      ]),
    });
  }
  await collection.compact();
  await collection.createIndex({
    field: "vector",
    type: "IVF_RABITQ",
    metric: metric === "euclidean" ? "L2" : "COSINE",
  });
  await collection.waitForIndexes();
  return collection;
}

function brainErrorOf(error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof BrainError) return error;
  if (signal?.aborted === true) {
    return new BrainError("cancelled", "Searching neighbours was cancelled", {
      cause: signal.reason,
    });
  }
  return new BrainError("io", `Cannot search neighbours: ${messageOf(error)}`, { cause: error });
}
