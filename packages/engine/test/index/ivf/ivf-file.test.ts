import { describe, expect, test } from "vitest";
import { denseMetrics } from "../../../src/base/metric.ts";
import { ivfToFile, placeIvf } from "../../../src/index/ivf/ivf-file.ts";
import type { IvfIndex } from "../../../src/index/ivf/ivf-index.ts";
import type { IvfQuantizer } from "../../../src/index/ivf/ivf-quantizer.ts";
import { clusteredRows, sharedVectors } from "../graph/graph-fixture.ts";
import { build, search } from "./ivf-fixture.ts";

const ROWS = 700;
const DIM = 40;
const all = clusteredRows(ROWS + 10, DIM);
const source = sharedVectors(all.slice(0, ROWS * DIM), DIM);
const queries = all.slice(ROWS * DIM);

interface Stored {
  readonly descriptor: Record<string, unknown> & { readonly quantizer: Record<string, unknown> };
  readonly sections: readonly Uint8Array[];
}

/** The descriptor as a file gives it back, and copies of the sections. */
function stored(index: IvfIndex): Stored {
  const { descriptor, sections } = ivfToFile(index);
  return {
    descriptor: JSON.parse(JSON.stringify(descriptor)) as Stored["descriptor"],
    sections: sections.map((section) => section.slice()),
  };
}

function read(
  descriptor: unknown,
  sections: readonly Uint8Array[],
  quantizers: Map<number, IvfQuantizer> = new Map(),
): IvfIndex {
  const lengths = sections.map(({ length }) => length);
  const placed = placeIvf(descriptor, lengths, quantizers);
  for (const [i, target] of placed.targets.entries()) target.set(sections[i]);
  return placed.finish();
}

describe("placeIvf()", () => {
  test.each(denseMetrics)("gives back what ivfToFile() took, under %s", async (metric) => {
    const index = await build(source, { metric });
    const { descriptor, sections } = stored(index);
    const other = read(descriptor, sections);
    expect(stored(other)).toEqual({ descriptor, sections });
    expect(other.byteSize).toBe(index.byteSize);
    for (let at = 0; at < queries.length; at += DIM) {
      const request = { query: queries.slice(at, at + DIM), k: 10 };
      expect(search(other, source, request)).toEqual(search(index, source, request));
    }
  });

  test("lets indexes with the same centroids share them", async () => {
    const { descriptor, sections } = stored(await build(source, { metric: "L2" }));
    const quantizers = new Map<number, IvfQuantizer>();
    const [first, second] = [1, 2].map(() => read(descriptor, sections, quantizers));
    expect(second.quantizer).toBe(first.quantizer);
    expect(second.memory).not.toBe(first.memory);
    expect(quantizers.size).toBe(1);
    const request = { query: queries.slice(0, DIM), k: 10 };
    expect(search(second, source, request)).toEqual(search(first, source, request));
  });

  test("refuses descriptors that make no sense, and wrong lengths", async () => {
    const { descriptor, sections } = stored(await build(source, { metric: "L2" }));
    const refused = (changed: unknown, withSections: readonly Uint8Array[] = sections): void => {
      expect(() => read(changed, withSections), JSON.stringify(changed)).toThrow(
        expect.objectContaining({ code: "corrupt-file" }),
      );
    };
    for (const value of [undefined, null, "ivf", 1, [], {}]) refused(value);
    // What was measured decides no answer, and is passed over when it makes no sense.
    for (const name of Object.keys(descriptor).filter((name) => name !== "cost")) {
      for (const value of [undefined, null, -1, 0.5, "1"])
        refused({ ...descriptor, [name]: value });
    }
    const { quantizer } = descriptor;
    for (const name of ["id", "dim", "paddedDim", "codeBytes", "listCount", "metric", "scale"]) {
      for (const value of [undefined, null, -0.5, "1"]) {
        refused({ ...descriptor, quantizer: { ...quantizer, [name]: value } });
      }
    }
    refused({ ...descriptor, rowEnd: ROWS + 1 });
    refused({ ...descriptor, quantizer: { ...quantizer, listCount: 17 } });
    refused(descriptor, sections.slice(1));
    refused(descriptor, sections.with(1, new Uint8Array(8)));
  });

  test("refuses lists that lead elsewhere", async () => {
    const { descriptor, sections } = stored(await build(source, { metric: "L2", listCount: 16 }));
    const [, lists] = sections;
    // The first slot and the length of each list come first, then the row of each slot.
    for (const [at, value] of [
      [0, 2 ** 31],
      [4, 2 ** 31],
      [4, 0],
      [8 * 16, ROWS],
      [8 * 16, 2 ** 32 - 1],
    ]) {
      const damaged = lists.slice();
      for (let slot = at; slot < (at < 128 ? at + 4 : damaged.length - 3); slot += 4) {
        if (slot >= 128 && slot >= 128 + 4 * 32) break;
        new DataView(damaged.buffer).setUint32(slot, value, true);
      }
      expect(() => read(descriptor, sections.with(1, damaged))).toThrow(
        expect.objectContaining({ code: "corrupt-file" }),
      );
    }
  });

  test("makes indexes with damaged codes that can be searched without harm", async () => {
    const { descriptor, sections } = stored(await build(source, { metric: "L2" }));
    const codesFrom = sections[1].length - 4_000;
    for (const byte of [0, 255, 127]) {
      const damaged = sections.map((section) => section.slice());
      damaged[0].fill(byte, 1_000);
      damaged[1].fill(byte, codesFrom);
      const index = read(descriptor, damaged);
      for (const k of [1, 10, 2_000]) {
        const { rows } = search(index, source, { query: queries.slice(0, DIM), k });
        expect(rows.every((row) => row < ROWS)).toBe(true);
      }
    }
  });
});
