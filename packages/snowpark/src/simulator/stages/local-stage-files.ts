import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { StageFile, StageFiles } from "../account/surroundings.ts";
import { insideRoot } from "../runtime/inside-root.ts";

/** What uploads are called until they are whole; no listing shows them. */
const unfinishedPrefix = ".unfinished-";
/** As Linux's own limit. */
const fileNameBytesMax = 255;

/** Stages as folders: what a container writes to a mounted stage is in it, and the other way round. */
export class LocalStageFiles implements StageFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The folder of a stage, which may not be there as long as the stage is empty. */
  folderOf(stageId: string): string {
    return join(this.#folder, encodeURIComponent(stageId));
  }

  async list(stageId: string): Promise<readonly StageFile[]> {
    const root = this.folderOf(stageId);
    const files: StageFile[] = [];
    for (const path of (await filesOf(root)).toSorted()) {
      const file = join(root, path);
      // A container may have removed it since.
      const state = await stat(file).catch(() => undefined);
      if (state?.isFile() !== true) continue;
      const md5 = await md5Of(file);
      files.push({ path, sizeBytes: state.size, md5, modifiedAt: state.mtimeMs });
    }
    return files;
  }

  async read(stageId: string, path: string): Promise<Uint8Array | undefined> {
    const file = await this.fileOf(stageId, path);
    return file === undefined ? undefined : readFile(file).catch(() => undefined);
  }

  async write(stageId: string, path: string, content: Uint8Array): Promise<void> {
    await this.upload(stageId, path, Readable.from([content]));
  }

  /** Writes a file from a stream. It is there whole or not at all. Throws `RangeError` for a path that no file can have. */
  async upload(stageId: string, path: string, content: Readable): Promise<void> {
    const file = await this.fileOf(stageId, path);
    if (file === undefined) throw new RangeError(`No file of a stage can be called ${path}`);
    await mkdir(dirname(file), { recursive: true });
    const unfinished = join(dirname(file), `${unfinishedPrefix}${randomUUID()}`);
    try {
      await pipeline(content, createWriteStream(unfinished));
      await rename(unfinished, file);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async remove(stageId: string, path: string): Promise<void> {
    const file = await this.fileOf(stageId, path);
    if (file !== undefined) await rm(file, { force: true });
  }

  async removeStage(stageId: string): Promise<void> {
    await rm(this.folderOf(stageId), { recursive: true, force: true });
  }

  /** The local file of a path, always in the stage's folder. `undefined` for a path that no file can have. */
  async fileOf(stageId: string, path: string): Promise<string | undefined> {
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.length === 0 || parts.some(isNoFileName)) return undefined;
    return insideRoot(this.folderOf(stageId), parts.join("/"), { followLast: true });
  }
}

function isNoFileName(part: string): boolean {
  return (
    part === ".." ||
    part.includes("\0") ||
    part.startsWith(unfinishedPrefix) ||
    Buffer.byteLength(part) > fileNameBytesMax
  );
}

/** The files of a folder and its folders. Links are not followed: a container may make some that lead elsewhere. */
async function filesOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith(unfinishedPrefix))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash("md5");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
