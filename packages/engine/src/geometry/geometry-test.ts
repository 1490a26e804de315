import type { Geometry } from "./geometry.ts";

/** How two geometries lie to each other, in the plane (the DE-9IM predicates). */
export type Relation =
  | "equals"
  | "touches"
  | "overlaps"
  | "crosses"
  | "contains"
  | "intersects"
  | "within";

/** What a filter may ask of a geometry. */
export type GeometryTest = RelationTest | DistanceTest | ValidityTest;

/** Whether a geometry stands in the relation to `other`: `contains` is whether it contains it. */
export interface RelationTest {
  readonly kind: "relation";
  readonly relation: Relation;
  readonly other: Geometry;
}

/** Whether a geometry is at most so far from a point of longitude and latitude, in degrees. */
export interface DistanceTest {
  readonly kind: "distance";
  readonly longitude: number;
  readonly latitude: number;
  readonly metres: number;
}

/** Whether a geometry is valid: rings that do not cross themselves, holes within their shell. */
export interface ValidityTest {
  readonly kind: "validity";
}
