import { describe, expect, test } from "vitest";
import { Bitset } from "../../src/base/bitset.ts";
import { ivfToFile, placeIvf } from "../../src/index/ivf/ivf-file.ts";
import { presentIn, rowAt, spreadRows } from "../../src/index/present-rows.ts";
import type { SharedVectors } from "../../src/index/vector-index.ts";
import {
  build as buildGraph,
  clusteredRows,
  search as searchGraph,
  sharedVectors,
} from "./graph/graph-fixture.ts";
import { build as buildIvf, search as searchIvf } from "./ivf/ivf-fixture.ts";

// Indexes over rows some of which have no vector, but zeros in its place.

const dim = 24;
const rowCount = 900;
const present = Uint32Array.from({ length: rowCount }, (_, row) => row).filter(
  (row) => row % 3 !== 1,
);
const values = clusteredRows(rowCount, dim);
for (let row = 0; row < rowCount; row++) {
  if (row % 3 === 1) values.fill(0, row * dim, (row + 1) * dim);
}
const source: SharedVectors = { ...sharedVectors(values, dim), present };
const range = { rowStart: 40, rowEnd: 860 };
const own = [...present].filter((row) => row >= range.rowStart && row < range.rowEnd);

describe("presentIn()", () => {
  test("answers the rows of a range that have a vector", () => {
    const rows = presentIn(present, range);
    expect(Array.from({ length: rows.count }, (_, i) => rowAt(rows, i))).toEqual(own);
    expect(presentIn(undefined, range)).toEqual({ rowStart: 40, count: 820 });
    expect(presentIn(present, { rowStart: 4, rowEnd: 5 }).count).toBe(0);
    expect(spreadRows(rows, 3)).toEqual([
      own[0],
      own[Math.floor(own.length / 3)],
      own[Math.floor((2 * own.length) / 3)],
    ]);
    expect(spreadRows(presentIn(Uint32Array.of(50), range), 9)).toEqual([50]);
  });
});

describe("buildIvf()", () => {
  test("puts rows without a vector on no list, and the file tells how many are on one", async () => {
    const index = await buildIvf(source, { metric: "L2", listCount: 8 }, range);
    const found = searchIvf(index, source, { query: new Float32Array(dim), k: rowCount });
    expect(found.rows.toSorted((a, b) => a - b)).toEqual(own);
    const { descriptor, sections } = ivfToFile(index);
    expect(descriptor).toMatchObject({ rowStart: 40, rowEnd: 860, vectorCount: own.length });
    const stored: unknown = JSON.parse(JSON.stringify(descriptor));
    const place = (from: unknown): ReturnType<typeof placeIvf> => {
      const placed = placeIvf(
        from,
        sections.map(({ length }) => length),
        new Map(),
      );
      for (const [i, target] of placed.targets.entries()) target.set(sections[i]);
      return placed;
    };
    const query = values.slice(0, dim);
    const read = place(stored).finish();
    expect(searchIvf(read, source, { query, k: 9 })).toEqual(
      searchIvf(index, source, { query, k: 9 }),
    );
    const wrong = { ...descriptor, vectorCount: own.length + 1 };
    expect(() => place(wrong).finish()).toThrow(expect.objectContaining({ code: "corrupt-file" }));
  });
});

describe("buildGraph()", () => {
  test.each(["L2", "COSINE", "IP"] as const)(
    "links no row without a vector, by %s",
    async (metric) => {
      const index = await buildGraph(source, { metric, m: 8, efConstruction: 60 }, range);
      // A search that goes along the links, whatever it costs, and is told of no filter.
      const calibration = { points: [], scanNsPerRow: Number.POSITIVE_INFINITY };
      const walked = { ...index, calibration };
      for (const query of [values.slice(0, dim), new Float32Array(dim)]) {
        const effort = { recall: 0.9, candidateCount: 300 };
        const { rows } = searchGraph(walked, source, { query, k: 200, effort });
        expect(rows).toHaveLength(200);
        expect(rows.every((row) => own.includes(row))).toBe(true);
      }
      const allowed = new Bitset(rowCount);
      for (const row of present) allowed.add(row);
      for (const query of [values.slice(0, dim), new Float32Array(dim)]) {
        const effort = { recall: 0.9, candidateCount: 300 };
        const { rows } = searchGraph(index, source, { query, k: 200, effort, allowed });
        expect(rows).toHaveLength(200);
        expect(rows.every((row) => own.includes(row))).toBe(true);
      }
      const all = searchGraph(index, source, { query: values.slice(0, dim), k: rowCount, allowed });
      expect(all.rows.toSorted((a, b) => a - b)).toEqual(own);
    },
  );
});
