import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, type ReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { hexOf } from "./digest.ts";

/** What a finished upload turned out to be. */
export type UploadEnd = "stored" | "digest-mismatch" | "unknown-upload";

const uploadIdPattern = /^[0-9a-f-]{36}$/;

/**
 * Blobs as files named by their SHA-256, and uploads that are still growing. It knows nothing of repositories: who may
 * see which blob is the index's business.
 */
export class BlobStore {
  readonly #blobs: string;
  readonly #uploads: string;

  private constructor(folder: string) {
    this.#blobs = join(folder, "blobs");
    this.#uploads = join(folder, "uploads");
  }

  /** Opens the store in a folder, which is made. Uploads that a former process left are dropped. */
  static async open(folder: string): Promise<BlobStore> {
    const store = new BlobStore(folder);
    await rm(store.#uploads, { recursive: true, force: true });
    await mkdir(store.#blobs, { recursive: true });
    await mkdir(store.#uploads, { recursive: true });
    return store;
  }

  /** Removes the blobs of all other digests. Only while nobody uploads. */
  async keepOnly(digests: ReadonlySet<string>): Promise<void> {
    for (const hex of await readdir(this.#blobs)) {
      if (!digests.has(`sha256:${hex}`)) await rm(join(this.#blobs, hex), { force: true });
    }
  }

  /** Bytes of a blob, or `undefined` when it is not there. */
  async sizeOf(digest: string): Promise<number | undefined> {
    return sizeOfFile(join(this.#blobs, hexOf(digest)));
  }

  /** The file of a blob that is there. It is never changed, so it may be read at leisure. */
  fileOf(digest: string): string {
    return join(this.#blobs, hexOf(digest));
  }

  read(digest: string): ReadStream {
    return createReadStream(this.fileOf(digest));
  }

  readBytes(digest: string): Promise<Buffer> {
    return readFile(this.fileOf(digest));
  }

  /** Stores bytes under their digest, which is returned. */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const temporary = join(this.#uploads, randomUUID());
    await writeFile(temporary, bytes);
    await rename(temporary, this.fileOf(digest));
    return digest;
  }

  async begin(): Promise<string> {
    const id = randomUUID();
    await writeFile(join(this.#uploads, id), "");
    return id;
  }

  /** Bytes that an upload has, or `undefined` when there is none of that id. */
  async uploadedSize(id: string): Promise<number | undefined> {
    return uploadIdPattern.test(id) ? sizeOfFile(join(this.#uploads, id)) : undefined;
  }

  /**
   * Appends to an upload that is there, and returns its size. When the sender gives up in the middle, the upload is cut
   * back to what it was: a chunk is taken whole or not at all.
   */
  async append(id: string, chunk: Readable): Promise<number> {
    const file = join(this.#uploads, id);
    const before = (await stat(file)).size;
    try {
      await pipeline(chunk, createWriteStream(file, { flags: "a" }));
    } catch (error) {
      await truncate(file, before);
      throw error;
    }
    return (await stat(file)).size;
  }

  /** Makes an upload a blob, when it is what its digest says. Otherwise it is dropped. */
  async finish(id: string, digest: string): Promise<UploadEnd> {
    if ((await this.uploadedSize(id)) === undefined) return "unknown-upload";
    const file = join(this.#uploads, id);
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    if (`sha256:${hash.digest("hex")}` !== digest) {
      await rm(file);
      return "digest-mismatch";
    }
    await rename(file, this.fileOf(digest));
    return "stored";
  }

  async discard(id: string): Promise<void> {
    if (uploadIdPattern.test(id)) await rm(join(this.#uploads, id), { force: true });
  }
}

async function sizeOfFile(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
