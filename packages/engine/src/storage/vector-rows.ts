import { must } from "../base/assert.ts";
import type { VectorElement } from "../schema/column.ts";
import { vectorByteLength } from "../schema/vector-layout.ts";
import { dataLength } from "./checked-blocks.ts";
import { COLUMN_HEADER_BYTES, readColumnHeader } from "./column-file.ts";
import { bufferLengths } from "./column-shape.ts";
import { corruptFile } from "./corrupt-file.ts";
import type { FileSystem, ReadFile } from "./file-system.ts";

/** The vectors of a column file, to be read row by row from any thread (`readRowSync`). */
export interface VectorRows {
  /** The number of the open file. */
  readonly descriptor: number;
  /** The byte at which row 0 begins. Rows follow one another without gaps. */
  readonly offset: number;
  /** The bytes of a row. */
  readonly rowBytes: number;
  readonly rowCount: number;
  readonly element: VectorElement;
  readonly dim: number;
  /** Which rows have vectors; absent when all have. */
  readonly validity?: Uint8Array;
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
    const element = must(shape.element, "The shape of vectors has their element");
    const before = bufferLengths(shape).slice(0, -1); // the vectors are the last buffer
    return {
      descriptor,
      offset: COLUMN_HEADER_BYTES + dataLength(before),
      rowBytes: vectorByteLength(element, dim),
      rowCount,
      element,
      dim,
      ...(shape.hasValidity && { validity: await readValidity(file, before[0]) }),
      close: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

async function readValidity(file: ReadFile, length: number): Promise<Uint8Array> {
  const validity = new Uint8Array(new SharedArrayBuffer(length));
  await file.readInto(validity, COLUMN_HEADER_BYTES);
  return validity;
}
