// FiftyOne's quickstart as it comes over the network, from a server of the test.
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadZooDataset, type ZooOptions } from "../../src/zoo/zoo-dataset.ts";
import { newFolder } from "../formats/format-test-kit.ts";
import { type ZipMember, zipArchive } from "./zip-archive.ts";

const fixture = fileURLToPath(
  new URL("../formats/fixtures/fiftyone-exports/fiftyone-dataset", import.meta.url),
);

let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let home: string;
let warnings: string[];

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/quickstart.zip`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(async () => {
  home = await newFolder();
  warnings = [];
});
afterEach(async () => {
  // Nothing but what is whole, or a part to go on with.
  const left = existsSync(join(home, "zoo")) ? await readdir(join(home, "zoo")) : [];
  expect(left.filter((name) => !/^quickstart(-drawn-51|\.zip\.part)?$/.test(name))).toEqual([]);
});

async function quickstart(options: Partial<ZooOptions> = {}) {
  const onWarning = (message: string) => warnings.push(message);
  const all = { home, download: url, maxSamples: 5, onWarning, ...options };
  return await loadZooDataset("quickstart", all);
}

/** The fixture in an archive, as FiftyOne's is made. */
async function archiveOf(more: readonly ZipMember[] = []): Promise<Buffer> {
  const members: ZipMember[] = [{ name: "quickstart/", data: "", mode: 0o40755 }];
  for (const name of ["metadata.json", "samples.json"]) {
    members.push({ name: `quickstart/${name}`, data: await readFile(join(fixture, name)) });
  }
  for (const name of await readdir(join(fixture, "data"))) {
    const data = await readFile(join(fixture, "data", name));
    members.push({ name: `quickstart/data/${name}`, data });
  }
  return zipArchive([...members, ...more]);
}

function serve(bytes: Buffer): void {
  answer = (_, response) => response.end(bytes);
}

describe('loadZooDataset("quickstart") with a network', () => {
  it("downloads FiftyOne's own, tells how far it is, and the next time has it on disk", async () => {
    const bytes = await archiveOf();
    answer = (_, response) => {
      response.setHeader("content-length", bytes.length);
      response.end(bytes);
    };
    const seen: { done: number; total?: number }[] = [];
    const dataset = await quickstart({ progress: (progress) => seen.push(progress) });
    expect(await dataset.count()).toBe(3);
    expect(dataset.info["zoo"]).toMatchObject({ source: "download" });
    expect(seen).toContainEqual({ done: bytes.length, total: bytes.length });
    answer = (_, response) => response.writeHead(500).end();
    const again = await quickstart({ datasetName: "again" });
    expect([await again.count(), again.info["zoo"]]).toMatchObject([3, { source: "folder" }]);
    expect(warnings).toEqual([]);
  });

  it("goes on where an earlier attempt broke off", async () => {
    const bytes = await archiveOf();
    let breakOff = () => undefined as unknown;
    answer = (_, response) => {
      breakOff = () => response.destroy();
      response.setHeader("content-length", bytes.length);
      response.write(bytes.subarray(0, 1000));
    };
    await quickstart({ datasetName: "drawn", progress: () => setImmediate(breakOff) });
    expect(warnings).toEqual([expect.stringMatching(/could not be downloaded, so one is drawn/)]);
    const ranges: unknown[] = [];
    answer = ({ headers }, response) => {
      ranges.push(headers.range);
      const start = Number(/\d+/.exec(headers.range ?? "")?.[0]);
      response.writeHead(206, { "content-length": bytes.length - start });
      response.end(bytes.subarray(start));
    };
    const dataset = await quickstart();
    expect([ranges, await dataset.count()]).toEqual([["bytes=1000-"], 3]);
  });

  it("begins anew where the server does, or where the part is of another file", async () => {
    const bytes = await archiveOf();
    const part = join(home, "zoo", "quickstart.zip.part");
    await quickstart({ download: false, datasetName: "drawn" });
    await writeFile(part, "something else");
    serve(bytes);
    expect(await (await quickstart()).count()).toBe(3);
    await writeFile(part, Buffer.alloc(bytes.length * 2));
    answer = ({ headers }, response) =>
      headers.range === undefined ? response.end(bytes) : response.writeHead(416).end();
    const other = { home: await newFolder(), datasetName: "other" };
    expect(await (await quickstart(other)).count()).toBe(3);
  });

  it.each([
    ["nobody answers", () => undefined, "http://127.0.0.1:1/"],
    ["the answer is no", (_: unknown, response: ServerResponse) => response.writeHead(404).end()],
    [
      "a web page comes",
      (_: unknown, response: ServerResponse) =>
        response.writeHead(200, { "content-type": "text/html" }).end("<p>Quota exceeded"),
    ],
  ])("draws one where %s, and says so in one line", async (_, answers, download = url) => {
    answer = answers;
    const dataset = await quickstart({ download });
    expect(dataset.info["zoo"]).toMatchObject({ source: "synthetic" });
    expect(warnings).toEqual([expect.stringMatching(/^FiftyOne's quickstart could not .*\.?$/)]);
  });

  it.each([
    ["that is none", async () => Buffer.from("no archive"), "format-invalid"],
    ["that is cut off", async () => (await archiveOf()).subarray(0, 5000), "format-invalid"],
    ["without samples", async () => zipArchive([{ name: "a", data: "b" }]), "format-invalid"],
    ["with a path upwards", () => archiveOf([{ name: "../evil", data: "x" }]), "format-invalid"],
    [
      "with an absolute path",
      () => archiveOf([{ name: "/tmp/evil", data: "x" }]),
      "format-invalid",
    ],
    [
      "with a path of Windows",
      () => archiveOf([{ name: "..\\evil", data: "x" }]),
      "format-invalid",
    ],
    [
      "with a link",
      () => archiveOf([{ name: "link", data: "/etc/passwd", mode: 0o120777 }]),
      "format-invalid",
    ],
    [
      "with a file twice",
      () => archiveOf([{ name: "quickstart/samples.json", data: "x" }]),
      "format-invalid",
    ],
    [
      "with a damaged file",
      () => archiveOf([{ name: "a", data: "b", claimedChecksum: 1 }]),
      "format-invalid",
    ],
    [
      "with a file larger than it says",
      () => archiveOf([{ name: "a", data: "b".repeat(1000), claimedSize: 1 }]),
      "format-invalid",
    ],
    [
      "with files that are too large",
      () => archiveOf([{ name: "a", data: "b", claimedSize: 500 << 20 }]),
      "limit-exceeded",
    ],
    [
      "with too many files",
      async () =>
        zipArchive(Array.from({ length: 10_001 }, (_, i) => ({ name: `${i}/`, data: "" }))),
      "limit-exceeded",
    ],
  ])("refuses an archive %s, and leaves nothing of it", async (_, make, code) => {
    serve(await make());
    await expect(quickstart()).rejects.toMatchObject({ code });
    expect(existsSync(join(home, "zoo", "quickstart"))).toBe(false);
    expect(existsSync(join(home, "evil")) || existsSync(join(home, "zoo", "evil"))).toBe(false);
  });

  it("stops when its signal is aborted", async () => {
    const controller = new AbortController();
    answer = (_, response) => {
      response.write("PK");
      controller.abort();
    };
    await expect(quickstart({ signal: controller.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  it("asks nobody when it is offline, or when a seed is given", async () => {
    let requests = 0;
    answer = (_, response) => {
      requests++;
      response.writeHead(500).end();
    };
    const { download: _, ...rest } = { home, maxSamples: 2, download: url };
    const environment = { REDKITE_OFFLINE: "1" };
    await loadZooDataset("quickstart", { ...rest, environment });
    await loadZooDataset("quickstart", {
      ...rest,
      seed: 51,
      datasetName: "seeded",
      environment: {},
    });
    await quickstart({ download: false, datasetName: "forbidden" });
    expect(requests).toBe(0);
  });
});
