/** What the thread that lays out points is told: the nearest of each, itself first. */
export interface UmapTask {
  readonly count: number;
  readonly neighborCount: number;
  /** `neighborCount` positions for each point. */
  readonly neighbors: Int32Array;
  readonly distances: Float32Array;
  readonly dims: 2 | 3;
  readonly minDist: number;
  readonly seed: number;
}

/** What it answers: how far it is, now and then, and at last the points. */
export type UmapAnswer =
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "points"; readonly points: Float32Array };
