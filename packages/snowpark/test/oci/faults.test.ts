import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import type { ImageSource } from "../../src/oci/image.ts";
import { parseReference } from "../../src/oci/image-reference.ts";
import { copyImage, type PushOptions, pushImage } from "../../src/oci/push-image.ts";
import { findImage, registryImage } from "../../src/oci/registry-image.ts";
import { temporaryFolder } from "./debian-tools.ts";
import { FaultyRegistry } from "./faulty-registry.ts";
import { sampleImage } from "./sample-image.ts";

const folder = temporaryFolder();
let remote: FaultyRegistry;
/** Its second layer takes two chunks. */
let image: ImageSource;
const pauses: number[] = [];

const access: PushOptions = {
  fetch,
  sleep: async (ms) => {
    pauses.push(ms);
  },
  login: async () => ({ username: "kite", password: "secret" }),
};

beforeAll(async () => {
  image = await sampleImage(folder.path, 9_000_000);
});
afterAll(() => folder[Symbol.dispose]());
beforeEach(async () => {
  remote = await FaultyRegistry.open();
  pauses.length = 0;
});
afterEach(() => remote.close());

const repository = (): string => `${remote.host}/demo/public/repo/kite`;
const push = (options: Partial<PushOptions> = {}) =>
  pushImage(image, repository(), "1", { ...access, ...options });

async function expectWhole(): Promise<void> {
  const found = await registryImage(parseReference(`${repository()}:1`), access);
  expect(found.digest).toBe(image.digest);
  for (const layer of found.manifest.layers) {
    let size = 0;
    for await (const chunk of found.open(layer)) size += chunk.length;
    expect(size).toBe(layer.size);
  }
}

/** Of the layer that takes two chunks, the first. */
const inLargeChunk = { method: "PATCH", path: /./, bytesMin: 5_000_000 };

describe("pushImage()", () => {
  it("signs in once for all requests", async () => {
    await push();
    expect(remote.signIns).toBe(1);
    await expectWhole();
  });

  it("signs in at /login where the registry does not say where", async () => {
    remote.challenge = undefined;
    await push();
    await expectWhole();
  });

  it("signs in again when its token is forgotten in the middle of a blob", async () => {
    remote.fail("PATCH", /./, 1, (_request, response) => {
      remote.forgetTokens();
      response.writeHead(401, { "WWW-Authenticate": remote.challenge ?? "" }).end();
    });
    await push();
    expect(remote.signIns).toBe(2);
    await expectWhole();
  });

  it("gives up after five tokens that were refused", async () => {
    remote.fail("HEAD", /./, 100, (_request, response) => {
      response.writeHead(401, { "WWW-Authenticate": remote.challenge ?? "" }).end();
    });
    await expect(push()).rejects.toMatchObject({ code: "sign-in-failed" });
    expect(remote.signIns).toBe(5);
  });

  it("tells a wrong password from a registry that can't be reached", async () => {
    const login = async () => ({ username: "kite", password: "wrong" });
    await expect(push({ login })).rejects.toMatchObject({
      code: "sign-in-failed",
      message: expect.stringContaining("gives kite no token: HTTP 401"),
    });
    const nowhere = pushImage(image, "127.0.0.1:1/a/b", "1", access);
    await expect(nowhere).rejects.toMatchObject({ code: "network" });
    expect(pauses).toEqual([250, 500, 1_000, 2_000]);
  });

  it("goes on where a chunk broke off", async () => {
    remote.faults.push({ ...inLargeChunk, count: 2, answer: remote.breakAfter(1_000) });
    await push();
    await expectWhole();
  });

  it("goes on when the answer to a chunk was lost that had arrived", async () => {
    const answer = remote.breakAfter(Number.MAX_SAFE_INTEGER);
    remote.faults.push({ ...inLargeChunk, count: 1, answer });
    await push();
    await expectWhole();
  });

  it("sends no token to the host that takes the uploads", async () => {
    const store = await FaultyRegistry.open();
    const seen: (string | undefined)[] = [];
    const answers: [string, number][] = [
      ["PATCH", 202],
      ["PUT", 201],
    ];
    for (const [method, status] of answers) {
      store.fail(method, /./, 100, (request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(status, { Location: request.url ?? "" }).end();
      });
    }
    remote.fail("POST", /./, 100, (_request, response) => {
      response.writeHead(202, { Location: `http://${store.host}/upload` }).end();
    });
    await push();
    expect(new Set(seen)).toEqual(new Set([undefined]));
    await store.close();
  });

  it("begins an upload again that the registry has lost", async () => {
    remote.fail("PATCH", /./, 1, (request, response) => {
      remote.uploads.clear();
      response.writeHead(404).end();
      request.resume();
    });
    await push();
    await expectWhole();
  });

  it("waits as long as the registry says, and at most eight seconds", async () => {
    const busy =
      (seconds: string): Parameters<FaultyRegistry["fail"]>[3] =>
      (_request, response) => {
        response.writeHead(429, { "Retry-After": seconds }).end();
      };
    remote.fail("HEAD", /./, 1, busy("3"));
    remote.fail("HEAD", /./, 1, busy("300"));
    remote.fail("POST", /./, 1, (_request, response) => response.writeHead(503).end());
    await push();
    expect(pauses).toEqual([3_000, 8_000, 250]);
    await expectWhole();
  });

  it("says that a privilege is missing", async () => {
    remote.fail("POST", /./, 1, (_request, response) => response.writeHead(403).end("denied"));
    await expect(push()).rejects.toMatchObject({
      code: "insufficient-privileges",
      message: expect.stringContaining("HTTP 403: denied"),
    });
  });

  it("gives up when the registry stays broken, with what it says", async () => {
    remote.fail("POST", /./, 100, (_request, response) => response.writeHead(500).end("disk full"));
    await expect(push()).rejects.toMatchObject({
      code: "image-failed",
      message: expect.stringContaining("disk full"),
    });
  });

  it("stops when it is given up, and goes on from there when it is run again", async () => {
    const controller = new AbortController();
    let isLayerDone = false;
    const stopped = push({
      signal: controller.signal,
      onProgress: ({ sentBytes }) => {
        if (sentBytes > 8_000_000) isLayerDone = true;
        if (isLayerDone) controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    expect(remote.manifests.size).toBe(0);
    await push();
    await expectWhole();
  });

  it("does not store an image whose layer is damaged on this machine", async () => {
    const damaged: ImageSource = {
      ...image,
      open: (blob) =>
        (async function* () {
          yield new Uint8Array(blob.size);
        })(),
    };
    const pushed = pushImage(damaged, repository(), "1", access);
    await expect(pushed).rejects.toMatchObject({ code: "image-failed" });
    expect(remote.manifests.size).toBe(0);
  });

  it("refuses a registry that stores another manifest", async () => {
    remote.fail("PUT", /manifests/, 1, (_request, response) => {
      response.writeHead(201, { "Docker-Content-Digest": digestOf("other") }).end();
    });
    await expect(push()).rejects.toMatchObject({ code: "image-failed" });
  });

  it("refuses names and tags that can't be", async () => {
    const names = [
      "kite",
      "host.example/Upper",
      "host.example/a//b",
      "host.example/a b",
      "http://host.example/a",
      "host.example/a@sha256:1",
      "host.example/../a",
      "",
    ];
    for (const name of names) {
      await expect(pushImage(image, name, "1", access), name).rejects.toMatchObject({
        code: "invalid-configuration",
      });
    }
    for (const tag of ["", "-a", "a b", "a/b", "x".repeat(129)]) {
      await expect(pushImage(image, repository(), tag, access), tag).rejects.toMatchObject({
        code: "invalid-configuration",
      });
    }
  });
});

describe("registryImage()", () => {
  it("goes on where the transfer of a blob broke off", async () => {
    await push();
    const [, layer] = image.manifest.layers;
    remote.fail("GET", new RegExp(layer.digest), 1, (_request, response) => {
      response.writeHead(200, { "Content-Length": layer.size });
      response.write(remote.blobs.get(layer.digest)?.subarray(0, 5_000), () => response.destroy());
    });
    await expectWhole();
  });

  it("sends no token to the host that a blob is redirected to", async () => {
    const store = await FaultyRegistry.open();
    await push();
    const [layer] = image.manifest.layers;
    let seen: string | undefined = "none came";
    store.fail("GET", /./, 1, (request, response) => {
      seen = request.headers.authorization;
      response.end(remote.blobs.get(layer.digest));
    });
    remote.fail("GET", new RegExp(layer.digest), 1, (_request, response) => {
      response
        .writeHead(307, { Location: `http://${store.host.replace("127.0.0.1", "localhost")}/blob` })
        .end();
    });
    await expectWhole();
    expect(seen).toBeUndefined();
    await store.close();
  });

  it("refuses a blob that is not the one its digest names", async () => {
    await push();
    const [layer] = image.manifest.layers;
    remote.blobs.set(layer.digest, Buffer.alloc(layer.size));
    await expect(expectWhole()).rejects.toMatchObject({ code: "image-failed" });
  });

  it("takes the image for linux/amd64 of an index, and says what there is when it has none", async () => {
    await push();
    const entry = (architecture: string) => ({
      mediaType: image.mediaType,
      digest: image.digest,
      size: image.manifestBytes.length,
      platform: { architecture, os: "linux" },
    });
    const type = "application/vnd.oci.image.index.v1+json";
    const put = (tag: string, ...architectures: string[]) =>
      remote.manifests.set(tag, {
        type,
        bytes: Buffer.from(
          JSON.stringify({
            schemaVersion: 2,
            mediaType: type,
            manifests: architectures.map(entry),
          }),
        ),
      });
    put("many", "arm64", "amd64", "unknown");
    const found = await registryImage(parseReference(`${repository()}:many`), access);
    expect(found.digest).toBe(image.digest);
    put("arm", "arm64");
    await expect(
      registryImage(parseReference(`${repository()}:arm`), access),
    ).rejects.toMatchObject({
      code: "image-failed",
      message: expect.stringContaining("only linux/arm64"),
    });
  });

  it("refuses manifests that are none, and images of another platform", async () => {
    await push();
    const store = (value: unknown) =>
      remote.manifests.set("odd", { type: "", bytes: Buffer.from(JSON.stringify(value)) });
    const config = (value: object) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const digest = digestOf(bytes);
      remote.blobs.set(digest, bytes);
      store({
        ...image.manifest,
        config: { ...image.manifest.config, digest, size: bytes.length },
      });
    };
    const refused: [() => unknown, RegExp][] = [
      [() => store("text"), /no JSON object/],
      [() => store({ schemaVersion: 1 }), /schema version 1/],
      [() => store({ ...image.manifest, layers: [{ digest: "sha256:1" }] }), /blob without/],
      [() => store({ ...image.manifest, layers: {} }), /lists no blobs/],
      [() => store({ schemaVersion: 2, manifests: [] }), /only none/],
      [() => config({ ...image.config, architecture: "arm64" }), /it is for linux\/arm64/],
      [() => config({ ...image.config, rootfs: {} }), /names no layers/],
      [
        () => config({ ...image.config, config: { Entrypoint: "sh" } }),
        /Entrypoint of its configuration/,
      ],
    ];
    for (const [arrange, reason] of refused) {
      arrange();
      const found = registryImage(parseReference(`${repository()}:odd`), access);
      await expect(found, String(reason)).rejects.toMatchObject({
        code: "image-failed",
        message: expect.stringMatching(reason),
      });
    }
  });

  it("does not send a password where it is not encrypted, when the registry is", async () => {
    const asked: string[] = [];
    const stand: typeof fetch = async (address) => {
      asked.push(String(address));
      const challenge = 'Bearer realm="http://tokens.example/t",service="s"';
      return new Response("", { status: 401, headers: { "WWW-Authenticate": challenge } });
    };
    const found = registryImage(parseReference("images.example/a:1"), {
      ...access,
      fetch: stand,
    });
    await expect(found).rejects.toMatchObject({ code: "sign-in-failed" });
    expect(asked).toEqual(["https://images.example/v2/a/manifests/1"]);
  });
});

describe("copyImage()", () => {
  it("streams from one registry to another", async () => {
    await push();
    const other = await FaultyRegistry.open();
    const target = `${other.host}/mirror/kite`;
    const copied = await copyImage({ reference: `${repository()}:1`, access }, target, "1", access);
    expect(copied.digest).toBe(image.digest);
    expect([...other.blobs.keys()].sort()).toEqual([...remote.blobs.keys()].sort());
    await other.close();
  });
});

describe("findImage()", () => {
  it("answers undefined for an image that is not there", async () => {
    expect(await findImage(parseReference(`${repository()}:1`), access)).toBeUndefined();
    await push();
    expect(await findImage(parseReference(`${repository()}:1`), access)).toBeDefined();
  });
});
