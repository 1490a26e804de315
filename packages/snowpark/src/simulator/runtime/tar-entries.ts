/** What an entry of a tar archive is. Devices and pipes are `other`: nothing here makes them. */
export type TarEntryKind = "file" | "directory" | "symbolic-link" | "hard-link" | "other";

export interface TarEntry {
  readonly kind: TarEntryKind;
  /** As it is in the archive. */
  readonly path: string;
  readonly linkPath: string;
  readonly mode: number;
  readonly size: number;
  /** The content. What is not read of it is skipped when the next entry is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

const blockBytes = 512;
/** Names and PAX headers are far below this: more is a broken or hostile archive. */
const extensionBytesMax = 1024 * 1024;

/**
 * The entries of a tar archive in ustar form, with GNU's long names and PAX's `path`, `linkpath` and `size`. Throws
 * `RangeError` for what is no such archive, or ends too early.
 */
export async function* tarEntries(archive: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(archive);
  let extensions: Extensions = new Map();
  for (;;) {
    const header = await source.take(blockBytes);
    // Archives end with blocks of zeros; some just end.
    if (header === undefined || header.every((byte) => byte === 0)) return;
    checkSum(header);
    if (isExtension(header)) {
      extensions = await readExtension(source, { header, before: extensions });
      continue;
    }
    const size = Number(extensions.get("size") ?? numberAt(header, 124, 12));
    const content = source.section(size);
    yield {
      kind: kindOf(header),
      path: extensions.get("path") ?? pathOf(header),
      linkPath: extensions.get("linkpath") ?? textAt(header, 157, 100),
      mode: numberAt(header, 100, 8),
      size,
      content,
    };
    for await (const _ of content) {
      // The next header lies behind what the consumer left.
    }
    await source.skip(padding(size));
    extensions = new Map();
  }
}

/** What headers before an entry say in place of its own fields. */
type Extensions = ReadonlyMap<string, string>;

/** PAX's records for one entry (`x`) and for all (`g`), GNU's long name (`L`) and long target of a link (`K`). */
function isExtension(header: Uint8Array): boolean {
  return "xgLK".includes(flagOf(header));
}

function flagOf(header: Uint8Array): string {
  return String.fromCharCode(header[156] ?? 0);
}

function kindOf(header: Uint8Array): TarEntryKind {
  const flag = flagOf(header);
  if (flag === "0" || flag === "\0" || flag === "7") return "file";
  if (flag === "1") return "hard-link";
  if (flag === "2") return "symbolic-link";
  return flag === "5" ? "directory" : "other";
}

async function readExtension(
  source: ByteSource,
  { header, before }: { header: Uint8Array; before: Extensions },
): Promise<Extensions> {
  const size = numberAt(header, 124, 12);
  if (size > extensionBytesMax) throw new RangeError(`A tar header of ${size} bytes`);
  const bytes = await source.take(size + padding(size));
  if (bytes === undefined) throw new RangeError("The tar archive ends in a header");
  const text = new TextDecoder().decode(bytes.subarray(0, size));
  const flag = flagOf(header);
  if (flag === "L") return new Map([...before, ["path", withoutEnd(text)]]);
  if (flag === "K") return new Map([...before, ["linkpath", withoutEnd(text)]]);
  // What is for all entries ("g") is the archiver's comment.
  return flag === "x" ? new Map([...before, ...paxRecords(text)]) : before;
}

/** Records are `<length> <key>=<value>\n`, their length counted in bytes and including itself. */
function paxRecords(text: string): Map<string, string> {
  const bytes = new TextEncoder().encode(text);
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(new TextDecoder().decode(bytes.subarray(at, space)));
    if (space === -1 || !Number.isSafeInteger(length) || length < 1) {
      throw new RangeError("A PAX header of a tar archive is broken");
    }
    const record = new TextDecoder().decode(bytes.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

function checkSum(header: Uint8Array): void {
  let sum = 0;
  for (const [index, byte] of header.entries()) {
    // The field of the sum itself counts as spaces.
    sum += index >= 148 && index < 156 ? 0x20 : byte;
  }
  if (sum !== numberAt(header, 148, 8))
    throw new RangeError("No tar archive: a header's sum is wrong");
}

function pathOf(header: Uint8Array): string {
  const name = textAt(header, 0, 100);
  // GNU's own format has other fields where ustar keeps the prefix.
  const isUstar = textAt(header, 257, 6) === "ustar";
  const prefix = isUstar ? textAt(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textAt(header: Uint8Array, start: number, length: number): string {
  return withoutEnd(new TextDecoder().decode(header.subarray(start, start + length)));
}

function withoutEnd(text: string): string {
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

/** Octal digits, or GNU's base 256 where the first bit is set. */
function numberAt(header: Uint8Array, start: number, length: number): number {
  const field = header.subarray(start, start + length);
  if (((field[0] ?? 0) & 0x80) === 0) {
    return Number.parseInt(textAt(header, start, length).trim() || "0", 8);
  }
  const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  if (!Number.isSafeInteger(value)) throw new RangeError("A number in a tar header is too large");
  return value;
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** Hands out a stream's bytes by number, whatever its parts are. */
class ByteSource {
  readonly #parts: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#parts = stream[Symbol.asyncIterator]();
  }

  /** That many bytes, or `undefined` at the end of the stream. */
  async take(count: number): Promise<Uint8Array | undefined> {
    const taken = new Uint8Array(count);
    let filled = 0;
    for await (const part of this.section(count, true)) {
      taken.set(part, filled);
      filled += part.length;
    }
    return filled === count ? taken : undefined;
  }

  async skip(count: number): Promise<void> {
    for await (const _ of this.section(count)) {
      // Only the position matters.
    }
  }

  /** The next bytes, part by part. It can be read once; what was not read stays in the stream. */
  section(count: number, mayBeEmpty = false): AsyncIterable<Uint8Array> {
    let left = count;
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      if (left === 0) return { done: true, value: undefined };
      if (this.#rest.length === 0 && !(await this.#fill())) {
        if (mayBeEmpty && left === count) return { done: true, value: undefined };
        throw new RangeError("The tar archive ends too early");
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      return { done: false, value: part };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#parts.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      this.#rest = value;
      return true;
    }
  }
}
