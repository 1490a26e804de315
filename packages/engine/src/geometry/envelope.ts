import type { Geometry } from "./geometry.ts";
import { strideOf } from "./geometry.ts";

/** The least rectangle around a geometry. Of an empty one, its bounds are the wrong way round. */
export interface Envelope {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

export function envelopeOf(geometry: Geometry): Envelope {
  const bounds = {
    minX: Number.POSITIVE_INFINITY,
    minY: Number.POSITIVE_INFINITY,
    maxX: Number.NEGATIVE_INFINITY,
    maxY: Number.NEGATIVE_INFINITY,
  };
  extend(bounds, geometry);
  return bounds;
}

type Bounds = { -readonly [Side in keyof Envelope]: number };

function extend(bounds: Bounds, geometry: Geometry): void {
  const stride = strideOf(geometry.layout);
  switch (geometry.kind) {
    case "point":
    case "line":
      extendBy(bounds, geometry.coordinates, stride);
      break;
    case "polygon":
      for (const ring of geometry.rings) extendBy(bounds, ring, stride);
      break;
    default:
      for (const part of geometry.parts) extend(bounds, part);
  }
}

function extendBy(bounds: Bounds, coordinates: readonly number[], stride: number): void {
  for (let i = 0; i < coordinates.length; i += stride) {
    bounds.minX = Math.min(bounds.minX, coordinates[i]);
    bounds.maxX = Math.max(bounds.maxX, coordinates[i]);
    bounds.minY = Math.min(bounds.minY, coordinates[i + 1]);
    bounds.maxY = Math.max(bounds.maxY, coordinates[i + 1]);
  }
}

export function isEmptyEnvelope({ minX, maxX }: Envelope): boolean {
  return minX > maxX;
}

export function envelopesMeet(a: Envelope, b: Envelope): boolean {
  return a.minX <= b.maxX && b.minX <= a.maxX && a.minY <= b.maxY && b.minY <= a.maxY;
}

/** Whether `outer` has all of `inner`. */
export function envelopeCovers(outer: Envelope, inner: Envelope): boolean {
  return (
    outer.minX <= inner.minX &&
    outer.minY <= inner.minY &&
    inner.maxX <= outer.maxX &&
    inner.maxY <= outer.maxY
  );
}

/** The distance from a point to the nearest point of an envelope that is not empty. */
export function distanceToEnvelope(envelope: Envelope, x: number, y: number): number {
  const dx = Math.max(envelope.minX - x, 0, x - envelope.maxX);
  const dy = Math.max(envelope.minY - y, 0, y - envelope.maxY);
  return Math.hypot(dx, dy);
}
