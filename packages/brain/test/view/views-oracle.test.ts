import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sample } from "../../src/schema/sample.ts";
import type { SampleCollection, View } from "../../src/view/sample-collection.ts";
import { settled, valueAt } from "./evaluate-expression.ts";
import { evaluateStages, type Row } from "./evaluate-stages.ts";
import { openSamples } from "./open-samples.ts";
import { randomFields, randomSamples, randomViews } from "./random-views.ts";

/** A sample without the fields that have no value. */
function present(row: Row | Sample): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => (value ?? null) !== null));
}

/** Some of what can be computed of a view, as the oracle does it. */
function summary(rows: readonly Row[], path: string): unknown {
  // A missing list has no elements; a missing value counts as one.
  const isList = path === "tags" || path.includes(".detections.");
  const found = rows.map((row) => valueAt(row, path)).filter((value) => !isList || value !== null);
  const values = [...found].flat(3).map(settled);
  const given = values.filter((value) => value !== null);
  const counts = new Map<unknown, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return { count: given.length, counts, distinct: new Set(given) };
}

async function computed(view: SampleCollection, of: string): Promise<unknown> {
  const [count, counts, distinct] = await view.aggregate([
    { kind: "count", of },
    { kind: "countValues", of },
    { kind: "distinct", of },
  ]);
  return { count, counts, distinct: new Set(distinct) };
}

async function compareWithOracle(view: View, stored: readonly Row[]): Promise<void> {
  const expected = evaluateStages(stored, view.stages).map(present);
  expect((await view.samples()).map(present)).toEqual(expected);
  expect(await view.ids()).toEqual(expected.map(({ id }) => id));
  expect(await view.count()).toBe(expected.length);
  for (const path of ["objects.detections.label", "tags"]) {
    const own = view.isPatches ? path.replace(".detections", "") : path;
    expect(await computed(view, own)).toEqual(summary(expected, own));
  }
}

describe("View", () => {
  it("gives what its stages mean, for random samples and stages", async () => {
    const datasets = fc.sample(randomSamples, { numRuns: 4, seed: 20_261_121 });
    for (const samples of datasets) {
      const all: View = await openSamples(samples, randomFields);
      const stored = (await all.samples()).map(present);
      await fc.assert(
        fc.asyncProperty(randomViews, async (build) => {
          const view = build(all);
          const check = async (): Promise<void> => await compareWithOracle(view, stored);
          await check().catch((cause: unknown) => {
            throw new Error(`${JSON.stringify(view)}\n${cause}`, { cause });
          });
        }),
        { numRuns: 10 },
      );
    }
  });
});
