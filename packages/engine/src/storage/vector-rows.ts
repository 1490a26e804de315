import { dataLength } from "./checked-blocks.ts";
import { COLUMN_HEADER_BYTES, readColumnHeader } from "./column-file.ts";
import { bufferLengths } from "./column-shape.ts";
import { corruptFile } from "./corrupt-file.ts";
import type { FileSystem } from "./file-system.ts";

/** The vectors of a column file, to be read row by row from any thread (`readRowSync`). */
export interface VectorRows {
  /** The number of the open file. */
  readonly descriptor: number;
  /** The byte at which row 0 begins. Rows of `4 * dim` bytes follow one another without gaps. */
  readonly offset: number;
  readonly rowCount: number;
  readonly dim: number;
  /** No thread may read any more. */
  close(): Promise<void>;
}

/**
 * Opens the file of a vector column for reading rows from the disk; `undefined` where the file system
 * is not on one. Checks the header and the size: damage within rows is found only when the file is
 * read whole. Throws `io`, `corrupt-file` (also for a column of no vectors) and `format-too-new`.
 */
export async function openVectorRows(
  fs: FileSystem,
  path: string,
): Promise<VectorRows | undefined> {
  const file = await fs.openShared(path);
  if (file === undefined) return undefined;
  try {
    const shape = await readColumnHeader({ file, path });
    if (shape.layout !== "vector") {
      throw corruptFile(path, "a column of vectors", `a column of layout "${shape.layout}"`);
    }
    const { descriptor } = file;
    const { rowCount, size: dim } = shape;
    const before = bufferLengths(shape).slice(0, -1); // the vectors are the last buffer
    const offset = COLUMN_HEADER_BYTES + dataLength(before);
    return { descriptor, offset, rowCount, dim, close: () => file.close() };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}
