import { createRequire } from "node:module";
import { must } from "../base/assert.ts";
import type { Geometry, MultiGeometry } from "./geometry.ts";
import { strideOf } from "./geometry.ts";
import type { Relation } from "./geometry-test.ts";

/** A geometry of JSTS. Opaque: only {@link Topology} looks into it. */
export interface Shape {
  readonly isEmpty: () => boolean;
}

/** Where a point lies with regard to a geometry. */
export type Location = "inside" | "boundary" | "outside";

export type Locator = (x: number, y: number) => Location;

/** What we use of JSTS, the JavaScript port of JTS, from which Milvus's GEOS was ported too. */
export interface Topology {
  readonly shapeOf: (geometry: Geometry) => Shape;
  /** Whether `a` stands in the relation to `b`. Throws for collections of mixed kinds. */
  readonly relates: (relation: Relation, a: Shape, b: Shape) => boolean;
  readonly isValid: (shape: Shape) => boolean;
  /** The least distance in the plane. */
  readonly distance: (a: Shape, b: Shape) => number;
  /** Locates points in a polygon or multipolygon, by an index that it makes at the first call. */
  readonly areaLocator: (area: Shape) => Locator;
  /** Locates points on a line or several: their boundary are the ends. */
  readonly lineLocator: (lines: Shape) => Locator;
}

interface Coordinate {
  readonly x: number;
  readonly y: number;
}

interface Matrix {
  isEquals(dimensionA: number, dimensionB: number): boolean;
  isTouches(dimensionA: number, dimensionB: number): boolean;
  isOverlaps(dimensionA: number, dimensionB: number): boolean;
  isCrosses(dimensionA: number, dimensionB: number): boolean;
  isContains(): boolean;
  isIntersects(): boolean;
  isWithin(): boolean;
}

interface JstsShape extends Shape {
  getDimension(): number;
}

interface GeometryFactory {
  createPoint(coordinate?: Coordinate): JstsShape;
  createLineString(coordinates: readonly Coordinate[]): JstsShape;
  createLinearRing(coordinates: readonly Coordinate[]): JstsShape;
  createPolygon(shell?: JstsShape, holes?: readonly JstsShape[]): JstsShape;
  createMultiPoint(parts: readonly JstsShape[]): JstsShape;
  createMultiLineString(parts: readonly JstsShape[]): JstsShape;
  createMultiPolygon(parts: readonly JstsShape[]): JstsShape;
  createGeometryCollection(parts: readonly JstsShape[]): JstsShape;
}

/** The classes of JSTS that we load, by their modules. */
interface Jsts {
  readonly Coordinate: new (x: number, y: number) => Coordinate;
  readonly GeometryFactory: new () => GeometryFactory;
  readonly RelateOp: { relate(a: Shape, b: Shape): Matrix };
  readonly IsValidOp: { isValid(shape: Shape): boolean };
  readonly DistanceOp: { distance(a: Shape, b: Shape): number };
  readonly AreaLocator: new (area: Shape) => { locate(coordinate: Coordinate): number };
  readonly PointLocator: new () => { locate(coordinate: Coordinate, shape: Shape): number };
}

let loaded: Topology | undefined;

/**
 * JSTS, loaded at the first call: its modules take a tenth of a second, which a database without
 * geometries does not spend. Node loads ES modules by `require` since 20.19, so compiling a filter
 * stays synchronous.
 */
export function topology(): Topology {
  loaded ??= topologyOf(loadJsts());
  return loaded;
}

function loadJsts(): Jsts {
  const require = createRequire(import.meta.url);
  const load = (path: string): unknown => {
    // Each module of JSTS has one class, as its default export.
    const module = require(`jsts/org/locationtech/jts/${path}.js`) as { readonly default: unknown };
    return module.default;
  };
  // The interfaces above are written from the sources of JSTS 2.12.
  return {
    Coordinate: load("geom/Coordinate"),
    GeometryFactory: load("geom/GeometryFactory"),
    RelateOp: load("operation/relate/RelateOp"),
    IsValidOp: load("operation/valid/IsValidOp"),
    DistanceOp: load("operation/distance/DistanceOp"),
    AreaLocator: load("algorithm/locate/IndexedPointInAreaLocator"),
    PointLocator: load("algorithm/PointLocator"),
  } as Jsts;
}

function topologyOf({ Coordinate, GeometryFactory, ...operations }: Jsts): Topology {
  const factory = new GeometryFactory();
  // By their numbers in JTS.
  const locations: readonly Location[] = ["inside", "boundary", "outside"];
  const locationOf = (number: number) => must(locations[number], "One of three locations");
  const pointLocator = new operations.PointLocator();
  return {
    shapeOf: (geometry) => build(geometry, factory, Coordinate),
    relates: (relation, a, b) =>
      // All shapes are made by the line above.
      holds(operations.RelateOp.relate(a, b), relation, [a as JstsShape, b as JstsShape]),
    isValid: (shape) => operations.IsValidOp.isValid(shape),
    distance: (a, b) => operations.DistanceOp.distance(a, b),
    areaLocator: (area) => {
      const locator = new operations.AreaLocator(area);
      return (x, y) => locationOf(locator.locate(new Coordinate(x, y)));
    },
    lineLocator: (lines) => (x, y) => locationOf(pointLocator.locate(new Coordinate(x, y), lines)),
  };
}

function holds(
  matrix: Matrix,
  relation: Relation,
  [a, b]: readonly [JstsShape, JstsShape],
): boolean {
  switch (relation) {
    case "equals":
      return matrix.isEquals(a.getDimension(), b.getDimension());
    case "touches":
      return matrix.isTouches(a.getDimension(), b.getDimension());
    case "overlaps":
      return matrix.isOverlaps(a.getDimension(), b.getDimension());
    case "crosses":
      return matrix.isCrosses(a.getDimension(), b.getDimension());
    case "contains":
      return matrix.isContains();
    case "intersects":
      return matrix.isIntersects();
    default:
      return matrix.isWithin();
  }
}

function build(
  geometry: Geometry,
  factory: GeometryFactory,
  Coordinate: Jsts["Coordinate"],
): JstsShape {
  const stride = strideOf(geometry.layout);
  const vertices = (flat: readonly number[]) => {
    const coordinates: Coordinate[] = [];
    // Relations are those in the plane: what lies behind y does not count.
    for (let i = 0; i < flat.length; i += stride) {
      coordinates.push(new Coordinate(flat[i], flat[i + 1]));
    }
    return coordinates;
  };
  switch (geometry.kind) {
    case "point":
      return factory.createPoint(...vertices(geometry.coordinates));
    case "line":
      return factory.createLineString(vertices(geometry.coordinates));
    case "polygon": {
      const rings = geometry.rings.map((ring) => factory.createLinearRing(vertices(ring)));
      return rings.length === 0
        ? factory.createPolygon()
        : factory.createPolygon(rings[0], rings.slice(1));
    }
    default: {
      const parts = geometry.parts.map((part) => build(part, factory, Coordinate));
      return join(geometry.kind, parts, factory);
    }
  }
}

function join(
  kind: MultiGeometry["kind"],
  parts: readonly JstsShape[],
  factory: GeometryFactory,
): JstsShape {
  switch (kind) {
    case "multipoint":
      return factory.createMultiPoint(parts);
    case "multiline":
      return factory.createMultiLineString(parts);
    case "multipolygon":
      return factory.createMultiPolygon(parts);
    default:
      return factory.createGeometryCollection(parts);
  }
}
