import { deflateSync, inflateSync } from "node:zlib";
import { BrainError } from "../../base/brain-error.ts";

/** An array as numpy saves it, its numbers row by row. */
export interface NumpyArray {
  /** The type of the numbers, such as `f4` or `u1`; `b1` is true or false. */
  readonly type: NumpyType;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export type NumpyType = "b1" | "u1" | "i1" | "u2" | "i2" | "u4" | "i4" | "i8" | "u8" | "f4" | "f8";

/** What an array may have at most: a few bytes may say that they are gigabytes. */
const bytesMax = 2 ** 30;

const magic = "\x93NUMPY";

type Reader = (view: DataView, at: number, little: boolean) => number;

const readers: Readonly<Record<NumpyType, Reader>> = {
  b1: (view, at) => view.getUint8(at),
  u1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  i2: (view, at, little) => view.getInt16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

/** Reads FiftyOne's arrays: numpy's `.npy` format, deflated, in base64. Throws `format-invalid`. */
export function decodeNumpy(base64: string): NumpyArray {
  let bytes: Buffer;
  try {
    bytes = inflateSync(Buffer.from(base64, "base64"), { maxOutputLength: bytesMax });
  } catch (error) {
    throw wrong(`it is not deflated, or has more than ${bytesMax} bytes`, error);
  }
  if (bytes.toString("latin1", 0, 6) !== magic) throw wrong("it does not begin as .npy does");
  const isFirstVersion = bytes[6] === 1;
  const headerStart = isFirstVersion ? 10 : 12;
  const headerLength = isFirstVersion ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const dataStart = headerStart + headerLength;
  const header = bytes.toString("latin1", headerStart, dataStart);
  const [, order, type] = /'descr':\s*'([<>|=])(\w\d+)'/.exec(header) ?? [];
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (!isNumpyType(type) || shapeText === undefined) throw wrong(`its header is ${header.trim()}`);
  const shape = shapeText
    .split(",")
    .filter((text) => text.trim() !== "")
    .map(Number);
  const read = readers[type];
  const size = Number(type.slice(1));
  const count = shape.reduce((product, length) => product * length, 1);
  if (dataStart + count * size > bytes.length) throw wrong("it is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(count);
  for (let at = 0; at < count; at++) values[at] = read(view, dataStart + at * size, order !== ">");
  const isFortran = /'fortran_order':\s*True/.test(header);
  return { type, shape, values: isFortran ? rowByRow(values, shape) : values };
}

/** Writes what {@link decodeNumpy} reads. Of the types the three that we have. */
export function encodeNumpy(
  type: "b1" | "u1" | "f4" | "f8",
  shape: readonly number[],
  values: ArrayLike<number>,
): string {
  const order = type === "b1" || type === "u1" ? "|" : "<";
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${order}${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The data begins at a multiple of 64.
  const header = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11, " ")}\n`;
  const start = Buffer.alloc(10);
  start.write(magic, "latin1");
  start.writeUInt8(1, 6);
  start.writeUInt16LE(header.length, 8);
  const data = dataOf(type, values);
  return deflateSync(Buffer.concat([start, Buffer.from(header, "latin1"), data])).toString(
    "base64",
  );
}

function dataOf(type: "b1" | "u1" | "f4" | "f8", values: ArrayLike<number>): Uint8Array {
  const isByte = type === "b1" || type === "u1";
  if (isByte) return Uint8Array.from(values);
  const size = type === "f4" ? 4 : 8;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < values.length; at++) {
    if (type === "f4") view.setFloat32(at * size, values[at], true);
    else view.setFloat64(at * size, values[at], true);
  }
  return bytes;
}

function isNumpyType(type: string | undefined): type is NumpyType {
  return type !== undefined && Object.hasOwn(readers, type);
}

/** Numbers that were saved column by column. */
function rowByRow(values: Float64Array, shape: readonly number[]): Float64Array {
  if (shape.length !== 2) {
    if (shape.length < 2) return values;
    throw wrong("it has more than two dimensions, column by column");
  }
  const [rows, columns] = shape;
  return values.map((_, at) => values[(at % columns) * rows + Math.floor(at / columns)]);
}

function wrong(reason: string, cause?: unknown): BrainError {
  return new BrainError("format-invalid", `Cannot read an array of numpy: ${reason}`, { cause });
}
