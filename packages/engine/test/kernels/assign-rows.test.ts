import { describe, expect, test } from "vitest";
import { type Random, seededRandom } from "../kit/random.ts";
import { functionsOf, put, WASM_KINDS } from "./index-functions.ts";

const codeBytes = 448;

interface Case {
  readonly codes: Uint8Array;
  readonly halves: Uint8Array;
}

/** Codes around centroids, as far away as rows of real data are: half of the way to other centroids. */
function caseOf({
  seed,
  rowCount,
  listCount,
}: Record<"seed" | "rowCount" | "listCount", number>): Case {
  const random = seededRandom(seed);
  const halves = Uint8Array.from({ length: listCount * codeBytes }, () => level(random, 32, 12));
  const codes = Uint8Array.from({ length: rowCount * codeBytes }, (_, i) => {
    const list = (Math.floor(i / codeBytes) * 7919) % listCount;
    return Math.min(
      127,
      2 * (halves[list * codeBytes + (i % codeBytes)] ?? 0) + level(random, 0, 24),
    );
  });
  return { codes, halves };
}

function level(random: Random, middle: number, spread: number): number {
  return Math.max(0, Math.round(middle + spread * (2 * random() - 1)));
}

/** The squared distance of a code to what a half stands for. */
function distanceOf({ codes, halves }: Case, row: number, list: number): number {
  let sum = 0;
  for (let i = 0; i < codeBytes; i++) {
    sum += ((codes[row * codeBytes + i] ?? 0) - 2 * (halves[list * codeBytes + i] ?? 0)) ** 2;
  }
  return sum;
}

function assign(
  kind: (typeof WASM_KINDS)[number],
  each: Case,
): { lists: Uint32Array; distances: Uint32Array } {
  const { kernels, memory } = functionsOf(kind);
  const rowCount = each.codes.length / codeBytes;
  const listCount = each.halves.length / codeBytes;
  const squaresOf = (values: Uint8Array, factor: number): Int32Array =>
    Int32Array.from({ length: values.length / codeBytes }, (_, r) =>
      values
        .subarray(r * codeBytes, (r + 1) * codeBytes)
        .reduce((sum, x) => sum + (factor * x) ** 2, 0),
    );
  const [codes, squares] = [put(memory, each.codes), put(memory, squaresOf(each.codes, 1))];
  const [halves, halfSquares] = [put(memory, each.halves), put(memory, squaresOf(each.halves, 2))];
  const heads = memory.allocate(4 * listCount);
  const scratch = memory.allocate(12 * listCount + 16);
  const [lists, distances] = [memory.allocate(4 * rowCount), memory.allocate(4 * rowCount)];
  kernels.squareHeads(halves, listCount, codeBytes, heads);
  // biome-ignore format: a call of a kernel is one line
  kernels.assignRowsByHeads(codes, squares, rowCount, codeBytes, halves, halfSquares, listCount, heads, scratch, lists, distances);
  return {
    lists: memory.u32(lists, rowCount).slice(),
    distances: memory.u32(distances, rowCount).slice(),
  };
}

describe.each(WASM_KINDS)("of the %s kernels", (kind) => {
  test.each([
    { rowCount: 1, listCount: 128 },
    { rowCount: 7, listCount: 131 },
    { rowCount: 40, listCount: 150 },
    { rowCount: 64, listCount: 256 },
  ])(
    "assignRowsByHeads() finds the nearest list of $rowCount rows among $listCount, with its distance",
    (size) => {
      const each = caseOf({ seed: size.listCount, ...size });
      const { lists, distances } = assign(kind, each);
      let nearestCount = 0;
      for (let row = 0; row < size.rowCount; row++) {
        const all = Array.from({ length: size.listCount }, (_, list) =>
          distanceOf(each, row, list),
        );
        expect(distances[row]).toBe(all[lists[row] ?? 0]);
        if (distances[row] === Math.min(...all)) nearestCount++;
      }
      expect(nearestCount).toBeGreaterThanOrEqual(Math.floor(0.95 * size.rowCount));
    },
  );

  test("assignRowsByHeads() takes the first of equal lists, and of equal rows the same", () => {
    const one = caseOf({ seed: 1, rowCount: 1, listCount: 1 });
    const codes = new Uint8Array(3 * codeBytes);
    const halves = new Uint8Array(130 * codeBytes);
    for (let i = 0; i < 3; i++) codes.set(one.codes, i * codeBytes);
    for (let i = 0; i < 130; i++) halves.set(one.halves, i * codeBytes);
    expect([...assign(kind, { codes, halves }).lists]).toEqual([0, 0, 0]);
  });

  test("assignRowsByHeads() answers the same as the other builds", () => {
    const each = caseOf({ seed: 9, rowCount: 33, listCount: 201 });
    expect(assign(kind, each)).toEqual(assign("wasm-scalar", each));
  });
});
