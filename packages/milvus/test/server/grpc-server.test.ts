import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { GrpcServer } from "../../src/server/grpc-server.ts";
import type { RequestHandler } from "../../src/service/request-handler.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Running {
  readonly grpc: GrpcServer;
  readonly port: number;
  readonly client: Client;
}

async function start(handle: RequestHandler["handle"]): Promise<Running> {
  const grpc = new GrpcServer({ authenticate: async () => undefined, handle });
  const acceptor = createServer((socket) => grpc.accept(socket)).listen(0, "127.0.0.1");
  await once(acceptor, "listening");
  // A server that listens on TCP has an address of this form.
  const { port } = acceptor.address() as AddressInfo;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  cleanups.push(async () => {
    client.close();
    acceptor.close();
    await grpc.close(0);
  });
  return { grpc, port, client };
}

const asIs = (bytes: Buffer) => bytes;

function call(client: Client, metadata = new Metadata(), deadlineMs = 20_000): Promise<Buffer> {
  const path = "/milvus.proto.milvus.MilvusService/GetVersion";
  const options = { deadline: Date.now() + deadlineMs };
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      asIs,
      asIs,
      Buffer.of(1, 2),
      metadata,
      options,
      (error, answer) => (error === null ? resolve(answer ?? Buffer.alloc(0)) : reject(error)),
    );
  });
}

describe("GrpcServer", () => {
  it("passes bytes, the database, the client's address and what it says it is", async () => {
    const seen: unknown[] = [];
    const { client } = await start(async (method, request, context) => {
      const { databaseName, peer, authorization } = context;
      seen.push([method, Buffer.from(request), databaseName, peer, authorization]);
      return Uint8Array.of(3, 4, 5);
    });
    const metadata = new Metadata();
    metadata.set("dbname", "films");
    metadata.set("authorization", "cm9vdDpNaWx2dXM=");
    expect(await call(client, metadata)).toEqual(Buffer.of(3, 4, 5));
    expect(seen).toEqual([
      ["GetVersion", Buffer.of(1, 2), "films", "127.0.0.1", "cm9vdDpNaWx2dXM="],
    ]);
  });

  it("leaves the database open when the metadata names none", async () => {
    let seen: string | undefined;
    const { client } = await start(async (_method, _request, { databaseName }) => {
      seen = databaseName;
      return new Uint8Array();
    });
    await call(client);
    expect(seen).toBe("");
  });

  it("fails the call when the handler fails, and serves on", async () => {
    let count = 0;
    const { client } = await start(async () => {
      count++;
      if (count === 1) throw new Error("out of order");
      return Uint8Array.of(7);
    });
    await expect(call(client)).rejects.toMatchObject({
      code: status.INTERNAL,
      details: expect.stringContaining("out of order"),
    });
    expect(await call(client)).toEqual(Buffer.of(7));
  });

  it("tells the handler when the client has given up", async () => {
    const { promise, resolve } = deferred();
    const { client } = await start((_method, _request, { signal }) => {
      signal?.addEventListener("abort", resolve);
      return new Promise(() => undefined);
    });
    await expect(call(client, new Metadata(), 50)).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    await promise;
  });

  it("survives connections that do not speak HTTP/2", async () => {
    const { client, port } = await start(async () => Uint8Array.of(7));
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.end("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket.resume(), "close");
    expect(await call(client)).toEqual(Buffer.of(7));
  });

  it("close() lets a running request finish", async () => {
    const begun = deferred();
    const release = deferred();
    const { client, grpc } = await start(async () => {
      begun.resolve();
      await release.promise;
      return Uint8Array.of(7);
    });
    const answer = call(client);
    await begun.promise;
    const closed = grpc.close(10_000);
    release.resolve();
    expect(await answer).toEqual(Buffer.of(7));
    await closed;
  });

  it("close() cuts off a request that does not finish in time", async () => {
    const begun = deferred();
    const { client, grpc } = await start(() => {
      begun.resolve();
      return new Promise(() => undefined);
    });
    const failed = expect(call(client)).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await begun.promise;
    await grpc.close(10);
    await failed;
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
