import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { FormatName } from "../../src/formats/dataset-format.ts";
import { newFolder, readAll } from "./format-test-kit.ts";

interface HostileFile {
  readonly what: string;
  readonly format: FormatName;
  readonly name: string;
  readonly text: string;
  /** What the message says. */
  readonly says: string;
}

function cocoMask(size: readonly number[], counts: unknown): string {
  return JSON.stringify({
    images: [{ id: 1, file_name: "a.png", width: 9, height: 9 }],
    categories: [{ id: 1, name: "c" }],
    annotations: [
      { image_id: 1, category_id: 1, bbox: [0, 0, 9, 9], segmentation: { size, counts } },
    ],
  });
}

function cocoTwice(key: "images" | "categories"): string {
  const entry = { id: 7, file_name: "a.png", name: "c", width: 9, height: 9 };
  return JSON.stringify({ images: [], categories: [], annotations: [], [key]: [entry, entry] });
}

function jsonlMask(width: number, bytes: number): string {
  const data = deflateSync(Buffer.alloc(bytes)).toString("base64");
  const mask = { width, height: 1, data };
  const gt = { type: "Detection", label: "x", boundingBox: [0, 0, 1, 1], mask };
  return JSON.stringify({ filepath: "/a.png", gt });
}

/** Each list is ten of the one before: 10^9 elements. */
function yamlOfAliases(): string {
  const names = [..."bcdefghij"];
  const lists = names.map((name, index) => {
    const before = index === 0 ? "a" : names[index - 1];
    return `${name}: &${name} [${Array(10).fill(`*${before}`).join(",")}]`;
  });
  return `a: &a x\n${lists.join("\n")}\nnames: *j\n`;
}

const outer =
  '<!DOCTYPE annotation [<!ENTITY x SYSTEM "file:///etc/hostname">]><annotation>&x;</annotation>';

const hostile: readonly HostileFile[] = [
  {
    what: "a mask of 10^18 pixels",
    format: "coco",
    name: "labels.json",
    text: cocoMask([1e9, 1e9], [0, 1e15]),
    says: "1000000000 x 1000000000",
  },
  {
    what: "a run that is longer than its mask",
    format: "coco",
    name: "labels.json",
    text: cocoMask([9, 9], [0, 1e15]),
    says: "over 9 x 9 pixels, found 1000000000000000",
  },
  {
    what: "a run of less than nothing",
    format: "coco",
    name: "labels.json",
    text: cocoMask([9, 9], [5, -5, 5]),
    says: "over 9 x 9 pixels",
  },
  {
    what: "two images with one id",
    format: "coco",
    name: "labels.json",
    text: cocoTwice("images"),
    says: "image 7 is in the file twice",
  },
  {
    what: "two categories with one id",
    format: "coco",
    name: "labels.json",
    text: cocoTwice("categories"),
    says: "category 7 is in the file twice",
  },
  {
    what: "a mask that inflates to more than it has pixels",
    format: "jsonl",
    name: "samples.jsonl",
    text: jsonlMask(4, 50_000_000),
    says: "field gt",
  },
  {
    what: "an entity of another file",
    format: "voc",
    name: "a.xml",
    text: outer,
    says: "External entities",
  },
  {
    what: "elements nested 5,000 deep",
    format: "voc",
    name: "a.xml",
    text: `<annotation>${"<a>".repeat(5000)}${"</a>".repeat(5000)}</annotation>`,
    says: "nested",
  },
  {
    what: "two columns of one name",
    format: "csv",
    name: "labels.csv",
    text: "filepath,x,x\n/a.png,1,2\n",
    says: 'two columns "x"',
  },
  {
    what: "aliases of aliases",
    format: "yolov5",
    name: "dataset.yaml",
    text: yamlOfAliases(),
    says: "alias",
  },
];

describe("Files that were made to do harm", () => {
  it.each(hostile)("$what: $format says so", async ({ format, name, text, says }) => {
    const folder = await newFolder();
    await writeFile(join(folder, name), text);
    await expect(readAll(format, folder, { requireMedia: false })).rejects.toMatchObject({
      code: "format-invalid",
      message: expect.stringContaining(says),
    });
  });

  it("entities of entities are not made long", async () => {
    const folder = await newFolder();
    const entities = Array.from({ length: 12 }, (_, index) => {
      return `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`;
    });
    const size = "<size><width>1</width><height>1</height></size>";
    const text = `<!DOCTYPE a [<!ENTITY e0 "x">${entities.join("")}]><annotation><filename>&e12;</filename>${size}</annotation>`;
    await writeFile(join(folder, "a.xml"), text);
    const { samples } = await readAll("voc", folder, { requireMedia: false });
    expect(samples[0]?.filepath.length).toBeLessThan(1000);
  });

  it("a broken XML file is left out and listed where that is asked for", async () => {
    const folder = await newFolder();
    await mkdir(join(folder, "labels"));
    const size = "<size><width>1</width><height>1</height></size>";
    await writeFile(join(folder, "labels", "a.xml"), "<annotation>");
    await writeFile(join(folder, "labels", "b.xml"), outer);
    await writeFile(join(folder, "labels", "c.xml"), `<annotation>${size}</annotation>`);
    const { samples, log } = await readAll("voc", folder, {
      requireMedia: false,
      skipInvalid: true,
    });
    expect(samples).toHaveLength(1);
    expect(log.problems.map(({ file }) => file.slice(-5))).toEqual(["a.xml", "b.xml"]);
  });

  it("names that JavaScript's objects have are names as others are", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "labels.csv"), "filepath,__proto__,constructor\n/a.png,1,2\n");
    await writeFile(join(folder, "samples.jsonl"), '{"filepath": "/a.png", "__proto__": 1}\n');
    const csv = await readAll("csv", folder, { requireMedia: false });
    const jsonl = await readAll("jsonl", folder, { requireMedia: false });
    expect(Object.entries(csv.samples[0] ?? {})).toContainEqual(["__proto__", "1"]);
    expect(Object.entries(csv.samples[0] ?? {})).toContainEqual(["constructor", "2"]);
    expect(Object.entries(jsonl.samples[0] ?? {})).toContainEqual(["__proto__", 1]);
  });
});
