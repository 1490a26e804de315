// Who gets in and who does what, over real sockets with the official Node SDK.
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { type RunningServer, type ServerOptions, startServer } from "@redkite/milvus/server";
import { type ClientConfig, logger, MilvusClient, RbacObjects } from "@zilliz/milvus2-sdk-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

logger.level = "silent";

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const rootPassword = "Milvus";

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({
    dataPath: ":memory:",
    port: 0,
    auth: { password: rootPassword },
    ...options,
  } as ServerOptions);
  cleanups.push(() => server.close());
  return server;
}

function clientOf(server: RunningServer, config: Partial<ClientConfig> = {}): MilvusClient {
  const client = new MilvusClient({ address: server.address, maxRetries: 0, ...config });
  client.connectPromise.catch(() => undefined);
  cleanups.push(() => client.closeConnection());
  return client;
}

// Hashing a password takes its time: most tests share a server, and root's client.
let server: RunningServer;
let root: MilvusClient;

beforeAll(async () => {
  server = await startServer({
    dataPath: ":memory:",
    port: 0,
    metricsPort: 0,
    auth: { password: rootPassword },
  });
  root = new MilvusClient({ address: server.address, token: `root:${rootPassword}` });
});

afterAll(async () => {
  await root.closeConnection();
  await server.close();
});

/** A user with a role of the same name, both new, and a client of theirs. */
async function addUser(name: string): Promise<MilvusClient> {
  await root.createUser({ username: name, password: "secret" });
  await root.createRole({ roleName: name });
  await root.addUserToRole({ username: name, roleName: name });
  return clientOf(server, { username: name, password: "secret" });
}

const unauthenticated = { code: status.UNAUTHENTICATED };
const denied = (text: string) => ({
  code: status.PERMISSION_DENIED,
  details: expect.stringContaining(text),
});

describe("startServer() with auth", () => {
  it.each([
    ["user and password", { username: "root", password: rootPassword }],
    ["a token", { token: `root:${rootPassword}` }],
  ])("lets root in by %s", async (_how, config) => {
    const client = clientOf(server, config);
    expect((await client.listUsers()).usernames).toContain("root");
  });

  it.each([
    ["a wrong password", { username: "root", password: "milvus" }, "please check username"],
    ["an unknown user", { username: "ana", password: rootPassword }, "please check username"],
    ["a token that is a key", { token: "0123456789abcdef" }, "please check api key"],
    ["nothing", {}, ""],
  ])("keeps out who brings %s", async (_what, config, text) => {
    const client = clientOf(server, config);
    await expect(client.listUsers()).rejects.toMatchObject({
      ...unauthenticated,
      details: expect.stringContaining(text),
    });
  });

  it("asks nobody when it is off", async () => {
    const open = await startServer({ dataPath: ":memory:", port: 0 });
    cleanups.push(() => open.close());
    const client = clientOf(open, { username: "anybody", password: "anything" });
    expect((await client.listUsers()).usernames).toContain("root");
  });

  it("refuses a password for root that is too short or too long", async () => {
    for (const [password, length] of [
      ["short", 5],
      ["x".repeat(73), 73],
    ] as const) {
      await expect(start({ auth: { password } })).rejects.toMatchObject({
        message: `invalid password length: invalid parameter[${length} out of range 6 <= value <= 72]`,
      });
    }
  });

  it("makes up no password that nobody is told of", async () => {
    const folder = await mkdtemp(join(tmpdir(), "redkite-auth-"));
    cleanups.push(() => rm(folder, { recursive: true }));
    const dataPath = join(folder, "data");
    const taken = { port: server.port, dataPath, auth: {} };
    await expect(start(taken)).rejects.toMatchObject({ code: "address-in-use" });
    const metricsTaken = { metricsPort: server.metricsPort ?? 0, dataPath, auth: {} };
    await expect(start(metricsTaken)).rejects.toMatchObject({ code: "address-in-use" });
    const started = await start({ dataPath, auth: {} });
    expect(started.rootPassword).toBeDefined();
    await started.close();
  });

  it("keeps hashes in a file that its owner alone may read, also where another file lay", async () => {
    const folder = await mkdtemp(join(tmpdir(), "redkite-auth-"));
    cleanups.push(() => rm(folder, { recursive: true }));
    await (await start({ dataPath: folder, auth: {} })).close();
    await writeFile(join(folder, "access.tmp"), "left over", { mode: 0o666 });
    const started = await start({ dataPath: folder, auth: { isReset: true } });
    const { mode } = await stat(join(folder, "access"));
    expect(mode & 0o777).toBe(process.platform === "win32" ? 0o666 : 0o600);
    const client = clientOf(started, { token: `root:${started.rootPassword}` });
    await client.createUser({ username: "ana", password: "secret" });
    const bytes = await readFile(join(folder, "access"), "latin1");
    expect(bytes).not.toContain("secret");
    expect(bytes).not.toContain(started.rootPassword);
    await started.close();
  });

  it("makes up a password for root once, and can reset it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "redkite-auth-"));
    cleanups.push(() => rm(folder, { recursive: true }));
    const dataPath = join(folder, "data");
    const first = await start({ dataPath, auth: {} });
    expect(first.rootPassword).toMatch(/^[\w-]{24}$/);
    await first.close();

    // A password that is given is the first one only.
    const second = await start({ dataPath, auth: { password: "another" } });
    expect(second.rootPassword).toBeUndefined();
    const client = clientOf(second, { token: `root:${first.rootPassword}` });
    expect((await client.listUsers()).usernames).toContain("root");
    await second.close();

    const third = await start({ dataPath, auth: { password: "another", isReset: true } });
    const again = clientOf(third, { token: "root:another" });
    expect((await again.listUsers()).usernames).toEqual(["root"]);
  });

  it("asks in REST too", async () => {
    const { address } = server;
    const call = (authorization: string) =>
      fetch(`http://${address}/v2/vectordb/users/list`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization },
        body: "{}",
      });
    const refused = await call("Bearer root:wrong");
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 1800 }]);
    const basic = `Basic ${Buffer.from(`root:${rootPassword}`).toString("base64")}`;
    for (const authorization of [`Bearer root:${rootPassword}`, basic]) {
      const answered = await call(authorization);
      expect(await answered.json()).toMatchObject({ code: 0 });
    }
  });

  it("counts who was kept out", async () => {
    const client = clientOf(server, { token: "root:wrong1" });
    await expect(client.listUsers()).rejects.toMatchObject(unauthenticated);
    const text = await (await fetch(`http://${server.metricsAddress}/metrics`)).text();
    expect(text).toMatch(/redkite_requests_refused_total\{kind="unauthenticated"\} [1-9]/);
  });
});

describe("A password over the wire", () => {
  it("is the old one no longer once it has been changed", async () => {
    const eva = await addUser("eva");
    expect((await eva.getVersion()).version).toMatch(/^v3/);
    const refused = await root.updateUser({
      username: "eva",
      oldPassword: "guess1",
      newPassword: "changed",
    });
    expect(refused).toMatchObject({ code: 1400 });
    expect(refused.reason).toBe("old password not correct for eva: not authenticated");
    const changed = await eva.updateUser({
      username: "eva",
      oldPassword: "secret",
      newPassword: "changed",
    });
    expect(changed).toMatchObject({ code: 0 });
    await expect(eva.getVersion()).rejects.toMatchObject(unauthenticated);
    const again = clientOf(server, { username: "eva", password: "changed" });
    expect((await again.getVersion()).version).toMatch(/^v3/);
  });

  it("opens nothing once its user is gone", async () => {
    const ina = await addUser("ina");
    await ina.getVersion();
    await root.deleteUser({ username: "ina" });
    await expect(ina.getVersion()).rejects.toMatchObject(unauthenticated);
  });
});

describe("A user without privileges", () => {
  it("is denied what is about collections, databases, users and the whole", async () => {
    const ana = await addUser("ana");
    await root.createCollection({ collection_name: "films", dimension: 2 });
    const inDefault = "permission deny to ana in the `default` database";

    const row = { id: 1, vector: [1, 2] };
    const insert = ana.insert({ collection_name: "films", data: [row] });
    await expect(insert).rejects.toMatchObject(denied(`PrivilegeInsert: ${inDefault}`));
    const drop = ana.dropCollection({ collection_name: "films" });
    await expect(drop).rejects.toMatchObject(denied(`PrivilegeDropCollection: ${inDefault}`));
    const database = ana.createDatabase({ db_name: "movies" });
    await expect(database).rejects.toMatchObject(denied(`PrivilegeCreateDatabase: ${inDefault}`));
    const user = ana.createUser({ username: "bob", password: "secret" });
    await expect(user).rejects.toMatchObject(denied(`PrivilegeCreateOwnership: ${inDefault}`));
    const role = ana.addUserToRole({ username: "ana", roleName: "admin" });
    await expect(role).rejects.toMatchObject(denied(`PrivilegeManageOwnership: ${inDefault}`));

    expect((await ana.showCollections()).data).toEqual([]);
    expect((await ana.listDatabases()).db_names).toEqual([]);
    const own = await ana.describeUser({ username: "ana" });
    expect(own.results[0].roles).toMatchObject([{ name: "ana" }]);
  });

  it("may do what a grant of either style says, where it says so", async () => {
    const lea = await addUser("lea");
    for (const collection_name of ["songs", "books"]) {
      await root.createCollection({ collection_name, dimension: 2 });
    }
    await root.grantPrivilege({
      roleName: "lea",
      object: RbacObjects.Collection,
      objectName: "songs",
      privilegeName: "Insert",
    });
    await root.grantPrivilegeV2({
      role: "lea",
      privilege: "CollectionReadOnly",
      db_name: "default",
      collection_name: "songs",
    });
    const data = [{ id: 1, vector: [1, 2] }];
    expect((await lea.insert({ collection_name: "songs", data })).insert_cnt).toBe("1");
    const found = await lea.query({ collection_name: "songs", filter: "id == 1" });
    expect(found.data).toHaveLength(1);
    const books = lea.insert({ collection_name: "books", data });
    await expect(books).rejects.toMatchObject(denied("PrivilegeInsert"));
    const shown = (await lea.showCollections()).data.map(({ name }) => name);
    expect(shown).toEqual(["songs"]);

    await root.revokePrivilegeV2({
      role: "lea",
      privilege: "CollectionReadOnly",
      db_name: "default",
      collection_name: "songs",
    });
    const query = lea.query({ collection_name: "songs", filter: "id == 1" });
    await expect(query).rejects.toMatchObject(denied("PrivilegeQuery"));
  });

  it("works in the database that it is granted, and in no other", async () => {
    await addUser("tim");
    await root.createDatabase({ db_name: "movies" });
    for (const db_name of ["default", "movies"]) {
      await root.createCollection({ collection_name: "actors", dimension: 2, db_name });
    }
    await root.grantPrivilegeV2({
      role: "tim",
      privilege: "CollectionReadWrite",
      db_name: "movies",
      collection_name: "*",
    });
    const tim = clientOf(server, { token: "tim:secret", database: "movies" });
    const data = [{ id: 1, vector: [1, 2] }];
    expect((await tim.insert({ collection_name: "actors", data })).insert_cnt).toBe("1");
    expect((await tim.listDatabases()).db_names).toEqual(["movies"]);
    const elsewhere = tim.insert({ collection_name: "actors", db_name: "default", data });
    await expect(elsewhere).rejects.toMatchObject(denied("`default` database"));
  });
});
