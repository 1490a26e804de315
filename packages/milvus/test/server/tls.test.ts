// TLS one-way and mutual, over real sockets with the official Node SDK, which our client hands its
// options to.
import { once } from "node:events";
import { type RequestOptions, request } from "node:https";
import { connect as connectTls } from "node:tls";
import { type ClientConfig, MilvusClient } from "@redkite/milvus/client";
import {
  type RunningServer,
  type ServerOptions,
  startServer,
  type TlsMaterial,
} from "@redkite/milvus/server";
import { logger } from "@zilliz/milvus2-sdk-node";
import { afterEach, describe, expect, it } from "vitest";
import { tlsFile, tlsPath } from "../tls/tls-files.ts";

logger.level = "silent";

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const oneWay: TlsMaterial = { cert: tlsFile("server.pem"), key: tlsFile("server.key") };
const mutual: TlsMaterial = { ...oneWay, ca: tlsFile("ca.pem") };

async function start(
  tls: TlsMaterial,
  options: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  const server = await startServer({
    dataPath: ":memory:",
    port: 0,
    tls,
    ...options,
  } as ServerOptions);
  cleanups.push(() => server.close());
  return server;
}

function clientOf(server: RunningServer, config: Partial<ClientConfig> = {}): MilvusClient {
  const client = new MilvusClient({
    address: `https://localhost:${server.port}`,
    maxRetries: 0,
    timeout: 20_000,
    ...config,
  });
  client.connectPromise.catch(() => undefined);
  cleanups.push(() => client.closeConnection());
  return client;
}

/** Whether a client gets an answer. */
async function isServed(client: MilvusClient): Promise<boolean> {
  try {
    return (await client.getVersion()).version.startsWith("v3");
  } catch {
    return false;
  }
}

const rootCertPath = tlsPath("ca.pem");
const clientCertificate = {
  privateKeyPath: tlsPath("client.key"),
  certChainPath: tlsPath("client.pem"),
};

describe("startServer() with TLS", () => {
  it("serves clients that trust its authority", async () => {
    const server = await start(oneWay);
    expect(await isServed(clientOf(server, { tls: { rootCertPath } }))).toBe(true);
    const rootCert = tlsFile("ca.pem");
    expect(await isServed(clientOf(server, { ssl: true, tls: { rootCert } }))).toBe(true);
  });

  it("serves clients that know the server's own certificate", async () => {
    const cert = tlsFile("self-signed-server.pem");
    const server = await start({ cert, key: tlsFile("self-signed-server.key") });
    expect(await isServed(clientOf(server, { tls: { rootCert: cert } }))).toBe(true);
  });

  it("is served under another name, if the client is told it", async () => {
    const server = await start(oneWay);
    const address = `https://127.0.0.1:${server.port}`;
    const named = { address, tls: { rootCertPath, serverName: "kite.test" } };
    expect(await isServed(clientOf(server, named))).toBe(true);
    const wrong = { address, tls: { rootCertPath, serverName: "kestrel.test" } };
    expect(await isServed(clientOf(server, wrong))).toBe(false);
  });

  it("is not trusted by clients of another authority, and lives on", async () => {
    const server = await start(oneWay);
    const tls = { rootCertPath: tlsPath("other-ca.pem") };
    expect(await isServed(clientOf(server, { tls }))).toBe(false);
    expect(await isServed(clientOf(server, { tls: { rootCertPath } }))).toBe(true);
  });

  it("does not serve clients without TLS", async () => {
    const server = await start(oneWay);
    expect(await isServed(clientOf(server, { address: server.address }))).toBe(false);
    await expect(fetch(`http://${server.address}/v2/vectordb/users/list`)).rejects.toThrow();
  });

  it("serves REST on the same port", async () => {
    const server = await start(oneWay);
    expect(await restStatus(server, {})).toBe(200);
  });

  it("speaks HTTP/1.1 with who offers that and HTTP/2, as curl and browsers do", async () => {
    const { port } = await start(oneWay);
    const chosen = async (...ALPNProtocols: string[]) => {
      const socket = connectTls({ host: "localhost", port, ca: tlsFile("ca.pem"), ALPNProtocols });
      await once(socket, "secureConnect");
      socket.destroy();
      return socket.alpnProtocol;
    };
    expect(await chosen("h2", "http/1.1")).toBe("http/1.1");
    expect(await chosen("h2")).toBe("h2");
    expect(await chosen("grpc-exp", "h2")).toBe("h2");
  });

  it("shows another certificate after it has been renewed", async () => {
    const server = await start(oneWay);
    expect(await subjectOf(server)).toBe("localhost");
    server.renewTls({ cert: tlsFile("renewed-server.pem"), key: tlsFile("renewed-server.key") });
    expect(await subjectOf(server)).toBe("renewed");
    const broken = { cert: tlsFile("server.pem"), key: tlsFile("renewed-server.key") };
    expect(() => server.renewTls(broken)).toThrow("not the key of the certificate");
    expect(await subjectOf(server)).toBe("renewed");
  });

  it("asks for users and passwords as well, if it is to", async () => {
    const server = await start(oneWay, { auth: { password: "Milvus" } });
    const tls = { rootCertPath };
    expect(await isServed(clientOf(server, { tls, token: "root:Milvus" }))).toBe(true);
    expect(await isServed(clientOf(server, { tls, token: "root:milvus" }))).toBe(false);
  });

  it.each([
    ["a certificate that is none", { cert: Buffer.from("kite") }, "the TLS certificate"],
    ["a key that is none", { key: Buffer.from("kite") }, "the TLS key"],
    ["the key of another certificate", { key: tlsFile("client.key") }, "not the key of the"],
    ["an authority that is none", { ca: Buffer.from("kite") }, "authority of clients"],
  ])("refuses %s", async (_what, wrong, message) => {
    const failed = startServer({ dataPath: ":memory:", port: 0, tls: { ...oneWay, ...wrong } });
    await expect(failed).rejects.toMatchObject({
      name: "ServerError",
      code: "tls-invalid",
      message: expect.stringContaining(message),
    });
  });
});

describe("startServer() with an authority for clients", () => {
  it("serves clients with a certificate of it", async () => {
    const server = await start(mutual);
    const tls = { rootCertPath, ...clientCertificate };
    expect(await isServed(clientOf(server, { tls }))).toBe(true);
    const { key, cert } = { key: tlsFile("client.key"), cert: tlsFile("client.pem") };
    expect(await restStatus(server, { key, cert })).toBe(200);
  });

  it("refuses clients without a certificate, and with one of another authority", async () => {
    const server = await start(mutual);
    expect(await isServed(clientOf(server, { tls: { rootCertPath } }))).toBe(false);
    const other = {
      rootCertPath,
      privateKeyPath: tlsPath("other-client.key"),
      certChainPath: tlsPath("other-client.pem"),
    };
    expect(await isServed(clientOf(server, { tls: other }))).toBe(false);
    await expect(restStatus(server, {})).rejects.toThrow();
    expect(await isServed(clientOf(server, { tls: { rootCertPath, ...clientCertificate } }))).toBe(
      true,
    );
  });
});

/** The status of a request of REST, by a client that trusts the server. */
async function restStatus({ port }: RunningServer, options: RequestOptions): Promise<number> {
  const outgoing = request({
    host: "localhost",
    port,
    path: "/v2/vectordb/collections/list",
    method: "POST",
    headers: { "content-type": "application/json" },
    ca: tlsFile("ca.pem"),
    agent: false,
    ...options,
  }).end("{}");
  const [response] = await once(outgoing, "response");
  response.resume();
  return response.statusCode;
}

/** The name in the certificate that the server shows. */
async function subjectOf({ port }: RunningServer): Promise<string> {
  const socket = connectTls({ host: "localhost", port, ca: tlsFile("ca.pem") });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}
