import type { Column } from "../schema/column.ts";
import { writeColumnFile } from "../storage/column-file.ts";
import { writeDeleteFile } from "../storage/delete-file.ts";
import type { FileSystem } from "../storage/file-system.ts";
import type { DeletedRows } from "./deleted-rows.ts";
import { columnPath } from "./sealed-segment.ts";

/** A column and the id of its field. */
type SegmentColumn = readonly [number, Column];

/**
 * Writes the column files of a segment to a folder of its own. Durable when resolved; visible only
 * once the manifest names the segment. Answers the bytes written.
 */
export async function writeSegmentFiles(
  fileSystem: FileSystem,
  path: string,
  columns: Iterable<SegmentColumn> | AsyncIterable<SegmentColumn>,
): Promise<number> {
  // Left over from an attempt that failed: its files are no part of any manifest.
  await fileSystem.removeDirectory(path);
  await fileSystem.makeDirectory(path);
  let bytes = 0;
  for await (const [fieldId, column] of columns) {
    bytes += await writeColumnFile(fileSystem, columnPath(path, fieldId), column);
  }
  await fileSystem.syncDirectory(path);
  return bytes;
}

/**
 * Writes the deletes of a segment to a new file beside the old one and answers its name. The
 * manifest decides which of them counts.
 */
export async function writeSegmentDeletes(
  fileSystem: FileSystem,
  path: string,
  deleted: DeletedRows,
): Promise<string> {
  const name = `deletes-${deleted.count}.del`;
  await writeDeleteFile(fileSystem, `${path}/${name}`, deleted.toFile());
  return name;
}
