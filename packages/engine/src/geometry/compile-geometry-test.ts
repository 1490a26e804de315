import { unreachable } from "../base/assert.ts";
import { checkCrossings, checkTangle, type Segments, segmentsOf } from "./crossings.ts";
import {
  distanceToEnvelope,
  type Envelope,
  envelopeCovers,
  envelopeOf,
  envelopesMeet,
  isEmptyEnvelope,
} from "./envelope.ts";
import type { Geometry } from "./geometry.ts";
import type { DistanceTest, GeometryTest, Relation, RelationTest } from "./geometry-test.ts";
import { type Location, type Locator, type Shape, topology } from "./jsts.ts";
import { decodeWkb, pointOfWkb } from "./wkb.ts";

/** What a test says of a geometry, given as WKB. */
export type GeometryJudge = (wkb: Uint8Array) => boolean;

/**
 * Makes a test ready to be asked of many geometries. Cheap tests of rectangles come first. It throws
 * `limit-exceeded` when asked of a geometry that would take for ever to be related to the test's.
 */
export function compileGeometryTest(test: GeometryTest): GeometryJudge {
  switch (test.kind) {
    case "relation":
      return relationJudge(test);
    case "distance":
      return distanceJudge(test);
    case "validity":
      return (wkb) => isValid(decodeWkb(wkb));
    default:
      return unreachable(test);
  }
}

function relationJudge({ relation, other }: RelationTest): GeometryJudge {
  const { shapeOf } = topology();
  const otherShape = shapeOf(other);
  const otherEnvelope = envelopeOf(other);
  const locate = locatorOf(other, otherShape);
  let otherSegments: Segments | undefined;
  return (wkb) => {
    const point = locate && pointOfWkb(wkb);
    if (locate !== undefined && point !== undefined) {
      const [x, y] = point;
      if (distanceToEnvelope(otherEnvelope, x, y) > 0) return false;
      return pointRelates(relation, locate(x, y));
    }
    const geometry = decodeWkb(wkb);
    const envelope = envelopeOf(geometry);
    if (isEmptyEnvelope(envelope) || isEmptyEnvelope(otherEnvelope)) {
      return relation === "equals" && isEmptyEnvelope(envelope) && isEmptyEnvelope(otherEnvelope);
    }
    if (!mayRelate(relation, envelope, otherEnvelope)) return false;
    if (otherSegments === undefined) {
      otherSegments = segmentsOf(other);
      checkTangle(otherSegments);
    }
    checkCrossings(segmentsOf(geometry), envelope, otherSegments);
    return relates(relation, shapeOf(geometry), otherShape);
  };
}

/** What locates points with regard to a geometry: a hundred times as fast as relating the two. */
function locatorOf(geometry: Geometry, shape: Shape): Locator | undefined {
  if (shape.isEmpty()) return undefined;
  const { areaLocator, lineLocator } = topology();
  switch (geometry.kind) {
    case "polygon":
    case "multipolygon":
      return isValid(geometry) ? areaLocator(shape) : undefined;
    case "line":
    case "multiline":
      return lineLocator(shape);
    default:
      return undefined;
  }
}

/** What must hold of the rectangles around two geometries where the relation holds of them. */
function mayRelate(relation: Relation, envelope: Envelope, other: Envelope): boolean {
  switch (relation) {
    case "within":
      return envelopeCovers(other, envelope);
    case "contains":
      return envelopeCovers(envelope, other);
    case "equals":
      return envelopeCovers(other, envelope) && envelopeCovers(envelope, other);
    default:
      return envelopesMeet(envelope, other);
  }
}

/** A point has no part of lower or higher dimension: most relations to a line or area can't hold. */
function pointRelates(relation: Relation, location: Location): boolean {
  switch (relation) {
    case "within":
      return location === "inside";
    case "touches":
      return location === "boundary";
    case "intersects":
      return location !== "outside";
    default:
      return false;
  }
}

/**
 * Where JTS has no answer (collections of mixed kinds, polygons that cross themselves) it throws,
 * and so does GEOS: Milvus takes that for FALSE.
 */
function relates(relation: Relation, a: Shape, b: Shape): boolean {
  try {
    return topology().relates(relation, a, b);
  } catch {
    return false;
  }
}

function isValid(geometry: Geometry): boolean {
  const { shapeOf, isValid: isValidShape } = topology();
  try {
    return isValidShape(shapeOf(geometry));
  } catch {
    // Coordinates that are no numbers.
    return false;
  }
}

const earthRadius = 6_371_000;
const metresPerDegree = 111_320;

/**
 * Between points the distance on the sphere. To other geometries the distance in the plane of
 * degrees, times the length of a degree around the point: Milvus's formulas.
 */
function distanceJudge({ longitude, latitude, metres }: DistanceTest): GeometryJudge {
  const { shapeOf, distance } = topology();
  const coordinates = [longitude, latitude];
  const point = shapeOf({ kind: "point", layout: "xy", coordinates });
  const cosine = Math.cos(radians(latitude));
  const scale = metresPerDegree * Math.sqrt((1 + cosine * cosine) / 2);
  return (wkb) => {
    const place = pointOfWkb(wkb);
    if (place !== undefined) return haversine(place, [longitude, latitude]) <= metres;
    const geometry = decodeWkb(wkb);
    const envelope = envelopeOf(geometry);
    if (isEmptyEnvelope(envelope)) return false;
    if (geometry.kind === "point") {
      const [x, y] = geometry.coordinates;
      return haversine([x, y], [longitude, latitude]) <= metres;
    }
    if (distanceToEnvelope(envelope, longitude, latitude) * scale > metres) return false;
    return distance(shapeOf(geometry), point) * scale <= metres;
  };
}

/** Metres between two points of longitude and latitude. */
function haversine(
  [lonA, latA]: readonly [number, number],
  [lonB, latB]: readonly [number, number],
): number {
  const sinLat = Math.sin(radians(latB - latA) / 2);
  const sinLon = Math.sin(radians(lonB - lonA) / 2);
  const a = sinLat ** 2 + Math.cos(radians(latA)) * Math.cos(radians(latB)) * sinLon ** 2;
  return earthRadius * 2 * Math.atan2(Math.sqrt(a), Math.sqrt(1 - a));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
