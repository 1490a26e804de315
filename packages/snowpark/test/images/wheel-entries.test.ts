import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Wheel, wheelEntries } from "../../src/images/wheel-entries.ts";
import { collect } from "../../src/oci/collect.ts";
import { contentOf } from "../../src/oci/layer-entry.ts";
import { temporaryFolder } from "../oci/debian-tools.ts";

/** A zip file, after PKWARE's description. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const bodies: Buffer[] = [];
  const heads: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const packed = deflateRawSync(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(text), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(Buffer.byteLength(text), 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const body = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    heads.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), common, tail, Buffer.from(name)]));
    bodies.push(body);
    offset += body.length;
  }
  const directory = Buffer.concat(heads);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(heads.length, 4);
  end.writeUInt16LE(heads.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, directory, Buffer.from("PK\x05\x06"), end]);
}

const bytes = zip({
  "kite/__init__.py": "red = True\n",
  "kite/tests/test_kite.py": "",
  "kite-1.dist-info/METADATA": "Name: kite\n",
});
const wheel: Wheel = {
  name: "kite",
  file: "kite-1-py3-none-any.whl",
  sha256: createHash("sha256").update(bytes).digest("hex"),
};

/** An index of PyPI's form with one file; `served` is what the file's address answers. */
function index(served: Buffer, asked: string[] = []): typeof fetch {
  return async (address) => {
    asked.push(String(address));
    if (String(address) === "https://index.example/simple/kite/") {
      return Response.json({ files: [{ filename: wheel.file, url: "../../files/kite.whl" }] });
    }
    if (String(address) === "https://index.example/files/kite.whl") {
      return new Response(new Uint8Array(served));
    }
    return new Response("", { status: 404 });
  };
}

function options(cacheFolder: string, fetch: typeof globalThis.fetch) {
  const wheelIndex = "https://index.example/simple";
  return { cacheFolder, fetch, wheelIndex, sleep: async () => {} };
}

describe("wheelEntries()", () => {
  it("unpacks a wheel of the index without its tests, and downloads it once", async () => {
    using folder = temporaryFolder();
    const asked: string[] = [];
    const given = options(folder.path, index(bytes, asked));
    const entries = await wheelEntries([wheel], "opt/python", given);
    expect(entries.map(({ path }) => path)).toEqual([
      "opt/python/kite/__init__.py",
      "opt/python/kite-1.dist-info/METADATA",
    ]);
    const [first] = entries;
    const content = first.kind === "file" ? await collect(contentOf(first.content)) : undefined;
    expect(String(content)).toBe("red = True\n");
    await wheelEntries([wheel], "opt/python", given);
    expect(asked).toHaveLength(2);
  });

  it("refuses a file of another digest, one that the index has not, and paths that lead elsewhere", async () => {
    using folder = temporaryFolder();
    const entriesOf = (given: Wheel, served: Buffer) =>
      wheelEntries([given], "p", options(folder.path, index(served)));
    await expect(entriesOf(wheel, zip({ a: "b" }))).rejects.toMatchObject({ code: "image-failed" });
    await expect(entriesOf({ ...wheel, file: "kite-2.whl" }, bytes)).rejects.toMatchObject({
      code: "not-found",
    });
    await expect(entriesOf({ ...wheel, name: "nothing" }, bytes)).rejects.toMatchObject({
      code: "network",
    });
    const hostile = zip({ "../../outside": "x" });
    const sha256 = createHash("sha256").update(hostile).digest("hex");
    await expect(entriesOf({ ...wheel, sha256 }, hostile)).rejects.toThrow(/outside/);
    expect(() => readFileSync(join(folder.path, "outside"))).toThrow();
  });
});
