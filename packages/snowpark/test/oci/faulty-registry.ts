import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a test has happen to the next requests that fit. */
export interface Fault {
  readonly method: string;
  readonly path: RegExp;
  /** How many requests it happens to. */
  count: number;
  /** Only to requests with as many bytes. Default 0. */
  readonly bytesMin?: number;
  readonly answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
}

/**
 * A registry in memory that wants tokens as Snowflake's does, and fails as it is told. It checks what it gets: digests,
 * ranges, tokens.
 */
export class FaultyRegistry {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, { type: string; bytes: Buffer }>();
  readonly uploads = new Map<string, Buffer>();
  /** `METHOD path`, in their order. */
  readonly requests: string[] = [];
  readonly faults: Fault[] = [];
  /** Tokens given out. */
  signIns = 0;
  challenge: string | undefined;
  #token = randomUUID();
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request, response);
  });

  static async open(): Promise<FaultyRegistry> {
    const registry = new FaultyRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    registry.challenge = `Bearer realm="http://${registry.host}/login",service="${registry.host}"`;
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What was given out before is worth nothing any more. */
  forgetTokens(): void {
    this.#token = randomUUID();
  }

  fail(method: string, path: RegExp, count: number, answer: Fault["answer"]): void {
    this.faults.push({ method, path, count, answer });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    this.requests.push(`${method} ${url.split("?")[0]}`);
    if (url.startsWith("/login")) {
      this.#logIn(request, response);
      return;
    }
    const fault = this.faults.find(
      ({ count, bytesMin = 0, ...of }) =>
        count > 0 && of.method === method && of.path.test(url) && body.length >= bytesMin,
    );
    if (fault !== undefined) {
      fault.count -= 1;
      fault.answer(request, response, body);
      return;
    }
    if (request.headers.authorization !== `Bearer ${this.#token}`) {
      if (this.challenge !== undefined) response.setHeader("WWW-Authenticate", this.challenge);
      response.writeHead(401).end();
      return;
    }
    this.#serve({ method, url, body, request }, response);
  }

  #logIn(request: IncomingMessage, response: ServerResponse): void {
    const expected = `Basic ${Buffer.from("kite:secret").toString("base64")}`;
    if (request.headers.authorization !== expected) response.writeHead(401).end();
    else {
      this.signIns += 1;
      response.end(JSON.stringify({ token: this.#token }));
    }
  }

  #serve(
    {
      method,
      url,
      body,
      request,
    }: { method: string; url: string; body: Buffer; request: IncomingMessage },
    response: ServerResponse,
  ): void {
    const [path, query = ""] = url.split("?");
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (path.includes("/manifests/")) {
      if (method === "PUT")
        this.#putManifest(name, request.headers["content-type"] ?? "", body, response);
      else this.#get(this.manifests.get(name)?.bytes, request, response);
    } else if (path.endsWith("/blobs/uploads/")) {
      const id = randomUUID();
      this.uploads.set(id, Buffer.alloc(0));
      response.writeHead(202, { Location: `${path}${id}` }).end();
    } else if (path.includes("/blobs/uploads/")) {
      this.#upload({ method, path, id: name, query, body, request }, response);
    } else this.#get(this.blobs.get(name), request, response);
  }

  #putManifest(name: string, type: string, bytes: Buffer, response: ServerResponse): void {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    for (const key of [name, digest]) this.manifests.set(key, { type, bytes });
    response.writeHead(201, { "Docker-Content-Digest": digest }).end();
  }

  #get(bytes: Buffer | undefined, request: IncomingMessage, response: ServerResponse): void {
    if (bytes === undefined) response.writeHead(404).end();
    else if (request.method === "HEAD") response.writeHead(200).end();
    else {
      const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
      response.writeHead(from === undefined ? 200 : 206).end(bytes.subarray(Number(from ?? 0)));
    }
  }

  #upload(
    {
      method,
      path,
      id,
      query,
      body,
      request,
    }: {
      method: string;
      path: string;
      id: string;
      query: string;
      body: Buffer;
      request: IncomingMessage;
    },
    response: ServerResponse,
  ): void {
    const had = this.uploads.get(id);
    if (had === undefined) response.writeHead(404).end();
    else if (method === "GET") {
      response.writeHead(204, { Location: path, Range: `0-${Math.max(0, had.length - 1)}` }).end();
    } else if (method === "PATCH") {
      const range = `${had.length}-${had.length + body.length - 1}`;
      if (request.headers["content-range"] !== range) response.writeHead(416).end();
      else {
        this.uploads.set(id, Buffer.concat([had, body]));
        response.writeHead(202, { Location: path }).end();
      }
    } else {
      const digest = new URLSearchParams(query).get("digest") ?? "";
      const found = `sha256:${createHash("sha256").update(had).digest("hex")}`;
      if (digest !== found) response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID"}]}');
      else {
        this.blobs.set(digest, had);
        response.writeHead(201).end();
      }
    }
  }

  /** Takes the first bytes of a PATCH, and then the connection breaks. */
  breakAfter(bytes: number): Fault["answer"] {
    return (request, _response, body) => {
      const id = (request.url ?? "").split("/").at(-1) ?? "";
      const had = this.uploads.get(id) ?? Buffer.alloc(0);
      this.uploads.set(id, Buffer.concat([had, body.subarray(0, bytes)]));
      request.socket.destroy();
    };
  }
}
