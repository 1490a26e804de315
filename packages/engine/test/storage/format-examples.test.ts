import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { formatExamples } from "./format-examples.ts";

const path = "/file";

async function fixture(name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(new URL(`fixtures/v1/${name}.bin`, import.meta.url)));
}

describe.each(formatExamples)("format version 1 of $name", ({ name, contents, read, write }) => {
  it("is read", async () => {
    const fs = new MemoryFileSystem();
    await fs.replaceFile(path, await fixture(name));
    expect(await read(fs, path)).toEqual(contents);
  });

  it("is written, byte by byte", async () => {
    const fs = new MemoryFileSystem();
    await write(fs, path);
    expect(hexOf(await fs.readFile(path))).toBe(hexOf(await fixture(name)));
  });
});

/** Each page's worked example, and the fixture whose bytes it shows. */
const pages = [
  { page: "checked-file", name: "catalog" },
  { page: "deletes", name: "deletes" },
  { page: "log", name: "log" },
  { page: "column", name: "column-bytes" },
  { page: "index-file", name: "index" },
];

it.each(pages)("docs/format/$page.md shows the bytes of a $name file", async ({ page, name }) => {
  const url = new URL(`../../../../docs/format/${page}.md`, import.meta.url);
  const example = exampleOf(await readFile(url, "utf8"));
  expect(hexOf(example)).toBe(hexOf(await fixture(name)));
});

/** The bytes of the page's "hex" block: lines of offset, bytes (`00 x 4`: repeated) and meaning. */
function exampleOf(page: string): Uint8Array {
  const block = /```hex\n([^`]*)```/.exec(page)?.[1] ?? "";
  const bytes: number[] = [];
  for (const line of block.trimEnd().split("\n")) {
    const match = /^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} )+)(?:x (\d+) )? *\|/.exec(line);
    if (match === null) throw new Error(`Not an example's line: ${line}`);
    expect(bytes.length, line).toBe(Number.parseInt(match[1], 16));
    const values = match[2]
      .trim()
      .split(" ")
      .map((digits) => Number.parseInt(digits, 16));
    for (let i = Number(match[3] ?? 1); i > 0; i--) bytes.push(...values);
  }
  return Uint8Array.from(bytes);
}

/** Sixteen bytes a line, so that a difference can be seen. */
function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").replaceAll(/.{32}/g, "$&\n");
}
