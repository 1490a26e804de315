import { pipeline } from "node:stream/promises";
import { type Exchange, readBody, sendJson } from "../http/exchange.ts";
import type { PathParts, Route } from "../http/router.ts";
import type { BlobStore } from "./blob-store.ts";
import { digestPattern } from "./digest.ts";
import { manifestBytesMax, partsOfManifest } from "./image-manifest.ts";
import type { RegistryAccount, RegistryUser } from "./registry-account.ts";
import { registryFailure } from "./registry-failure.ts";
import { RegistrySignIn } from "./registry-sign-in.ts";
import type { ImageName, RepositoryIndex } from "./repository-index.ts";

export interface ImageRegistryOptions {
  readonly account: RegistryAccount;
  readonly blobs: BlobStore;
  readonly index: RepositoryIndex;
  /** Hears of each change of the index, to keep it. */
  readonly indexChanged: () => Promise<void>;
  readonly now: () => number;
  /** Whether the next request after sign-in is to be refused, as Snowflake's registry now and then does. */
  readonly refusesNext: () => boolean;
}

const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
/** `<database>/<schema>/<repository>/<image>`; the image itself may have more than one part. */
const namePattern = new RegExp(
  `^(?<database>[^/]+)/(?<schema>[^/]+)/(?<repository>[^/]+)/(?<image>${component}(?:/${component})*)$`,
);
const referencePattern = /^(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|sha256:[0-9a-f]{64})$/;

type Wish = "read" | "write";

/** The image registry: OCI's distribution protocol with Snowflake's `/login` and three-part repository names. */
export class ImageRegistry {
  readonly routes: readonly Route[];
  readonly #options: ImageRegistryOptions;
  readonly #signIn: RegistrySignIn;

  constructor(options: ImageRegistryOptions) {
    this.#options = options;
    this.#signIn = new RegistrySignIn(options.account, options.now);
    this.routes = this.#makeRoutes();
  }

  #makeRoutes(): Route[] {
    const blob = /^\/v2\/(?<name>.+)\/blobs\/(?<digest>sha256:[^/]+)$/;
    const upload = /^\/v2\/(?<name>.+)\/blobs\/uploads\/(?<id>[^/]+)$/;
    const manifest = /^\/v2\/(?<name>.+)\/manifests\/(?<reference>[^/]+)$/;
    return [
      { method: "GET", path: /^\/login$/, handle: (exchange) => this.#signIn.login(exchange) },
      { method: "GET", path: /^\/v2\/?$/, handle: (exchange) => this.#version(exchange) },
      { method: "HEAD", path: blob, handle: (e, parts) => this.#sendBlob(e, parts) },
      { method: "GET", path: blob, handle: (e, parts) => this.#sendBlob(e, parts) },
      {
        method: "POST",
        path: /^\/v2\/(?<name>.+)\/blobs\/uploads\/?$/,
        handle: (e, parts) => this.#beginUpload(e, parts),
      },
      { method: "GET", path: upload, handle: (e, parts) => this.#uploadStatus(e, parts) },
      { method: "PATCH", path: upload, handle: (e, parts) => this.#appendChunk(e, parts) },
      { method: "PUT", path: upload, handle: (e, parts) => this.#finishUpload(e, parts) },
      { method: "DELETE", path: upload, handle: (e, parts) => this.#cancelUpload(e, parts) },
      { method: "HEAD", path: manifest, handle: (e, parts) => this.#sendManifest(e, parts) },
      { method: "GET", path: manifest, handle: (e, parts) => this.#sendManifest(e, parts) },
      { method: "PUT", path: manifest, handle: (e, parts) => this.#putManifest(e, parts) },
      {
        method: "GET",
        path: /^\/v2\/(?<name>.+)\/tags\/list$/,
        handle: (e, parts) => this.#sendTags(e, parts),
      },
      // Single images and tags cannot be deleted in Snowflake: only a repository can be dropped.
      {
        method: "DELETE",
        path: /^\/v2\/.+$/,
        handle: () => {
          throw registryFailure("UNSUPPORTED", "Images cannot be deleted one by one");
        },
      },
    ];
  }

  #version(exchange: Exchange): void {
    this.#signedIn(exchange);
    sendJson(exchange, {}, { headers: { "docker-distribution-api-version": "registry/2.0" } });
  }

  async #sendBlob(exchange: Exchange, parts: PathParts): Promise<void> {
    const { name } = this.#enter(exchange, parts, "read");
    const digest = checkedDigest(parts["digest"]);
    const { blobs, index } = this.#options;
    const size = index.hasBlob(name, digest) ? await blobs.sizeOf(digest) : undefined;
    if (size === undefined) throw registryFailure("BLOB_UNKNOWN", `${digest} is not in the image`);
    const headers = { "content-type": "application/octet-stream", "docker-content-digest": digest };
    exchange.response.writeHead(200, { ...headers, "content-length": size });
    if (exchange.request.method === "HEAD") exchange.response.end();
    else await pipeline(blobs.read(digest), exchange.response);
  }

  async #beginUpload(exchange: Exchange, parts: PathParts): Promise<void> {
    const { name, user } = this.#enter(exchange, parts, "write");
    const { blobs } = this.#options;
    const { searchParams } = exchange.url;
    const mount = searchParams.get("mount");
    const from = searchParams.get("from");
    if (mount !== null && (await this.#mount(user, { mount, from, name }))) {
      return this.#sendCreated(exchange, { parts, digest: mount, kind: "blobs" });
    }
    const id = await blobs.begin();
    const digest = searchParams.get("digest");
    if (digest === null) return sendUploadState(exchange, { parts, id, size: 0, status: 202 });
    await blobs.append(id, exchange.request);
    await this.#finish(exchange, parts, { id, digest, name });
  }

  /** Whether the blob could be had from the image that the client named. If not, it is to be uploaded. */
  async #mount(
    user: RegistryUser,
    { mount, from, name }: { mount: string; from: string | null; name: ImageName },
  ): Promise<boolean> {
    if (from === null || !digestPattern.test(mount)) return false;
    const source = this.#find(user, from);
    if (source === undefined || !source.read) return false;
    if (!this.#options.index.hasBlob(source.name, mount)) return false;
    this.#options.index.addBlob(name, mount);
    await this.#options.indexChanged();
    return true;
  }

  async #uploadStatus(exchange: Exchange, parts: PathParts): Promise<void> {
    this.#enter(exchange, parts, "write");
    const { id, size } = await this.#upload(parts);
    sendUploadState(exchange, { parts, id, size, status: 204 });
  }

  async #appendChunk(exchange: Exchange, parts: PathParts): Promise<void> {
    this.#enter(exchange, parts, "write");
    const { id, size } = await this.#upload(parts);
    const range = exchange.request.headers["content-range"];
    const start = typeof range === "string" ? /^(?:bytes )?(\d+)-\d+/.exec(range)?.[1] : undefined;
    // A chunk that does not join what is there is refused with the place to go on from.
    if (range !== undefined && Number(start) !== size) {
      return sendUploadState(exchange, { parts, id, size, status: 416 });
    }
    const grown = await this.#options.blobs.append(id, exchange.request);
    sendUploadState(exchange, { parts, id, size: grown, status: 202 });
  }

  async #finishUpload(exchange: Exchange, parts: PathParts): Promise<void> {
    const { name } = this.#enter(exchange, parts, "write");
    const { id } = await this.#upload(parts);
    const digest = checkedDigest(exchange.url.searchParams.get("digest"));
    await this.#options.blobs.append(id, exchange.request);
    await this.#finish(exchange, parts, { id, digest, name });
  }

  async #finish(
    exchange: Exchange,
    parts: PathParts,
    { id, digest, name }: { id: string; digest: string; name: ImageName },
  ): Promise<void> {
    const end = await this.#options.blobs.finish(id, checkedDigest(digest));
    if (end === "digest-mismatch") {
      throw registryFailure("DIGEST_INVALID", `What was uploaded is not ${digest}`);
    }
    if (end === "unknown-upload") throw registryFailure("BLOB_UPLOAD_UNKNOWN", "No such upload");
    this.#options.index.addBlob(name, digest);
    await this.#options.indexChanged();
    this.#sendCreated(exchange, { parts, digest, kind: "blobs" });
  }

  async #cancelUpload(exchange: Exchange, parts: PathParts): Promise<void> {
    this.#enter(exchange, parts, "write");
    const { id } = await this.#upload(parts);
    await this.#options.blobs.discard(id);
    exchange.response.writeHead(204).end();
  }

  async #sendManifest(exchange: Exchange, parts: PathParts): Promise<void> {
    const { name } = this.#enter(exchange, parts, "read");
    const reference = parts["reference"] ?? "";
    const found = this.#options.index.manifest(name, reference);
    if (found === undefined) {
      throw registryFailure("MANIFEST_UNKNOWN", `The image has no ${reference}`);
    }
    const bytes = await this.#options.blobs.readBytes(found.digest);
    exchange.response.writeHead(200, {
      "content-type": found.mediaType,
      "docker-content-digest": found.digest,
      "content-length": bytes.length,
    });
    exchange.response.end(exchange.request.method === "HEAD" ? undefined : bytes);
  }

  async #putManifest(exchange: Exchange, parts: PathParts): Promise<void> {
    const { name } = this.#enter(exchange, parts, "write");
    const reference = parts["reference"] ?? "";
    if (!referencePattern.test(reference)) {
      throw registryFailure("MANIFEST_INVALID", `Neither a tag nor a digest: ${reference}`);
    }
    const { index, blobs, account } = this.#options;
    const mediaType = (exchange.request.headers["content-type"] ?? "").split(";")[0] ?? "";
    const bytes = await readBody(exchange.request, manifestBytesMax);
    const needed = partsOfManifest(bytes, mediaType.trim());
    const missing =
      needed.blobs.find((digest) => !index.hasBlob(name, digest)) ??
      needed.manifests.find((digest) => index.manifest(name, digest) === undefined);
    if (missing !== undefined) {
      throw registryFailure("MANIFEST_BLOB_UNKNOWN", `${missing} is not in the image`);
    }
    const digest = await blobs.put(bytes);
    const byDigest = digestPattern.test(reference);
    if (byDigest && reference !== digest) {
      throw registryFailure("DIGEST_INVALID", `The manifest is not ${reference}`);
    }
    const tag = byDigest ? undefined : reference;
    index.addManifest(name, { digest, mediaType: mediaType.trim(), tag });
    account.pushed({ repositoryId: name.repositoryId, name: name.image, tag, digest });
    await this.#options.indexChanged();
    this.#sendCreated(exchange, { parts, digest, kind: "manifests" });
  }

  #sendTags(exchange: Exchange, parts: PathParts): void {
    const { name } = this.#enter(exchange, parts, "read");
    sendJson(exchange, { name: parts["name"], tags: this.#options.index.tags(name) });
  }

  #sendCreated(
    { response }: Exchange,
    { parts, digest, kind }: { parts: PathParts; digest: string; kind: "blobs" | "manifests" },
  ): void {
    response.writeHead(201, {
      location: `/v2/${parts["name"]}/${kind}/${digest}`,
      "docker-content-digest": digest,
      "content-length": 0,
    });
    response.end();
  }

  async #upload(parts: PathParts): Promise<{ readonly id: string; readonly size: number }> {
    const id = parts["id"] ?? "";
    const size = await this.#options.blobs.uploadedSize(id);
    if (size === undefined) throw registryFailure("BLOB_UPLOAD_UNKNOWN", "No such upload");
    return { id, size };
  }

  /** Signs in, and sees to it that the role may do with the repository what it wishes. */
  #enter(
    exchange: Exchange,
    parts: PathParts,
    wish: Wish,
  ): { readonly name: ImageName; readonly user: RegistryUser } {
    const user = this.#signedIn(exchange);
    const path = parts["name"] ?? "";
    const found = this.#find(user, path);
    if (found === undefined) {
      throw registryFailure("NAME_UNKNOWN", `Repository ${path} does not exist or not authorized`);
    }
    // Who may write may read: a push asks for what is there already.
    if (!(found.write || (wish === "read" && found.read))) {
      throw registryFailure(
        "DENIED",
        `Role ${user.role} has no ${wish === "read" ? "READ" : "WRITE"} on ${path}`,
      );
    }
    return { name: found.name, user };
  }

  #signedIn(exchange: Exchange): RegistryUser {
    const user = this.#signIn.userOf(exchange);
    if (!this.#options.refusesNext()) return user;
    this.#signIn.forgetTokens();
    throw this.#signIn.challenge(exchange.request.headers.host);
  }

  #find(
    user: RegistryUser,
    path: string,
  ): { readonly name: ImageName; readonly read: boolean; readonly write: boolean } | undefined {
    const { database, schema, repository, image } = namePattern.exec(path)?.groups ?? {};
    if (!database || !schema || !repository || !image) {
      throw registryFailure(
        "NAME_INVALID",
        `A name is <database>/<schema>/<repository>/<image> in lower case: ${path}`,
      );
    }
    const access = this.#options.account.access(user, { database, schema, name: repository });
    if (access === undefined) return undefined;
    const { repositoryId, read, write } = access;
    return { name: { repositoryId, image }, read, write };
  }
}

function checkedDigest(digest: string | null | undefined): string {
  if (typeof digest === "string" && digestPattern.test(digest)) return digest;
  throw registryFailure("DIGEST_INVALID", `No SHA-256 digest: ${digest}`);
}

function sendUploadState(
  { response }: Exchange,
  upload: { parts: PathParts; id: string; size: number; status: 202 | 204 | 416 },
): void {
  response.writeHead(upload.status, {
    location: `/v2/${upload.parts["name"]}/blobs/uploads/${upload.id}`,
    "docker-upload-uuid": upload.id,
    // The protocol has no word for "none": an empty upload is written `0-0` as well.
    range: `0-${Math.max(upload.size - 1, 0)}`,
    "content-length": 0,
  });
  response.end();
}
