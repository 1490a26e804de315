import fc from "fast-check";
import { describe, test } from "vitest";
import { RandomCollection, steps } from "../kit/random-collection.ts";

// A schema of random types under random operations, against a plain list of rows. Disks that fail
// are the subject of model.test.ts, approximate indexes that of random-operations.test.ts.

const operation = fc.record({ step: fc.constantFrom(...steps), seed: fc.nat() });

describe("Collection of a random schema", () => {
  test("reads show what a plain list of rows shows, whatever has happened", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(operation, { maxLength: 30 }),
        async (schemaSeed, operations) => {
          const collection = new RandomCollection(schemaSeed);
          for (const { step, seed } of operations) {
            await collection.run(step, seed);
            await collection.check(seed);
          }
          await collection.close();
        },
      ),
      { numRuns: Number(process.env["FUZZ_RUNS"] ?? 40) },
    );
  });
});
