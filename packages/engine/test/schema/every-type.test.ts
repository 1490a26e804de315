import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Collection } from "../../src/collection/collection.ts";
import { type Database, openDatabase } from "../../src/index.ts";
import type { FieldDefinition } from "../../src/schema/collection-schema.ts";

/** A field of each type, and two values of it as rows carry them. */
const samples: readonly (readonly [FieldDefinition, unknown, unknown])[] = [
  [{ name: "bool", type: "Bool" }, true, false],
  [{ name: "int8", type: "Int8" }, -128, 127],
  [{ name: "int16", type: "Int16" }, -32_768, 32_767],
  [{ name: "int32", type: "Int32" }, -(2 ** 31), 2 ** 31 - 1],
  [{ name: "int64", type: "Int64" }, -(2n ** 63n), 2n ** 63n - 1n],
  [{ name: "float", type: "Float" }, 0.5, -1.25],
  [{ name: "double", type: "Double" }, 0.1, 1e300],
  [{ name: "text", type: "VarChar", maxLength: 8 }, "", "Žižk"],
  [{ name: "json", type: "JSON" }, { a: [1, null] }, 2n ** 60n],
  [{ name: "list", type: "Array", elementType: "Int16", maxCapacity: 3 }, [1, -2, 3], []],
  [
    { name: "texts", type: "Array", elementType: "VarChar", maxCapacity: 3, maxLength: 3 },
    ["a"],
    [],
  ],
  [{ name: "place", type: "Geometry" }, "POINT (1 2.5)", "LINESTRING (0 0, 1 1)"],
  [{ name: "time", type: "Timestamptz" }, "2024-12-31T22:00:00Z", "1969-12-31T23:59:59.999999Z"],
  [{ name: "bits", type: "BinaryVector", dim: 16 }, Uint8Array.of(1, 2), Uint8Array.of(255, 0)],
  [{ name: "floats", type: "FloatVector", dim: 2 }, Float32Array.of(1, 2), Float32Array.of(-1, 0)],
  [
    { name: "halves", type: "Float16Vector", dim: 2 },
    Float32Array.of(1, 2),
    Float32Array.of(-1, 0),
  ],
  [
    { name: "brains", type: "BFloat16Vector", dim: 2 },
    Float32Array.of(1, 2),
    Float32Array.of(-1, 0),
  ],
  [{ name: "int8s", type: "Int8Vector", dim: 2 }, Int8Array.of(1, -2), Int8Array.of(-128, 127)],
  [{ name: "sparse", type: "SparseFloatVector" }, { 3: 0.5, 70000: 2 }, {}],
];

const clips = [
  { start: 1n, frame: Float32Array.of(1, 2), hash: Uint8Array.of(7) },
  { start: 2n, frame: Float32Array.of(3, 4), hash: Uint8Array.of(9) },
];

/** Rows with values, and one with nulls. */
const rows: readonly Record<string, unknown>[] = [
  { id: 1n, clips, ...Object.fromEntries(samples.map(([{ name }, value]) => [name, value])) },
  { id: 2n, clips: [], ...Object.fromEntries(samples.map(([{ name }, , value]) => [name, value])) },
  { id: 3n, clips: null, ...Object.fromEntries(samples.map(([{ name }]) => [name, null])) },
];

let folder: string;
let database: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "redkite-types-"));
  database = await openDatabase(folder, { threads: 1, maintenance: false });
  const films = await database.createCollection({
    name: "films",
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      ...samples.map(([field]) => ({ ...field, nullable: true })),
    ],
    structs: [
      {
        name: "clips",
        nullable: true,
        fields: [
          { name: "start", type: "Array", elementType: "Int64", maxCapacity: 2 },
          {
            name: "frame",
            type: "ArrayOfVector",
            elementType: "FloatVector",
            dim: 2,
            maxCapacity: 2,
          },
          {
            name: "hash",
            type: "ArrayOfVector",
            elementType: "BinaryVector",
            dim: 8,
            maxCapacity: 2,
          },
        ],
      },
    ],
  });
  await films.insert(rows);
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

async function expectRows(films: Collection): Promise<void> {
  const found = await films.queryRows({ filter: "id > 0", outputFields: ["*"] });
  expect(found).toEqual(rows);
  const one = await films.queryRows({ filter: "id == 1", outputFields: ["clips"] });
  expect(one).toEqual([{ id: 1n, clips }]);
}

describe("Collection of every type", () => {
  it("query() gives back what insert() got, from memory", async () => {
    await expectRows(database.collection("films"));
  });

  it("query() gives back what insert() got, from the log", async () => {
    await database.close();
    database = await openDatabase(folder, { threads: 1, maintenance: false });
    await database.collection("films").load();
    await expectRows(database.collection("films"));
  });

  it("query() gives back what insert() got, from files", async () => {
    await database.collection("films").flush();
    await database.close();
    database = await openDatabase(folder, { threads: 1, maintenance: false });
    await database.collection("films").load();
    await expectRows(database.collection("films"));
  });
});
