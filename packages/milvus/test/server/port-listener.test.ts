import { once } from "node:events";
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { GrpcServer } from "../../src/server/grpc-server.ts";
import { HttpServer } from "../../src/server/http-server.ts";
import { PortListener } from "../../src/server/port-listener.ts";
import type { TlsMaterial } from "../../src/server/tls-material.ts";
import { tlsFile } from "../tls/tls-files.ts";

const tls: TlsMaterial = { cert: tlsFile("server.pem"), key: tlsFile("server.key") };

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Running {
  readonly listener: PortListener;
  readonly port: number;
  /** Called when a request of REST has come; answers it. */
  readonly held: (() => void)[];
}

/** REST answers "/slow" when it is told to, and everything else at once. */
async function start(material?: TlsMaterial): Promise<Running> {
  const held: (() => void)[] = [];
  const http2 = new GrpcServer({
    authenticate: async () => undefined,
    handle: async () => Uint8Array.of(7),
  });
  const http1 = new HttpServer((incoming, response) => {
    if (incoming.url === "/slow") held.push(() => response.end("late"));
    else response.end(`rest ${incoming.url}`);
  });
  const listener = new PortListener({ http2, http1 }, material);
  const { port } = await listener.listen({ host: "127.0.0.1", port: 0 });
  cleanups.push(() => listener.close(0));
  return { listener, port, held };
}

function grpcCall(port: number): Promise<Buffer> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  cleanups.push(() => client.close());
  const asIs = (bytes: Buffer) => bytes;
  const path = "/milvus.proto.milvus.MilvusService/GetVersion";
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, Buffer.of(), new Metadata(), (error, answer) =>
      error === null ? resolve(answer ?? Buffer.of()) : reject(error),
    );
  });
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  cleanups.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** All that the server sends until it ends the connection. */
async function received(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(socket, "close");
  return text;
}

const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;

describe("PortListener", () => {
  it("serves gRPC and REST on one port", async () => {
    const { port } = await start();
    expect(await grpcCall(port)).toEqual(Buffer.of(7));
    expect(await (await fetch(`http://127.0.0.1:${port}/v2/x`)).text()).toBe("rest /v2/x");
    expect(await grpcCall(port)).toEqual(Buffer.of(7));
  });

  it("tells the protocols apart though the first letter comes alone", async () => {
    const { port } = await start();
    // Once another request is answered, the server has seen what came before.
    const seen = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
    const rest = await connected(port);
    const answer = received(rest);
    rest.write("P");
    await seen();
    rest.write("U");
    await seen();
    rest.write("T /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(await answer).toContain("rest /x");

    const http2 = await connected(port);
    http2.write("P");
    await seen();
    http2.write("RI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    // An empty SETTINGS frame.
    http2.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    const [settings] = await once(http2, "data");
    // The frame with which an HTTP/2 server begins: of type 4.
    expect(settings[3]).toBe(4);
  });

  it("answers a client that has closed its own side", async () => {
    const { port } = await start();
    const socket = await connected(port);
    const answer = received(socket);
    socket.end(get("/x", "Connection: close\r\n"));
    expect(await answer).toContain("rest /x");
  });

  it("lives on when clients leave at once, send rubbish, or break off", async () => {
    const { port } = await start();
    (await connected(port)).end();
    (await connected(port)).resetAndDestroy();
    const rubbish = await connected(port);
    const answer = received(rubbish);
    rubbish.write("\x16\x03\x01\x02\x00\x01 a TLS greeting\r\n\r\n");
    expect(await answer).toMatch(/^HTTP\/1\.1 400/);
    const half = await connected(port);
    half.write("PRI * HTTP/2.0\r\n\r\nrubbish");
    half.end("more rubbish");
    await once(half.resume(), "close");
    expect(await grpcCall(port)).toEqual(Buffer.of(7));
  });

  it("ends a connection of HTTP/2 whose client has closed its side", async () => {
    const { port } = await start();
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => undefined);
    cleanups.push(() => socket.destroy());
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    // An empty SETTINGS frame.
    socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    await once(socket, "data");
    socket.end();
    await once(socket, "end");
  });

  it("bears several requests on one connection", async () => {
    const { port } = await start();
    const socket = await connected(port);
    const answer = received(socket);
    socket.write(get("/one") + get("/two") + get("/three", "Connection: close\r\n"));
    const text = await answer;
    for (const path of ["/one", "/two", "/three"]) expect(text).toContain(`rest ${path}`);
  });
});

describe("PortListener.close()", () => {
  it("ends connections that ask nothing, and those that have not said a word", async () => {
    const { listener, port } = await start();
    const silent = await connected(port);
    const idle = await connected(port);
    idle.write(get("/x"));
    await once(idle, "data");
    const closed = Promise.all([silent, idle].map((socket) => once(socket.resume(), "close")));
    await listener.close(10_000);
    await closed;
  });

  it("lets a request of REST finish, and then ends its connection", async () => {
    const { listener, port, held } = await start();
    const slow = request({ port, host: "127.0.0.1", path: "/slow" }).end();
    while (held.length === 0) await new Promise(setImmediate);
    const closed = listener.close(10_000);
    held[0]();
    const [response] = await once(slow, "response");
    response.resume();
    await closed;
  });

  it("lets every request of a connection finish", async () => {
    const { listener, port, held } = await start();
    const socket = await connected(port);
    const answer = received(socket);
    socket.write(get("/slow") + get("/slow"));
    while (held.length < 2) await new Promise(setImmediate);
    const closed = listener.close(10_000);
    held[0]();
    await new Promise(setImmediate);
    held[1]();
    expect((await answer).match(/late/g)).toHaveLength(2);
    await closed;
  });

  it("lets a request that came over TLS finish", async () => {
    const { listener, port, held } = await start(tls);
    const ca = tlsFile("ca.pem");
    // Never gets as far as its handshake.
    const silent = once((await connected(port)).resume(), "close");
    const slow = secureRequest({ port, host: "localhost", path: "/slow", ca }).end();
    while (held.length === 0) await new Promise(setImmediate);
    const closed = listener.close(10_000);
    held[0]();
    const [response] = await once(slow, "response");
    response.resume();
    await closed;
    await silent;
  });

  it("cuts off a request that does not finish in time", async () => {
    const { listener, port, held } = await start();
    const slow = request({ port, host: "127.0.0.1", path: "/slow" }).end();
    const failed = once(slow, "error");
    while (held.length === 0) await new Promise(setImmediate);
    await listener.close(0);
    await failed;
  });
});
