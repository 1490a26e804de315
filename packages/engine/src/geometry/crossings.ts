import { EngineError } from "../base/errors.ts";
import type { Envelope } from "./envelope.ts";
import { type Geometry, strideOf } from "./geometry.ts";

/** The rectangles around the segments of a geometry: least x and y, greatest x and y of each. */
export type SegmentBoxes = Float64Array;

/**
 * Relating two geometries costs some thirty microseconds for each place where segments cross, and
 * nothing can stop it meanwhile. So many crossings are allowed, and so many for each segment:
 * neighbours touch, and so do the cells of a grid.
 */
const crossingsMax = 20_000;
const crossingsOfSegmentMax = 16;
/** Below so many segments there can't be as many crossings. */
const segmentsUnchecked = Math.floor(Math.sqrt(2 * crossingsMax));
/** How many pairs of segments are looked at before the geometry counts as too tangled. */
const pairsMax = 50_000_000;

const boxSize = 4;

/** The boxes of the segments of all lines and rings of a geometry. Points have none. */
export function segmentBoxesOf(geometry: Geometry): SegmentBoxes {
  const boxes: number[] = [];
  addBoxes(boxes, geometry);
  return Float64Array.from(boxes);
}

function addBoxes(boxes: number[], geometry: Geometry): void {
  const stride = strideOf(geometry.layout);
  switch (geometry.kind) {
    case "point":
      break;
    case "line":
      addSegments(boxes, geometry.coordinates, stride);
      break;
    case "polygon":
      for (const ring of geometry.rings) addSegments(boxes, ring, stride);
      break;
    default:
      for (const part of geometry.parts) addBoxes(boxes, part);
  }
}

function addSegments(boxes: number[], flat: readonly number[], stride: number): void {
  for (let i = stride; i + 1 < flat.length; i += stride) {
    const [ax, ay, bx, by] = [flat[i - stride], flat[i - stride + 1], flat[i], flat[i + 1]];
    boxes.push(Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by));
  }
}

/**
 * Throws `limit-exceeded` where the segments of two geometries, taken together, may cross each other
 * too often for the two to be related. `envelope` is the one around the first.
 */
export function checkCrossings(a: SegmentBoxes, envelope: Envelope, b: SegmentBoxes): void {
  if ((a.length + b.length) / boxSize <= segmentsUnchecked) return;
  const near = boxesNear(b, envelope);
  const together = new Float64Array(a.length + near.length);
  together.set(a);
  together.set(near, a.length);
  checkTangle(together);
}

/** Throws `limit-exceeded` where the segments may cross each other too often. */
export function checkTangle(boxes: SegmentBoxes): void {
  const count = boxes.length / boxSize;
  if (count <= segmentsUnchecked) return;
  const max = crossingsMax + crossingsOfSegmentMax * count;
  if (!meetMoreOften(boxes, max)) return;
  throw new EngineError(
    "limit-exceeded",
    `geometries whose ${count} segments may cross each other more than ${max} times can't be compared`,
    { details: { found: count, max } },
  );
}

function boxesNear(boxes: SegmentBoxes, { minX, minY, maxX, maxY }: Envelope): SegmentBoxes {
  const near: number[] = [];
  for (let at = 0; at < boxes.length; at += boxSize) {
    const isNear =
      boxes[at] <= maxX && boxes[at + 1] <= maxY && boxes[at + 2] >= minX && boxes[at + 3] >= minY;
    if (isNear) near.push(boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3]);
  }
  return Float64Array.from(near);
}

/** Whether more than `max` pairs of boxes meet, by a sweep along x. */
function meetMoreOften(boxes: SegmentBoxes, max: number): boolean {
  const order = Uint32Array.from({ length: boxes.length / boxSize }, (_, i) => i * boxSize);
  order.sort((a, b) => boxes[a] - boxes[b]);
  // The boxes that the sweep has entered and not left.
  const open = new Uint32Array(order.length);
  let openCount = 0;
  let pairs = 0;
  let meetings = 0;
  for (const at of order) {
    pairs += openCount;
    let kept = 0;
    for (let i = 0; i < openCount; i++) {
      const other = open[i];
      if (boxes[other + 2] < boxes[at]) continue;
      open[kept++] = other;
      if (boxes[other + 1] <= boxes[at + 3] && boxes[at + 1] <= boxes[other + 3]) meetings++;
    }
    open[kept++] = at;
    openCount = kept;
    if (meetings > max || pairs > pairsMax) return true;
  }
  return false;
}
