import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bitset, popcount } from "../../src/base/bitset.ts";

const size = 100;
const rows = fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }));

function bitsetOf(members: readonly number[]): Bitset {
  const set = new Bitset(size);
  for (const row of members) set.add(row);
  return set;
}

function membersOf(set: Bitset): number[] {
  const found: number[] = [];
  set.forEach((row) => {
    found.push(row);
  });
  return found;
}

describe("Bitset", () => {
  test("Bitset operations are those of sets of numbers", () => {
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const sorted = (list: Iterable<number>): number[] => [...list].sort((x, y) => x - y);
        expect(membersOf(bitsetOf(a))).toEqual(sorted(a));
        expect(bitsetOf(a).count()).toBe(a.length);
        expect(membersOf(bitsetOf(a).and(bitsetOf(b)))).toEqual(
          sorted(a.filter((r) => b.includes(r))),
        );
        expect(membersOf(bitsetOf(a).or(bitsetOf(b)))).toEqual(sorted(new Set([...a, ...b])));
        expect(membersOf(bitsetOf(a).andNot(bitsetOf(b)))).toEqual(
          sorted(a.filter((r) => !b.includes(r))),
        );
        expect(bitsetOf(a).not().count()).toBe(size - a.length);
      }),
    );
  });

  test("Bitset.addRange() adds exactly the rows of the range", () => {
    fc.assert(
      fc.property(fc.nat(size), fc.nat(size), (x, y) => {
        const [start, end] = [Math.min(x, y), Math.max(x, y)];
        const set = new Bitset(size);
        set.addRange(start, end);
        expect(membersOf(set)).toEqual(Array.from({ length: end - start }, (_, i) => start + i));
      }),
    );
  });

  test("Bitset.full() has no rows behind its size", () => {
    for (const length of [0, 1, 31, 32, 33, 64]) expect(Bitset.full(length).count()).toBe(length);
  });

  test("Bitset.rank() counts the rows before a row", () => {
    fc.assert(
      fc.property(rows, fc.nat(size), (members, row) => {
        expect(bitsetOf(members).rank(row)).toBe(members.filter((r) => r < row).length);
      }),
    );
  });

  test("popcount() counts the bits of a word with its sign bit", () => {
    expect([0, 1, -1, 0x80000000 | 0, 0x55555555].map(popcount)).toEqual([0, 1, 32, 1, 16]);
  });
});
