// Rows of f32 one after the other in a file, without a header.
import { closeSync, openSync, readSync, renameSync, statSync, writeSync } from "node:fs";

/** Most bytes that one read or write is asked for: the system refuses 2 GiB and more. */
const CHUNK_BYTES = 1 << 28;

/** Reads `target.length` floats from float `start` of the file on. */
export function readFloats(path, start, target) {
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  const file = openSync(path);
  try {
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(CHUNK_BYTES, bytes.length - done);
      const count = readSync(file, bytes, done, length, start * 4 + done);
      if (count === 0) throw new Error(`${path} ends at byte ${start * 4 + done}`);
      done += count;
    }
  } finally {
    closeSync(file);
  }
  return target;
}

/** Writes arrays of floats as one file, which appears when it is whole. */
export function writeFloats(path, arrays) {
  const file = openSync(`${path}.part`, "w");
  try {
    for (const array of arrays) appendFloats(file, array);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.part`, path);
}

export function appendFloats(file, array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(CHUNK_BYTES, bytes.length - done));
  }
}

/** How many floats a file has, 0 when it is not there. */
export function floatCountOf(path) {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) / 4;
}
