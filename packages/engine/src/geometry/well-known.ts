import { decodeWkb, encodeWkb } from "./wkb.ts";
import { parseWkt, printWkt } from "./wkt.ts";

/**
 * The WKB (little-endian) of a WKT, which is how a Geometry field holds it. Throws
 * `invalid-parameter` with Milvus's text for a text that is no geometry; `details.reason` says why.
 */
export function wkbOfWkt(text: string): Uint8Array {
  return encodeWkb(parseWkt(text));
}

/** The WKT of a WKB, in the form in which Milvus gives geometries back. Throws as above. */
export function wktOfWkb(bytes: Uint8Array): string {
  return printWkt(decodeWkb(bytes));
}
