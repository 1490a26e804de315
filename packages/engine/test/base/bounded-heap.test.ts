import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BoundedHeap } from "../../src/base/bounded-heap.ts";

describe("BoundedHeap", () => {
  test("BoundedHeap keeps the smallest keys, of equal ones those with the smaller ids", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.nat(12), (keys, capacity) => {
        const heap = new BoundedHeap(capacity);
        for (const [id, key] of keys.entries()) heap.push(key, id);
        const best = keys
          .map((key, id) => ({ key, id }))
          .sort((a, b) => a.key - b.key || a.id - b.id)
          .slice(0, capacity);
        const drained = heap.drain();
        expect([...drained.keys]).toEqual(best.map(({ key }) => key));
        expect([...drained.ids]).toEqual(best.map(({ id }) => id));
        expect(heap.size).toBe(0);
      }),
    );
  });

  test("BoundedHeap.bound is what a newcomer must beat once the heap is full", () => {
    const heap = new BoundedHeap(2);
    heap.push(5, 0);
    expect(heap.bound).toBe(Number.POSITIVE_INFINITY);
    heap.push(3, 1);
    expect(heap.bound).toBe(5);
    heap.push(4, 2);
    expect(heap.bound).toBe(4);
  });
});
