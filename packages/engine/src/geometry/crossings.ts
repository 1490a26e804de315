import { EngineError } from "../base/errors.ts";
import type { Envelope } from "./envelope.ts";
import { type Geometry, strideOf } from "./geometry.ts";

/** The segments of a geometry: x and y of both ends of each. */
export type Segments = Float64Array;

/**
 * Relating two geometries costs some thirty microseconds for each place where segments meet, and
 * nothing can stop it meanwhile. So many meetings are allowed, and so many for each segment:
 * neighbours touch, and so do the cells of a grid.
 */
const meetingsMax = 20_000;
const meetingsOfSegmentMax = 16;
/** Below so many segments there can't be as many meetings. */
const segmentsUnchecked = Math.floor(Math.sqrt(2 * meetingsMax));
/** How many pairs of segments are looked at before the geometry counts as too tangled. */
const pairsMax = 50_000_000;

/** Numbers of a segment. */
const size = 4;

/** The segments of all lines and rings of a geometry. Points have none. */
export function segmentsOf(geometry: Geometry): Segments {
  const segments: number[] = [];
  addParts(segments, geometry);
  return Float64Array.from(segments);
}

function addParts(segments: number[], geometry: Geometry): void {
  const stride = strideOf(geometry.layout);
  switch (geometry.kind) {
    case "point":
      break;
    case "line":
      addSegments(segments, geometry.coordinates, stride);
      break;
    case "polygon":
      for (const ring of geometry.rings) addSegments(segments, ring, stride);
      break;
    default:
      for (const part of geometry.parts) addParts(segments, part);
  }
}

function addSegments(segments: number[], flat: readonly number[], stride: number): void {
  for (let i = stride; i + 1 < flat.length; i += stride) {
    segments.push(flat[i - stride], flat[i - stride + 1], flat[i], flat[i + 1]);
  }
}

/**
 * Throws `limit-exceeded` where the segments of two geometries, taken together, meet each other too
 * often for the two to be related. `envelope` is the one around the first.
 */
export function checkCrossings(a: Segments, envelope: Envelope, b: Segments): void {
  if ((a.length + b.length) / size <= segmentsUnchecked) return;
  const near = segmentsNear(b, envelope);
  const together = new Float64Array(a.length + near.length);
  together.set(a);
  together.set(near, a.length);
  checkTangle(together);
}

/** Throws `limit-exceeded` where the segments meet each other too often. */
export function checkTangle(segments: Segments): void {
  const count = segments.length / size;
  if (count <= segmentsUnchecked) return;
  const max = meetingsMax + meetingsOfSegmentMax * count;
  if (!meetMoreOften(segments, max)) return;
  throw new EngineError(
    "limit-exceeded",
    `geometries whose ${count} segments may cross each other more than ${max} times can't be compared`,
    { details: { found: count, max } },
  );
}

function segmentsNear(segments: Segments, { minX, minY, maxX, maxY }: Envelope): Segments {
  const near: number[] = [];
  for (let at = 0; at < segments.length; at += size) {
    const [ax, ay, bx, by] = segments.subarray(at, at + size);
    const isBeside = Math.min(ax, bx) > maxX || Math.max(ax, bx) < minX;
    const isAbove = Math.min(ay, by) > maxY || Math.max(ay, by) < minY;
    if (!isBeside && !isAbove) near.push(ax, ay, bx, by);
  }
  return Float64Array.from(near);
}

/** Whether more than `max` pairs of segments meet, by a sweep along the axis that parts them better. */
function meetMoreOften(segments: Segments, max: number): boolean {
  const axis = overlapAlong(segments, 0) <= overlapAlong(segments, 1) ? 0 : 1;
  const startOf = (at: number): number => Math.min(segments[at + axis], segments[at + 2 + axis]);
  const endOf = (at: number): number => Math.max(segments[at + axis], segments[at + 2 + axis]);
  const order = Uint32Array.from({ length: segments.length / size }, (_, i) => i * size);
  order.sort((a, b) => startOf(a) - startOf(b));
  // The segments that the sweep has entered and not left.
  const open = new Uint32Array(order.length);
  let openCount = 0;
  let pairs = 0;
  let meetings = 0;
  for (const at of order) {
    pairs += openCount;
    let kept = 0;
    for (let i = 0; i < openCount; i++) {
      const other = open[i];
      if (endOf(other) < startOf(at)) continue;
      open[kept++] = other;
      if (meet(segments, at, other)) meetings++;
    }
    open[kept++] = at;
    openCount = kept;
    if (meetings > max || pairs > pairsMax) return true;
  }
  return false;
}

/** How many segments lie over each other along an axis, on average. */
function overlapAlong(segments: Segments, axis: 0 | 1): number {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let at = axis; at < segments.length; at += size) {
    least = Math.min(least, segments[at], segments[at + 2]);
    greatest = Math.max(greatest, segments[at], segments[at + 2]);
    sum += Math.abs(segments[at] - segments[at + 2]);
  }
  return greatest > least ? sum / (greatest - least) : segments.length;
}

/** Whether two segments have a point in common. */
function meet(segments: Segments, a: number, b: number): boolean {
  const ax = segments[a];
  const bx = segments[a + 2];
  const cx = segments[b];
  const dx = segments[b + 2];
  if (Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)) return false;
  const ay = segments[a + 1];
  const by = segments[a + 3];
  const cy = segments[b + 1];
  const dy = segments[b + 3];
  if (Math.max(ay, by) < Math.min(cy, dy) || Math.max(cy, dy) < Math.min(ay, by)) return false;
  const sideOfC = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  const sideOfD = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax);
  if ((sideOfC > 0 && sideOfD > 0) || (sideOfC < 0 && sideOfD < 0)) return false;
  const sideOfA = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx);
  const sideOfB = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx);
  return !((sideOfA > 0 && sideOfB > 0) || (sideOfA < 0 && sideOfB < 0));
}
