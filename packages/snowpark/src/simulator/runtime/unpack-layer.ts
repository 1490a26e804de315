import { createWriteStream } from "node:fs";
import { link, lstat, mkdir, readdir, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { createTarDecoder, type ParsedTarEntry, type TarHeader } from "modern-tar";
import { insideRoot, relativeLink } from "./inside-root.ts";

/** More than any image that makes sense on a developer's machine; a bound against archives that never end. */
const unpackedBytesMax = 32 * 1024 ** 3;

const whiteout = ".wh.";
const opaqueWhiteout = ".wh..wh..opq";

/**
 * Unpacks a layer (tar, or tar and gzip) over what earlier layers left in a folder, and removes what its whiteouts
 * name. Owners are not kept, devices are left out, links stay inside the folder. Throws `RangeError` for a path that
 * leaves the image, and `Error` for an archive that is broken.
 */
export async function unpackLayer(layer: Readable, root: string): Promise<void> {
  const archive = ReadableStream.from(await unzipped(layer));
  let unpackedBytes = 0;
  for await (const entry of archive.pipeThrough(createTarDecoder({ strict: true }))) {
    unpackedBytes += entry.header.size;
    if (unpackedBytes > unpackedBytesMax) throw new RangeError("The layer is over 32 GiB unpacked");
    await unpackEntry(entry, root);
    // The next entry lies behind the content that nobody wanted.
    if (!entry.body.locked) await entry.body.cancel();
  }
}

async function unpackEntry({ header, body }: ParsedTarEntry, root: string): Promise<void> {
  if (header.name.split("/").includes("..")) {
    throw new RangeError(`A path of the layer leaves the image: ${header.name}`);
  }
  const target = await insideRoot(root, header.name);
  if (target === root) return;
  const name = basename(target);
  if (name === opaqueWhiteout) return emptyFolder(dirname(target));
  if (name.startsWith(whiteout)) {
    // `.wh...` would name the folder itself or the one above.
    const hidden = name.slice(whiteout.length);
    if (/^\.{0,2}$/.test(hidden)) throw new RangeError(`No name in a whiteout: ${header.name}`);
    return rm(join(dirname(target), hidden), { recursive: true, force: true });
  }
  await mkdir(dirname(target), { recursive: true });
  await write({ header, body }, { target, root });
}

const written: ReadonlySet<TarHeader["type"]> = new Set(["file", "directory", "symlink", "link"]);

async function write(
  { header, body }: ParsedTarEntry,
  { target, root }: { target: string; root: string },
): Promise<void> {
  if (!written.has(header.type)) return;
  if (header.type === "directory") return makeFolder(target);
  // A link that is there would be written through.
  await rm(target, { recursive: true, force: true });
  const { linkname = "" } = header;
  if (header.type === "symlink") {
    await symlink(relativeLink(header.name, linkname), target);
  } else if (header.type === "link") {
    await link(await insideRoot(root, linkname), target);
  } else {
    // The owner is this process, whoever the archive names: it must be able to read and replace the file.
    const mode = ((header.mode ?? 0o644) & 0o777) | 0o600;
    await pipeline(body, createWriteStream(target, { mode }));
  }
}

async function makeFolder(target: string): Promise<void> {
  const found = await lstat(target).catch(() => undefined);
  // A layer may name a folder that is a link to one in the layer below (`/lib`): the link stays.
  if (found?.isDirectory() || found?.isSymbolicLink()) return;
  await rm(target, { force: true });
  await mkdir(target, { recursive: true });
}

async function emptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
}

async function unzipped(layer: Readable): Promise<AsyncIterable<Uint8Array>> {
  const iterator = layer[Symbol.asyncIterator]();
  const first = await iterator.next();
  const start = first.done === true ? Buffer.alloc(0) : (first.value as Buffer);
  const whole = Readable.from(restOf(start, iterator));
  if (start[0] === 0x1f && start[1] === 0x8b) {
    const gunzip = createGunzip();
    // The consumer of the unzipped bytes hears of what goes wrong before.
    pipeline(whole, gunzip).catch(() => undefined);
    return gunzip;
  }
  if (start.readUInt32BE(0) === 0x28b52ffd) {
    throw new RangeError("A layer is packed with zstd, which is not supported: push it with gzip");
  }
  return whole;
}

async function* restOf(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start;
    for (;;) {
      const { done, value } = await rest.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    // What is refused is not read to its end: its file has to be closed all the same.
    await rest.return?.();
  }
}
