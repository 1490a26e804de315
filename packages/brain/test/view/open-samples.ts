import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Dataset } from "../../src/dataset/dataset.ts";
import { createDataset } from "../../src/dataset/registry.ts";
import type { FieldInfo } from "../../src/schema/field.ts";
import type { NewSample } from "../../src/schema/sample.ts";
import { View } from "../../src/view/sample-collection.ts";

const homes: string[] = [];
let count = 0;

afterAll(async () => {
  await Promise.all(homes.map((home) => rm(home, { recursive: true, force: true })));
});

/** A dataset with these samples, as a view without stages. It is removed when the file's tests end. */
export async function openSamples(
  samples: readonly NewSample[],
  fields: readonly FieldInfo[] = [],
): Promise<View<Dataset>> {
  const home = await mkdtemp(join(tmpdir(), "redkite-views-"));
  homes.push(home);
  count += 1;
  const dataset = await createDataset(`views-${count}`, { home });
  for (const field of fields) await dataset.addField(field);
  if (samples.length > 0) await dataset.addSamples(samples);
  return new View(dataset);
}

/** The n-th id: 24 hex digits that say n at their end. */
export function idOf(n: number): string {
  return n.toString(16).padStart(24, "0");
}
