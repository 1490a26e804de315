import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssertionError } from "../../src/base/assert.ts";
import { IndexMemory } from "../../src/kernels/index-memory.ts";
import {
  type IndexFileContent,
  readIndexFile,
  writeIndexFile,
} from "../../src/storage/index-file.ts";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";
import { seededRandom } from "../kit/random.ts";

const path = "/1.idx";

async function bytesOfFile(content: IndexFileContent): Promise<Uint8Array> {
  const fs = new MemoryFileSystem();
  const size = await writeIndexFile(fs, path, content);
  const bytes = await fs.readFile(path);
  expect(bytes.length).toBe(size);
  return bytes;
}

/** Reads into new memory; what is there already is nines. */
async function read(bytes: Uint8Array): Promise<IndexFileContent> {
  const fs = new MemoryFileSystem();
  await fs.replaceFile(path, bytes);
  let sections: readonly Uint8Array[] = [];
  const descriptor = await readIndexFile(fs, path, (_, lengths) => {
    sections = lengths.map((length) => new Uint8Array(length).fill(9));
    return sections;
  });
  return { descriptor: descriptor as object, sections };
}

const small: IndexFileContent = {
  descriptor: { kind: "ivf", rowCount: 2 },
  sections: [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(64).fill(7)],
};

describe("readIndexFile()", () => {
  it("gives back the descriptor and the sections that writeIndexFile() was given", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          descriptor: fc.dictionary(fc.string(), fc.jsonValue({ depthSize: "small" }), {
            maxKeys: 4,
            noNullPrototype: true,
          }),
          sections: fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }),
        }),
        async (content) => {
          // JSON knows no -0.
          const descriptor = JSON.parse(JSON.stringify(content.descriptor)) as object;
          expect(await read(await bytesOfFile(content))).toEqual({ ...content, descriptor });
        },
      ),
    );
  });

  it("fills an index's memory, where it is told to, with sections of many blocks", async () => {
    const lengths = [5_000_000, 100, 3_000_001];
    const sections = lengths.map((length, s) => new Uint8Array(length).map((_, i) => i * (s + 3)));
    const bytes = await bytesOfFile({ descriptor: { kind: "graph" }, sections });
    const fs = new MemoryFileSystem();
    await fs.replaceFile(path, bytes);
    const memory = IndexMemory.create();
    const addresses: number[] = [];
    await readIndexFile(fs, path, (descriptor, found) => {
      expect(descriptor).toEqual({ kind: "graph" });
      expect(found).toEqual(lengths);
      for (const length of found) addresses.push(memory.allocate(length));
      return found.map((length, i) => memory.u8(addresses[i], length));
    });
    for (const [i, section] of sections.entries()) {
      expect(Buffer.compare(memory.u8(addresses[i], lengths[i]), section)).toBe(0);
    }
  });

  it("finds damage in any block of a large file", async () => {
    const bytes = await bytesOfFile({
      descriptor: {},
      sections: [new Uint8Array(1), new Uint8Array(9_000_000)],
    });
    for (let at = 70; at < bytes.length; at += 900_000) {
      const wrong = bytes.slice();
      wrong[at] ^= 128;
      await expectCorrupt(read(wrong));
    }
  });

  it("refuses a file that is cut at any byte, longer by one, or changed in any byte", async () => {
    const bytes = await bytesOfFile(small);
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    await expectCorrupt(read(longer));
    for (let i = 0; i < bytes.length; i++) {
      await expectCorrupt(read(bytes.subarray(0, i)));
      const wrong = bytes.slice();
      wrong[i] ^= 1 << (i & 7);
      await expectCorrupt(read(wrong));
    }
  });

  it("passes on what is thrown by who places the sections, and asserts that they fit", async () => {
    const fs = new MemoryFileSystem();
    await writeIndexFile(fs, path, small);
    const failure = new Error("no room");
    const placing = readIndexFile(fs, path, () => {
      throw failure;
    });
    await expect(placing).rejects.toBe(failure);
    await expect(readIndexFile(fs, path, () => [])).rejects.toThrow(AssertionError);
  });
});

describe("writeIndexFile()", () => {
  it("is durable once its folder is synced, too", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const fs = new FaultFileSystem();
      await fs.makeDirectory("/s");
      await writeIndexFile(fs, "/s/1.idx", small);
      await fs.syncDirectory("/s");
      const disk = await fs.crash(seededRandom(seed));
      expect(await read(await disk.readFile("/s/1.idx"))).toEqual(small);
    }
  });

  it("leaves no file when the disk fails it, and one that it found alone", async () => {
    for (let operation = 1; operation < 5; operation++) {
      const fs = new FaultFileSystem();
      fs.failAt(operation, { errno: "ENOSPC", halfDone: true });
      await expect(writeIndexFile(fs, path, small)).rejects.toMatchObject({ code: "io" });
      expect(await fs.list("/")).toEqual([]);
    }
    const fs = new FaultFileSystem();
    await writeIndexFile(fs, path, small);
    await expect(writeIndexFile(fs, path, small)).rejects.toMatchObject({ code: "io" });
    expect(await fs.list("/")).toEqual(["1.idx"]);
  });
});

async function expectCorrupt(reading: Promise<unknown>): Promise<void> {
  await expect(reading).rejects.toMatchObject({ code: "corrupt-file", details: { path } });
}
