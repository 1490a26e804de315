import { once } from "node:events";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningProxy, startProxy } from "../../src/operations/proxy.ts";
import { type SmallServer, startSmallServer } from "./small-server.ts";

describe("startProxy()", () => {
  let service: SmallServer;
  let proxy: RunningProxy;
  let now = 0;
  let tokensMade = 0;

  beforeEach(async () => {
    now = 0;
    tokensMade = 0;
    service = await startSmallServer(({ path }) => ({
      status: path === "/401" ? 401 : 200,
      body: path,
    }));
    proxy = await startProxy({
      origin: new URL(`http://abcdef.localhost:${service.port}`),
      ingressToken: async () => `token-${++tokensMade}`,
      databaseToken: "root:secret",
      port: 0,
      now: () => now,
    });
  });
  afterEach(async () => {
    await proxy.close();
    await service.close();
  });

  it("signs in to Snowflake and to the database for its client", async () => {
    const answer = await fetch(`${proxy.address}/v2/x?y=1`, { method: "POST", body: "{}" });
    expect(await answer.text()).toBe("/v2/x?y=1");
    expect(service.seen).toMatchObject([{ method: "POST", path: "/v2/x?y=1", body: "{}" }]);
    expect(service.seen[0]?.headers).toMatchObject({
      authorization: 'Snowflake Token="token-1"',
      "x-milvus-token": "root:secret",
      host: `abcdef.localhost:${service.port}`,
    });
  });

  it.each([
    ["Bearer ada:pw", "ada:pw"],
    [`Basic ${btoa("ada:pw")}`, "ada:pw"],
    ["Digest x", "root:secret"],
  ])("passes a client's own sign-in on as X-Milvus-Token: %s", async (authorization, token) => {
    await fetch(proxy.address, { headers: { authorization } });
    expect(service.seen[0]?.headers["x-milvus-token"]).toBe(token);
  });

  it("makes a new token before the old one expires, and after a refusal", async () => {
    await fetch(proxy.address);
    now += 44 * 60_000;
    await fetch(proxy.address);
    expect(tokensMade).toBe(1);
    now += 2 * 60_000;
    await fetch(proxy.address);
    expect(tokensMade).toBe(2);
    await fetch(`${proxy.address}/401`);
    await fetch(proxy.address);
    expect(tokensMade).toBe(3);
  });

  it("refuses what a page of another origin asks, and names that are not this machine's", async () => {
    const foreign = await fetch(proxy.address, { headers: { origin: "https://example.com" } });
    expect(foreign.status).toBe(403);
    const rebound = await statusOf({ host: "evil.example" });
    expect(rebound).toBe(403);
    expect(service.seen).toEqual([]);
    const own = await fetch(proxy.address, { headers: { origin: proxy.address } });
    expect(own.status).toBe(200);
    expect(service.seen[0]?.headers.origin).toBe(`http://abcdef.localhost:${service.port}`);
  });

  it("keeps a path that looks like a host a path of the endpoint", async () => {
    await fetch(`${proxy.address}//example.com/x`);
    expect(service.seen[0]?.path).toBe("//example.com/x");
  });

  it("answers 502 when the service does not", async () => {
    await service.close();
    expect((await fetch(proxy.address)).status).toBe(502);
  });

  it("passes upgraded connections on, both ways", async () => {
    const { hostname, port } = new URL(proxy.address);
    const headers = { connection: "Upgrade", upgrade: "websocket" };
    const client = request({ hostname, port, path: "/ws", headers }).end();
    const [answer, socket] = await once(client, "upgrade");
    expect(answer.statusCode).toBe(101);
    socket.write("hello");
    const [echo] = await once(socket, "data");
    expect(String(echo)).toBe("hello");
    expect(service.seen[0]?.headers.authorization).toBe('Snowflake Token="token-1"');
    socket.destroy();
  });

  it("says network for a port that is taken", async () => {
    const options = {
      origin: new URL("http://127.0.0.1:1"),
      ingressToken: async () => "",
      port: proxy.port,
      now: () => 0,
    };
    await expect(startProxy(options)).rejects.toMatchObject({ code: "network" });
  });

  async function statusOf(headers: Record<string, string>): Promise<number | undefined> {
    const { hostname, port } = new URL(proxy.address);
    const [answer] = await once(request({ hostname, port, headers }).end(), "response");
    answer.resume();
    return answer.statusCode;
  }
});
