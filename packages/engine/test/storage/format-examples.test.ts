import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { hexExample } from "../kit/hex-example.ts";
import { formatExamples } from "./format-examples.ts";

const path = "/file";

async function fixture(name: string, version: number): Promise<Uint8Array> {
  const url = new URL(`fixtures/v${version}/${name}.bin`, import.meta.url);
  return new Uint8Array(await readFile(url));
}

describe.each(formatExamples)(
  "the format of $name",
  ({ name, versions, contents, read, write }) => {
    it.each(versions.map((version) => ({ version })))(
      "is read, version $version",
      async ({ version }) => {
        const fs = new MemoryFileSystem();
        await fs.replaceFile(path, await fixture(name, version));
        expect(await read(fs, path)).toEqual(contents);
      },
    );

    it("is written, byte by byte", async () => {
      const fs = new MemoryFileSystem();
      await write(fs, path);
      const newest = versions[versions.length - 1];
      expect(hexOf(await fs.readFile(path))).toBe(hexOf(await fixture(name, newest)));
    });
  },
);

/** Each page's worked example, and the fixture whose bytes it shows. */
const pages = [
  { page: "checked-file", name: "catalog", version: 1 },
  { page: "deletes", name: "deletes", version: 1 },
  { page: "log", name: "log", version: 2 },
  { page: "column", name: "column-bytes", version: 2 },
  { page: "column", name: "column-sparse", version: 2, block: 1 },
  { page: "index-file", name: "index", version: 1 },
];

it.each(pages)(
  "docs/format/$page.md shows the bytes of a $name file",
  async ({ page, name, version, block = 0 }) => {
    const url = new URL(`../../../../docs/format/${page}.md`, import.meta.url);
    const example = hexExample(await readFile(url, "utf8"), block);
    expect(hexOf(example)).toBe(hexOf(await fixture(name, version)));
  },
);

/** Sixteen bytes a line, so that a difference can be seen. */
function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").replaceAll(/.{32}/g, "$&\n");
}
