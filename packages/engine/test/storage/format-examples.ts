import { expect } from "vitest";
import type { Column } from "../../src/schema/column.ts";
import { readChecked, writeChecked } from "../../src/storage/checked-file.ts";
import { readColumnFile, writeColumnFile } from "../../src/storage/column-file.ts";
import { readDeleteFile, writeDeleteFile } from "../../src/storage/delete-file.ts";
import type { FileSystem } from "../../src/storage/file-system.ts";
import {
  type IndexFileContent,
  readIndexFile,
  writeIndexFile,
} from "../../src/storage/index-file.ts";
import { readLog } from "../../src/storage/log-reader.ts";
import type { LogRecord } from "../../src/storage/log-record.ts";
import { LogWriter } from "../../src/storage/log-writer.ts";

/** A file that is committed in `fixtures/` as each released version wrote it. */
export interface FormatExample {
  /** Its name in `fixtures/v<version>/`, without `.bin`. */
  readonly name: string;
  /** The versions that have it, ascending. The last one is what we write. */
  readonly versions: readonly [number, ...number[]];
  readonly contents: unknown;
  write(fs: FileSystem, path: string): Promise<unknown>;
  read(fs: FileSystem, path: string): Promise<unknown>;
}

const utf8 = new TextEncoder();

function payloadExample(
  name: "catalog" | "manifest",
  text: string,
  versions: FormatExample["versions"] = [1],
): FormatExample {
  const contents = utf8.encode(text);
  return {
    name,
    versions,
    contents,
    write: (fs, path) => writeChecked(fs, name, path, contents),
    read: (fs, path) => readChecked(fs, name, path),
  };
}

function columnExample(
  name: string,
  contents: Column,
  versions: FormatExample["versions"] = [1, 2],
): FormatExample {
  return {
    name,
    versions,
    contents,
    write: (fs, path) => writeColumnFile(fs, path, contents),
    read: (fs, path) => readColumnFile(fs, path, contents),
  };
}

const deletes = { rows: Uint32Array.of(1, 5), timestamps: BigUint64Array.of(0x40000n, 0x80001n) };

/** An upsert of one row, by its key 7. */
const upsert: LogRecord = {
  timestamp: 0x40000n,
  deletes: {
    partitionId: 3,
    keys: { layout: "fixed", rowCount: 1, values: BigInt64Array.of(7n) },
  },
  inserts: [
    {
      partitionId: 3,
      rowCount: 1,
      columns: new Map<number, Column>([
        [100, { layout: "fixed", rowCount: 1, values: BigInt64Array.of(7n) }],
        [
          101,
          {
            layout: "vector",
            element: "float32",
            rowCount: 1,
            dim: 2,
            values: Float32Array.of(1, -2),
          },
        ],
      ]),
    },
  ],
};

const names: Column = {
  layout: "bytes",
  rowCount: 3,
  offsets: Uint32Array.of(0, 3, 3, 8),
  bytes: utf8.encode("redkite!"),
  validity: Uint8Array.of(0b101),
};

/** Two vectors of each kind of component but floats. */
const narrowVectors = [
  { element: "float16", dim: 2, values: Uint16Array.of(0x3c00, 0xc000, 0x3800, 0) },
  { element: "bfloat16", dim: 2, values: Uint16Array.of(0x3f80, 0xc000, 0x3f00, 0) },
  { element: "int8", dim: 3, values: Int8Array.of(1, -1, 127, -128, 0, 2) },
  { element: "bit", dim: 16, values: Uint8Array.of(0x80, 1, 0xff, 0) },
] as const;

/** Two components, no value, and no component. */
const sparse: Column = {
  layout: "sparse",
  rowCount: 3,
  offsets: Uint32Array.of(0, 2, 2, 2),
  indices: Uint32Array.of(3, 70_000),
  values: Float32Array.of(0.5, 2),
  validity: Uint8Array.of(0b101),
};

const index: IndexFileContent = {
  descriptor: { kind: "ivf" },
  sections: [Uint8Array.of(1, 2, 3), utf8.encode("redkite!")],
};

export const formatExamples: readonly FormatExample[] = [
  payloadExample("catalog", '{"hello":1}'),
  payloadExample("manifest", "{}", [1, 2]),
  {
    name: "deletes",
    versions: [1],
    contents: deletes,
    write: (fs, path) => writeDeleteFile(fs, path, deletes),
    read: (fs, path) => readDeleteFile(fs, path),
  },
  {
    name: "log",
    versions: [1, 2],
    contents: [upsert],
    async write(fs, path) {
      const writer = await LogWriter.create(fs, path, { durability: "fsync", sequence: 1 });
      await writer.append(upsert);
      await writer.close();
    },
    async read(fs, path) {
      const { records, length, torn } = await readLog(fs, path);
      expect({ length, torn }).toEqual({ length: 208, torn: false });
      return records;
    },
  },
  {
    name: "index",
    versions: [1],
    contents: index,
    write: (fs, path) => writeIndexFile(fs, path, index),
    async read(fs, path) {
      let sections: readonly Uint8Array[] = [];
      const descriptor = await readIndexFile(fs, path, (_, lengths) => {
        sections = lengths.map((length) => new Uint8Array(length));
        return sections;
      });
      return { descriptor, sections };
    },
  },
  columnExample("column-bytes", names),
  columnExample("column-list", {
    layout: "list",
    rowCount: 3,
    offsets: Uint32Array.of(0, 2, 2, 3),
    elements: names,
  }),
  columnExample("column-vector", {
    layout: "vector",
    element: "float32",
    rowCount: 2,
    dim: 3,
    values: Float32Array.of(1, 2, 3, 4, 5, 6),
  }),
  ...narrowVectors.map((column) =>
    columnExample(
      `column-vector-${column.element}`,
      { ...column, layout: "vector", rowCount: 2 },
      [2],
    ),
  ),
  columnExample("column-sparse", sparse, [2]),
  columnExample(
    "column-vector-list",
    {
      layout: "list",
      rowCount: 2,
      offsets: Uint32Array.of(0, 0, 2),
      elements: {
        layout: "vector",
        element: "float32",
        rowCount: 2,
        dim: 2,
        values: Float32Array.of(1, 2, 3, 4),
      },
      validity: Uint8Array.of(0b10),
    },
    [2],
  ),
  ...[
    Uint8Array.of(0, 1, 1),
    Int8Array.of(-1, 0, 1),
    Int16Array.of(-1, 0, 1),
    Int32Array.of(-1, 0, 1),
    BigInt64Array.of(-1n, 0n, 1n),
    Float32Array.of(-1, 0, 1.5),
    Float64Array.of(-1, 0, 1.5),
  ].map((values) =>
    columnExample(`column-fixed-${values.constructor.name}`.toLowerCase(), {
      layout: "fixed",
      rowCount: 3,
      values,
    }),
  ),
];
