import { type Database, MemoryFileSystem, openDatabase } from "@redkite/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { initialAccess } from "../../src/access/access-state.ts";
import { AccessStore } from "../../src/access/access-store.ts";
import { addRole } from "../../src/access/role-changes.ts";

let fileSystem: MemoryFileSystem;
let database: Database;

beforeEach(async () => {
  fileSystem = new MemoryFileSystem();
  database = await open();
});

afterEach(() => database.close());

function open(): Promise<Database> {
  return openDatabase("/films.db", { fileSystem, threads: 1, maintenance: false });
}

const withRole = (name: string) => (state: typeof initialAccess) =>
  addRole(state, { name, description: "" });

async function rolesIn(store: AccessStore): Promise<string[]> {
  return (await store.current()).state.roles.map(({ name }) => name);
}

describe("AccessStore", () => {
  it("begins with root, and writes nothing before there is a change", async () => {
    const store = new AccessStore(database);
    expect((await store.current()).state).toEqual(initialAccess);
    await store.change((state) => state);
    expect(await fileSystem.sizeOf("/films.db/access")).toBeUndefined();
  });

  it("keeps changes in the folder, in the order in which they were asked for", async () => {
    const store = new AccessStore(database);
    await Promise.all(["a", "b", "c"].map((name) => store.change(withRole(name))));
    await database.close();
    database = await open();
    expect(await rolesIn(new AccessStore(database))).toEqual(["admin", "public", "a", "b", "c"]);
  });

  it("has changed nothing after a change that throws", async () => {
    const store = new AccessStore(database);
    await expect(store.change(withRole("admin"))).rejects.toMatchObject({ name: "MilvusError" });
    await store.change(withRole("a"));
    expect(await rolesIn(store)).toEqual(["admin", "public", "a"]);
  });

  it("has changed nothing when the disk fails, and can change afterwards", async () => {
    let isFull = true;
    const { replaceFile } = fileSystem;
    fileSystem.replaceFile = async (path, bytes) => {
      if (isFull && path.endsWith("/access")) throw new Error("no space left");
      await replaceFile.call(fileSystem, path, bytes);
    };
    const store = new AccessStore(database);
    await expect(store.change(withRole("a"))).rejects.toThrow("no space left");
    expect(await rolesIn(store)).toEqual(["admin", "public"]);
    isFull = false;
    await store.change(withRole("b"));
    expect(await rolesIn(store)).toEqual(["admin", "public", "b"]);
  });

  it("names a damaged file, rather than let everybody in", async () => {
    const store = new AccessStore(database);
    await store.change(withRole("a"));
    const bytes = await fileSystem.readFile("/films.db/access");
    bytes[bytes.length - 3] ^= 1;
    await fileSystem.replaceFile("/films.db/access", bytes);
    await expect(new AccessStore(database).current()).rejects.toMatchObject({
      code: "corrupt-file",
      message: expect.stringContaining("/films.db/access"),
    });
  });
});
