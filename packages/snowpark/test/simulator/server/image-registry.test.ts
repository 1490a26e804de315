import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BlobStore } from "../../../src/simulator/registry/blob-store.ts";
import { ImageRegistry } from "../../../src/simulator/registry/image-registry.ts";
import type { PushedImage } from "../../../src/simulator/registry/registry-account.ts";
import { RepositoryIndex } from "../../../src/simulator/registry/repository-index.ts";
import { manifestType, sampleImage } from "./sample-image.ts";
import { type ServedRoutes, serveRoutes } from "./serve-routes.ts";

let folder: string;
let server: ServedRoutes;
let index: RepositoryIndex;
let pushed: PushedImage[];
let refuses = false;
let now = 1_000_000;

const image = sampleImage([{ path: "a", content: "a" }], {});
const name = "db/public/repo/image";
const roles: Record<string, { read: boolean; write: boolean }> = {
  writer: { read: false, write: true },
  reader: { read: true, write: false },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "redkite-registry-"));
  index = new RepositoryIndex();
  pushed = [];
  refuses = false;
  const registry = new ImageRegistry({
    account: {
      signIn: (user, password) => (password === "secret" ? { user, role: user } : undefined),
      access: ({ role }, { database, schema, name: repository }) => {
        const rights = roles[role];
        const isThere = database === "db" && schema === "public" && /^repo2?$/.test(repository);
        return isThere && rights !== undefined
          ? { repositoryId: repository, ...rights }
          : undefined;
      },
      pushed: (each) => pushed.push(each),
    },
    blobs: await BlobStore.open(folder),
    index,
    indexChanged: async () => undefined,
    now: () => now,
    refusesNext: () => refuses,
  });
  server = await serveRoutes(registry.routes);
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function tokenOf(user: string): Promise<string> {
  const basic = Buffer.from(`${user}:secret`).toString("base64");
  const response = await fetch(`${server.origin}/login`, {
    headers: { authorization: `Basic ${basic}` },
  });
  const { token } = (await response.json()) as { token: string };
  return token;
}

type Send = (path: string, init?: RequestInit) => Promise<Response>;

async function as(user: string): Promise<Send> {
  const token = await tokenOf(user);
  return (path, init = {}) =>
    fetch(new URL(path, server.origin), {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    });
}

async function pushBlob(send: Send, bytes: Buffer, to = name): Promise<Response> {
  const begun = await send(`/v2/${to}/blobs/uploads/`, { method: "POST" });
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return send(`${begun.headers.get("location")}?digest=${digest}`, { method: "PUT", body: bytes });
}

async function pushImage(send: Send, tag: string): Promise<Response> {
  for (const { bytes } of image.blobs) expect((await pushBlob(send, bytes)).status).toBe(201);
  return putManifest(send, tag, image.manifest);
}

function putManifest(
  send: Send,
  reference: string,
  body: Buffer,
  type = manifestType,
): Promise<Response> {
  return send(`/v2/${name}/manifests/${reference}`, {
    method: "PUT",
    body,
    headers: { "content-type": type },
  });
}

async function codeOf(response: Response): Promise<string | undefined> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return errors[0]?.code;
}

describe("ImageRegistry", () => {
  it("ImageRegistry asks for a bearer token, and tells where it is given", async () => {
    const refused = await fetch(`${server.origin}/v2/`);
    expect(refused.status).toBe(401);
    const challenge = refused.headers.get("www-authenticate") ?? "";
    expect(challenge).toContain(`Bearer realm="${server.origin}/login"`);
    const wrong = await fetch(`${server.origin}/login`, {
      headers: { authorization: `Basic ${Buffer.from("writer:guess").toString("base64")}` },
    });
    expect(wrong.status).toBe(401);
    expect((await fetch(`${server.origin}/login`)).status).toBe(401);
    const send = await as("writer");
    expect((await send("/v2/")).status).toBe(200);
    now += 3_600_000;
    expect((await send("/v2/")).status).toBe(401);
  });

  it("ImageRegistry takes an image and gives it back by tag and digest", async () => {
    const send = await as("writer");
    const created = await pushImage(send, "v1");
    expect(created.status).toBe(201);
    expect(created.headers.get("docker-content-digest")).toBe(image.digest);
    expect(pushed).toEqual([
      { repositoryId: "repo", name: "image", tag: "v1", digest: image.digest },
    ]);
    const read = await as("reader");
    for (const reference of ["v1", image.digest]) {
      const manifest = await read(`/v2/${name}/manifests/${reference}`);
      expect(manifest.headers.get("content-type")).toBe(manifestType);
      expect(Buffer.from(await manifest.arrayBuffer())).toEqual(image.manifest);
      const head = await read(`/v2/${name}/manifests/${reference}`, { method: "HEAD" });
      expect(head.headers.get("docker-content-digest")).toBe(image.digest);
    }
    const [blob] = image.blobs;
    const bytes = await read(`/v2/${name}/blobs/${blob?.digest}`);
    expect(Buffer.from(await bytes.arrayBuffer())).toEqual(blob?.bytes);
    expect(await (await read(`/v2/${name}/tags/list`)).json()).toEqual({ name, tags: ["v1"] });
  });

  it("ImageRegistry takes a blob in chunks, and says where to go on after a chunk that does not join", async () => {
    const send = await as("writer");
    const content = Buffer.from("0123456789");
    const { headers } = await send(`/v2/${name}/blobs/uploads/`, { method: "POST" });
    const location = headers.get("location") ?? "";
    const patch = (range: string, body: Buffer): Promise<Response> =>
      send(location, { method: "PATCH", body, headers: { "content-range": range } });
    const first = await patch("0-3", content.subarray(0, 4));
    expect([first.status, first.headers.get("range")]).toEqual([202, "0-3"]);
    const gap = await patch("6-9", content.subarray(6));
    expect([gap.status, gap.headers.get("range")]).toEqual([416, "0-3"]);
    expect((await send(location)).headers.get("range")).toBe("0-3");
    expect((await patch("4-9", content.subarray(4))).status).toBe(202);
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    expect((await send(`${location}?digest=${digest}`, { method: "PUT" })).status).toBe(201);
    const head = await send(`/v2/${name}/blobs/${digest}`, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("10");
  });

  it("ImageRegistry takes a blob in one request", async () => {
    const send = await as("writer");
    const digest = `sha256:${createHash("sha256").update("x").digest("hex")}`;
    const created = await send(`/v2/${name}/blobs/uploads/?digest=${digest}`, {
      method: "POST",
      body: "x",
    });
    expect(created.status).toBe(201);
  });

  it("ImageRegistry mounts a blob of an image that the client may read, and no other", async () => {
    const send = await as("writer");
    const [blob] = image.blobs;
    if (blob === undefined) throw new Error("No blob");
    await pushBlob(send, blob.bytes);
    const other = "db/public/repo2/other";
    const head = await send(`/v2/${other}/blobs/${blob.digest}`, { method: "HEAD" });
    expect(head.status).toBe(404);
    const mount = (from: string): Promise<Response> =>
      send(`/v2/${other}/blobs/uploads/?mount=${blob.digest}&from=${from}`, { method: "POST" });
    roles["writer"] = { read: false, write: true };
    expect((await mount(name)).status).toBe(202);
    roles["writer"] = { read: true, write: true };
    expect((await mount("db/public/repo/none")).status).toBe(202);
    expect((await mount(name)).status).toBe(201);
    expect((await send(`/v2/${other}/blobs/${blob.digest}`, { method: "HEAD" })).status).toBe(200);
    roles["writer"] = { read: false, write: true };
  });

  it("ImageRegistry refuses what is not what it says", async () => {
    const send = await as("writer");
    const { headers } = await send(`/v2/${name}/blobs/uploads/`, { method: "POST" });
    const location = headers.get("location");
    const wrongDigest = `sha256:${"0".repeat(64)}`;
    const wrong = await send(`${location}?digest=${wrongDigest}`, { method: "PUT", body: "x" });
    expect([wrong.status, await codeOf(wrong)]).toEqual([400, "DIGEST_INVALID"]);
    const gone = await send(`${location}?digest=${wrongDigest}`, { method: "PUT", body: "x" });
    expect([gone.status, await codeOf(gone)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    const none = await send(`/v2/${name}/blobs/uploads/..%2f..%2fetc`, {
      method: "PATCH",
      body: "x",
    });
    expect([none.status, await codeOf(none)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    const early = await putManifest(send, "v1", image.manifest);
    expect([early.status, await codeOf(early)]).toEqual([404, "MANIFEST_BLOB_UNKNOWN"]);
    const text = await putManifest(send, "v1", Buffer.from("no manifest"));
    expect([text.status, await codeOf(text)]).toEqual([400, "MANIFEST_INVALID"]);
    const type = await putManifest(send, "v1", image.manifest, "text/plain");
    expect([type.status, await codeOf(type)]).toEqual([400, "MANIFEST_INVALID"]);
    const long = await putManifest(send, "t".repeat(129), image.manifest);
    expect([long.status, await codeOf(long)]).toEqual([400, "MANIFEST_INVALID"]);
    expect((await putManifest(send, "v1", Buffer.alloc(4 * 1024 * 1024 + 1))).status).toBe(413);
    await pushImage(send, "v1");
    const byDigest = await putManifest(send, wrongDigest, image.manifest);
    expect([byDigest.status, await codeOf(byDigest)]).toEqual([400, "DIGEST_INVALID"]);
    const missing = await send(`/v2/${name}/manifests/constructor`);
    expect([missing.status, await codeOf(missing)]).toEqual([404, "MANIFEST_UNKNOWN"]);
  });

  it("ImageRegistry holds to the privileges of the role, and to names of four parts in lower case", async () => {
    const reader = await as("reader");
    const begun = await reader(`/v2/${name}/blobs/uploads/`, { method: "POST" });
    expect([begun.status, await codeOf(begun)]).toEqual([403, "DENIED"]);
    const stranger = await as("stranger");
    const hidden = await stranger(`/v2/${name}/manifests/v1`);
    expect([hidden.status, await codeOf(hidden)]).toEqual([404, "NAME_UNKNOWN"]);
    const writer = await as("writer");
    for (const wrong of ["db/public/repo", "db/public/repo/Image", "db/public/repo/a//b"]) {
      const response = await writer(`/v2/${wrong}/manifests/v1`);
      expect([response.status, await codeOf(response)]).toEqual([400, "NAME_INVALID"]);
    }
    const removal = await writer(`/v2/${name}/manifests/v1`, { method: "DELETE" });
    expect([removal.status, await codeOf(removal)]).toEqual([405, "UNSUPPORTED"]);
  });

  it("ImageRegistry can refuse in the middle of a push, and goes on after a new sign-in", async () => {
    const send = await as("writer");
    const [config, layer] = image.blobs;
    if (config === undefined || layer === undefined) throw new Error("No blobs");
    await pushBlob(send, config.bytes);
    refuses = true;
    expect((await send(`/v2/${name}/blobs/uploads/`, { method: "POST" })).status).toBe(401);
    refuses = false;
    expect((await send(`/v2/${name}/blobs/uploads/`, { method: "POST" })).status).toBe(401);
    const again = await as("writer");
    await pushBlob(again, layer.bytes);
    expect((await putManifest(again, "v1", image.manifest)).status).toBe(201);
  });

  it("RepositoryIndex is the same after it was kept and read again", async () => {
    await pushImage(await as("writer"), "v1");
    const kept = new RepositoryIndex(JSON.parse(JSON.stringify(index)));
    expect(kept.toJSON()).toEqual(index.toJSON());
    expect(kept.manifest({ repositoryId: "repo", image: "image" }, "v1")?.digest).toBe(
      image.digest,
    );
    kept.keepOnly(() => false);
    expect(kept.toJSON()).toEqual([]);
  });
});
