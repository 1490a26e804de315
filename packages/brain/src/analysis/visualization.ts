import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { PathOrExpression } from "../view/aggregation.ts";
import type { SampleCollection, View } from "../view/sample-collection.ts";
import { itemsView } from "./items-view.ts";

/** Points of samples or labels, as a run keeps them. */
export interface StoredPoints {
  readonly numDims: 2 | 3;
  readonly patchesField: string | undefined;
  readonly ids: readonly string[];
  readonly sampleIds: readonly string[];
  /** `numDims` numbers a point. */
  readonly points: Float32Array;
}

/** Where samples or patches are in a picture of all of them. */
export class Visualization implements StoredPoints {
  readonly numDims: 2 | 3;
  readonly patchesField: string | undefined;
  /** Of the label for patches, else of the sample, by point. */
  readonly ids: readonly string[];
  readonly sampleIds: readonly string[];
  readonly points: Float32Array;
  readonly #samples: SampleCollection<Dataset>;

  constructor(samples: SampleCollection<Dataset>, stored: StoredPoints) {
    this.#samples = samples;
    this.numDims = stored.numDims;
    this.patchesField = stored.patchesField;
    this.ids = stored.ids;
    this.sampleIds = stored.sampleIds;
    this.points = stored.points;
  }

  /** The place of a point. */
  point(position: number): readonly number[] {
    const start = position * this.numDims;
    return [...this.points.subarray(start, start + this.numDims)];
  }

  /**
   * The values of a path or expression by point, to colour them; `null` for what was deleted since. Of
   * patches the path starts at a patch: `ground_truth.label`.
   */
  async values(of: PathOrExpression): Promise<unknown[]> {
    const view = itemsView(this.#samples, this.patchesField, this.ids);
    const [ids, values] = await Promise.all([view.ids(), view.values(of)]);
    const byId = new Map<string, unknown>(ids.map((id, i) => [id, values[i]]));
    return this.ids.map((id) => byId.get(id) ?? null);
  }

  /** The samples or patches of some points, as a view in their order. */
  view(positions: Iterable<number>): View<Dataset> {
    const ids = [...positions].flatMap((position) => this.ids[position] ?? []);
    return itemsView(this.#samples, this.patchesField, ids);
  }

  /**
   * The samples or patches whose points are inside a polygon, its first two coordinates counted.
   *
   * @throws {BrainError} `invalid-argument` for fewer than three corners.
   */
  viewInside(polygon: readonly (readonly [x: number, y: number])[]): View<Dataset> {
    if (polygon.length < 3) {
      throw new BrainError(
        "invalid-argument",
        `Cannot select inside of ${polygon.length} corners: a polygon has three or more`,
      );
    }
    const inside: number[] = [];
    for (let position = 0; position < this.ids.length; position++) {
      const start = position * this.numDims;
      if (isInside(polygon, this.points[start], this.points[start + 1])) inside.push(position);
    }
    return this.view(inside);
  }
}

/** Whether a line from the place to the right crosses the edges an odd number of times. */
function isInside(polygon: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let isOdd = false;
  let [lastX, lastY] = polygon[polygon.length - 1];
  for (const [cornerX, cornerY] of polygon) {
    const isCrossed = cornerY > y !== lastY > y;
    if (isCrossed && x < ((lastX - cornerX) * (y - cornerY)) / (lastY - cornerY) + cornerX) {
      isOdd = !isOdd;
    }
    [lastX, lastY] = [cornerX, cornerY];
  }
  return isOdd;
}
