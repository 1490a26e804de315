import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/index.ts";

const fields = [
  { name: "id", type: "Int64", primaryKey: true },
  { name: "vector", type: "FloatVector", dim: 2 },
] as const;

describe("openDatabase()", () => {
  let folder = "";
  let path = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "redkite-open-"));
    path = join(folder, "films.db");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function filled(): Promise<Database> {
    const db = await openDatabase(path);
    const films = await db.createCollection({ name: "films", fields });
    await films.insert([{ id: 1, vector: [1, 2] }]);
    await films.flush();
    await films.insert([{ id: 2, vector: [3, 4] }]);
    return db;
  }

  /** Errors name the path, so that the message is enough to act on. */
  async function expectRefusal(code: string, named: string): Promise<void> {
    const error: unknown = await openDatabase(path).then(
      (db) => db.close(),
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toContain(named);
  }

  test("openDatabase() makes a folder that is not there, and those above it", async () => {
    path = join(folder, "deep", "er");
    await (await filled()).close();
    const db = await openDatabase(`${path}/`);
    expect(db.collection("films").rowCount).toBe(2);
    await db.close();
  });

  test("openDatabase() on a file throws not-a-database and leaves the file", async () => {
    writeFileSync(path, "hello");
    await expectRefusal("not-a-database", path);
    expect(readFileSync(path, "utf8")).toBe("hello");
  });

  test("openDatabase() on a folder of other things throws not-a-database and touches nothing", async () => {
    mkdirSync(path);
    writeFileSync(join(path, "notes.txt"), "hello");
    await expectRefusal("not-a-database", path);
    expect(readFileSync(join(path, "notes.txt"), "utf8")).toBe("hello");
  });

  test("openDatabase() twice throws locked, until the first is closed", async () => {
    const db = await filled();
    await expectRefusal("locked", path);
    await db.close();
    await (await openDatabase(path)).close();
  });

  test("openDatabase() throws format-too-new for a catalog of a later version", async () => {
    await (await filled()).close();
    const catalog = readFileSync(join(path, "catalog"));
    catalog.writeUInt32LE(99, 8);
    const { crc32 } = await import("node:zlib");
    catalog.writeUInt32LE(crc32(catalog.subarray(0, 12)), 12);
    writeFileSync(join(path, "catalog"), catalog);
    await expectRefusal("format-too-new", join(path, "catalog"));
  });

  test.each(["catalog", "collections/2/manifest"])(
    "openDatabase() throws corrupt-file for a changed byte in %s, and leaves no lock",
    async (file) => {
      await (await filled()).close();
      const bytes = readFileSync(join(path, file));
      bytes[bytes.length - 3] ^= 1;
      writeFileSync(join(path, file), bytes);
      await expectRefusal("corrupt-file", join(path, file));
      bytes[bytes.length - 3] ^= 1;
      writeFileSync(join(path, file), bytes);
      await (await openDatabase(path)).close();
    },
  );

  test("a damaged column file fails the reads that need it, by name, and no others", async () => {
    await (await filled()).close();
    const column = join(path, "collections/2/segments/102/101.col");
    const bytes = readFileSync(column);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(column, bytes);
    const db = await openDatabase(path);
    const films = db.collection("films");
    const vectors = Float32Array.of(1, 2);
    await expect(films.search({ vectors, k: 1 })).rejects.toMatchObject({ code: "corrupt-file" });
    await expect(films.load()).rejects.toThrow(column);
    expect(await films.queryRows({})).toEqual([{ id: 1n }, { id: 2n }]);
    await db.close();
  });

  test("openDatabase() with durability os keeps what a closed process wrote", async () => {
    const db = await openDatabase(path, { durability: "os" });
    const films = await db.createCollection({ name: "films", fields });
    await films.insert([{ id: 1, vector: [1, 2] }]);
    await db.close();
    const again = await openDatabase(path);
    expect(again.collection("films").rowCount).toBe(1);
    await again.close();
  });

  test("a database in memory is gone when it is closed", async () => {
    const db = await openDatabase(":memory:");
    await db.createCollection({ name: "films", fields });
    await db.close();
    const again = await openDatabase(":memory:");
    expect(again.hasCollection("films")).toBe(false);
    await again.close();
  });

  test.each([":memory:", "a folder"])(
    "a collection answers no reads once its database is closed: %s",
    async (where) => {
      const opened = where === ":memory:" ? where : path;
      const db = await openDatabase(opened);
      const films = await db.createCollection({ name: "films", fields });
      await films.insert([{ id: 1, vector: [1, 2] }]);
      await db.close();
      const closed = { code: "closed" };
      await expect(films.queryRows({})).rejects.toMatchObject(closed);
      await expect(films.query({ outputFields: ["count(*)"] })).rejects.toMatchObject(closed);
      const search = films.search({ vectors: Float32Array.of(1, 2), k: 1 });
      await expect(search).rejects.toMatchObject(closed);
      expect(() => db.collection("films")).toThrow(`The database "${opened}" is closed`);
    },
  );
});
