import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { createDataset, type Dataset } from "../../src/index.ts";

/** A dataset that the tests of a file share, without images: `ids` are its samples'. */
export interface SharedDataset {
  home: string;
  dataset: Dataset;
  ids: readonly string[];
  /** Of each sample its two labels, of the field `objects`. */
  labelIds: readonly (readonly string[])[];
}

/** Makes the dataset before the tests, and removes it after them. */
export function sharedDataset(count: number): SharedDataset {
  const shared = { home: "", ids: [], labelIds: [] } as unknown as SharedDataset;
  beforeAll(async () => {
    shared.home = await mkdtemp(join(tmpdir(), "redkite-brain-"));
    shared.dataset = await createDataset("shared", { home: shared.home });
    shared.ids = await shared.dataset.addSamples(
      Array.from({ length: count }, (_, i) => ({
        filepath: `/nowhere/${i}.png`,
        group: i % 2 === 0 ? "even" : "odd",
        objects: {
          type: "Detections" as const,
          detections: ["a", "b"].map((label) => ({
            label,
            boundingBox: [0, 0, 0.5, 0.5] as const,
          })),
        },
      })),
    );
    const lists = await shared.dataset.values("objects.detections.id");
    shared.labelIds = lists.map((list) => (list as string[]).map(String));
  });
  afterAll(async () => {
    await shared.dataset.close();
    await rm(shared.home, { recursive: true, force: true });
  });
  return shared;
}

/** Points on a quarter of a circle, so that neighbours by number are neighbours by every metric. */
export function arcVectors(count: number, radius = 1): Float32Array[] {
  return Array.from({ length: count }, (_, i) => {
    const angle = (Math.PI / 2) * (i / Math.max(1, count - 1));
    return Float32Array.of(radius * Math.cos(angle), radius * Math.sin(angle));
  });
}
