import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  createReadStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unpackLayer } from "../../../src/simulator/runtime/unpack-layer.ts";
import { type ArchiveEntry, tarArchive } from "./tar-archive.ts";

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "redkite-unpack-"));
  root = join(folder, "rootfs");
  mkdirSync(root);
});

afterEach(() => rmSync(folder, { recursive: true }));

async function unpack(...entries: ArchiveEntry[]): Promise<void> {
  await unpackLayer(Readable.from([gzipSync(tarArchive(entries))]), root);
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function isThere(path: string): boolean {
  return lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined;
}

describe("unpackLayer", () => {
  it("unpackLayer() writes files, folders and links as the layer has them", async () => {
    await unpack(
      { path: "app/", flag: "5", mode: 0o755 },
      { path: "app/main.js", content: "one" },
      { path: "./app/run", content: "#!/bin/sh\n", mode: 0o755 },
      { path: "app/same", flag: "1", linkPath: "app/main.js" },
      { path: "app/latest", flag: "2", linkPath: "main.js" },
      { path: "dev/null", flag: "3" },
      { path: "app/after", content: "two" },
    );
    expect(read("app/after")).toBe("two");
    expect(read("app/main.js")).toBe("one");
    expect(read("app/same")).toBe("one");
    expect(read("app/latest")).toBe("one");
    expect(lstatSync(join(root, "app/run")).mode & 0o111).toBe(0o111);
    expect(isThere("dev/null")).toBe(false);
  });

  it("unpackLayer() reads what GNU tar writes, with long names, whatever the parts of the stream", async () => {
    const source = join(folder, "source");
    const long = `${"long-".repeat(18)}/${"name-".repeat(18)}`;
    mkdirSync(join(source, long), { recursive: true });
    writeFileSync(join(source, long, "file"), "x".repeat(70_000));
    symlinkSync(`/${long}/file`, join(source, "link"));
    for (const format of ["gnu", "pax", "ustar"]) {
      rmSync(root, { recursive: true });
      mkdirSync(root);
      // ustar has no room for the long target of the link.
      const names = format === "ustar" ? [long] : [long, "link"];
      const tar = execFileSync("tar", ["-C", source, `--format=${format}`, "-cf", "-", ...names], {
        maxBuffer: 1e9,
      });
      const parts = Array.from({ length: Math.ceil(tar.length / 1000) }, (_, index) =>
        tar.subarray(index * 1000, (index + 1) * 1000),
      );
      await unpackLayer(Readable.from(parts), root);
      expect(read(`${long}/file`)).toHaveLength(70_000);
      if (format !== "ustar") expect(read("link")).toHaveLength(70_000);
    }
  });

  it("unpackLayer() removes what whiteouts name, and nothing else", async () => {
    await unpack(
      { path: "a/one", content: "1" },
      { path: "a/two", content: "2" },
      { path: "b/old", content: "3" },
      { path: "c", content: "4" },
    );
    await unpack(
      { path: "a/.wh.one" },
      { path: "b/.wh..wh..opq" },
      { path: "b/new", content: "5" },
      { path: ".wh.c" },
    );
    expect(isThere("a/one")).toBe(false);
    expect(read("a/two")).toBe("2");
    expect(isThere("b/old")).toBe(false);
    expect(read("b/new")).toBe("5");
    expect(isThere("c")).toBe(false);
    await expect(unpack({ path: "a/.wh..." })).rejects.toThrow("No name in a whiteout");
    await expect(unpack({ path: "a/.wh." })).rejects.toThrow("No name in a whiteout");
    expect(read("a/two")).toBe("2");
  });

  it("unpackLayer() refuses a path with .. in it", async () => {
    await expect(unpack({ path: "../escaped", content: "x" })).rejects.toThrow("leaves the image");
    await expect(unpack({ path: "a/../../escaped", content: "x" })).rejects.toThrow(
      "leaves the image",
    );
    expect(lstatSync(join(folder, "escaped"), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("unpackLayer() keeps inside what is written through links that lead outside", async () => {
    const outside = join(folder, "outside");
    mkdirSync(outside);
    await unpack(
      { path: "absolute", flag: "2", linkPath: outside },
      { path: "up", flag: "2", linkPath: "../outside" },
      { path: "absolute/one", content: "1" },
      { path: "up/two", content: "2" },
      { path: "up/.wh.x" },
    );
    expect(lstatSync(join(outside, "one"), { throwIfNoEntry: false })).toBeUndefined();
    expect(lstatSync(join(outside, "two"), { throwIfNoEntry: false })).toBeUndefined();
    expect(readlinkSync(join(root, "absolute"))).toBe(outside.slice(1));
    expect(read("outside/two")).toBe("2");
    writeFileSync(join(outside, "secret"), "s");
    await expect(
      unpack({ path: "stolen", flag: "1", linkPath: "../../outside/secret" }),
    ).rejects.toThrow();
  });

  it("unpackLayer() replaces a file or link of a lower layer instead of writing through it", async () => {
    await unpack(
      { path: "target", content: "old" },
      { path: "name", flag: "2", linkPath: "target" },
    );
    await unpack({ path: "name", content: "new" });
    expect(read("target")).toBe("old");
    expect(read("name")).toBe("new");
  });

  it("unpackLayer() keeps a folder that is a link in the layer below", async () => {
    await unpack({ path: "usr/lib/", flag: "5" }, { path: "lib", flag: "2", linkPath: "usr/lib" });
    await unpack({ path: "lib/", flag: "5" }, { path: "lib/x.so", content: "x" });
    expect(read("usr/lib/x.so")).toBe("x");
  });

  it("unpackLayer() refuses circles of links, broken archives and zstd", async () => {
    await unpack({ path: "a", flag: "2", linkPath: "b" }, { path: "b", flag: "2", linkPath: "a" });
    await expect(unpack({ path: "a/x", content: "x" })).rejects.toThrow("Too many symbolic links");
    const whole = tarArchive([{ path: "x", content: "x".repeat(2000) }]);
    await expect(unpackLayer(Readable.from([whole.subarray(0, 1500)]), root)).rejects.toThrow(
      "truncated",
    );
    const garbled = Buffer.from(whole).fill(7, 0, 5);
    await expect(unpackLayer(Readable.from([garbled]), root)).rejects.toThrow("checksum");
    await expect(
      unpackLayer(Readable.from([gzipSync(whole).subarray(0, 30)]), root),
    ).rejects.toThrow();
    const zstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]);
    await expect(unpackLayer(Readable.from([zstd]), root)).rejects.toThrow("zstd");
  });

  it("unpackLayer() closes the layer that it refuses", async () => {
    const content = randomBytes(3_000_000);
    const archive = tarArchive([{ path: "../escaped" }, { path: "x", content }]);
    for (const [name, bytes] of [
      ["plain", archive],
      ["packed", gzipSync(archive)],
    ] as const) {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      const layer = createReadStream(file);
      const closed = new Promise<void>((resolve) => layer.once("close", () => resolve()));
      await expect(unpackLayer(layer, root)).rejects.toThrow("leaves the image");
      await closed;
    }
  });
});
