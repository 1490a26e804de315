import { ByteReader, UnexpectedEndError } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import {
  type Geometry,
  geometryKinds,
  type Layout,
  layouts,
  partKindOf,
  strideOf,
} from "./geometry.ts";
import { failGeometry } from "./geometry-error.ts";
import { maxCollectionDepth } from "./limits.ts";

const littleEndian = 1;

/** Well-known binary, little-endian, of the ISO kind. An empty point is one of NaNs. */
export function encodeWkb(geometry: Geometry): Uint8Array {
  const writer = new ByteWriter();
  write(writer, geometry);
  return writer.finish().slice();
}

function write(writer: ByteWriter, geometry: Geometry): void {
  const { kind, layout } = geometry;
  const number = geometryKinds.indexOf(kind) + 1 + 1000 * layouts.indexOf(layout);
  writer.u8(littleEndian).u32(number);
  switch (kind) {
    case "point": {
      const isEmpty = geometry.coordinates.length === 0;
      const nowhere = new Array<number>(strideOf(layout)).fill(Number.NaN);
      writeCoordinates(writer, isEmpty ? nowhere : geometry.coordinates);
      break;
    }
    case "line":
      writeVertices(writer, geometry.coordinates, layout);
      break;
    case "polygon":
      writer.u32(geometry.rings.length);
      for (const ring of geometry.rings) writeVertices(writer, ring, layout);
      break;
    default:
      writer.u32(geometry.parts.length);
      for (const part of geometry.parts) write(writer, part);
  }
}

function writeVertices(writer: ByteWriter, coordinates: readonly number[], layout: Layout): void {
  writer.u32(coordinates.length / strideOf(layout));
  writeCoordinates(writer, coordinates);
}

function writeCoordinates(writer: ByteWriter, coordinates: readonly number[]): void {
  for (const coordinate of coordinates) writer.f64(coordinate);
}

/**
 * Reads well-known binary, little-endian. Throws `invalid-parameter` for bytes that are none: they
 * may come from a client.
 */
export function decodeWkb(bytes: Uint8Array): Geometry {
  const reader = new ByteReader(bytes);
  try {
    const geometry = read(reader, 0);
    if (reader.remaining > 0) failGeometry(`${reader.remaining} bytes behind the geometry`);
    return geometry;
  } catch (error) {
    if (error instanceof UnexpectedEndError) return failGeometry(error.message);
    throw error;
  }
}

/** Bytes of the WKB of a point without Z and M. */
const pointLength = 21;

/** The coordinates of a plain point, which needs no reader; undefined for anything else. */
export function pointOfWkb(bytes: Uint8Array): readonly [number, number] | undefined {
  if (bytes.length !== pointLength || bytes[0] !== littleEndian || bytes[1] !== 1) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, pointLength);
  const [x, y] = [view.getFloat64(5, true), view.getFloat64(13, true)];
  return Number.isNaN(x) || Number.isNaN(y) ? undefined : [x, y];
}

function read(reader: ByteReader, depth: number): Geometry {
  if (depth > maxCollectionDepth) {
    failGeometry(`collections are nested deeper than ${maxCollectionDepth} levels`);
  }
  const order = reader.u8();
  if (order !== littleEndian) failGeometry(`byte order ${order} of WKB is not little-endian`);
  const number = reader.u32();
  const kind = geometryKinds[(number % 1000) - 1];
  const layout = layouts[Math.floor(number / 1000)];
  if (kind === undefined || layout === undefined)
    failGeometry(`no geometry has the number ${number}`);
  switch (kind) {
    case "point": {
      const coordinates = readCoordinates(reader, strideOf(layout));
      return { kind, layout, coordinates: coordinates.some(Number.isNaN) ? [] : coordinates };
    }
    case "line":
      return { kind, layout, coordinates: readVertices(reader, layout) };
    case "polygon": {
      const rings = readList(reader, () => readVertices(reader, layout));
      return { kind, layout, rings };
    }
    default: {
      const parts = readList(reader, () => read(reader, depth + 1));
      const partKind = partKindOf(kind);
      if (partKind !== undefined && parts.some((part) => part.kind !== partKind)) {
        failGeometry(`a ${kind} has other parts than of kind ${partKind}`);
      }
      return { kind, layout, parts };
    }
  }
}

/** Ends with the bytes, whatever count a damaged text claims: each item takes at least four. */
function readList<T>(reader: ByteReader, item: () => T): T[] {
  const items: T[] = [];
  for (let rest = reader.u32(); rest > 0; rest--) items.push(item());
  return items;
}

function readVertices(reader: ByteReader, layout: Layout): number[] {
  const count = reader.u32() * strideOf(layout);
  if (count * 8 > reader.remaining)
    failGeometry(`${count} coordinates in ${reader.remaining} bytes`);
  return readCoordinates(reader, count);
}

function readCoordinates(reader: ByteReader, count: number): number[] {
  const coordinates = new Array<number>(count);
  for (let i = 0; i < count; i++) coordinates[i] = reader.f64();
  return coordinates;
}
