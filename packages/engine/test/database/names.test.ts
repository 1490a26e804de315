import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, MemoryFileSystem, openDatabase } from "../../src/index.ts";

const fields = [
  { name: "id", type: "Int64", primaryKey: true },
  { name: "vector", type: "FloatVector", dim: 2 },
] as const;

describe("Database names", () => {
  const fileSystem = new MemoryFileSystem();
  let db: Database;
  beforeEach(async () => {
    db = await openDatabase("/db", { fileSystem });
  });
  afterEach(async () => {
    await db.close();
    await fileSystem.removeDirectory("/db");
  });

  const reopen = async (): Promise<void> => {
    await db.close();
    db = await openDatabase("/db", { fileSystem });
  };

  test("Database keeps databases, collections and aliases over a restart", async () => {
    await db.createDatabase("films", { color: "red" });
    await db.createCollection({ name: "reviews", fields }, "films");
    await db.createAlias("latest", "reviews", "films");
    await reopen();
    expect(db.listDatabases().map(({ name }) => name)).toEqual(["default", "films"]);
    expect(db.describeDatabase("films").properties).toEqual({ color: "red" });
    expect(db.collection("latest", "films").name).toBe("reviews");
    expect(db.collection("latest", "films").aliases).toEqual(["latest"]);
    expect(db.hasCollection("reviews")).toBe(false);
  });

  test("Database.dropCollection() removes rows and files, and refuses aliases", async () => {
    const films = await db.createCollection({ name: "films", fields });
    await films.insert([{ id: 1, vector: [1, 2] }]);
    await films.flush();
    await db.createAlias("latest", "films");
    await expect(db.dropCollection("latest")).rejects.toMatchObject({ code: "invalid-parameter" });
    await expect(db.dropCollection("films")).rejects.toMatchObject({ code: "invalid-parameter" });
    await db.dropAlias("latest");
    await db.dropCollection("films");
    expect(() => db.collection("films")).toThrow(
      expect.objectContaining({ code: "collection-not-found" }),
    );
    expect(await fileSystem.list("/db/collections")).toEqual([]);
    await expect(films.insert([{ id: 2, vector: [1, 2] }])).rejects.toMatchObject({
      code: "closed",
    });
  });

  test("Database.renameCollection() moves a collection with its rows, once it has no aliases", async () => {
    await db.createDatabase("archive");
    const films = await db.createCollection({ name: "films", fields });
    await films.insert([{ id: 1, vector: [1, 2] }]);
    await db.createAlias("latest", "films");
    const move = { toDatabase: "archive" };
    await expect(db.renameCollection("films", "movies", move)).rejects.toThrow(
      "fail to rename db name, must drop all aliases of collection films before rename",
    );
    await db.renameCollection("films", "cinema");
    expect(db.collection("latest").name).toBe("cinema");
    await db.dropAlias("latest");
    await db.renameCollection("cinema", "movies", move);
    expect(films.name).toBe("movies");
    await reopen();
    expect(db.collection("movies", "archive").rowCount).toBe(1);
  });

  test("Database.alterAlias() points an alias elsewhere; createAlias() does not", async () => {
    await db.createCollection({ name: "a", fields });
    await db.createCollection({ name: "b", fields });
    await db.createAlias("x", "a");
    await db.createAlias("x", "a");
    await expect(db.createAlias("x", "b")).rejects.toMatchObject({ code: "alias-exists" });
    await expect(db.createAlias("b", "a")).rejects.toMatchObject({ code: "alias-conflict" });
    await db.alterAlias("x", "b");
    expect(db.describeAlias("x")).toEqual({ alias: "x", collection: "b", database: "default" });
    await expect(db.alterAlias("y", "b")).rejects.toMatchObject({ code: "alias-not-found" });
  });

  test("Database.createCollection() refuses a taken name and leaves nothing behind", async () => {
    await db.createCollection({ name: "a", fields });
    await db.createAlias("x", "a");
    for (const name of ["a", "x"]) {
      await expect(db.createCollection({ name, fields })).rejects.toMatchObject({
        code: "collection-exists",
      });
    }
    const twice = [1, 2].map(() => db.createCollection({ name: "b", fields }));
    const results = await Promise.allSettled(twice);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await fileSystem.list("/db/collections")).toHaveLength(2);
  });

  test.each([
    ["", "invalid-parameter"],
    ["1a", "invalid-parameter"],
    ["a b", "invalid-parameter"],
    ["é", "invalid-parameter"],
    ["a".repeat(256), "invalid-parameter"],
  ])("Database.createCollection() refuses the name %j", async (name, code) => {
    await expect(db.createCollection({ name, fields })).rejects.toMatchObject({ code });
  });

  test("Database.dropDatabase() refuses the default one and one with collections", async () => {
    await db.createDatabase("films");
    await db.createCollection({ name: "a", fields }, "films");
    await expect(db.dropDatabase("default")).rejects.toMatchObject({ code: "invalid-parameter" });
    await expect(db.dropDatabase("films")).rejects.toMatchObject({ code: "database-not-empty" });
    await db.dropCollection("a", "films");
    await db.dropDatabase("films");
    await expect(db.dropDatabase("films")).rejects.toMatchObject({ code: "database-not-found" });
  });

  test("Collection.createPartition() stops at the limit of Milvus", async () => {
    const films = await db.createCollection({ name: "films", fields });
    for (let i = 1; i < 1024; i++) await films.createPartition(`p${i}`);
    await expect(films.createPartition("one_more")).rejects.toMatchObject({
      code: "limit-exceeded",
      message: "partition number (1024) exceeds max configuration (1024), collection: films",
    });
  });

  test("Database.createCollection() stops at the limit that its database has", async () => {
    await db.createDatabase("small", { "database.max.collections": "1" });
    await db.createCollection({ name: "films", fields }, "small");
    await expect(db.createCollection({ name: "more", fields }, "small")).rejects.toThrow(
      "maxCollectionNumPerDB=1, exceeded the limit number of collections per DB",
    );
    await db.alterDatabase("small", { remove: ["database.max.collections"] });
    await db.createCollection({ name: "more", fields }, "small");
  });

  test("Database.createDatabase() stops at the limit of Milvus", async () => {
    for (let i = 1; i < 64; i++) await db.createDatabase(`d${i}`);
    await expect(db.createDatabase("one_more")).rejects.toMatchObject({ code: "database-limit" });
  });
});
