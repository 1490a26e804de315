import { describe, expect, it } from "vitest";
import { isEngineError } from "../../../src/base/errors.ts";
import { denseMetrics } from "../../../src/base/metric.ts";
import { graphToFile, placeGraph } from "../../../src/index/graph/graph-file.ts";
import type { GraphIndex } from "../../../src/index/graph/graph-index.ts";
import { guessedCost } from "../../../src/index/search-time.ts";
import { build, clusteredRows, randomFrom, search, sharedVectors } from "./graph-fixture.ts";

const ROWS = 1000;
const DIM = 40;
const all = clusteredRows(ROWS + 10, DIM);
const source = sharedVectors(all.slice(0, ROWS * DIM), DIM);
// Some rows with equal codes, so that there are twins to store.
source.values.copyWithin(0, DIM, 2 * DIM);
const queries = all.slice(ROWS * DIM);

/** The descriptor as a file gives it back, and copies of the sections. */
function stored(index: GraphIndex): {
  descriptor: Record<string, unknown>;
  sections: Uint8Array[];
} {
  const { descriptor, sections } = graphToFile(index);
  const text = JSON.stringify(descriptor);
  return { descriptor: JSON.parse(text), sections: sections.map((section) => section.slice()) };
}

function read(descriptor: unknown, sections: readonly Uint8Array[]): GraphIndex {
  const placed = placeGraph(
    descriptor,
    sections.map(({ length }) => length),
  );
  for (const [i, target] of placed.targets.entries()) target.set(sections[i]);
  return placed.finish();
}

describe("placeGraph()", () => {
  it.each(denseMetrics)("gives back what graphToFile() took, under %s", async (metric) => {
    const index = await build(source, { metric, codeBits: metric === "L2" ? 7 : 4 });
    const { descriptor, sections } = stored(index);
    const other = read(descriptor, sections);
    expect(stored(other)).toEqual({ descriptor, sections });
    expect(other.byteSize).toBe(index.byteSize);
    for (let at = 0; at < queries.length; at += DIM) {
      const request = { query: queries.slice(at, at + DIM), k: 10 };
      expect(search(other, source, request)).toEqual(search(index, source, request));
    }
  });

  it("refuses descriptors that make no sense, and wrong lengths", async () => {
    const { descriptor, sections } = stored(await build(source, { metric: "L2" }));
    const refused = (changed: unknown, withSections: readonly Uint8Array[] = sections) =>
      expect(() => read(changed, withSections)).toThrow(
        expect.toSatisfy((error: unknown) => isEngineError(error, "corrupt-file")),
      );
    refused(undefined);
    refused(null);
    refused("graph");
    refused({ ...descriptor, kind: "ivf" });
    refused({ ...descriptor, topNode: ROWS });
    refused({ ...descriptor, topLevel: 16 });
    refused({ ...descriptor, metric: "COSINE" });
    refused({ ...descriptor, coding: null });
    refused({ ...descriptor, calibration: { points: [null], scanNsPerRow: 1 } });
    // What was measured decides no answer, and is passed over when it makes no sense.
    for (const name of Object.keys(descriptor).filter((name) => name !== "cost")) {
      refused({ ...descriptor, [name]: undefined });
      refused({ ...descriptor, [name]: -1 });
    }
    refused({ ...descriptor, rowEnd: ROWS + 1 });
    refused({ ...descriptor, m: 17 });
    refused(descriptor, sections.slice(1));
    refused(descriptor, sections.with(1, new Uint8Array(8)));
  });

  it("guesses what searches cost when the file tells nonsense", async () => {
    const { descriptor, sections } = stored(await build(source, { metric: "L2" }));
    for (const cost of [undefined, null, 7, {}, { fixedNs: -1, effortNs: 1, hitNs: 1 }]) {
      expect(read({ ...descriptor, cost }, sections).cost).toEqual(guessedCost);
    }
  });

  it("makes graphs with damaged contents that can be searched without harm", async () => {
    const { descriptor, sections } = stored(await build(source, { metric: "L2", m: 4 }));
    const calibration = { points: [], scanNsPerRow: 1e9 };
    const random = randomFrom(11);
    for (let section = 1; section < sections.length; section++) {
      for (const byte of [0, 255, 256]) {
        const damaged = sections.map((bytes) => bytes.slice());
        for (let i = 0; i < damaged[section].length; i++) {
          damaged[section][i] = byte === 256 ? 256 * random() : byte;
        }
        const index = { ...read(descriptor, damaged), calibration };
        for (const k of [1, 10, 2000]) {
          const { rows } = search(index, source, { query: queries.slice(0, DIM), k });
          expect(rows.every((row) => row < ROWS)).toBe(true);
        }
      }
    }
  });
});
