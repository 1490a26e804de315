import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { MemoryFileSystem, openDatabase } from "../../src/index.ts";
import { readDocument, writeDocument } from "../../src/storage/json-document.ts";
import { FaultFileSystem } from "../kit/fault-file-system.ts";

/** The names in the first column of the table of members on a page of docs/format. */
function documentedMembers(page: string): string[] {
  const path = fileURLToPath(new URL(`../../../../docs/format/${page}`, import.meta.url));
  const rows = readFileSync(path, "utf8").matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm);
  return [...rows].flatMap(([, names]) => [...(names ?? "").matchAll(/\w+/g)].map(String));
}

describe("docs/format", () => {
  test("docs/format names the members of catalog and manifest, all and only", async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await openDatabase("/db", { fileSystem });
    await db.createCollection({
      name: "films",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "vector", type: "FloatVector", dim: 2 },
      ],
    });
    await db.close();
    const catalog = await readDocument<object>(fileSystem, "catalog", "/db/catalog");
    expect(Object.keys(catalog).sort()).toEqual(documentedMembers("catalog.md").sort());
    const manifest = await readDocument<object>(
      fileSystem,
      "manifest",
      "/db/collections/2/manifest",
    );
    expect(Object.keys(manifest).sort()).toEqual(documentedMembers("manifest.md").sort());
  });
});

test("openDatabase() reads manifests of version 1, whose segments have all columns", async () => {
  const fileSystem = new MemoryFileSystem();
  const db = await openDatabase("/db", { fileSystem });
  const films = await db.createCollection({
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "vector", type: "FloatVector", dim: 2 },
    ],
  });
  await films.insert([{ id: 1, vector: [1, 2] }]);
  await db.close();
  const path = "/db/collections/2/manifest";
  const manifest = await readDocument<{ segments: object[] }>(fileSystem, "manifest", path);
  const segments = manifest.segments.map((segment) => ({ ...segment, columns: undefined }));
  await writeDocument(fileSystem, "manifest", path, { ...manifest, segments });
  const again = await openDatabase("/db", { fileSystem });
  const found = await again.collection("films").queryRows({ outputFields: ["vector"] });
  expect(found).toEqual([{ id: 1n, vector: Float32Array.of(1, 2) }]);
  await again.close();
});

test("openDatabase() adds nothing to a log of an older version, and begins a new one", async () => {
  const first = new FaultFileSystem();
  const films = await (await openDatabase("/db", { fileSystem: first })).createCollection({
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "vector", type: "FloatVector", dim: 2 },
    ],
  });
  await films.insert([{ id: 1, vector: [1, 2] }]);
  const folder = "/db/collections/2";
  const fileSystem = await FaultFileSystem.around(await first.crash(() => 0));
  const oldLog = await fileSystem.readFile(`${folder}/log-00000001.log`);
  const prelude = new DataView(oldLog.buffer, oldLog.byteOffset, 16);
  prelude.setUint32(8, 1, true);
  prelude.setUint32(12, crc32(oldLog.subarray(0, 12)), true);
  await fileSystem.replaceFile(`${folder}/log-00000001.log`, oldLog);

  const db = await openDatabase("/db", { fileSystem });
  await db
    .collection("films")
    .addField({ name: "sparse", type: "SparseFloatVector", nullable: true });
  await db.collection("films").insert([{ id: 2, vector: [1, 2], sparse: { 1: 2 } }]);
  expect(await fileSystem.readFile(`${folder}/log-00000001.log`)).toEqual(oldLog);
  expect(await fileSystem.list(folder)).toContain("log-00000002.log");

  const again = await openDatabase("/db", { fileSystem: await fileSystem.crash(() => 0) });
  const found = await again.collection("films").queryRows({ outputFields: ["sparse"] });
  expect(found).toEqual([
    { id: 1n, sparse: null },
    { id: 2n, sparse: { 1: 2 } },
  ]);
  await again.collection("films").flush();
  expect(await again.collection("films").queryRows({})).toHaveLength(2);
  await again.close();
});
