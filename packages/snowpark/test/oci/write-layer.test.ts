import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import {
  completeEntries,
  fileEntry,
  fingerprintOf,
  folderEntries,
  type LayerEntry,
  textEntry,
} from "../../src/oci/layer-entry.ts";
import { writeLayer } from "../../src/oci/write-layer.ts";
import { temporaryFolder } from "./debian-tools.ts";
import { sampleEntries } from "./sample-image.ts";

describe("writeLayer()", () => {
  it("gives the same digests for the same entries in any order", async () => {
    using folder = temporaryFolder();
    const one = await writeLayer(sampleEntries, join(folder.path, "one.tar.gz"));
    const other = await writeLayer(sampleEntries.toReversed(), join(folder.path, "other.tar.gz"));
    expect(other.descriptor).toEqual(one.descriptor);
    expect(other.diffId).toBe(one.diffId);
  });

  it("names the file's own digests, and tells no time or system in the gzip header", async () => {
    using folder = temporaryFolder();
    const layer = await writeLayer(sampleEntries, join(folder.path, "layer.tar.gz"));
    const bytes = readFileSync(layer.file);
    expect(layer.descriptor).toMatchObject({ digest: digestOf(bytes), size: bytes.length });
    expect(layer.diffId).toBe(digestOf(gunzipSync(bytes)));
    expect([...bytes.subarray(4, 8), bytes[9]]).toEqual([0, 0, 0, 0, 255]);
  });

  it("writes modes, owners, links, long and foreign names as tar reads them", async () => {
    using folder = temporaryFolder();
    const { file } = await writeLayer(sampleEntries, join(folder.path, "layer.tar.gz"));
    const out = execFileSync("tar", ["--numeric-owner", "--full-time", "-tvzf", file], {
      env: { ...process.env, TZ: "UTC", LC_ALL: "C.UTF-8" },
    }).toString();
    const lines = out
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/));
    const found = new Map(
      lines.map(([mode, owner, size, day, , ...name]) => [
        name[0],
        { mode, owner, size, day, name: name.join(" ") },
      ]),
    );
    expect(found.get("tmp/")).toMatchObject({
      mode: "drwxrwxrwt",
      owner: "0/0",
      day: "1970-01-01",
    });
    expect(found.get("bin/here")?.name).toBe("bin/here -> ../etc/passwd");
    expect(found.get("bin/run")?.mode).toBe("-rwxr-xr-x");
    expect(found.get("home/kite/ähnlich.txt")).toMatchObject({ owner: "10001/10001", size: "2" });
    expect([...found.keys()].filter((name) => name.startsWith("long/")).at(-1)).toHaveLength(275);
    expect(found.has("home/kite/")).toBe(true);
  });

  it("refuses a file that grows meanwhile, and leaves nothing behind", async () => {
    using folder = temporaryFolder();
    const source = join(folder.path, "growing");
    writeFileSync(source, "1234");
    const entry = await fileEntry("growing", source);
    writeFileSync(source, "123456");
    const file = join(folder.path, "layer.tar.gz");
    await expect(writeLayer([entry], file)).rejects.toMatchObject({
      code: "image-failed",
      message: expect.stringContaining("growing"),
    });
    expect(readdirSync(folder.path)).toEqual(["growing"]);
  });

  it("refuses a file that is gone", async () => {
    using folder = temporaryFolder();
    const content = { file: join(folder.path, "nowhere"), size: 1 };
    const entries: LayerEntry[] = [{ kind: "file", path: "a", mode: 0o644, content }];
    await expect(writeLayer(entries, join(folder.path, "l.tar.gz"))).rejects.toMatchObject({
      code: "image-failed",
    });
  });
});

describe("completeEntries()", () => {
  it("refuses paths that leave the image, and paths given twice", () => {
    for (const path of ["", "/etc", "../x", "a/../../x", "a/", "a//b", "./a", "a\0b", ".."]) {
      expect(() => completeEntries([textEntry(path, "")]), path).toThrow(/Cannot write a layer/);
    }
    expect(() => completeEntries([textEntry("a", "1"), textEntry("a", "2")])).toThrow(/twice/);
    expect(() => completeEntries([textEntry("a", ""), textEntry("a/b", "")])).toThrow(/is a file/);
    expect(completeEntries([textEntry("..a/...", "")]).map(({ path }) => path)).toEqual([
      "..a",
      "..a/...",
    ]);
  });
});

describe("fingerprintOf()", () => {
  it("changes with content, mode, owner and path, and with nothing else", async () => {
    const base = textEntry("a", "1");
    const changes: LayerEntry[] = [
      textEntry("a", "2"),
      textEntry("a", "1", 0o755),
      { ...base, uid: 1 },
      textEntry("b", "1"),
    ];
    const prints = await Promise.all([base, ...changes].map((entry) => fingerprintOf([entry])));
    expect(new Set(prints).size).toBe(5);
    expect(await fingerprintOf([{ ...base }])).toBe(prints[0]);
  });
});

describe("folderEntries()", () => {
  it("takes files and links with the modes of an image, and leaves out what is not wanted", async () => {
    using folder = temporaryFolder();
    execFileSync(
      "sh",
      [
        "-c",
        "mkdir -p a/b && echo 1 > a/b/one && chmod 700 a/b/one && echo 2 > a/two && chmod 600 a/two && ln -s two a/link && mkdir c && echo 3 > c/three",
      ],
      { cwd: folder.path },
    );
    const entries = await folderEntries(folder.path, "app", (path) => path !== "c");
    expect(entries.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      "file app/a/b/one",
      "symlink app/a/link",
      "file app/a/two",
    ]);
    expect(entries.map((entry) => (entry.kind === "file" ? entry.mode.toString(8) : "-"))).toEqual([
      "755",
      "-",
      "644",
    ]);
  });
});
