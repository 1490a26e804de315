import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Collection,
  type Database,
  type IndexDefinition,
  type OpenOptions,
  openDatabase,
} from "../../src/index.ts";
import { nodeFileSystem } from "../../src/storage/node-file-system.ts";
import { checkSearch, type ModelRow, type Recall, scoreSample } from "./indexed-model.ts";
import { clusteredVectors } from "./sample-vectors.ts";

// What happens around indexes: threads, damage, building beside searches and writes, little memory.

const dim = 640;
const rowCount = 2_500;
const all = clusteredVectors(rowCount + 4, dim, { seed: 11 });
const sample = scoreSample(
  { dim, metric: "L2" },
  all.subarray(0, rowCount * dim),
  all.subarray(rowCount * dim),
);
const rows: readonly ModelRow[] = Array.from({ length: rowCount }, (_, id) => {
  return { id, vector: id, part: id % 10 };
});

const ivf: IndexDefinition = {
  field: "vector",
  type: "IVF_RABITQ",
  metric: "L2",
  params: { nlist: 32 },
};
const thorough = { nprobe: 24, ef: 200, level: 10, search_list: 200 };

let folder = "";
let db: Database;

async function open(options: OpenOptions = {}): Promise<Collection | undefined> {
  db = await openDatabase(join(folder, "rows.db"), { durability: "os", ...options });
  return db.hasCollection("rows") ? db.collection("rows") : undefined;
}

async function create(index: IndexDefinition): Promise<Collection> {
  await open();
  return db.createCollection({
    name: "rows",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "part", type: "Int32" },
      { name: "vector", type: "FloatVector", dim },
    ],
    indexes: [index],
  });
}

/** A sealed segment that has its index. */
async function createIndexed(index: IndexDefinition): Promise<Collection> {
  const collection = await create(index);
  await insert(collection, rows);
  await collection.flush();
  await collection.waitForIndexes();
  return collection;
}

async function reopened(options: OpenOptions = {}): Promise<Collection> {
  await db.close();
  const collection = await open(options);
  if (collection === undefined) throw new Error("the collection is still there");
  return collection;
}

async function insert(collection: Collection, batch: readonly ModelRow[]): Promise<void> {
  await collection.insert(
    batch.map(({ id, part, vector }) => {
      return { id, part, vector: sample.vectors.subarray(vector * dim, (vector + 1) * dim) };
    }),
  );
}

/** Holds a search against an exact one, and answers its recall. */
async function check(collection: Collection, visible = rows, partBelow?: number): Promise<number> {
  const recall: Recall = { found: 0, wanted: 0 };
  const wanted = { k: 20, ...(partBelow !== undefined && { partBelow }) };
  await checkSearch(collection, { sample, rows: visible }, wanted, recall, thorough);
  return recall.found / recall.wanted;
}

function filesNamed(pattern: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "redkite-events-"));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("Collection.search() in an index", () => {
  test.each([
    ivf,
    { ...ivf, type: "HNSW", params: { M: 8, efConstruction: 50 } },
    { ...ivf, type: "DISKANN", params: {} },
  ])("finds for many vectors in threads what it finds for each alone, in $type", async (index) => {
    const collection = await createIndexed(index);
    const count = 300;
    const vectors = sample.vectors.slice(0, count * dim).map((x, i) => x + 0.1 * Math.sin(i));
    for (const filter of ["", "part < 5", "part == 3"]) {
      const request = { k: 10, filter, params: thorough };
      const together = await collection.searchRows({ ...request, vectors });
      for (let q = 0; q < count; q += 50) {
        const vector = vectors.subarray(q * dim, (q + 1) * dim);
        const [alone] = await collection.searchRows({ ...request, vectors: vector });
        expect(alone).toHaveLength(10);
        expect(together[q].map(({ key }) => key)).toEqual(alone.map(({ key }) => key));
        // An exact scan of four vectors at once sums in another order.
        for (const [i, { score }] of alone.entries()) {
          expect(Math.abs(together[q][i].score - score)).toBeLessThanOrEqual(1e-5 * score);
        }
      }
    }
  });

  test.each([
    { ...ivf, type: "DISKANN", params: {} },
    { ...ivf, params: { nlist: 32, "mmap.enabled": true } },
  ])("leaves the vectors on the disk with $type and $params", async (index) => {
    await createIndexed(index);
    const bytesRead = await bytesReadOfVectors();
    expect(bytesRead).toBeLessThan(0.01 * sample.vectors.byteLength);
  });

  test("has the vectors in memory with other types", async () => {
    await createIndexed(ivf);
    expect(await bytesReadOfVectors()).toBeGreaterThanOrEqual(sample.vectors.byteLength);
  });

  /** How much of the column's file is taken to memory when the collection is opened and searched. */
  async function bytesReadOfVectors(): Promise<number> {
    const column = filesNamed(/\.col$/).find((path) => {
      return readFileSync(path).length >= sample.vectors.byteLength;
    });
    let bytesRead = 0;
    const collection = await reopened({
      fileSystem: {
        ...nodeFileSystem,
        async openRead(path) {
          const file = await nodeFileSystem.openRead(path);
          return {
            size: file.size,
            close: () => file.close(),
            readInto(target, offset) {
              if (path === column) bytesRead += target.length;
              return file.readInto(target, offset);
            },
          };
        },
      },
    });
    for (const partBelow of [undefined, 5, 1]) {
      expect(await check(collection, rows, partBelow)).toBeGreaterThan(0.9);
    }
    return bytesRead;
  }

  test("is right while rows arrive and runs of them are indexed", async () => {
    const collection = await create(ivf);
    for (let start = 0; start < rowCount; start += 500) {
      const end = start + 500;
      await insert(collection, rows.slice(start, end));
      expect(await check(collection, rows.slice(0, end))).toBeGreaterThan(0.9);
    }
    await collection.waitForIndexes();
    const [index] = collection.listIndexes();
    expect(index).toMatchObject({ servedBy: "IVF_RABITQ", state: "finished", pendingRows: 0 });
    expect(index.bytesPerRow).toBeGreaterThan(0);
    expect(collection.segments()).toMatchObject([{ state: "growing" }]);
    expect(await check(collection)).toBeGreaterThan(0.9);
    // Deletes and later rows count at once.
    await collection.delete({ filter: "part < 5" });
    const rest = rows.filter(({ part }) => part >= 5);
    expect(await check(collection, rest)).toBeGreaterThan(0.9);
    await insert(collection, [rows[0]]);
    expect(await check(collection, [...rest, rows[0]])).toBeGreaterThan(0.9);
  });

  test("is exact while the index is built", async () => {
    const collection = await createIndexed({ ...ivf, type: "FLAT", params: {} });
    await collection.release();
    await collection.dropIndex("vector");
    const params = { M: 30, efConstruction: 360 };
    await collection.createIndex({ ...ivf, type: "HNSW", params });
    await collection.load();
    let buildingCount = 0;
    for (;;) {
      const [{ state, indexedRows, totalRows, pendingRows }] = collection.listIndexes();
      expect(indexedRows + pendingRows).toBe(totalRows);
      const recall = await check(collection);
      if (state === "finished") break;
      // Searches that never let go of the event loop would wait for the build for ever.
      expect(++buildingCount).toBeLessThan(2_000);
      expect(recall).toBe(1);
    }
    expect(buildingCount).toBeGreaterThan(0);
    expect(await check(collection)).toBeGreaterThan(0.9);
  });
});

describe("Collection.listIndexes()", () => {
  const damages: readonly {
    name: string;
    index: IndexDefinition;
    damage: (path: string) => void;
  }[] = [
    { name: "missing", index: ivf, damage: (path) => rmSync(path) },
    {
      name: "cut off",
      index: { ...ivf, type: "DISKANN", params: {} },
      damage: (path) => writeFileSync(path, readFileSync(path).subarray(0, -100)),
    },
    {
      name: "changed in one bit",
      index: { ...ivf, type: "HNSW", params: { M: 8, efConstruction: 50 } },
      damage: (path) => {
        const bytes = readFileSync(path);
        bytes[Math.floor(bytes.length / 2)] ^= 1;
        writeFileSync(path, bytes);
      },
    },
  ];

  test.each(damages)(
    "tells of a file of $index.type that is $name, until it is built anew",
    async ({ damage, index }) => {
      await createIndexed(index);
      const [path] = filesNamed(/\.idx$/);
      await db.close();
      damage(path);
      let collection = await reopened();
      expect(await check(collection), "the rows are scanned").toBe(1);
      const [damaged] = collection.listIndexes();
      expect(damaged).toMatchObject({ state: "building", pendingRows: rowCount });
      expect(damaged.failReason).toContain(path);
      await vi.waitFor(() => expect(collection.listIndexes()[0].state).toBe("finished"), 10_000);
      expect(collection.listIndexes()[0].failReason).toBeUndefined();
      expect(await check(collection)).toBeGreaterThan(0.9);
      collection = await reopened();
      expect(await check(collection)).toBeGreaterThan(0.9);
      const [{ state, servedBy }] = collection.listIndexes();
      expect(state).toBe("finished");
      expect(servedBy).not.toBe("FLAT");
    },
  );
});

describe("Collection.waitForIndexes()", () => {
  test("tells when memory is short, and builds once there is enough", async () => {
    const collection = await create(ivf);
    await insert(collection, rows);
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: MemoryClass } };
    const { grow } = WebAssembly.Memory.prototype;
    const spy = vi.spyOn(WebAssembly.Memory.prototype, "grow");
    spy.mockImplementation(function (this: MemoryClass["prototype"], pageCount) {
      // An index begins with a page; the vectors have many, and get theirs.
      if (this.buffer.byteLength > 2 ** 20) return grow.call(this, pageCount);
      throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
    });
    await collection.flush();
    await expect(collection.waitForIndexes()).rejects.toMatchObject({
      code: "io",
      message: expect.stringMatching(/Cannot allocate \d+ bytes for an index: \d+ are used/),
    });
    expect(collection.listIndexes()).toMatchObject([
      { state: "failed", pendingRows: rowCount, failReason: expect.stringContaining("bytes") },
    ]);
    expect(await check(collection), "the rows are scanned").toBe(1);
    spy.mockRestore();
    await collection.waitForIndexes();
    expect(collection.listIndexes()).toMatchObject([{ state: "finished", pendingRows: 0 }]);
    expect(await check(collection)).toBeGreaterThan(0.9);
  });
});

interface MemoryClass {
  readonly prototype: {
    readonly buffer: SharedArrayBuffer;
    grow(pageCount: number): number;
  };
}
