import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Ingress } from "../../../src/simulator/ingress/ingress.ts";
import { loopbackFetch } from "../../../src/simulator/loopback-fetch.ts";
import { SimulatorServer } from "../../../src/simulator/simulator-server.ts";

let service: Server;
let servicePort: number | undefined;
let simulator: SimulatorServer;
let port: number;
const address = "abcdef-org-account";
const tokens: Record<string, { user: string; role: string }> = {
  good: { user: "ANN", role: "OPENER" },
  other: { user: "BOB", role: "PUBLIC" },
};

beforeAll(async () => {
  service = createServer((incoming, response) => {
    response.setHeader("server", "secret/1.0");
    response.setHeader("x-powered-by", "secret");
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    if (incoming.url === "/never") return;
    const there = /^\/to\?(.*)$/.exec(incoming.url ?? "")?.[1];
    if (there !== undefined)
      response.setHeader("location", there.replace("HERE", incoming.headers.host ?? ""));
    void text(incoming).then((body) =>
      response.end(JSON.stringify({ url: incoming.url, headers: incoming.headers, body })),
    );
  });
  service.on("upgrade", (incoming, socket) => {
    const user = incoming.headers["sf-context-current-user"];
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n${user}:`,
    );
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  servicePort = portOf(service);
  simulator = new SimulatorServer((error) => {
    throw error;
  });
  port = await simulator.listen(0, false);
  simulator.serve({
    routes: [
      { path: /^\/here$/, handle: ({ response }) => void response.end("the account itself") },
    ],
    ingress: new Ingress({
      account: {
        enter: (each, { user, role }) => {
          if (each !== address)
            return { kind: "refusal", status: 404, message: "No such endpoint" };
          if (role !== "OPENER") return { kind: "refusal", status: 403, message: "Not authorized" };
          const service = { service: "DB.PUBLIC.SVC", serviceId: 1, endpoint: "http", port: 80 };
          return { kind: "target", ...service, user };
        },
      },
      userOf: async (token) => tokens[token],
      portOf: () => servicePort,
      signInUrl: (host) => `http://127.0.0.1/sign-in?host=${host}`,
      idleMsMax: 300,
    }),
    ingressDomain: "localhost",
    isUnavailable: () => false,
  });
});

afterAll(async () => {
  await simulator.close();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

function portOf(server: Server): number {
  const bound = server.address();
  if (typeof bound !== "object" || bound === null) throw new Error("No port");
  return bound.port;
}

const fetchLocal = loopbackFetch(fetch);

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetchLocal(`http://${address}.localhost:${port}${path}`, { headers, redirect: "manual" });
}

const signedIn = { authorization: 'Snowflake Token="good"' };

describe("Ingress", () => {
  it("Ingress hands a request on, with the user's name and without the token", async () => {
    const response = await fetchLocal(`http://${address}.localhost:${port}/a/../b?c=%20`, {
      method: "POST",
      headers: {
        ...signedIn,
        "sf-context-current-user": "ROOT",
        "x-milvus-token": "root:x",
        cookie: "k=v",
      },
      body: "hello",
    });
    expect(response.status).toBe(200);
    const { url, headers, body } = (await response.json()) as {
      url: string;
      headers: Record<string, string>;
      body: string;
    };
    expect([url, body]).toEqual(["/b?c=%20", "hello"]);
    expect(headers["sf-context-current-user"]).toBe("ANN");
    expect(headers["authorization"]).toBeUndefined();
    expect(headers["x-milvus-token"]).toBe("root:x");
    expect(headers["cookie"]).toBe("k=v");
  });

  it("Ingress passes an Authorization on that is not Snowflake's", async () => {
    const response = await get("/", {
      authorization: "Bearer root:Milvus",
      cookie: "sfc-ss-ingress-session=good",
    });
    const { headers } = (await response.json()) as { headers: Record<string, string> };
    expect(headers["authorization"]).toBe("Bearer root:Milvus");
    expect(headers["cookie"]).toBeUndefined();
  });

  it("Ingress calls the service by a local name, and shows its addresses under its own", async () => {
    const shown = `http://${address}.localhost:${port}`;
    const local = `http://localhost:${servicePort}`;
    const seen = async (headers: Record<string, string>): Promise<Record<string, string>> =>
      (
        (await (await get("/", { ...signedIn, ...headers })).json()) as {
          headers: Record<string, string>;
        }
      ).headers;
    expect(await seen({ origin: shown, referer: `${shown}/lab?a` })).toMatchObject({
      host: `localhost:${servicePort}`,
      origin: local,
      referer: `${local}/lab?a`,
    });
    // What is not its own page stays foreign.
    for (const foreign of ["http://evil.example", `${shown}0`, `${shown}.evil.example`, "null"]) {
      expect(await seen({ origin: foreign })).toMatchObject({ origin: foreign });
    }
    const sentTo = async (place: string): Promise<string | null> =>
      (await get(`/to?${place}`, signedIn)).headers.get("location");
    expect(await sentTo("http://HERE/lab")).toBe(`${shown}/lab`);
    expect(await sentTo("/lab")).toBe("/lab");
    expect(await sentTo("http://example.com/")).toBe("http://example.com/");
  });

  it("Ingress hides the server's name and sets the documented headers", async () => {
    const { headers } = await get("/", signedIn);
    expect(headers.get("server")).toBeNull();
    expect(headers.get("x-powered-by")).toBeNull();
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'self'");
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("Ingress refuses who has no token, a wrong one or no service role", async () => {
    expect((await get("/")).status).toBe(401);
    expect((await get("/", { authorization: 'Snowflake Token="guess"' })).status).toBe(401);
    expect((await get("/", { authorization: 'Snowflake Token="other"' })).status).toBe(403);
    const other = await fetchLocal(`http://xxxxxx-org-account.localhost:${port}/`, {
      headers: signedIn,
    });
    expect(other.status).toBe(404);
  });

  it("Ingress sends a browser to sign in, keeps its session in a cookie and ends it", async () => {
    const page = await get("/lab", { accept: "text/html" });
    expect(page.status).toBe(302);
    expect(page.headers.get("location")).toContain(`host=${address}.localhost`);
    const back = await get("/sfc-endpoint/signed-in?token=good");
    expect(back.headers.get("location")).toBe("/");
    const [cookie = ""] = (back.headers.get("set-cookie") ?? "").split(";");
    expect((await get("/", { cookie })).status).toBe(200);
    expect((await get("/sfc-endpoint/signed-in?token=bad")).status).toBe(401);
    expect((await get("/sfc-endpoint/logout")).headers.get("set-cookie")).toContain("Max-Age=0");
  });

  it("Ingress answers 503 while no instance runs, and 504 when the service is idle", async () => {
    const before = servicePort;
    servicePort = undefined;
    expect((await get("/", signedIn)).status).toBe(503);
    servicePort = 1;
    expect((await get("/", signedIn)).status).toBe(503);
    servicePort = before;
    expect((await get("/never", signedIn)).status).toBe(504);
  });

  it("Ingress hands WebSockets on, and refuses those without a token", async () => {
    const upgrade = (headers: Record<string, string>): Promise<string> =>
      new Promise((resolve, reject) => {
        const host = `${address}.snowflakecomputing.app`;
        httpRequest({
          port,
          host: "127.0.0.1",
          headers: { host, connection: "Upgrade", upgrade: "echo", ...headers },
        })
          .on("upgrade", (_answer: IncomingMessage, socket, head) => {
            socket.write("ping");
            let received = head.toString();
            socket.on("data", (part: Buffer) => {
              received += part.toString();
              if (received.endsWith("ping")) socket.destroy();
            });
            socket.on("close", () => resolve(received));
          })
          .on("response", (answer) => resolve(String(answer.statusCode)))
          .on("error", reject)
          .end();
      });
    expect(await upgrade(signedIn)).toBe("ANN:ping");
    expect(await upgrade({})).toBe("401");
  });
});

describe("SimulatorServer", () => {
  it("SimulatorServer answers the account's own addresses, and no foreign host's", async () => {
    const at = (host: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1", () =>
          socket.end(`GET /here HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
        );
        void text(socket).then((answer) => resolve(answer.slice(9, 12)));
      });
    expect(await at(`127.0.0.1:${port}`)).toBe("200");
    expect(await at("org-account.snowflakecomputing.com")).toBe("200");
    expect(await at("evil.example.com")).toBe("421");
    expect((await fetch(`http://127.0.0.1:${port}/nowhere`)).status).toBe(404);
  });
});
