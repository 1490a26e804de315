import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Detections, Keypoints, Polylines } from "../../src/schema/labels.ts";
import { newFolder, readAll, sampleOf, writeAll } from "./format-test-kit.ts";

const metadata = { width: 10, height: 10 };
const polylines: Polylines = {
  type: "Polylines",
  polylines: [
    { label: "none", points: [] },
    { label: "empty", points: [[]] },
    {
      label: "area",
      closed: true,
      points: [
        [
          [0, 0],
          [1, 1],
          [0, 1],
        ],
      ],
    },
  ],
};
const keypoints: Keypoints = {
  type: "Keypoints",
  keypoints: [
    { label: "empty", points: [] },
    { label: "one", points: [[0.5, 0.5]] },
  ],
};

describe("Exports of labels that a format can't say", () => {
  it.each(["coco", "cvat"] as const)(
    "%s leaves out shapes without points, and counts them",
    async (format) => {
      const labelFields = { polylines: "lines", keypoints: "points" };
      const sample = sampleOf({
        filepath: "/a.png",
        metadata,
        lines: polylines,
        points: keypoints,
      });
      const { folder, dropped } = await writeAll(format, [sample], { labelFields });
      expect(dropped["shapes without points"]).toBeGreaterThanOrEqual(2);
      const { samples } = await readAll(format, folder, { labelFields, requireMedia: false });
      const [read] = samples;
      expect(
        (read?.["lines"] as Polylines | undefined)?.polylines.map(({ label }) => label),
      ).toEqual(["area"]);
      expect(
        (read?.["points"] as Keypoints | undefined)?.keypoints.map(({ label }) => label),
      ).toContain("one");
    },
  );

  it("coco gives each image an id of its own, whatever ids were kept", async () => {
    const detections = (label: string): Detections => ({
      type: "Detections",
      detections: [{ label, boundingBox: [0, 0, 1, 1] }],
    });
    const samples = [{}, { coco_id: 1 }, { coco_id: 5 }, { coco_id: 5 }].map((id, index) =>
      sampleOf({
        filepath: `/${index}.png`,
        metadata,
        ground_truth: detections(`${index}`),
        ...id,
      }),
    );
    const { folder, dropped } = await writeAll("coco", samples);
    expect(dropped).toEqual({ "a coco_id that another image has": 2 });
    const read = await readAll("coco", folder, { requireMedia: false });
    const labels = read.samples.map((sample) =>
      (sample["ground_truth"] as Detections).detections.map(({ label }) => label),
    );
    expect(labels).toEqual([["0"], ["1"], ["2"], ["3"]]);
  });

  it("fiftyone leaves out attributes that are named as members are, and counts them", async () => {
    const attributes = { _cls: "Polyline", label: "other", tags: 2, points: [1], own: 1 };
    const label = { type: "Detection", label: "x", boundingBox: [0, 0, 1, 1], attributes } as const;
    const sample = sampleOf({ filepath: "/a.png", metadata, gt: label });
    const { folder, dropped } = await writeAll("fiftyone", [sample], {
      description: { fields: [{ name: "gt", type: "Detection" }] },
    });
    expect(dropped).toEqual({
      "attribute _cls of labels": 1,
      "attribute label of labels": 1,
      "attribute tags of labels": 1,
    });
    const { samples } = await readAll("fiftyone", folder, { requireMedia: false });
    expect(samples[0]?.["gt"]).toMatchObject({ label: "x", attributes: { points: [1], own: 1 } });
  });

  it("fiftyone's metadata may know nothing but the size in pixels", async () => {
    const folder = await newFolder();
    const found = [
      { width: 8, height: 6, size_bytes: null, mime_type: null, num_channels: null },
      { width: null, height: null, size_bytes: 3, mime_type: null, num_channels: null },
    ];
    const samples = found.map((known, index) => ({ filepath: `/${index}.png`, metadata: known }));
    await writeFile(join(folder, "metadata.json"), '{"media_type": "image"}');
    await writeFile(join(folder, "samples.json"), JSON.stringify({ samples }));
    const read = await readAll("fiftyone", folder, { requireMedia: false });
    expect(read.samples.map((sample) => sample.metadata)).toEqual([
      { width: 8, height: 6 },
      undefined,
    ]);
    expect(read.log.ignored).toEqual({ "metadata without a width and a height": 1 });
    const [sample] = read.samples;
    const { folder: written } = await writeAll("fiftyone", [
      sampleOf({ ...sample, filepath: "/a.png" }),
    ]);
    const text = await readFile(join(written, "samples.json"), "utf8");
    expect(text).toContain('"size_bytes":null');
  });
});
