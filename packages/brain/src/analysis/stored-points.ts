import type { JsonValue } from "../schema/labels.ts";
import type { StoredPoints } from "./visualization.ts";

/** Points as a run's results: their numbers are 32 bits each, in base64. */
export function encodePoints(stored: StoredPoints): JsonValue {
  const { numDims, patchesField, ids, sampleIds, points } = stored;
  const bytes = Buffer.from(points.buffer, points.byteOffset, points.byteLength);
  return {
    numDims,
    ids: [...ids],
    points: bytes.toString("base64"),
    ...(patchesField === undefined ? {} : { patchesField, sampleIds: [...sampleIds] }),
  };
}

/** The points that `encodePoints` gave. */
export function decodePoints(results: string): StoredPoints {
  // `encodePoints` made it.
  const { numDims, patchesField, ids, sampleIds, points } = JSON.parse(results) as {
    numDims: 2 | 3;
    patchesField?: string;
    ids: string[];
    sampleIds?: string[];
    points: string;
  };
  // A copy lies at a multiple of four bytes, as floats must.
  const bytes = Uint8Array.from(Buffer.from(points, "base64"));
  return {
    numDims,
    patchesField,
    ids,
    sampleIds: sampleIds ?? ids,
    points: new Float32Array(bytes.buffer),
  };
}
