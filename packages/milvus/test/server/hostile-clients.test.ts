// What strangers may send to the port: after each of it the server answers others as before.
import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { type RunningServer, startServer } from "@redkite/milvus/server";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { GrpcServer } from "../../src/server/grpc-server.ts";
import { tlsFile } from "../tls/tls-files.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

let server: RunningServer;
let secure: RunningServer;
const failures: unknown[] = [];

beforeAll(async () => {
  const logger = { error: (...failure: unknown[]) => failures.push(failure) };
  const auth = { password: "Milvus" };
  server = await startServer({ dataPath: ":memory:", port: 0, auth, logger });
  const tls = { cert: tlsFile("server.pem"), key: tlsFile("server.key") };
  secure = await startServer({ dataPath: ":memory:", port: 0, tls, logger });
});
afterAll(async () => {
  await server.close();
  await secure.close();
});

async function connected(port = server.port): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  cleanups.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** What comes back for some bytes, until the server has ended the connection. */
async function answerTo(...parts: (string | Uint8Array)[]): Promise<string> {
  const socket = await connected();
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  for (const part of parts) socket.write(part);
  await once(socket, "close");
  return text;
}

const opening = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Each of them is against the rules of HTTP/2. */
const forgedFrames: readonly Buffer[] = [
  frame(4, 0, 0, Buffer.of(0, 4, 0xff, 0xff, 0xff, 0xff)),
  frame(4, 0, 0, Buffer.of(1, 2, 3)),
  frame(1, 4, 1, Buffer.alloc(100, 0xff)),
  frame(0, 0, 7, Buffer.alloc(10)),
  frame(8, 0, 0, Buffer.alloc(4)),
  frame(9, 4, 1, Buffer.alloc(10)),
  Buffer.of(0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1),
];

/** Whether others are served: REST and gRPC both say that they have to sign in. */
async function isServing(): Promise<boolean> {
  const body = { method: "POST", body: "{}" };
  const answer = await fetch(`http://${server.address}/v2/vectordb/collections/list`, body);
  const { code } = await call(Buffer.of()).catch((error: { code: number }) => error);
  return answer.status === 401 && code === status.UNAUTHENTICATED && failures.length === 0;
}

function call(message: Buffer, token?: string): Promise<{ code: number }> {
  const client = new Client(server.address, credentials.createInsecure());
  cleanups.push(() => client.close());
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", Buffer.from(token).toString("base64"));
  const asIs = (bytes: Buffer) => bytes;
  const path = "/milvus.proto.milvus.MilvusService/Insert";
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, message, metadata, (error) =>
      error === null ? resolve({ code: 0 }) : reject(error),
    );
  });
}

describe("startServer() among hostile clients", () => {
  it("ends connections that send random bytes, plain, behind HTTP/2's opening and over TLS", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("", "P", "PRI", opening, "\x16\x03\x01", "POST / HTTP/1.1\r\n"),
        fc.constantFrom(server.port, secure.port),
        async (bytes, begin, port) => {
          const socket = await connected(port);
          socket.write(begin);
          socket.end(bytes);
          await once(socket.resume(), "close");
        },
      ),
      { numRuns: 150 },
    );
    expect(await isServing()).toBe(true);
  });

  it.each([
    ["two lengths", "Content-Length: 2\r\nContent-Length: 30\r\n"],
    ["a length and chunks", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"],
    ["chunks of a kind that there is not", "Transfer-Encoding: xchunked\r\n"],
    ["a length that is none", "Content-Length: +2\r\n"],
    ["a line in a header", "X: a\n b\r\nContent-Length: 2\r\n"],
    ["a colon behind a space", "Content-Length : 2\r\n"],
  ])("answers 400 to a request with %s, and reads no second one behind it", async (_what, head) => {
    const smuggled = "{}GET /v2/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
    const path = "/v2/vectordb/collections/list";
    const text = await answerTo(`POST ${path} HTTP/1.1\r\nHost: x\r\n${head}\r\n${smuggled}`);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it("refuses a head of more than 16 KiB", async () => {
    const text = await answerTo(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(20_000)}\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("bears connections of HTTP/2 that are against the rules", async () => {
    for (const bytes of forgedFrames) {
      const socket = await connected();
      socket.end(Buffer.concat([Buffer.from(opening), frame(4, 0, 0, Buffer.of()), bytes]));
      await once(socket, "data");
    }
    expect(await isServing()).toBe(true);
  });

  it("bears a client that begins and resets calls as fast as it can", async () => {
    const session = connectHttp2(`http://${server.address}`);
    session.on("error", () => undefined);
    cleanups.push(() => session.destroy());
    await once(session, "connect");
    for (let i = 0; i < 5_000 && !session.closed && !session.destroyed; i++) {
      const path = "/milvus.proto.milvus.MilvusService/Search";
      const stream = session.request({ ":method": "POST", ":path": path });
      stream.on("error", () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      if (i % 100 === 0) await new Promise(setImmediate);
    }
    expect(await isServing()).toBe(true);
  });

  it.each([
    ["settings", frame(4, 0, 0, Buffer.of(0, 4, 0, 1, 0, 0))],
    ["pings", frame(6, 0, 0, Buffer.alloc(8))],
    ["headers without an end", frame(9, 0, 1, Buffer.alloc(1_000))],
  ])("ends the connection of a client that sends %s and never reads", async (what, flood) => {
    const socket = await connected();
    socket.write(Buffer.concat([Buffer.from(opening), frame(4, 0, 0, Buffer.of())]));
    if (what === "headers without an end") socket.write(frame(1, 0, 1, Buffer.of(0x82)));
    // Unlike once(), which the error of a write would end.
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const floods = Buffer.concat(Array.from({ length: 200 }, () => flood));
    const send = () => {
      while (!socket.destroyed && socket.write(floods));
    };
    socket.on("drain", send);
    send();
    await closed;
    expect(await isServing()).toBe(true);
  });

  it("tells strangers to sign in before they have sent what they want", async () => {
    const session = connectHttp2(`http://${server.address}`);
    session.on("error", () => undefined);
    cleanups.push(() => session.destroy());
    const stream = session.request({
      ":method": "POST",
      ":path": "/milvus.proto.milvus.MilvusService/Insert",
      "content-type": "application/grpc",
    });
    stream.on("error", () => undefined);
    // The head of a message of 100 MiB, and no end of it.
    stream.write(Buffer.of(0, 6, 0x40, 0, 0, 1, 2, 3));
    const [headers] = await once(stream, "response");
    expect(headers["grpc-status"]).toBe(`${status.UNAUTHENTICATED}`);
  });

  it("bears a thousand connections that say nothing", async () => {
    const silent: Socket[] = [];
    for (let i = 0; i < 1_000; i++) silent.push(await connected());
    expect(await isServing()).toBe(true);
  });

  it("bears clients that leave in the middle of a call", async () => {
    for (const cut of [1, 24, 40, 80]) {
      const head = frame(4, 0, 0, Buffer.of());
      const socket = await connected();
      socket.write(Buffer.concat([Buffer.from(opening), head]).subarray(0, cut));
      socket.resetAndDestroy();
    }
    const text =
      "POST /v2/vectordb/entities/insert HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    const socket = await connected();
    socket.write(text);
    socket.resetAndDestroy();
    await expect(call(Buffer.of(0xff), "root:Milvus")).resolves.toEqual({ code: 0 });
    expect(await isServing()).toBe(true);
  });
});

describe("GrpcServer", () => {
  it("ends connections that break the rules or say nothing, and no others", async () => {
    const handler = { authenticate: async () => undefined, handle: async () => Buffer.of(7) };
    const grpc = new GrpcServer(handler, { pingMs: 900 });
    const acceptor = createServer((socket) => {
      socket.on("error", () => undefined);
      grpc.accept(socket);
    }).listen(0, "127.0.0.1");
    cleanups.push(async () => {
      acceptor.close();
      await grpc.close(0);
    });
    await once(acceptor, "listening");
    // A server that listens on TCP has an address of this form.
    const { port } = acceptor.address() as AddressInfo;
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    cleanups.push(() => session.destroy());
    const greetings = forgedFrames.map((bytes) =>
      Buffer.concat([Buffer.from(opening), frame(4, 0, 0, Buffer.of()), bytes]),
    );
    const all = [...greetings, Buffer.from("PRI"), Buffer.from(opening)];
    await Promise.all(
      all.map(async (greeting) => {
        const socket = await connected(port);
        socket.write(greeting);
        await once(socket.resume(), "close");
      }),
    );
    // It may ask as often as it likes whether we are still there.
    for (let i = 0; i < 50; i++) {
      await new Promise<void>((resolve, reject) => {
        session.ping((error) => (error === null ? resolve() : reject(error)));
      });
    }
    expect(session.closed || session.destroyed).toBe(false);
  });
});
