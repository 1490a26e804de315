import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { maskOfRuns, runsOfMask } from "../../src/formats/coco/run-length-mask.ts";
import { makeImage, newFolder, readAll, sampleOf, writeAll } from "./format-test-kit.ts";

// Each format says the same box in its own way: 10 pixels wide and 5 high, 20 from the left and 10
// from the top of an image of 40 by 20.
const box = [0.5, 0.5, 0.25, 0.25] as const;

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await newFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

function truth(value: unknown) {
  return [
    { ground_truth: { type: "Detections", detections: [{ label: "cat", boundingBox: value }] } },
  ];
}

describe("readers of formats, on one box", () => {
  it("coco: left, top, width and height in pixels, whatever the category's number", async () => {
    const labels = JSON.stringify({
      annotations: [{ image_id: "x", category_id: 90, bbox: [20, 10, 10, 5] }],
      categories: [{ id: 90, name: "cat" }],
      images: [{ id: "x", file_name: "a.png", width: 40, height: 20 }],
    });
    const path = await folderWith({ "labels.json": labels });
    const { samples } = await readAll("coco", path, { requireMedia: false });
    expect(samples).toMatchObject(truth(box));
  });

  it("coco: the size of the image where the file does not say it", async () => {
    const labels = JSON.stringify({
      images: [{ id: 1, file_name: "a.png" }],
      categories: [{ id: 1, name: "cat" }],
      annotations: [{ image_id: 1, category_id: 1, bbox: [20, 10, 10, 5] }],
    });
    const path = await folderWith({ "labels.json": labels });
    await makeImage(join(path, "a.png"), 40, 20);
    expect((await readAll("coco", path)).samples).toMatchObject(truth(box));
  });

  it("voc: corners are edges; inclusive, they are pixels that count from 1", async () => {
    const xml = (corners: string) =>
      `<annotation><filename>a.png</filename><size><width>40</width><height>20</height></size>
       <object><name>cat</name><bndbox>${corners}</bndbox></object></annotation>`;
    const edges = "<xmin>20</xmin><ymin>10</ymin><xmax>30</xmax><ymax>15</ymax>";
    const pixels = "<xmin>21</xmin><ymin>11</ymin><xmax>30</xmax><ymax>15</ymax>";
    const options = { requireMedia: false };
    const byEdges = await readAll("voc", await folderWith({ "labels/a.xml": xml(edges) }), options);
    expect(byEdges.samples).toMatchObject(truth(box));
    const path = await folderWith({ "Annotations/a.xml": xml(pixels) });
    const byPixels = await readAll("voc", path, { ...options, inclusiveCorners: true });
    expect(byPixels.samples).toMatchObject(truth(box));
  });

  it("yolov5: the centre and the size in shares, a confidence, a polygon", async () => {
    const path = await folderWith({
      "data.yaml": "train: ../train/images\nnames: [dog, cat]\n",
      "train/labels/a.txt": "1 0.625 0.625 0.25 0.25\n\n0 0.5 0.5 1 1 0.75\n1 0 0 1 0 1 1\n",
    });
    await makeImage(join(path, "train/images/a.png"), 4, 4);
    const labelFields = { detections: "boxes", polylines: "areas" };
    const { samples } = await readAll("yolov5", path, { labelFields });
    expect(samples).toMatchObject([
      {
        tags: ["train"],
        boxes: {
          detections: [
            { label: "cat", boundingBox: box },
            { label: "dog", boundingBox: [0, 0, 1, 1], confidence: 0.75 },
          ],
        },
        areas: {
          polylines: [
            {
              label: "cat",
              points: [
                [
                  [0, 0],
                  [1, 0],
                  [1, 1],
                ],
              ],
            },
          ],
        },
      },
    ]);
  });

  it("cvat: edges in pixels, with the rotation as an attribute, in the folder of the subset", async () => {
    const path = await folderWith({
      "annotations.xml": `<?xml version="1.0"?><annotations><version>1.1</version>
        <image id="7" name="a.png" subset="train" width="40" height="20">
          <box label="cat" source="manual" occluded="1" xtl="20.0" ytl="10" xbr="30" ybr="15" rotation="30.5" z_order="0"/>
        </image></annotations>`,
    });
    await makeImage(join(path, "images/train/a.png"), 40, 20);
    const { samples } = await readAll("cvat", path, { includeId: true });
    expect(samples).toMatchObject([{ cvat_id: 7, tags: ["train"], ...truth(box)[0] }]);
    expect(samples[0]["ground_truth"]).toMatchObject({
      detections: [{ attributes: { occluded: true, rotation: 30.5 } }],
    });
    expect(samples[0].filepath).toBe(join(path, "images/train/a.png"));
  });
});

describe("writers of formats, on one box", () => {
  const metadata = { sizeBytes: 1, mimeType: "image/png", width: 40, height: 20, numChannels: 3 };
  const sample = sampleOf({
    filepath: "/a.png",
    metadata,
    ground_truth: { type: "Detections", detections: [{ label: "cat", boundingBox: box }] },
  });

  it("coco keeps the numbers of the categories that an import brought", async () => {
    const categories = [
      { id: 17, name: "cat", supercategory: "animal" },
      { id: 90, name: "brush" },
    ];
    const description = { info: { coco: { categories } } };
    const { folder } = await writeAll("coco", [sample], { description });
    const labels = JSON.parse(await readFile(join(folder, "labels.json"), "utf8"));
    expect(labels.categories).toEqual(categories);
    expect(labels.annotations).toEqual([
      { id: 1, image_id: 1, category_id: 17, bbox: [20, 10, 10, 5], area: 50, iscrowd: 0 },
    ]);
  });

  it("yolov5 numbers the classes by a list, the known ones first", async () => {
    const image = await makeImage(join(await newFolder(), "a.png"), 4, 4);
    const options = { description: { classes: ["dog"] }, mode: "copy" } as const;
    const { folder } = await writeAll("yolov5", [{ ...sample, filepath: image }], options);
    const yaml = await readFile(join(folder, "dataset.yaml"), "utf8");
    expect(yaml).toBe("train: images/train\nnames:\n  - dog\n  - cat\n");
    const labels = await readFile(join(folder, "labels/train/a.txt"), "utf8");
    expect(labels).toBe("1 0.625 0.625 0.25 0.25\n");
  });

  it("voc writes edges, or pixels that count from 1", async () => {
    const edges = await writeAll("voc", [sample]);
    const text = await readFile(join(edges.folder, "labels/a.xml"), "utf8");
    expect(text.match(/<[xy]m\w+>\d+/g)).toEqual(["<xmin>20", "<ymin>10", "<xmax>30", "<ymax>15"]);
    const pixels = await writeAll("voc", [sample], { inclusiveCorners: true });
    const inclusive = await readFile(join(pixels.folder, "labels/a.xml"), "utf8");
    expect(inclusive.match(/<[xy]m\w+>\d+/g)).toEqual([
      "<xmin>21",
      "<ymin>11",
      "<xmax>30",
      "<ymax>15",
    ]);
  });

  it("cvat and voc refuse what XML cannot say", async () => {
    const label = { label: "a\u0000b", boundingBox: box };
    const broken = {
      ...sample,
      ground_truth: { type: "Detections" as const, detections: [label] },
    };
    for (const format of ["cvat", "voc"] as const) {
      await expect(writeAll(format, [broken])).rejects.toMatchObject({ code: "value-invalid" });
    }
  });
});

describe("maskOfRuns", () => {
  it("reads the runs down the columns, as numbers and as COCO's text", () => {
    // A 3 by 4 image (height, width) whose middle rows of columns 1 and 2 are inside.
    const counts = [4, 1, 2, 1, 4];
    const whole = [0, 0, 1, 1] as const;
    const mask = maskOfRuns({ size: [3, 4], counts }, whole);
    expect(mask).toEqual({
      width: 4,
      height: 3,
      data: Uint8Array.of(0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0),
    });
    expect(runsOfMask(mask, whole, { width: 4, height: 3 })).toEqual({ size: [3, 4], counts });
    // pycocotools writes these runs so: from the fourth on, what changed against two before.
    expect(maskOfRuns({ size: [3, 4], counts: "41202" }, whole)).toEqual(mask);
    const inner = maskOfRuns({ size: [3, 4], counts }, [0.25, 1 / 3, 0.5, 1 / 3]);
    expect(inner).toEqual({ width: 2, height: 1, data: Uint8Array.of(1, 1) });
  });
});
