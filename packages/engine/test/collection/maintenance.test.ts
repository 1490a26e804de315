import { afterEach, beforeEach, expect, it } from "vitest";
import { HybridClock } from "../../src/base/clock.ts";
import type { CollectionStore } from "../../src/collection/collection-store.ts";
import { insertBatch } from "../../src/collection/collection-writer.ts";
import { createCollectionStore } from "../../src/collection/create-collection-store.ts";
import { IndexBuilder } from "../../src/collection/index-builder.ts";
import { Maintenance } from "../../src/collection/maintenance.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";
import { rowsToColumns } from "../../src/schema/rows-to-columns.ts";
import { ThreadPool } from "../../src/workers/thread-pool.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";

let disk: FaultFileSystem;
let store: CollectionStore;
let pool: ThreadPool;
let maintenance: Maintenance;
const told: string[] = [];

beforeEach(async () => {
  told.length = 0;
  disk = new FaultFileSystem();
  pool = new ThreadPool({ kernels: loadKernels(0), threadCount: 1 });
  const clock = new HybridClock();
  store = await createCollectionStore(
    { fileSystem: disk, path: "/films", durability: "fsync", clock },
    1,
    {
      name: "films",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
    },
  );
  maintenance = new Maintenance(store, new IndexBuilder(store, pool, false), {
    isOn: true,
    onFailure: (message) => told.push(message),
    isDue: () => true,
  });
});
afterEach(async () => {
  await store.close();
  await pool.close();
});

async function write(id: number): Promise<void> {
  const batch = rowsToColumns(store.manifest.schema, [{ id, vector: [id, 1] }]);
  const [partition] = store.manifest.partitions;
  await insertBatch(store, partition, batch);
}

async function maintain(): Promise<void> {
  maintenance.noteWrite();
  await maintenance.stop();
}

it("Maintenance tells of a flush that failed, until one succeeds", async () => {
  await write(1);
  disk.failAt(disk.operations + 3, { errno: "ENOSPC" });
  await maintain();
  expect(told).toEqual([expect.stringContaining("ENOSPC")]);
  expect(maintenance.failure).toBe(told[0]);
  await maintain();
  expect(maintenance.failure).toBeUndefined();
  expect(told).toHaveLength(1);
  expect(store.sealed).toHaveLength(1);
});

it("Maintenance merges segments unless the collection's property says no", async () => {
  const set = (enabled: string) =>
    store.changeManifest(() => ({
      properties: { "collection.autocompaction.enabled": enabled },
    }));
  await set("false");
  for (let id = 1; id <= 5; id++) {
    await write(id);
    await maintain();
  }
  expect(store.sealed).toHaveLength(5);
  await set("true");
  await write(6);
  await maintain();
  expect(store.sealed).toHaveLength(1);
});
