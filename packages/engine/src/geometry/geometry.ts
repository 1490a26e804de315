/** Which coordinates a vertex has beside x and y. The same in all parts of a geometry. */
export type Layout = "xy" | "xyz" | "xym" | "xyzm";

/** A geometry as plain data. Coordinates lie flat, `strideOf(layout)` numbers a vertex. */
export type Geometry = PointGeometry | LineGeometry | PolygonGeometry | MultiGeometry;

/** Without coordinates it is empty. */
export interface PointGeometry {
  readonly kind: "point";
  readonly layout: Layout;
  readonly coordinates: readonly number[];
}

export interface LineGeometry {
  readonly kind: "line";
  readonly layout: Layout;
  readonly coordinates: readonly number[];
}

/** The shell and the holes, each closed. Without rings it is empty. */
export interface PolygonGeometry {
  readonly kind: "polygon";
  readonly layout: Layout;
  readonly rings: readonly (readonly number[])[];
}

export interface MultiGeometry {
  readonly kind: "multipoint" | "multiline" | "multipolygon" | "collection";
  readonly layout: Layout;
  readonly parts: readonly Geometry[];
}

export type GeometryKind = Geometry["kind"];

/** The tag of each kind in WKT, and its number in WKB (OGC Simple Features). */
export const geometryTags: Readonly<Record<GeometryKind, string>> = {
  point: "POINT",
  line: "LINESTRING",
  polygon: "POLYGON",
  multipoint: "MULTIPOINT",
  multiline: "MULTILINESTRING",
  multipolygon: "MULTIPOLYGON",
  collection: "GEOMETRYCOLLECTION",
};

/** The kinds by their number in WKB, which counts from 1. */
export const geometryKinds: readonly GeometryKind[] = [
  "point",
  "line",
  "polygon",
  "multipoint",
  "multiline",
  "multipolygon",
  "collection",
];

/** The layouts by the thousands that they add to the number in WKB (ISO 13249-3). */
export const layouts: readonly Layout[] = ["xy", "xyz", "xym", "xyzm"];

/** How many numbers a vertex has. */
export function strideOf(layout: Layout): number {
  return layout.length;
}

/** The kind of the parts. Undefined: any. */
export function partKindOf(kind: MultiGeometry["kind"]): GeometryKind | undefined {
  switch (kind) {
    case "multipoint":
      return "point";
    case "multiline":
      return "line";
    case "multipolygon":
      return "polygon";
    default:
      return undefined;
  }
}
