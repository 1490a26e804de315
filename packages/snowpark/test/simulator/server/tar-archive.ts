/** An entry of an archive that a test writes, good or hostile. */
export interface ArchiveEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** `"5"` a folder, `"2"` a symbolic link, `"1"` a hard link, `"3"` a device. Default: a file. */
  readonly flag?: string;
  readonly linkPath?: string;
  readonly mode?: number;
}

/** A tar archive byte by byte, without any care for what makes sense. */
export function tarArchive(entries: readonly ArchiveEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(1024)]);
}

function blocksOf(entry: ArchiveEntry): Buffer[] {
  const content = Buffer.from(entry.content ?? "");
  const header = Buffer.alloc(512);
  header.write(entry.path, 0, 100);
  header.write(octal(entry.mode ?? 0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(content.length, 11), 124);
  header.write(octal(0, 11), 136);
  header.write("        ", 148);
  header.write(entry.flag ?? "0", 156);
  header.write(entry.linkPath ?? "", 157, 100);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
