import { crc32 } from "node:zlib";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import { EngineError } from "../base/errors.ts";
import { corruptFile } from "./corrupt-file.ts";

/** The kinds of files in a database folder. Each has a page in `docs/format/`. */
export type FileKind = "access" | "catalog" | "manifest" | "log" | "column" | "deletes" | "index";

interface FileKindInfo {
  readonly title: string;
  /** Eight ASCII characters. */
  readonly magic: string;
  /** The version that we write, and the newest that we read. */
  readonly version: number;
}

export const fileKinds: Readonly<Record<FileKind, FileKindInfo>> = {
  access: { title: "an access document", magic: "REDKITEA", version: 1 },
  catalog: { title: "a catalog", magic: "REDKITEC", version: 1 },
  manifest: { title: "a collection manifest", magic: "REDKITEM", version: 2 },
  // Version 2 has columns of sparse and of other dense vectors; those of version 1 lie in it unchanged.
  log: { title: "a write-ahead log", magic: "REDKITEL", version: 2 },
  column: { title: "a column file", magic: "REDKITEF", version: 2 },
  deletes: { title: "a delete file", magic: "REDKITED", version: 1 },
  index: { title: "an index file", magic: "REDKITEI", version: 1 },
};

/**
 * Every file begins with these bytes: magic (8), format version (u32), crc32 of both (u32). They
 * stay the same in all versions to come, so that an old reader can tell "newer" from "damaged".
 */
export const PRELUDE_BYTES = 16;

const CHECKED_BYTES = 12;
const latin1 = new TextDecoder("latin1");

export function writePrelude(writer: ByteWriter, kind: FileKind): void {
  const { magic, version } = fileKinds[kind];
  const checked = new ByteWriter(CHECKED_BYTES).bytes(Buffer.from(magic, "latin1")).u32(version);
  writer.bytes(checked.finish()).u32(crc32(checked.finish()));
}

/**
 * The format version of a file of this kind. Throws unless `bytes` begin with the prelude of one that
 * we can read: `corrupt-file`, or `format-too-new` when a later version of Redkite wrote it.
 */
export function checkPrelude(kind: FileKind, bytes: Uint8Array, path: string): number {
  const { title, magic, version } = fileKinds[kind];
  if (bytes.length < PRELUDE_BYTES) {
    throw corruptFile(path, `${title} of at least ${PRELUDE_BYTES} bytes`, `${bytes.length} bytes`);
  }
  const reader = new ByteReader(bytes);
  const foundMagic = latin1.decode(reader.bytes(8));
  if (foundMagic !== magic) throw corruptFile(path, title, describeMagic(foundMagic));
  const foundVersion = reader.u32();
  if (crc32(bytes.subarray(0, CHECKED_BYTES)) !== reader.u32() || foundVersion === 0) {
    throw corruptFile(
      path,
      `${title} with an intact first ${PRELUDE_BYTES} bytes`,
      "a wrong checksum",
    );
  }
  if (foundVersion > version) throw formatTooNew(path, title, { foundVersion, version });
  return foundVersion;
}

function describeMagic(found: string): string {
  const other = Object.values(fileKinds).find((info) => info.magic === found);
  return other === undefined ? `a file that begins with ${JSON.stringify(found)}` : other.title;
}

function formatTooNew(
  path: string,
  title: string,
  versions: { foundVersion: number; version: number },
): EngineError {
  const { foundVersion, version } = versions;
  return new EngineError(
    "format-too-new",
    `Cannot read "${path}": it is ${title} of format version ${foundVersion}, and this version ` +
      `of Redkite reads up to version ${version}; update Redkite`,
    { details: { path, found: foundVersion, max: version } },
  );
}
