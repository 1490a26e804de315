import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { openDatabase } from "@redkite/engine";
import { type RunningServer, type ServerOptions, startServer } from "@redkite/milvus/server";
import { DataType, logger, MilvusClient } from "@zilliz/milvus2-sdk-node";
import { afterEach, describe, expect, it } from "vitest";
import {
  ConnectRequestSchema,
  ConnectResponseSchema,
  GetVersionRequestSchema,
  GetVersionResponseSchema,
} from "../../src/wire/gen/milvus_pb.ts";

// In tests the SDK would tell of each call.
logger.level = "error";

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ dataPath: ":memory:", port: 0, ...options } as ServerOptions);
  cleanups.push(() => server.close());
  return server;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "redkite-server-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  return folder;
}

/** Calls an RPC with bytes, as a client of any language would put them on the wire. */
async function call(
  { address }: RunningServer,
  path: string,
  request: Uint8Array,
  metadata: Record<string, string> = {},
): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure());
  const headers = new Metadata();
  for (const [name, value] of Object.entries(metadata)) headers.set(name, value);
  const asIs = (bytes: Uint8Array) => Buffer.from(bytes);
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, asIs, asIs, request, headers, (error, response) =>
        error === null ? resolve(response as Buffer) : reject(error),
      );
    });
  } finally {
    client.close();
  }
}

function sdkClient({ address }: RunningServer): MilvusClient {
  const client = new MilvusClient(address);
  cleanups.push(() => client.closeConnection());
  return client;
}

describe("startServer() over gRPC", () => {
  it("answers a plain gRPC client", async () => {
    const server = await start();
    const request = toBinary(GetVersionRequestSchema, create(GetVersionRequestSchema));
    const response = await call(server, "/milvus.proto.milvus.MilvusService/GetVersion", request);
    expect(fromBinary(GetVersionResponseSchema, response).version).toMatch(/^v3\./);
  });

  it("takes the database from the metadata when the request names none", async () => {
    const server = await start();
    const request = toBinary(ConnectRequestSchema, create(ConnectRequestSchema));
    const path = "/milvus.proto.milvus.MilvusService/Connect";
    const response = await call(server, path, request, { dbname: "nowhere" });
    expect(fromBinary(ConnectResponseSchema, response).status?.code).toBe(800);
  });

  it("answers bytes that are no message with a status, not with a failed call", async () => {
    const server = await start();
    const path = "/milvus.proto.milvus.MilvusService/Connect";
    const response = await call(server, path, Uint8Array.of(0xff, 0xff, 0xff));
    expect(fromBinary(ConnectResponseSchema, response).status?.code).toBe(1100);
  });

  it.each([
    "/milvus.proto.milvus.MilvusService/NoSuchMethod",
    "/milvus.proto.milvus.MilvusService/CreateReplicateStream",
    "/milvus.proto.milvus.MilvusService/Dummy",
    "/milvus.proto.milvus.ClientTelemetryService/ClientHeartbeat",
  ])("answers %s with UNIMPLEMENTED", async (path) => {
    const server = await start();
    await expect(call(server, path, new Uint8Array())).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
    });
  });

  it("refuses a message of more than 128 MiB and serves on", async () => {
    const server = await start();
    const path = "/milvus.proto.milvus.MilvusService/GetVersion";
    const tooLong = new Uint8Array(128 * 1024 * 1024 + 1);
    await expect(call(server, path, tooLong)).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    await expect(call(server, path, new Uint8Array())).resolves.toBeInstanceOf(Buffer);
  });

  it("serves the official Node SDK", async () => {
    const client = sdkClient(await start());
    await client.createCollection({ collection_name: "films", dimension: 4 });
    const inserted = await client.insert({
      collection_name: "films",
      data: [
        { id: 1, vector: [1, 0, 0, 0], title: "Kes" },
        { id: 2, vector: [0, 1, 0, 0], title: "Ran" },
      ],
    });
    expect(inserted.insert_cnt).toBe("2");
    const found = await client.search({
      collection_name: "films",
      data: [0, 1, 0, 0],
      limit: 1,
      output_fields: ["id", "title"],
    });
    expect(found.results).toMatchObject([{ id: "2", title: "Ran" }]);
  });
});

describe("startServer() with metrics", () => {
  async function get(server: RunningServer, path: string): Promise<Response> {
    return fetch(`http://${server.metricsAddress}${path}`);
  }

  it("tells that it is healthy", async () => {
    const server = await start({ metricsPort: 0 });
    for (const path of ["/healthz", "/livez", "/healthz?verbose=1"]) {
      const response = await get(server, path);
      expect([response.status, await response.text()]).toEqual([200, "OK"]);
    }
  });

  it("answers other paths with 404, and other methods with 405", async () => {
    const server = await start({ metricsPort: 0 });
    expect((await get(server, "/webui")).status).toBe(404);
    expect((await get(server, "/constructor")).status).toBe(404);
    const post = await fetch(`http://${server.metricsAddress}/healthz`, { method: "POST" });
    expect(post.status).toBe(405);
  });

  it("counts requests, rows and collections", async () => {
    const server = await start({ metricsPort: 0 });
    const client = sdkClient(server);
    await client.createCollection({
      collection_name: "films",
      fields: [
        { name: "id", data_type: DataType.Int64, is_primary_key: true },
        { name: "vector", data_type: DataType.FloatVector, dim: 2 },
      ],
    });
    const data = [1, 2, 3].map((id) => ({ id, vector: [id, 1] }));
    await client.insert({ collection_name: "films", data });
    await client.delete({ collection_name: "films", ids: [1] });
    await client.createIndex({ collection_name: "films", field_name: "vector", metric_type: "L2" });
    await client.loadCollectionSync({ collection_name: "films" });
    await client.search({
      collection_name: "films",
      data: [
        [1, 1],
        [2, 1],
      ],
      limit: 1,
    });
    await client.dropIndex({ collection_name: "nothing", field_name: "vector" });

    const response = await get(server, "/metrics");
    expect(response.headers.get("content-type")).toContain("text/plain");
    const text = await response.text();
    expect(text).toContain('redkite_requests_total{method="Insert",code="0"} 1');
    expect(text).toContain('redkite_requests_total{method="DropIndex",code="100"} 1');
    expect(text).toContain("redkite_rows_inserted_total 3");
    expect(text).toContain("redkite_rows_deleted_total 1");
    expect(text).toContain("redkite_vectors_searched_total 2");
    expect(text).toContain("redkite_collections 1");
    expect(text).toContain('redkite_request_duration_seconds_count{method="Search"} 1');
    expect(text).toContain("process_resident_memory_bytes");
  });
});

describe("startServer() when it can't start", () => {
  async function occupyPort(): Promise<number> {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => new Promise((resolve) => occupant.close(resolve)));
    const address = occupant.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  it("names the port that is taken, and leaves the database to others", async () => {
    const port = await occupyPort();
    const dataPath = join(await temporaryFolder(), "data");
    const failed = startServer({ dataPath, port });
    await expect(failed).rejects.toMatchObject({
      name: "ServerError",
      code: "address-in-use",
      message: expect.stringContaining(`gRPC and REST on 127.0.0.1:${port}`),
    });
    await (await openDatabase(dataPath)).close();
  });

  it("makes no folder for two servers on one port", async () => {
    const port = await occupyPort();
    await cleanups.pop()?.();
    const dataPath = join(await temporaryFolder(), "data");
    const failed = startServer({ dataPath, port, metricsPort: port });
    await expect(failed).rejects.toMatchObject({ code: "address-in-use" });
    await expect(access(dataPath)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("gives the first port back when the second is taken", async () => {
    const metricsPort = await occupyPort();
    const { port } = await start();
    await cleanups.pop()?.();
    const failed = startServer({ dataPath: ":memory:", port, metricsPort });
    await expect(failed).rejects.toMatchObject({ code: "address-in-use" });
    await start({ port });
  });

  it("answers service functions on a port of their own, without a password, where others need one", async () => {
    const embed = async (texts: readonly string[]) => texts.map(({ length }) => [length]);
    const server = await start({ auth: { password: "secret-1" }, functions: { port: 0, embed } });
    const post = (port: number | undefined, path: string, body: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body });
    const batch = '{"data":[[0,"kite"]]}';
    const answer = await post(server.functionsPort, "/sf/embed", batch);
    expect(await answer.json()).toEqual({ data: [[0, [4]]] });
    expect((await post(server.port, "/sf/embed", batch)).status).toBe(401);
    expect((await post(server.functionsPort, "/v2/vectordb/collections/list", "{}")).status).toBe(
      404,
    );
    await server.close();
    await expect(post(server.functionsPort, "/sf/embed", batch)).rejects.toThrow();
  });

  it("tells that the machine does not have the address", async () => {
    await expect(start({ host: "203.0.113.1" })).rejects.toMatchObject({
      code: "address-not-available",
    });
  });

  it("tells that the folder is no database", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "notes.txt"), "not a database");
    await expect(start({ dataPath: folder })).rejects.toMatchObject({ code: "not-a-database" });
  });
});

describe("RunningServer.close()", () => {
  it("keeps what was written, and can be called again", async () => {
    const dataPath = join(await temporaryFolder(), "data");
    const first = await start({ dataPath });
    const client = sdkClient(first);
    await client.createCollection({ collection_name: "films", dimension: 2 });
    await client.insert({ collection_name: "films", data: [{ id: 7, vector: [1, 2] }] });
    await Promise.all([first.close(), first.close()]);

    const again = sdkClient(await start({ dataPath }));
    const rows = await again.query({ collection_name: "films", filter: "id == 7" });
    expect(rows.data).toMatchObject([{ id: "7" }]);
  });

  it("does not wait for clients that stay connected", async () => {
    const server = await start({ metricsPort: 0 });
    const client = sdkClient(server);
    await client.getVersion();
    const scraped = await fetch(`http://${server.metricsAddress}/metrics`);
    await scraped.text();
    // A close that waits for them never ends: both keep their connection.
    await server.close();
    await expect(fetch(`http://${server.metricsAddress}/metrics`)).rejects.toThrow("fetch failed");
  });

  it("leaves an open database that it was given", async () => {
    const database = await openDatabase(":memory:");
    cleanups.push(() => database.close());
    const server = await startServer({ database, port: 0 });
    await server.close();
    expect(database.listDatabases()).toHaveLength(1);
  });
});
