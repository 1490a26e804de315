import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { SnowparkError } from "../base/snowpark-error.ts";

interface EntryPlace {
  /** Where it lies in the image, without a slash at either end: `usr/local/bin/node`. */
  readonly path: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Content that is there, or a file of this machine that is read when the layer is written. */
export type FileContent = Uint8Array | { readonly file: string; readonly size: number };

/** One file, folder or link of a layer. */
export type LayerEntry =
  | (EntryPlace & { readonly kind: "file"; readonly mode: number; readonly content: FileContent })
  | (EntryPlace & { readonly kind: "directory"; readonly mode: number })
  | (EntryPlace & { readonly kind: "symlink"; readonly target: string });

/** A file whose content is a text. */
export function textEntry(path: string, text: string, mode = 0o644): LayerEntry {
  return { kind: "file", path, mode, content: new TextEncoder().encode(text) };
}

/** A file of this machine. Symbolic links to it are followed. */
export async function fileEntry(path: string, file: string, mode = 0o644): Promise<LayerEntry> {
  const { size } = await stat(file);
  return { kind: "file", path, mode, content: { file, size } };
}

/** Which files of a folder go into an image: paths are relative to the folder, with slashes. */
export type PathFilter = (relativePath: string) => boolean;

/**
 * The files and links of a folder of this machine, to lie under `prefix` in the image. Modes are 755 for what somebody
 * may execute and 644 for the rest, whatever the machine has, so that a layer is the same wherever it is made.
 */
export async function folderEntries(
  folder: string,
  prefix: string,
  isWanted: PathFilter = () => true,
): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  const visit = async (relative: string): Promise<void> => {
    const names = await readdir(join(folder, relative));
    for (const name of names.sort()) {
      const inner = posix.join(relative, name);
      if (!isWanted(inner)) continue;
      const source = join(folder, inner);
      const path = posix.join(prefix, inner);
      const status = await lstat(source);
      if (status.isDirectory()) await visit(inner);
      else if (status.isSymbolicLink()) {
        entries.push({ kind: "symlink", path, target: await readlink(source) });
      } else if (status.isFile()) {
        const mode = (status.mode & 0o111) === 0 ? 0o644 : 0o755;
        entries.push({ kind: "file", path, mode, content: { file: source, size: status.size } });
      }
    }
  };
  await visit("");
  return entries;
}

/**
 * The entries in the order of their paths, with the folders that they lie in, which have mode 755 unless they are
 * given.
 *
 * @throws SnowparkError `image-failed` for a path that is given twice, that leaves the image or has a NUL.
 */
export function completeEntries(entries: readonly LayerEntry[]): LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    checkPath(entry.path);
    if (byPath.has(entry.path)) {
      throw new SnowparkError("image-failed", `Cannot write a layer with ${entry.path} twice`);
    }
    byPath.set(entry.path, entry);
  }
  for (const { path } of entries) {
    for (let parent = posix.dirname(path); parent !== "."; parent = posix.dirname(parent)) {
      const found = byPath.get(parent);
      if (found === undefined) {
        byPath.set(parent, { kind: "directory", path: parent, mode: 0o755 });
      } else if (found.kind === "file") {
        throw new SnowparkError("image-failed", `Cannot write ${path}: ${parent} is a file`);
      }
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function checkPath(path: string): void {
  const isPlain = path !== "" && posix.normalize(path) === path && !path.includes("\0");
  if (isPlain && !/^(?:\/|\.{1,2}(?:\/|$))|\/$/.test(path)) return;
  throw new SnowparkError(
    "image-failed",
    `Cannot write a layer with the path ${JSON.stringify(path)}`,
  );
}

/** Opens the content of a file. */
export function contentOf(content: FileContent): AsyncIterable<Uint8Array> {
  if (!(content instanceof Uint8Array)) return createReadStream(content.file);
  return (async function* () {
    yield content;
  })();
}

/** A digest of all that is in the entries, in hexadecimal digits: cheaper than to write the layer. */
export async function fingerprintOf(entries: readonly LayerEntry[]): Promise<string> {
  const hash = createHash("sha256");
  for (const entry of completeEntries(entries)) {
    const { path, kind, uid = 0, gid = 0 } = entry;
    const more = kind === "symlink" ? entry.target : entry.mode;
    hash.update(`${JSON.stringify([kind, path, uid, gid, more])}\n`);
    if (kind !== "file") continue;
    const { content } = entry;
    hash.update(`${content instanceof Uint8Array ? content.length : content.size}\n`);
    for await (const chunk of contentOf(content)) hash.update(chunk);
  }
  return hash.digest("hex");
}
