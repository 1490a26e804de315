import { describe, expect, test } from "vitest";
import { IndexMemory } from "../../src/kernels/index-memory.ts";
import { adoptMemory, allocateVectorBytes, memoryOf } from "../../src/kernels/vector-memory.ts";

/** What a thread gets that is sent a memory: another object for it each time. */
function received<T>(value: T): T {
  return structuredClone(value);
}

describe("IndexMemory.allocate()", () => {
  test("answers zeroed bytes at multiples of 64, one behind the other, as far as 4 GiB go", () => {
    const memory = IndexMemory.create();
    const head = memory.byteLength;
    const addresses = [1, 64, 65, 200_000, 0].map((length) => memory.allocate(length) - head);
    expect(head % 64).toBe(0);
    expect(addresses).toEqual([0, 64, 128, 256, 200_256]);
    expect(memory.u8(head + 256, 200_000).every((byte) => byte === 0)).toBe(true);
    expect(() => memory.allocate(2 ** 32 - memory.byteLength)).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
    expect(memory.allocate(1) - head).toBe(200_256);
  });
});

describe("IndexMemory.over()", () => {
  test("answers the same view for each object that stands for a memory", () => {
    const memory = IndexMemory.create();
    expect(received(memory.memory)).not.toBe(memory.memory);
    expect(IndexMemory.over(received(memory.memory))).toBe(memory);
    expect(IndexMemory.over(IndexMemory.create().memory)).not.toBe(memory);
  });
});

describe("IndexMemory.scratch()", () => {
  test("answers the same space for a name, with what it held, until more is asked for", () => {
    const memory = IndexMemory.create();
    const first = memory.scratch("rows", 100);
    memory.u8(first, 1)[0] = 7;
    expect(memory.scratch("codes", 100)).not.toBe(first);
    expect(memory.scratch("rows", 60)).toBe(first);
    expect(memory.u8(first, 1)[0]).toBe(7);
    const second = memory.scratch("rows", 101);
    expect(second).not.toBe(first);
    expect(memory.scratch("rows", 200)).toBe(second);
  });
});

describe("adoptMemory()", () => {
  test("knows vectors that come again by the memory that came first", () => {
    const vectors = new Float32Array(allocateVectorBytes(64).buffer, 0, 16);
    const memory = memoryOf(vectors);
    const [first, second] = [received({ vectors, memory }), received({ vectors, memory })];
    for (const message of [first, second]) {
      if (message.memory === undefined) throw new Error("vectors lie in a memory");
      adoptMemory(message.vectors, message.memory);
    }
    expect(second.memory?.memory).not.toBe(first.memory?.memory);
    expect(memoryOf(second.vectors)).toBe(first.memory);
  });
});
