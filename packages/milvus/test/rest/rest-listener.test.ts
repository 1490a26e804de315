import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AccessError } from "../../src/access/access-error.ts";
import { RestHarness } from "./rest-harness.ts";

describe("createRestListener()", () => {
  let api: RestHarness;

  beforeAll(async () => {
    api = await RestHarness.open({ bodyBytesMax: 10_000 });
  });
  afterAll(() => api.close());

  it("answers code 0 and data with HTTP status 200", async () => {
    expect(await api.post("/collections/list", {})).toEqual({ status: 200, code: 0, data: [] });
  });

  it("answers 1802 when a required property is missing, in the words of Milvus's validator", async () => {
    expect(await api.fails("/collections/has", {})).toEqual({
      code: 1802,
      message:
        "missing required parameters, error: Key: 'CollectionNameReq.CollectionName' " +
        "Error:Field validation for 'CollectionName' failed on the 'required' tag",
    });
    expect(await api.fails("/collections/rename", { collectionName: "" })).toMatchObject({
      code: 1802,
      message: expect.stringMatching(/'CollectionName' failed.*\n.*'NewCollectionName' failed/),
    });
  });

  it("answers 1801 for a body that is no JSON, of no JSON object or of another type", async () => {
    const format = "can only accept json format request";
    expect(await api.fails("/collections/list", "")).toEqual({
      code: 1801,
      message: `${format}, the request body should be nil, however {} is valid`,
    });
    expect(await api.fails("/collections/list", "{")).toMatchObject({
      code: 1801,
      message: expect.stringContaining(`${format}, error: `),
    });
    expect(await api.fails("/collections/list", "[]")).toEqual({
      code: 1801,
      message: `${format}, error: json: cannot unmarshal array into Go value of type httpserver.DatabaseReq`,
    });
    expect(await api.fails("/entities/query", { collectionName: "c", limit: "5" })).toEqual({
      code: 1801,
      message:
        `${format}, error: json: cannot unmarshal string into Go struct field ` +
        "QueryReqV2.limit of type int32",
    });
    const tooLarge = { collectionName: "c", limit: 2 ** 31 };
    expect(await api.fails("/entities/query", tooLarge)).toMatchObject({ code: 1801 });
  });

  it("takes properties in any case of letters, as Go's decoder does", async () => {
    expect(await api.ok("/collections/has", { COLLECTIONNAME: "x" })).toEqual({ has: false });
  });

  it("refuses a body with more bytes than allowed with 413, and one with just as many not", async () => {
    const bodyOf = (bytes: number) => {
      const text = JSON.stringify({ collectionName: "", x: "" });
      return JSON.stringify({ collectionName: "c", x: "y".repeat(bytes - text.length - 1) });
    };
    expect(bodyOf(10_000)).toHaveLength(10_000);
    expect(await api.post("/collections/has", bodyOf(10_000))).toMatchObject({ code: 0 });
    expect(await api.post("/collections/has", bodyOf(10_001))).toMatchObject({
      status: 413,
      code: 1801,
      message: expect.stringContaining("more than 10000 bytes"),
    });
  });

  it("goes on when a client goes away in the middle of its request", async () => {
    const failures: unknown[] = [];
    const other = await RestHarness.open({ onFailure: (_route, error) => failures.push(error) });
    const socket = connect(other.port, "127.0.0.1");
    const head =
      "POST /v2/vectordb/collections/list HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n";
    await new Promise((resolve) => socket.write(`${head}{`, resolve));
    expect(await other.post("/collections/list", {})).toMatchObject({ code: 0 });
    socket.resetAndDestroy();
    expect(await other.post("/collections/list", {})).toMatchObject({ code: 0 });
    await other.close();
    expect(failures).toEqual([]);
  });

  it("refuses a body of unknown length as soon as it has more bytes than allowed", async () => {
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("[".repeat(4_000))),
    });
    const init = { method: "POST", body: stream, duplex: "half" };
    const response = await fetch(
      `http://127.0.0.1:${api.port}/v2/vectordb/collections/has`,
      init as RequestInit,
    ).catch(() => undefined);
    // The answer may be overtaken by the end of the connection.
    expect(response?.status ?? 413).toBe(413);
  });

  it("refuses a body that is nested deeper than 512 levels", async () => {
    const nested = (depth: number) => `{"x":"[\\"[[","y":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(await api.post("/collections/list", nested(511))).toMatchObject({ code: 0 });
    expect(await api.fails("/collections/list", nested(512))).toEqual({
      code: 1801,
      message:
        "can only accept json format request, error: the body is nested deeper than 512 levels",
    });
  });

  it("refuses a compressed body by name", async () => {
    const headers = { "content-encoding": "gzip" };
    const response = await api.fetch("/v2/vectordb/collections/list", gzipSync("{}"), { headers });
    expect(await response.json()).toEqual({
      code: 1801,
      message:
        "can only accept json format request, error: a body with Content-Encoding gzip is not supported",
    });
  });

  it("answers 404 for other addresses and methods, and 204 to OPTIONS", async () => {
    const list = "/v2/vectordb/collections/list";
    for (const [path, method] of [
      ["/", "GET"],
      ["/v2/vectordb/collections/nothing", "POST"],
      [list, "GET"],
      [list, "PUT"],
    ]) {
      const body = method === "GET" ? undefined : "{}";
      const response = await api.fetch(path, body, { method });
      expect([response.status, await response.text()]).toEqual([404, "404 page not found"]);
    }
    const options = await api.fetch(list, undefined, { method: "OPTIONS" });
    expect(options.status).toBe(204);
    expect(options.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("lets pages of other machines in only if they sign in", async () => {
    const ask = async (headers: Record<string, string>) =>
      (await api.post("/collections/list", {}, { headers })).status;
    expect(await ask({ origin: "http://localhost:3000" })).toBe(200);
    expect(await ask({ origin: "http://127.0.0.1" })).toBe(200);
    expect(await ask({ origin: "https://shop.example", authorization: "Bearer a:b" })).toBe(200);
    expect(await ask({ origin: "https://shop.example" })).toBe(401);
    expect(await ask({ origin: "http://localhost.shop.example" })).toBe(401);
    expect(await ask({ origin: "null" })).toBe(401);
  });

  it("lets no page in whose name has been made to lead to this machine", async () => {
    const ask = async (host: string, authorization?: string) => {
      const path = "/v1/vector/collections";
      const headers = { host, ...(authorization === undefined ? {} : { authorization }) };
      const outgoing = request({ host: "127.0.0.1", port: api.port, path, headers }).end();
      const [response] = await once(outgoing, "response");
      response.resume();
      return response.statusCode;
    };
    expect(await ask("localhost:19530")).toBe(200);
    expect(await ask("127.0.0.1")).toBe(200);
    expect(await ask("[::1]:19530")).toBe(200);
    expect(await ask("shop.example:19530")).toBe(401);
    expect(await ask("127.0.0.1.shop.example")).toBe(401);
    expect(await ask("shop.example", "Bearer a:b")).toBe(200);
  });

  it("takes the database from the body, else from the header DB-Name", async () => {
    await api.ok("/databases/create", { dbName: "shop" });
    await api.ok("/collections/create", { dbName: "shop", collectionName: "c", dimension: 2 });
    const headers = { "DB-Name": "shop" };
    expect(await api.ok("/collections/list", {}, { headers })).toEqual(["c"]);
    expect(await api.ok("/collections/list", { dbName: "default" }, { headers })).toEqual([]);
    expect(await api.fails("/collections/list", { dbName: "none" })).toEqual({
      code: 800,
      message: "database not found[database=none]",
    });
  });

  it("describes itself in OpenAPI 3.1", async () => {
    const response = await api.fetch("/v2/openapi.json", undefined, { method: "GET" });
    const description = (await response.json()) as { paths: Record<string, unknown> };
    expect(description).toMatchObject({
      openapi: "3.1.0",
      paths: {
        "/v2/vectordb/collections/has": {
          post: {
            operationId: "collections_has",
            requestBody: {
              content: { "application/json": { schema: { required: ["collectionName"] } } },
            },
          },
        },
      },
    });
    expect(Object.keys(description.paths).length).toBeGreaterThan(100);
  });
});

describe("createRestListener() over a service that refuses or fails", () => {
  async function answerOf(
    handle: () => Promise<Uint8Array>,
    { timeoutMs, headers = {} }: { timeoutMs?: number; headers?: Record<string, string> } = {},
  ) {
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    const api = await RestHarness.open({
      handler: { authenticate: async () => undefined, handle },
      ...options,
    });
    try {
      return await api.post("/collections/list", {}, { headers });
    } finally {
      await api.close();
    }
  }

  it("answers 401 and 1800 to who has not signed in", async () => {
    const refuse = () => Promise.reject(new AccessError("unauthenticated", "auth check failure"));
    expect(await answerOf(refuse)).toEqual({
      status: 401,
      code: 1800,
      message: "user hasn't authenticated",
    });
  });

  it("answers 403 to who may not do it", async () => {
    const reason = "PrivilegeShowCollections: permission deny to bob in the `default` database";
    const refuse = () => Promise.reject(new AccessError("denied", reason));
    expect(await answerOf(refuse)).toEqual({
      status: 403,
      code: 65535,
      message: `rpc error: code = PermissionDenied desc = ${reason}`,
    });
  });

  it("answers 408 when the time of the server or of the request is over", async () => {
    const never = () => new Promise<Uint8Array>(() => undefined);
    const late = { status: 408, code: 10_001, message: "request timeout" };
    expect(await answerOf(never, { timeoutMs: 5 })).toEqual(late);
    expect(await answerOf(never, { headers: { "Request-Timeout": "0" } })).toEqual(late);
  });

  it("answers code 5 when the service breaks down, and goes on", async () => {
    const fail = () => Promise.reject(new Error("oh"));
    expect(await answerOf(fail)).toEqual({
      status: 200,
      code: 5,
      message: "service internal error: oh",
    });
  });

  it("answers an error when the service's bytes are none", async () => {
    const nonsense = () => Promise.resolve(new Uint8Array([255]));
    expect(await answerOf(nonsense)).toMatchObject({ status: 200, code: 5 });
  });
});
