import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { BrainError, messageOf } from "../base/brain-error.ts";
import { throwIfCancelled } from "../base/progress.ts";

/** How an archive is unpacked. */
export interface UnpackOptions {
  /** The most files and folders, and the most bytes of all files together. */
  readonly entriesMax: number;
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
}

/**
 * Unpacks a ZIP archive into a new folder, or not at all: archives with paths that lead out of the
 * folder, with links, with more than they may have, or damaged ones are refused, and nothing remains.
 *
 * @throws {BrainError} `format-invalid`, `limit-exceeded`, `cancelled`, `file-unreadable`.
 */
export async function unpackZip(
  path: string,
  folder: string,
  options: UnpackOptions,
): Promise<void> {
  const { openPromise } = await import("yauzl");
  let archive: ZipFile;
  try {
    archive = await openPromise(path, { lazyEntries: true, strictFileNames: true });
  } catch (error) {
    throw invalid(path, messageOf(error), error);
  }
  await mkdir(folder);
  try {
    await unpackEntries(archive, path, folder, options);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error instanceof BrainError ? error : invalid(path, messageOf(error), error);
  } finally {
    archive.close();
  }
}

async function unpackEntries(
  archive: ZipFile,
  path: string,
  folder: string,
  { entriesMax, bytesMax, signal }: UnpackOptions,
): Promise<void> {
  let byteCount = 0;
  const checkLimits = (): void => {
    if (archive.entryCount <= entriesMax && byteCount <= bytesMax) return;
    throw new BrainError(
      "limit-exceeded",
      `Cannot unpack ${path}: it has more than ${entriesMax} files or ${bytesMax} bytes`,
      { details: { path, entriesMax, bytesMax } },
    );
  };
  checkLimits();
  // yauzl itself refuses absolute paths and those with "..", and sizes other than an entry's own.
  for await (const entry of archive.eachEntry()) {
    throwIfCancelled(signal, `Unpacking ${path}`);
    byteCount += entry.uncompressedSize;
    checkLimits();
    const target = join(folder, entry.fileName);
    if (entry.fileName.endsWith("/")) await mkdir(target, { recursive: true });
    else await unpackFile(archive, entry, target, path);
  }
}

async function unpackFile(
  archive: ZipFile,
  entry: Entry,
  target: string,
  path: string,
): Promise<void> {
  // Files made on Unix keep their mode in the upper half.
  const fileType = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (fileType === 0o120000) throw invalid(path, `${entry.fileName} is a link`);
  await mkdir(dirname(target), { recursive: true });
  let checksum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      checksum = crc32(chunk, checksum);
      callback(null, chunk);
    },
  });
  // "wx": no entry writes over another.
  await pipeline(
    await archive.openReadStreamPromise(entry),
    check,
    createWriteStream(target, { flags: "wx" }),
  );
  if (checksum !== entry.crc32) throw invalid(path, `${entry.fileName} is damaged`);
}

function invalid(path: string, reason: string, cause?: unknown): BrainError {
  return new BrainError("format-invalid", `Cannot unpack ${path}: ${reason}`, {
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
