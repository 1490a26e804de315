import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readAll, sampleOf, writeAll } from "./format-test-kit.ts";

// What FiftyOne 1.22.1 exported of one dataset, in each of its formats. Only paths were changed.
const folder = fileURLToPath(new URL("./fixtures/fiftyone-exports/", import.meta.url));

const cat = { label: "cat", boundingBox: [0.125, 0.25, 0.5, 0.375] };

describe("readers of formats, on what FiftyOne exports", () => {
  it("fiftyone gives ids, times, every type of field and every type of label", async () => {
    const { description, samples, log } = await readAll(
      "fiftyone",
      join(folder, "fiftyone-dataset"),
    );
    expect(description).toMatchObject({
      description: "Every label type",
      tags: ["fixture"],
      info: { author: "test", n: 3 },
      classes: ["cat", "dog"],
    });
    expect(samples).toHaveLength(3);
    const [first] = samples;
    expect(first).toMatchObject({
      id: "6b01e8b0b7d92d31d4fd3ca6",
      tags: ["train", "a, b"],
      metadata: { sizeBytes: 138, mimeType: "image/png", width: 64, height: 48, numChannels: 3 },
      createdAt: new Date("2026-11-21T18:53:36.384Z"),
      uniqueness: 0.25,
      count: 3,
      big: 2 ** 40,
      flag: true,
      name: 'zoë "q"',
      when: new Date("2024-02-03T04:05:06.789Z"),
      day: new Date("2024-02-03T00:00:00Z"),
      nested: { a: [1, 2, { b: null }], c: "d" },
      scores: [0.5, 1.5],
      words: ["a", "b"],
      embedding: Float32Array.of(0, 0.25, 0.5, 0.75),
    });
    expect(log.ignored).toEqual({ "saved views": 1 });
    expect(log.problemCount).toBe(0);
  });

  it("fiftyone gives labels with their masks, points, attributes and unseen points", async () => {
    const { samples } = await readAll("fiftyone", join(folder, "fiftyone-dataset"));
    const [first] = samples;
    expect(first["ground_truth"]).toEqual({
      type: "Detections",
      detections: [
        {
          id: "6b01e8b0b7d92d31d4fd3c98",
          ...cat,
          index: 7,
          tags: ["good"],
          attributes: { iscrowd: 0 },
        },
        {
          id: "6b01e8b0b7d92d31d4fd3c99",
          label: "dog",
          boundingBox: [0.1, 0.2, 0.3, 0.4],
          mask: {
            width: 6,
            height: 4,
            data: Uint8Array.of(
              ...[0, 0, 0, 0, 0, 0],
              ...[0, 0, 1, 1, 1, 0],
              ...[0, 0, 1, 1, 1, 0],
              ...[0, 0, 0, 0, 0, 0],
            ),
          },
          attributes: { difficult: true, note: "x" },
        },
      ],
    });
    expect(first["pose"]).toMatchObject({
      keypoints: [
        {
          points: [
            [0.1, 0.2],
            [0, 0],
            [0.5, 0.75],
          ],
          confidence: [0.9, 0, 0.5],
          attributes: { missingPoints: [1] },
        },
      ],
    });
    expect(first["weather"]).toMatchObject({ label: "sunny", attributes: { logits: [0.1, 0.9] } });
    expect(first["seg"]).toMatchObject({ mask: { data: Uint8Array.of(0, 1, 2, 1, 0, 2) } });
    expect(first["place"]).toMatchObject({ point: [-73.9855, 40.758] });
    expect(first["value"]).toMatchObject({ value: 1.5, confidence: 0.5 });
    expect(first["heat"]).toMatchObject({ _cls: "Heatmap" });
    expect(first["lines"]).toMatchObject({
      polylines: [
        { closed: true, filled: true },
        { closed: false, attributes: { lanes: 2 } },
      ],
    });
  });

  it("fiftyone writes what it read, so that it reads the same again", async () => {
    const { description, samples } = await readAll("fiftyone", join(folder, "fiftyone-dataset"));
    const written = await writeAll("fiftyone", samples.map(sampleOf), { description });
    const again = await readAll("fiftyone", written.folder);
    expect(again.samples).toEqual(samples);
    expect(again.description).toEqual(description);
    expect(written.dropped).toEqual({});
  });

  it("coco takes boxes, and counts the polygons that it was not asked for", async () => {
    const { description, samples, log } = await readAll("coco", join(folder, "coco"));
    expect(description.classes).toEqual(["cat", "dog"]);
    const [first, second, third] = samples;
    expect(first["ground_truth"]).toMatchObject({ detections: [cat, { label: "dog" }] });
    expect(second["ground_truth"]).toEqual({ type: "Detections", detections: [] });
    expect(third["ground_truth"]).toEqual({
      type: "Detections",
      detections: [{ label: "dog", boundingBox: [0, 0, 1, 1] }],
    });
    expect(log.ignored).toEqual({ "segmentation polygons": 1 });
  });

  it("coco takes polygons into a field of their own", async () => {
    const labelFields = { polylines: "shapes" };
    const { samples } = await readAll("coco", join(folder, "coco"), { labelFields });
    const [points] = [[20, 22.5, 12.5, 22, 13, 13.5, 21.5, 15, 20, 22.5]];
    expect(samples[0]["shapes"]).toMatchObject({
      polylines: [
        {
          label: "dog",
          points: [[0, 2, 4, 6, 8].map((at) => [points[at] / 64, points[at + 1] / 48])],
          closed: true,
        },
      ],
    });
  });

  it("yolov5 finds the images though the file's path is of another machine", async () => {
    const { samples } = await readAll("yolov5", join(folder, "yolov5"));
    expect(samples.map(({ tags }) => tags)).toEqual([["val"], ["val"], ["val"]]);
    expect(samples[0]["ground_truth"]).toEqual({
      type: "Detections",
      detections: [cat, { label: "dog", boundingBox: [0.1, 0.2, 0.3, 0.4] }],
    });
    expect(samples[1]["ground_truth"]).toEqual({ type: "Detections", detections: [] });
  });

  it("voc takes corners as edges, and elements of objects as attributes", async () => {
    const { samples } = await readAll("voc", join(folder, "voc"));
    expect(samples[0]["ground_truth"]).toEqual({
      type: "Detections",
      detections: [
        { ...cat, attributes: { iscrowd: 0 } },
        {
          label: "dog",
          boundingBox: [6 / 64, 9 / 48, 19 / 64, 19 / 48],
          attributes: { difficult: true, note: "x" },
        },
      ],
    });
  });

  it("cvat takes boxes and, where they have fields, polygons and lines", async () => {
    const path = join(folder, "cvat");
    const boxes = await readAll("cvat", path);
    expect(boxes.log.ignored).toEqual({ "<polygon> of images": 1, "<polyline> of images": 2 });
    expect(boxes.samples[0]["ground_truth"]).toMatchObject({ detections: [cat, { label: "dog" }] });
    const { samples } = await readAll("cvat", path, { labelFields: { polylines: "lines" } });
    expect(samples[0]["lines"]).toMatchObject({
      polylines: [
        { label: "road", closed: true, filled: true },
        { label: "lane", closed: false, attributes: { lanes: 2 } },
        { label: "lane", closed: false, attributes: { lanes: 2 } },
      ],
    });
  });

  it("csv and class-directory-tree give classifications", async () => {
    const columnTypes = { uniqueness: "float" } as const;
    const table = await readAll("csv", join(folder, "csv"), { columnTypes });
    expect(table.samples[0]).toMatchObject({
      uniqueness: 0.25,
      weather: { type: "Classification", label: "sunny" },
    });
    expect(table.samples[1]).not.toHaveProperty("weather");
    const tree = await readAll("class-directory-tree", join(folder, "tree"));
    expect(tree.samples.map((sample) => sample["ground_truth"])).toEqual([
      undefined,
      undefined,
      { type: "Classification", label: "sunny" },
    ]);
  });
});
