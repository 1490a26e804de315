import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FormatName } from "../../src/formats/dataset-format.ts";
import { newFolder, readAll } from "./format-test-kit.ts";

interface BrokenFile {
  readonly format: FormatName;
  readonly name: string;
  readonly text: string;
  readonly line?: number;
  /** What the message says. */
  readonly says: string;
}

const coco = (annotation: string, image = '{"id": 1, "file_name": "a", "width": 9, "height": 9}') =>
  `{"images": [\n${image}],\n"categories": [{"id": 1, "name": "c"}],\n"annotations": [\n${annotation}]}`;
const voc = (inner: string) => `<annotation>\n${inner}</annotation>`;
const size = "<size><width>9</width><height>9</height></size>";
const cvat = (inner: string) =>
  `<annotations>\n<image name="a" width="9" height="9">\n${inner}</image></annotations>`;
const box = '"image_id": 1, "category_id": 1';

const broken: readonly BrokenFile[] = [
  { format: "coco", name: "labels.json", text: "{\n", line: 2, says: "too early" },
  { format: "coco", name: "labels.json", text: '{"images": []}', says: '"annotations"' },
  { format: "coco", name: "labels.json", text: coco("7"), line: 5, says: "found 7" },
  {
    format: "coco",
    name: "labels.json",
    text: coco(`{${box}, "bbox": [1, 2]}`),
    line: 5,
    says: "bbox",
  },
  {
    format: "coco",
    name: "labels.json",
    text: coco(`{${box}, "bbox": [1, 2, -3, 4]}`),
    line: 5,
    says: "bbox",
  },
  {
    format: "coco",
    name: "labels.json",
    text: coco(`{${box}, "segmentation": [[1]]}`),
    line: 5,
    says: "segmentation",
  },
  {
    format: "coco",
    name: "labels.json",
    text: coco(`{${box}, "keypoints": [1, 2]}`),
    line: 5,
    says: "keypoints",
  },
  {
    format: "coco",
    name: "labels.json",
    text: coco('{"image_id": 2, "category_id": 1}'),
    says: "image 2",
  },
  {
    format: "coco",
    name: "labels.json",
    text: coco(`{${box}}`, '{"id": 1}'),
    line: 2,
    says: "file_name",
  },
  {
    format: "coco",
    name: "labels.json",
    text: coco(`{${box}}`, '{"id": 1, "file_name": "a", "width": 0.5}'),
    line: 2,
    says: "width",
  },
  { format: "voc", name: "labels/a.xml", text: voc("<object></name>"), line: 2, says: "not XML" },
  { format: "voc", name: "labels/a.xml", text: "<svg/>", says: "<annotation>" },
  { format: "voc", name: "labels/a.xml", text: voc("<object/>"), says: "<size>" },
  { format: "voc", name: "labels/a.xml", text: voc(`${size}<object/>`), says: "<name>" },
  {
    format: "voc",
    name: "labels/a.xml",
    text: voc(`${size}<object><name>c</name></object>`),
    says: "<bndbox>",
  },
  { format: "cvat", name: "annotations.xml", text: cvat("<box"), line: 3, says: "not XML" },
  {
    format: "cvat",
    name: "annotations.xml",
    text: cvat('<box label="c" xtl="1"/>'),
    says: "xtl, ytl",
  },
  { format: "cvat", name: "annotations.xml", text: cvat('<box xtl="1"/>'), says: "label" },
  {
    format: "cvat",
    name: "annotations.xml",
    text: cvat("").replace('"9"', '"wide"'),
    says: "wide",
  },
  { format: "csv", name: "labels.csv", text: "path,tags\na,b\n", line: 2, says: '"filepath"' },
  { format: "csv", name: "labels.csv", text: 'filepath\n"a\n', says: "not CSV" },
  {
    format: "csv",
    name: "labels.csv",
    text: "filepath,c.label,c.confidence\na,x,high\n",
    line: 2,
    says: "confidence",
  },
  {
    format: "jsonl",
    name: "samples.jsonl",
    text: '{"filepath": "a"}\n{"filepath": 7}\n',
    line: 2,
    says: "found 7",
  },
  {
    format: "jsonl",
    name: "samples.jsonl",
    text: '{"filepath": "a"}\n\n[]\n',
    line: 3,
    says: "object",
  },
  {
    format: "jsonl",
    name: "samples.jsonl",
    text: '{"redkite": "dataset", "version": 9}\n',
    line: 1,
    says: "version 1",
  },
];

describe("readers of formats refuse broken files", () => {
  it.each(broken)("$format: $says", async ({ format, name, text, line, says }) => {
    const folder = await newFolder();
    const file = join(folder, name);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, text);
    const failure = await readAll(format, folder, { requireMedia: false }).catch((error) => error);
    expect(failure).toMatchObject({ code: "format-invalid", details: { file } });
    expect(failure.message).toContain(says);
    if (line !== undefined) expect(failure.details.line).toBe(line);
  });

  it("yolov5 names the line of the label file, and goes on where asked to", async () => {
    const folder = await newFolder();
    const list = "a.png\nb.png\n";
    const lines = ["0 0.5 0.5 1 1", "0 0.5 0.5", "x 1 1 1 1", "5 0.5 0.5 1 1", "0 0 0 -1 1"];
    await writeFile(join(folder, "dataset.yaml"), "train: list.txt\nnames: {0: cat}\n");
    await writeFile(join(folder, "list.txt"), list);
    await writeFile(join(folder, "a.txt"), lines.join("\n"));
    const options = { requireMedia: false, skipInvalid: true };
    const { samples, log } = await readAll("yolov5", folder, options);
    expect(samples[0]["ground_truth"]).toMatchObject({ detections: [{ label: "cat" }] });
    expect(samples[1]).not.toHaveProperty("ground_truth");
    expect(log.problems.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
    expect(log.problems[2].message).toContain("class 5");
    await expect(readAll("yolov5", folder)).rejects.toMatchObject({ details: { line: 1 } });
    await writeFile(join(folder, "dataset.yaml"), "train: nowhere\nnames: {0: cat}\n");
    await expect(readAll("yolov5", folder)).rejects.toMatchObject({ code: "format-invalid" });
    await writeFile(join(folder, "dataset.yaml"), "a: b\nnames: {]\n");
    await expect(readAll("yolov5", folder)).rejects.toMatchObject({ details: { line: 2 } });
  });

  it("fiftyone refuses videos, and arrays that are damaged", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "metadata.json"), '{"media_type": "video"}');
    await expect(readAll("fiftyone", folder)).rejects.toMatchObject({ code: "unsupported" });
    await writeFile(join(folder, "metadata.json"), '{"media_type": "image"}');
    const sample = '{"filepath": "a.png", "x": {"$binary": {"base64": "AAAA", "subType": "00"}}}';
    await writeFile(join(folder, "samples.json"), `{"samples": [\n${sample}]}`);
    await expect(readAll("fiftyone", folder, { requireMedia: false })).rejects.toMatchObject({
      code: "format-invalid",
      details: { line: 2 },
    });
  });
});
