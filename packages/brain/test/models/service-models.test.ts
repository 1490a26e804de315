// Models behind HTTP, against a service in this process.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../src/models/load-model.ts";

const grey = { width: 2, height: 1, data: new Uint8Array(6).fill(9) };

let server: Server;
let url: string;
/** What the service was asked. */
const requests: {
  path: string;
  headers: IncomingMessage["headers"];
  body: Record<string, unknown>;
}[] = [];
/** What it answers, when that is not vectors. */
let answer: ((body: Record<string, unknown>) => { status: number; text: string }) | undefined;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const text = Buffer.concat(await collect(request)).toString();
    const body = JSON.parse(text);
    requests.push({ path: request.url ?? "", headers: request.headers, body });
    const { status, text: reply } = (answer ?? vectors)(body);
    response.writeHead(status).end(reply);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function collect(request: IncomingMessage): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks;
}

/** Three numbers an item: its length, its first byte and one; out of order, as OpenAI may. */
function vectors(body: Record<string, unknown>): { status: number; text: string } {
  const items = (body["images"] ?? body["texts"] ?? body["input"]) as string[];
  const embeddings = items.map((item) => [item.length, item.charCodeAt(0), 1]);
  const data = embeddings.map((embedding, index) => ({ index, embedding })).reverse();
  return { status: 200, text: JSON.stringify({ embeddings, data }) };
}

describe("an http model", () => {
  it("sends pictures as PNG files and texts as they are, in batches, and learns the dimension", async () => {
    const model = await loadModel({ kind: "http", url, batchSize: 2 }, { environment: {} });
    expect(model).toMatchObject({ dim: 3, modalities: { image: true, text: true } });
    const [a, b, c] = await model.embedTexts(["a", "bb", "ccc"]);
    expect([a, b, c].map(([length]) => length)).toEqual([1, 2, 3]);
    expect(requests.slice(-2).map(({ body }) => body)).toEqual([
      { texts: ["a", "bb"] },
      { texts: ["ccc"] },
    ]);
    await model.embedImages([grey]);
    const [image] = (requests.at(-1)?.body["images"] ?? []) as string[];
    expect(Buffer.from(image, "base64").subarray(1, 4).toString()).toBe("PNG");
  });

  it("takes headers from the variables that its spec names, and refuses to go without", async () => {
    const spec = { kind: "http", url, dim: 3, headersEnv: { "x-key": "THE_KEY" } } as const;
    const model = await loadModel(spec, { environment: { THE_KEY: "s3cret" } });
    await model.embedTexts(["a"]);
    expect(requests.at(-1)?.headers["x-key"]).toBe("s3cret");
    expect(JSON.stringify(model.spec)).not.toContain("s3cret");
    const without = await loadModel(spec, { environment: {} });
    await expect(without.embedTexts(["a"])).rejects.toThrow(/set the environment variable THE_KEY/);
  });

  it.each([
    ["another length", { status: 200, text: '{"embeddings":[[1,2]]}' }],
    ["too few", { status: 200, text: '{"embeddings":[]}' }],
    ["no numbers", { status: 200, text: '{"embeddings":[["1",2,3]]}' }],
    ["no JSON", { status: 200, text: "<html>" }],
    ["a failure", { status: 500, text: "out of memory" }],
  ])("says what is wrong with an answer of %s", async (_, reply) => {
    const model = await loadModel({ kind: "http", url, dim: 3 }, { environment: {} });
    answer = () => reply;
    try {
      await expect(model.embedTexts(["a"])).rejects.toMatchObject({ code: "model-failed" });
    } finally {
      answer = undefined;
    }
  });

  it("says that nobody answers", async () => {
    const gone = { kind: "http", url: "http://127.0.0.1:1/embed", dim: 3 } as const;
    const model = await loadModel(gone, { environment: {} });
    await expect(model.embedTexts(["a"])).rejects.toMatchObject({ code: "model-failed" });
  });

  it("stops when its signal is aborted", async () => {
    const model = await loadModel({ kind: "http", url, dim: 3 }, { environment: {} });
    const stopped = model.embedTexts(["a"], { signal: AbortSignal.abort(new Error("enough")) });
    await expect(stopped).rejects.toThrow("enough");
  });
});

describe("an openai model", () => {
  it("asks for floats with the key, and puts the answer in order", async () => {
    const model = await loadModel(
      { kind: "openai", baseUrl: `${url}/v1/`, model: "m", apiKeyEnv: "KEY", normalize: true },
      { environment: { KEY: "k" } },
    );
    expect(model).toMatchObject({ dim: 3, modalities: { image: false, text: true } });
    const [first, second] = await model.embedTexts(["a", "bb"]);
    expect(Math.hypot(...first)).toBeCloseTo(1, 5);
    expect(second[0] / second[2]).toBeCloseTo(2, 4);
    const { path, headers, body } = requests.at(-1) ?? { path: "", headers: {}, body: {} };
    expect([path, headers.authorization]).toEqual(["/v1/embeddings", "Bearer k"]);
    expect(body).toEqual({ model: "m", input: ["a", "bb"], encoding_format: "float" });
  });

  it("sends pictures as data URLs to services that take them", async () => {
    const spec = { kind: "openai", baseUrl: url, model: "m", imageInput: "data_url" } as const;
    const model = await loadModel({ ...spec, dimensions: 3 }, { environment: {} });
    await model.embedImages([grey]);
    const body = requests.at(-1)?.body ?? {};
    expect(body).toMatchObject({ dimensions: 3 });
    expect((body["input"] as string[])[0]).toMatch(/^data:image\/png;base64,/);
  });
});
