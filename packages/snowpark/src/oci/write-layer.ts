import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { createTarPacker } from "modern-tar";
import { SnowparkError } from "../base/snowpark-error.ts";
import { type Digest, DigestMeter } from "./digest.ts";
import { type Descriptor, ociLayerType } from "./image.ts";
import { completeEntries, contentOf, type LayerEntry } from "./layer-entry.ts";

/** A layer that lies in a file of this machine. */
export interface LayerFile {
  readonly descriptor: Descriptor;
  /** The digest of the layer before it was compressed. */
  readonly diffId: Digest;
  readonly file: string;
}

/** The byte of a gzip header that tells the system it was made on, and the value for one that is not told. */
const gzipSystemOffset = 9;
const gzipSystemUnknown = 255;

/**
 * Writes a layer as a gzipped tar file, as a stream. Equal entries give an equal `diffId` everywhere: times are 1970,
 * the order is that of the paths, names of owners are left out. The compressed bytes, and so the descriptor's digest,
 * are the same with the same build of Node.
 *
 * @throws SnowparkError `image-failed` when a file changes its size meanwhile, and for paths that no layer can have.
 */
export async function writeLayer(
  entries: readonly LayerEntry[],
  file: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<LayerFile> {
  const complete = completeEntries(entries);
  const plain = new DigestMeter();
  const packed = new DigestMeter();
  // Another process may write the same layer to the same cache.
  const unfinished = `${file}.${process.pid}.part`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await pipeline(
      Readable.from(tarOf(complete)),
      metered(plain),
      createGzip(),
      withoutSystem(),
      metered(packed),
      createWriteStream(unfinished),
      { signal },
    );
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    if (error instanceof SnowparkError || signal?.aborted) throw error;
    throw new SnowparkError("image-failed", `Cannot write the layer ${file}`, { cause: error });
  }
  const { size } = packed;
  return {
    descriptor: { mediaType: ociLayerType, digest: packed.digest(), size },
    diffId: plain.digest(),
    file,
  };
}

/** The bytes of a tar file. */
export async function* tarOf(entries: readonly LayerEntry[]): AsyncGenerator<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const filled = fill(controller, entries).catch((error: unknown) => {
    controller.error(error);
    throw error;
  });
  // Its failure is thrown below, by way of the stream it breaks.
  filled.catch(() => undefined);
  yield* readable;
  await filled;
}

type Packer = ReturnType<typeof createTarPacker>["controller"];

async function fill(packer: Packer, entries: readonly LayerEntry[]): Promise<void> {
  for (const entry of entries) {
    const { path, uid = 0, gid = 0 } = entry;
    const owner = { uid, gid, uname: "", gname: "", mtime: new Date(0) };
    if (entry.kind === "directory") {
      const { mode } = entry;
      await packer.add({ ...owner, name: `${path}/`, type: "directory", size: 0, mode }).close();
    } else if (entry.kind === "symlink") {
      const { target: linkname } = entry;
      const link = { name: path, type: "symlink", size: 0, mode: 0o777, linkname } as const;
      await packer.add({ ...owner, ...link }).close();
    } else {
      await addFile(packer, { ...owner, name: path, mode: entry.mode }, entry.content);
    }
  }
  packer.finalize();
}

async function addFile(
  packer: Packer,
  header: Omit<Parameters<Packer["add"]>[0], "size">,
  content: Parameters<typeof contentOf>[0],
): Promise<void> {
  const size = content instanceof Uint8Array ? content.length : content.size;
  const writer = packer.add({ ...header, type: "file", size }).getWriter();
  let written = 0;
  for await (const chunk of contentOf(content)) {
    written += chunk.length;
    if (written > size) break;
    await writer.ready;
    await writer.write(chunk);
  }
  if (written !== size) {
    throw new SnowparkError(
      "image-failed",
      `Cannot put ${header.name} into a layer: its size changed from ${size} bytes meanwhile`,
    );
  }
  await writer.close();
}

function metered(meter: DigestMeter): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      meter.update(chunk);
      done(null, chunk);
    },
  });
}

/** Node writes the system into the header of gzip, which would make images of Linux and macOS differ. */
function withoutSystem(): Transform {
  let offset = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const place = gzipSystemOffset - offset;
      if (place >= 0 && place < chunk.length) chunk[place] = gzipSystemUnknown;
      offset += chunk.length;
      done(null, chunk);
    },
  });
}
