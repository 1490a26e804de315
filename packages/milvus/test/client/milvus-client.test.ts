import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "@redkite/engine";
import { DataType, IndexType, MetricType, MilvusClient } from "@redkite/milvus/client";
import { startServer } from "@redkite/milvus/server";
import { logger, MilvusClient as SdkMilvusClient } from "@zilliz/milvus2-sdk-node";
import { afterEach, describe, expect, it } from "vitest";

// In tests the SDK would tell of each call.
logger.level = "error";

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "redkite-client-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  return folder;
}

function clientOf(...args: ConstructorParameters<typeof MilvusClient>): MilvusClient {
  const client = new MilvusClient(...args);
  cleanups.push(() => client.closeConnection());
  return client;
}

const rows = [
  { id: 1, vector: [1, 0], title: "Kes", year: 1969 },
  { id: 2, vector: [0, 1], title: "Ran", year: 1985 },
];

async function createFilms(client: MilvusClient): Promise<void> {
  await client.createCollection({
    collection_name: "films",
    fields: [
      { name: "id", data_type: DataType.Int64, is_primary_key: true },
      { name: "vector", data_type: DataType.FloatVector, dim: 2 },
      { name: "title", data_type: DataType.VarChar, max_length: 100 },
      { name: "year", data_type: DataType.Int16, nullable: true },
    ],
    index_params: [
      { field_name: "vector", index_type: IndexType.AUTOINDEX, metric_type: MetricType.L2 },
    ],
  });
}

/** What a user does first; all answers of the client, for comparison. */
async function tour(client: MilvusClient): Promise<unknown[]> {
  await createFilms(client);
  const inserted = await client.insert({ collection_name: "films", data: rows });
  const upserted = await client.upsert({
    collection_name: "films",
    data: [{ id: 2, vector: [0, 2], title: "Ran (restored)", year: null }],
  });
  const searched = await client.search({
    collection_name: "films",
    data: [0, 2],
    limit: 2,
    output_fields: ["id", "title", "year"],
  });
  const queried = await client.query({
    collection_name: "films",
    filter: "year == 1969",
    output_fields: ["*"],
  });
  const described = await client.describeCollection({ collection_name: "films" });
  const deleted = await client.delete({ collection_name: "films", ids: [1] });
  const missing = await client.describeCollection({ collection_name: "nothing" });
  return [inserted, upserted, searched, queried, described.schema, deleted, missing];
}

/** Without what differs between two runs: times and ids. */
function timeless(answers: unknown): unknown {
  const varying = /^(timestamp|session_ts|created_.*|update_.*|.*ID|.*_ts)$/;
  return JSON.parse(
    JSON.stringify(answers, (key, value) => (varying.test(key) ? typeof value : value)),
  );
}

describe("MilvusClient on a local path", () => {
  it("finds what was inserted, with the SDK's results", async () => {
    const client = clientOf(":memory:");
    const [inserted, upserted, searched, queried] = await tour(client);
    expect(inserted).toMatchObject({ insert_cnt: "2", status: { error_code: "Success" } });
    expect(upserted).toMatchObject({ upsert_cnt: "1" });
    expect(searched).toMatchObject({
      results: [
        { id: "2", score: 0, title: "Ran (restored)", year: null },
        { id: "1", score: 5, title: "Kes", year: 1969 },
      ],
    });
    expect(queried).toMatchObject({ data: [{ id: "1", vector: [1, 0], title: "Kes" }] });
  });

  it("answers as the SDK does from a server", async () => {
    const server = await startServer({ dataPath: ":memory:", port: 0 });
    cleanups.push(() => server.close());
    const remote = clientOf(server.address);
    const local = clientOf(":memory:");
    expect(timeless(await tour(local))).toEqual(timeless(await tour(remote)));
    expect(local.serverInfo).toEqual(remote.serverInfo);
    expect(local.connectStatus).toBe(remote.connectStatus);
  });

  it("is an instance of the SDK's client, with the address that was given", () => {
    const client = clientOf({ address: ":memory:", id: "mine" });
    expect(client).toBeInstanceOf(SdkMilvusClient);
    expect(client.config.address).toBe(":memory:");
    expect(client.clientId).toBe("mine");
  });

  it("does not change the configuration that it is given", async () => {
    const config = Object.freeze({ address: ":memory:", database: "default" });
    const client = clientOf(config);
    expect((await client.checkHealth()).isHealthy).toBe(true);
    expect(config).toEqual({ address: ":memory:", database: "default" });
  });

  it("works in the database that use() names", async () => {
    const client = clientOf(":memory:");
    await client.createDatabase({ db_name: "archive" });
    await client.use({ db_name: "archive" });
    await createFilms(client);
    const names = async () => (await client.showCollections()).data.map(({ name }) => name);
    expect(await names()).toEqual(["films"]);
    await client.use({ db_name: "default" });
    expect(await names()).toEqual([]);
  });

  it("tells the name of an RPC that is not built yet", async () => {
    const client = clientOf(":memory:");
    const status = await client.createSnapshot({ collection_name: "a", snapshot_name: "b" });
    expect(status).toMatchObject({ code: 10, reason: expect.stringContaining("CreateSnapshot") });
  });

  it("rejects the loading of what is not there, as the SDK does", async () => {
    const client = clientOf(":memory:");
    await expect(client.loadCollectionSync({ collection_name: "nothing" })).rejects.toThrow(
      /^ErrorCode: CollectionNotExists\. Reason: /,
    );
  });

  it("asks nobody who they are, whatever they say, and keeps users for a server to ask", async () => {
    const path = join(await temporaryFolder(), "films.db");
    const client = clientOf({ address: path, username: "root", password: "wrong", ssl: true });
    await client.createUser({ username: "ana", password: "secret" });
    expect((await client.listUsers()).usernames).toEqual(["root", "ana"]);
    await client.closeConnection();

    const server = await startServer({ dataPath: path, port: 0, auth: { password: "Milvus" } });
    cleanups.push(() => server.close());
    const remote = clientOf({ address: server.address, token: "ana:secret" });
    expect((await remote.getVersion()).version).toMatch(/^v3/);
  });

  it("is private to the client in memory", async () => {
    const [one, other] = [clientOf(":memory:"), clientOf(":memory:")];
    await createFilms(one);
    expect((await other.hasCollection({ collection_name: "films" })).value).toBe(false);
  });
});

describe("MilvusClient on a folder", () => {
  it("has all again after closing and opening, also when it is done at once", async () => {
    const path = join(await temporaryFolder(), "films.db");
    const first = clientOf(path);
    await createFilms(first);
    await first.insert({ collection_name: "films", data: rows });
    await first.closeConnection();

    const second = clientOf({ address: path });
    await second.loadCollection({ collection_name: "films" });
    const { data } = await second.query({ collection_name: "films", filter: "id > 0" });
    expect(data).toHaveLength(2);
  });

  it("shares the database with other clients on it, under any of its names", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "real"));
    await symlink(join(folder, "real"), join(folder, "link"));
    const [one, other] = [clientOf(join(folder, "real/x.db")), clientOf(join(folder, "link/x.db"))];
    await createFilms(one);
    expect((await other.hasCollection({ collection_name: "films" })).value).toBe(true);

    await one.closeConnection();
    expect((await other.hasCollection({ collection_name: "films" })).value).toBe(true);
    await other.closeConnection();
    await (await openDatabase(join(folder, "real/x.db"))).close();
  });

  it("opens a folder that another client is just closing", async () => {
    const path = join(await temporaryFolder(), "films.db");
    const first = clientOf(path);
    await createFilms(first);
    const closing = first.closeConnection();
    const second = clientOf(path);
    expect((await second.hasCollection({ collection_name: "films" })).value).toBe(true);
    await closing;
  });

  it("closes what it opened, also when closed before it is open", async () => {
    const path = join(await temporaryFolder(), "films.db");
    await new MilvusClient(path).closeConnection();
    expect(await readdir(path)).not.toContain("LOCK");
  });

  it("refuses calls once it is closed", async () => {
    const client = clientOf(":memory:");
    await client.closeConnection();
    await client.closeConnection();
    await expect(client.getVersion()).rejects.toThrow("closed");
  });
});

describe("MilvusClient of a server that is not there", () => {
  it("rejects its calls, and ends no process that guards them", async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on("unhandledRejection", note);
    // No port has the number 1 here: it is for administrators.
    const client = clientOf({ address: "127.0.0.1:1", maxRetries: 0, retryDelay: 1 });
    await expect(client.showCollections()).rejects.toMatchObject({ code: 14 });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(rejections).toEqual([]);
  });
});

describe("MilvusClient on what is no database", () => {
  async function folderOfSomethingElse(): Promise<string> {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "notes.txt"), "something else");
    return folder;
  }

  it("rejects the first call, and every other, with the engine's reason", async () => {
    const folder = await folderOfSomethingElse();
    const client = clientOf(folder);
    for (const call of [
      () => client.connectPromise,
      () => client.getVersion(),
      () => client.hasCollection({ collection_name: "films" }),
      () => client.insert({ collection_name: "films", data: rows }),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 14,
        details: expect.stringContaining(`Cannot open the database "${folder}"`),
        cause: { code: "not-a-database" },
      });
    }
  });

  it("names the owner of a folder that is in use", async () => {
    const path = join(await temporaryFolder(), "films.db");
    const database = await openDatabase(path);
    cleanups.push(() => database.close());
    const client = clientOf(path);
    await expect(client.getVersion()).rejects.toMatchObject({ cause: { code: "locked" } });
  });

  it("does not end the process when it is never used", async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on("unhandledRejection", note);
    const client = new MilvusClient(await folderOfSomethingElse());
    await client.connectPromise.catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    await client.closeConnection();
    expect(rejections).toEqual([]);
  });

  it("opens the folder once it has become one", async () => {
    const folder = await folderOfSomethingElse();
    await expect(clientOf(folder).getVersion()).rejects.toThrow();
    await rm(join(folder, "notes.txt"));
    expect((await clientOf(folder).getVersion()).version).toMatch(/^v3/);
  });
});
