import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { extname, isAbsolute, join, posix, relative, sep } from "node:path";
import { BrainError, messageOf } from "../base/brain-error.ts";

/** The images that folders are searched for, by the end of their names. */
export const imageExtensions: ReadonlySet<string> = new Set(
  ".avif .bmp .gif .heic .heif .jpeg .jpg .png .svg .tif .tiff .webp".split(" "),
);

/** How much of a file is read at a time, in bytes. */
const chunkBytes = 1 << 20;

/** Whether the path names a folder, a file, or nothing. */
export async function kindOfPath(path: string): Promise<"folder" | "file" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

/** The whole of a text file. Throws `file-not-found`, `file-unreadable`. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The whole of a file. Throws `file-not-found`, `file-unreadable`. */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** A file in parts, so that files larger than a string may be can be read. */
export async function* readChunks(path: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(path, { highWaterMark: chunkBytes });
  try {
    // No encoding was given, so each chunk is a Buffer.
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The file's lines with their numbers, from 1, without their ends. */
export async function* readLines(path: string): AsyncGenerator<{ line: number; text: string }> {
  let line = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of readChunks(path)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10, start)) {
      line++;
      yield { line, text: withoutReturn(rest.toString("utf8", start, end)) };
      start = end + 1;
    }
    rest = rest.subarray(start);
  }
  if (rest.length > 0) yield { line: line + 1, text: withoutReturn(rest.toString("utf8")) };
}

function withoutReturn(text: string): string {
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

/** The names in a folder, in order. Throws `file-not-found`. */
export async function listFolder(path: string): Promise<{ files: string[]; folders: string[] }> {
  try {
    const files: string[] = [];
    const folders: string[] = [];
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const isFolder = entry.isSymbolicLink()
        ? (await kindOfPath(join(path, entry.name))) === "folder"
        : entry.isDirectory();
      (isFolder ? folders : files).push(entry.name);
    }
    return { files: files.sort(), folders: folders.sort() };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** All files below a folder by their paths in it, with `/` between names, in order. */
export async function listFilesBelow(folder: string): Promise<string[]> {
  const { files, folders } = await listFolder(folder);
  const paths = [...files];
  for (const name of folders) {
    for (const path of await listFilesBelow(join(folder, name))) paths.push(`${name}/${path}`);
  }
  return paths;
}

/** Whether the name ends as an image's does. */
export function isImageName(name: string): boolean {
  return imageExtensions.has(extname(name).toLowerCase());
}

/** Whether a file is named by a URL, which no folder holds. */
export function isUrl(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path);
}

/** The path of a file that a folder of an export holds; absolute ones and URLs as they are. */
export function pathBelow(folder: string, path: string): string {
  return isAbsolute(path) || isUrl(path) ? path : posix.join(folder, path);
}

/** The path from a folder to a file, with `/` on every system. */
export function pathWithin(folder: string, file: string): string {
  return relative(folder, file).split(sep).join("/");
}

/** Makes the folder, and those above it, where they are missing. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new BrainError("io", `Cannot make the folder ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** A text file that grows piece by piece. */
export class TextFile {
  readonly #handle: FileHandle;
  #pieces: string[] = [];
  #length = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Makes the file, or empties it. */
  static async create(path: string): Promise<TextFile> {
    try {
      return new TextFile(await open(path, "w"));
    } catch (error) {
      throw new BrainError("io", `Cannot write ${path}: ${messageOf(error)}`, { cause: error });
    }
  }

  async write(text: string): Promise<void> {
    this.#pieces.push(text);
    this.#length += text.length;
    if (this.#length >= chunkBytes) await this.#flush();
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#handle.close();
    }
  }

  async #flush(): Promise<void> {
    const text = this.#pieces.join("");
    this.#pieces = [];
    this.#length = 0;
    await this.#handle.writeFile(text);
  }
}

function unreadable(path: string, error: unknown): BrainError {
  // Node's errors of the file system carry a code.
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new BrainError("file-not-found", `${path} does not exist`, { cause: error });
  }
  return new BrainError("file-unreadable", `Cannot read ${path}: ${messageOf(error)}`, {
    cause: error,
  });
}
