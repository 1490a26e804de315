import { afterEach, describe, expect, it } from "vitest";
import { OperateUserRoleType } from "../../src/wire/gen/milvus_pb.ts";
import { AccessHarness } from "./access-harness.ts";

const opened: AccessHarness[] = [];

afterEach(async () => {
  for (const harness of opened.splice(0)) await harness.close();
});

async function open(...users: string[]): Promise<AccessHarness> {
  const harness = await AccessHarness.open(...users);
  opened.push(harness);
  return harness;
}

const insert = { collectionName: "films" };

describe("AccessControl.admit()", () => {
  it("refuses a call without an authorization header", async () => {
    const { service } = await open();
    const call = service.handle("GetVersion", new Uint8Array(), { databaseName: "" });
    await expect(call).rejects.toMatchObject({
      kind: "unauthenticated",
      message: "missing authorization in header",
    });
  });

  it("denies in Milvus's words, which name the privilege, the user and the database", async () => {
    const harness = await open("ana");
    await expect(harness.call("ana", "insert", insert)).rejects.toMatchObject({
      kind: "denied",
      message: "PrivilegeInsert: permission deny to ana in the `default` database",
    });
  });

  it("lets everybody who has signed in call what declares no privilege", async () => {
    const harness = await open("ana");
    expect(await harness.may("ana", "connect", {})).toBe(true);
    expect(await harness.may("ana", "listDatabases", {})).toBe(true);
    expect(await harness.may("ana", "describeCollection", { collectionName: "films" })).toBe(true);
  });

  it("answers a request that can't be read with a status", async () => {
    const harness = await open();
    const authorization = Buffer.from("root:secret").toString("base64");
    const context = { databaseName: "", authorization };
    const broken = Uint8Array.of(0x1a, 0x7f);
    await expect(harness.service.handle("Insert", broken, context)).resolves.toBeDefined();
  });

  it("takes a grant for a collection, of that database alone", async () => {
    const harness = await open("ana");
    await harness.ok("createDatabase", { dbName: "movies" });
    await harness.grant("ana", "Insert", { database: "movies", collection: "films" });
    expect(await harness.may("ana", "insert", insert)).toBe(false);
    expect(await harness.may("ana", "insert", insert, "movies")).toBe(true);
    expect(await harness.may("ana", "insert", { ...insert, dbName: "movies" })).toBe(true);
    const other = { collectionName: "books", dbName: "movies" };
    expect(await harness.may("ana", "insert", other)).toBe(false);
  });

  it("goes by the database of the request, not by that of the connection", async () => {
    const harness = await open("ana");
    await harness.grant("ana", "Insert", { collection: "films" });
    const request = { collectionName: "films", dbName: "movies" };
    expect(await harness.may("ana", "insert", request, "default")).toBe(false);
  });

  it("asks for a privilege on every collection of a flush", async () => {
    const harness = await open("ana");
    await harness.grant("ana", "Flush", { collection: "films" });
    expect(await harness.may("ana", "flush", { collectionNames: ["films"] })).toBe(true);
    expect(await harness.may("ana", "flush", { collectionNames: ["films", "books"] })).toBe(false);
    expect(await harness.may("ana", "flush", { collectionNames: [] })).toBe(false);
  });

  it("asks for a renaming's privilege in both databases", async () => {
    const harness = await open("ana");
    await harness.grant("ana", "RenameCollection", { database: "default" });
    const request = { oldName: "films", newName: "movies" };
    expect(await harness.may("ana", "renameCollection", request)).toBe(true);
    const away = { ...request, newDBName: "elsewhere" };
    expect(await harness.may("ana", "renameCollection", away)).toBe(false);
  });

  it("knows a collection by its aliases", async () => {
    const harness = await open("ana");
    await harness.createCollection("films");
    await harness.ok("createAlias", { collectionName: "films", alias: "movies" });
    await harness.grant("ana", "Query", { collection: "films" });
    expect(await harness.may("ana", "query", { collectionName: "movies" })).toBe(true);
    expect(await harness.may("ana", "query", { collectionName: "books" })).toBe(false);
  });

  it("lets users change their own password and see their own roles, and no one else's", async () => {
    const harness = await open("ana", "bob");
    expect(await harness.may("ana", "updateCredential", { username: "ana" })).toBe(true);
    expect(await harness.may("ana", "updateCredential", { username: "bob" })).toBe(false);
    expect(await harness.may("ana", "selectUser", { user: { name: "ana" } })).toBe(true);
    expect(await harness.may("ana", "selectUser", { user: { name: "bob" } })).toBe(false);
    expect(await harness.may("ana", "selectUser", {})).toBe(false);
    const grantsOf = (role: string) => ({ entity: { role: { name: role } } });
    expect(await harness.may("ana", "selectGrant", grantsOf("ana"))).toBe(true);
    expect(await harness.may("ana", "selectGrant", grantsOf("public"))).toBe(true);
    expect(await harness.may("ana", "selectGrant", grantsOf("bob"))).toBe(false);
  });

  it("lets privileges over databases and users go with the connection's database", async () => {
    const harness = await open("ana");
    expect(await harness.may("ana", "createDatabase", { dbName: "movies" })).toBe(false);
    await harness.grant("ana", "ClusterAdmin", { database: "*" });
    expect(await harness.may("ana", "createDatabase", { dbName: "movies" })).toBe(true);
    expect(await harness.may("ana", "createCredential", { username: "bob" })).toBe(true);
    expect(await harness.may("ana", "insert", insert)).toBe(false);
  });

  it("follows a grant that is given, taken back, and lost with the role", async () => {
    const harness = await open("ana");
    await harness.grant("ana", "Insert", { collection: "films" });
    expect(await harness.may("ana", "insert", insert)).toBe(true);
    await harness.ok("operateUserRole", {
      username: "ana",
      roleName: "ana",
      type: OperateUserRoleType.RemoveUserFromRole,
    });
    expect(await harness.may("ana", "insert", insert)).toBe(false);
  });

  it("takes a sign-in that it was told of, until anything about the users has changed", async () => {
    const harness = await open("ana");
    const { service } = harness;
    const authorization = Buffer.from("ana:secret").toString("base64");
    const signIn = await service.authenticate({ databaseName: "", authorization });
    if (signIn === undefined) throw new Error("Nobody need sign in");
    const connect = () => service.handle("Connect", new Uint8Array(), { databaseName: "", signIn });
    await expect(connect()).resolves.toBeDefined();
    await expect(service.authenticate({ databaseName: "", signIn })).resolves.toBe(signIn);
    await harness.grant("ana", "Insert", { collection: "films" });
    await expect(connect()).rejects.toMatchObject({ kind: "unauthenticated" });
    const again = service.authenticate({ databaseName: "", signIn });
    await expect(again).rejects.toMatchObject({ kind: "unauthenticated" });
    const insert = service.handle("Insert", new Uint8Array(), {
      databaseName: "",
      authorization,
      signIn,
    });
    await expect(insert).rejects.toMatchObject({ kind: "denied" });
  });

  it("does not let in whose password was changed while it was checked", async () => {
    const harness = await open("ana");
    const called = harness.call("ana", "listDatabases", {});
    const refused = expect(called).rejects.toMatchObject({ kind: "unauthenticated" });
    await harness.access.store.change((state) => ({
      ...state,
      users: state.users.filter(({ name }) => name !== "ana"),
    }));
    await refused;
  });

  it("asks for a flush of all collections in all databases, or in the one it names", async () => {
    const harness = await open("ana");
    await harness.grant("ana", "FlushAll", { database: "default" });
    expect(await harness.may("ana", "flushAll", { dbName: "default" })).toBe(true);
    expect(await harness.may("ana", "flushAll", {})).toBe(false);
    expect(await harness.may("ana", "flushAll", { dbName: "movies" })).toBe(false);
    const flushTargets = [{ dbName: "movies" }];
    expect(await harness.may("ana", "flushAll", { dbName: "default", flushTargets })).toBe(false);
    await harness.grant("ana", "FlushAll", { database: "*" });
    expect(await harness.may("ana", "flushAll", {})).toBe(true);
  });

  it("shows of databases, collections, failures and compactions what is granted something on", async () => {
    const harness = await open("ana", "bob");
    await harness.ok("createDatabase", { dbName: "movies" });
    await harness.createCollection("films", "movies");
    await harness.grant("ana", "Compaction", { database: "movies", collection: "films" });
    const compaction = { dbName: "movies", collectionName: "films" };
    const { compactionID } = await harness.call("ana", "manualCompaction", compaction);
    const state = async (user: string) =>
      (await harness.call(user, "getCompactionState", { compactionID })).status?.code;
    expect([await state("ana"), await state("bob")]).toEqual([0, 1100]);

    const connect = async (user: string) =>
      (await harness.call(user, "connect", {}, "movies")).status;
    expect(await connect("ana")).toMatchObject({ code: 0 });
    const missing = { code: 800, reason: "database not found[database=movies]" };
    expect(await connect("bob")).toMatchObject(missing);

    const request = JSON.stringify({ metric_type: "system_info" });
    const countFor = async (user: string): Promise<unknown> => {
      const { response } = await harness.call(user, "getMetrics", { request });
      return JSON.parse(response).nodes_info[0].infos.collections.count;
    };
    expect([await countFor("ana"), await countFor("bob"), await countFor("root")]).toEqual([
      1, 0, 1,
    ]);
  });

  it("compacts no collection of another database by its number", async () => {
    const harness = await open("ana");
    await harness.ok("createDatabase", { dbName: "movies" });
    await harness.createCollection("films", "movies");
    const { collectionID } = await harness.ok("describeCollection", {
      dbName: "movies",
      collectionName: "films",
    });
    await harness.grant("ana", "Compaction", { database: "default" });
    expect((await harness.call("ana", "manualCompaction", { collectionID })).status).toMatchObject({
      code: 100,
    });
    const there = { dbName: "movies", collectionID };
    expect((await harness.ok("manualCompaction", there)).compactionID).toBeGreaterThan(0n);
  });

  it("repeats no more of a database's name than names may have", async () => {
    const harness = await open("ana");
    const called = harness.call("ana", "insert", { ...insert, dbName: "x".repeat(100_000) });
    await expect(called).rejects.toMatchObject({
      message: `PrivilegeInsert: permission deny to ana in the \`${"x".repeat(255)}\` database`,
    });
  });
});
