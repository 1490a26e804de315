import { basename, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FormatName, LabelFields } from "../../src/formats/dataset-format.ts";
import type { NewSample, Sample } from "../../src/schema/sample.ts";
import { makeImage, newFolder, readAll, sampleOf, writeAll } from "./format-test-kit.ts";
import {
  confidence,
  detections,
  metadata,
  optional,
  pixelPoint,
  share,
  text,
  writable,
} from "./label-arbitraries.ts";

/** Equal but for the last bits of numbers. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, member: unknown) => {
      if (member instanceof Uint8Array) return Array.from(member);
      return typeof member === "number" ? Math.floor(member * 1e8 + 0.317) / 1e8 : member;
    }),
  );
}

/** Writes the samples and reads them back; the fields named of each. */
async function roundTrip(
  format: FormatName,
  fields: readonly Record<string, NewSample[string]>[],
  options: { labelFields?: LabelFields; inclusiveCorners?: boolean } = {},
) {
  const samples: Sample[] = fields.map((given, index) =>
    sampleOf({ filepath: `/images/${index}.png`, metadata, ...given }),
  );
  const { folder, dropped } = await writeAll(format, samples, options);
  const read = await readAll(format, folder, { requireMedia: false, ...options });
  const names = new Set(fields.flatMap((given) => Object.keys(given)));
  const back = read.samples.map((sample) =>
    Object.fromEntries(
      [...names].flatMap((name) => (sample[name] === undefined ? [] : [[name, sample[name]]])),
    ),
  );
  return { back, dropped, read, samples };
}

describe("formats of boxes bring back what they hold", () => {
  it("coco: boxes, confidences, attributes, crowds, areas", async () => {
    const attributes = optional(
      "attributes",
      fc.record({ iscrowd: fc.constant(1), note: fc.jsonValue({ maxDepth: 1 }) }),
    );
    const samples = fc.array(
      detections(text, optional("confidence", confidence), attributes).map((ground_truth) => ({
        ground_truth,
      })),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(samples, async (fields) => {
        const { back, dropped } = await roundTrip("coco", fields);
        expect(rounded(back)).toEqual(rounded(fields));
        expect(dropped).toEqual({});
      }),
      { numRuns: 25 },
    );
  });

  it("coco: polygons and keypoints with their visibility", async () => {
    const polyline = fc.record({
      label: text,
      points: fc.array(fc.array(pixelPoint, { minLength: 3, maxLength: 5 }), {
        minLength: 1,
        maxLength: 2,
      }),
      closed: fc.constant(true),
      filled: fc.constant(true),
    });
    const keypoint = fc
      .array(fc.tuple(pixelPoint, fc.integer({ min: 0, max: 2 })), { minLength: 1 })
      .chain((points) =>
        fc.record({
          label: text,
          points: fc.constant(points.map(([point]) => point)),
          attributes: fc.constant({ visibility: points.map(([, seen]) => seen) }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(polyline), fc.array(keypoint), async (polylines, keypoints) => {
        const shapes = await roundTrip("coco", [{ shapes: { type: "Polylines", polylines } }], {
          labelFields: { polylines: "shapes" },
        });
        const areas = shapes.read.samples[0]["shapes"];
        // COCO's area is of the box around, as ours are written: what is read has no other.
        expect(rounded(areas)).toEqual(rounded({ type: "Polylines", polylines }));
        const poses = await roundTrip("coco", [{ poses: { type: "Keypoints", keypoints } }], {
          labelFields: { keypoints: "poses" },
        });
        expect(rounded(poses.back)).toEqual(rounded([{ poses: { type: "Keypoints", keypoints } }]));
      }),
      { numRuns: 20 },
    );
  });

  it("coco: masks of boxes on whole pixels", async () => {
    const mask = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .chain(([width, height]) =>
        fc.record({
          box: fc
            .tuple(
              fc.integer({ min: 0, max: 640 - width }),
              fc.integer({ min: 0, max: 480 - height }),
            )
            .map(([x, y]) => [x / 640, y / 480, width / 640, height / 480] as const),
          data: fc
            .array(fc.integer({ min: 0, max: 1 }), {
              minLength: width * height,
              maxLength: width * height,
            })
            .map((bytes) => Uint8Array.from(bytes)),
          width: fc.constant(width),
          height: fc.constant(height),
        }),
      );
    await fc.assert(
      fc.asyncProperty(mask, async ({ box, ...pixels }) => {
        const label = { label: "a", boundingBox: box, mask: pixels };
        const fields = [{ ground_truth: { type: "Detections" as const, detections: [label] } }];
        const { back } = await roundTrip("coco", fields);
        expect(rounded(back)).toEqual(rounded(fields));
      }),
      { numRuns: 25 },
    );
  });

  it.each([false, true])(
    "voc: boxes and attributes, with inclusive corners %s",
    async (inclusiveCorners) => {
      const attributes = optional(
        "attributes",
        fc.record({
          pose: fc.constantFrom("Left", "007", "a < b & c"),
          difficult: fc.constantFrom(0, 1),
        }),
      );
      const field = fc.option(detections(writable, attributes), { nil: undefined });
      await fc.assert(
        fc.asyncProperty(fc.array(field, { minLength: 1, maxLength: 4 }), async (given) => {
          const fields = given.map((ground_truth) =>
            ground_truth === undefined ? {} : { ground_truth },
          );
          const { read, samples } = await roundTrip("voc", fields, { inclusiveCorners });
          const labeled = samples.filter((sample) => sample["ground_truth"] !== undefined);
          expect(read.samples.map(({ filepath }) => basename(filepath))).toEqual(
            labeled.map(({ filepath }) => basename(filepath)),
          );
          expect(rounded(read.samples.map((sample) => sample["ground_truth"]))).toEqual(
            rounded(labeled.map((sample) => sample["ground_truth"])),
          );
        }),
        { numRuns: 20 },
      );
    },
  );

  it("cvat: boxes with rotation, tags, areas, lines and points", async () => {
    const attributes = optional(
      "attributes",
      fc.record({
        rotation: fc.constantFrom(12.5, 350),
        occluded: fc.constant(true),
        "a colour": fc.constantFrom("red & <blue>", "\"'\n\t", true, 7),
      }),
    );
    const points = fc.array(pixelPoint, { minLength: 1, maxLength: 4 });
    const withAttributes = (shape: fc.Arbitrary<object>) =>
      fc.array(
        fc.tuple(shape, attributes).map(([one, more]) => ({ ...one, ...more })),
        { maxLength: 3 },
      );
    const area = fc.boolean().chain((closed) =>
      fc.record({
        label: writable,
        points: points.map((line) => [line]),
        closed: fc.constant(closed),
        filled: fc.constant(closed),
      }),
    );
    const sample = fc.record({
      ground_truth: detections(writable, attributes),
      classes: withAttributes(fc.record({ label: writable })).map((classifications) => ({
        type: "Classifications",
        classifications,
      })),
      lines: withAttributes(area).map((polylines) => ({ type: "Polylines", polylines })),
      spots: withAttributes(fc.record({ label: writable, points })).map((keypoints) => ({
        type: "Keypoints",
        keypoints,
      })),
    });
    const labelFields = {
      detections: "ground_truth",
      classifications: "classes",
      polylines: "lines",
      keypoints: "spots",
    };
    await fc.assert(
      fc.asyncProperty(fc.array(sample, { minLength: 1, maxLength: 3 }), async (given) => {
        // The records are labels by how they are made.
        const fields = given as unknown as Record<string, NewSample[string]>[];
        const { back, dropped } = await roundTrip("cvat", fields, { labelFields });
        expect(rounded(back)).toEqual(rounded(fields));
        expect(dropped).toEqual({});
      }),
      { numRuns: 25 },
    );
  });

  it("yolov5: boxes, confidences, splits and images without labels", async () => {
    const images = await newFolder();
    const filepaths = await Promise.all(
      ["a.png", "b.png", "c.png"].map((name) => makeImage(join(images, name), 4, 4)),
    );
    const box = fc
      .tuple(share, share, share, share)
      .map(([x, y, width, height]) => [x / 2, y / 2, width / 2, height / 2]);
    const label = fc
      .tuple(text, box, optional("confidence", confidence))
      .map(([name, boundingBox, more]) => ({ label: name, boundingBox, ...more }));
    const field = fc.option(
      fc.array(label, { maxLength: 4 }).map((list) => ({ type: "Detections", detections: list })),
      { nil: undefined },
    );
    const sample = fc.record({ field, split: fc.constantFrom("train", "val") });
    await fc.assert(
      fc.asyncProperty(fc.array(sample, { minLength: 1, maxLength: 3 }), async (given) => {
        const samples = given.map(({ field: ground_truth, split }, index) =>
          sampleOf({
            filepath: filepaths[index],
            tags: [split],
            ...(ground_truth === undefined ? {} : { ground_truth }),
          } as NewSample),
        );
        const { folder } = await writeAll("yolov5", samples, {
          mode: "copy",
          splits: ["train", "val"],
        });
        const { samples: read } = await readAll("yolov5", folder);
        const bySplit = ["train", "val"].flatMap((split) =>
          samples.filter(({ tags }) => tags[0] === split),
        );
        expect(read.map(({ tags }) => tags)).toEqual(bySplit.map(({ tags }) => tags));
        expect(rounded(read.map((one) => one["ground_truth"] ?? null))).toEqual(
          rounded(bySplit.map((one) => one["ground_truth"] ?? null)),
        );
      }),
      { numRuns: 12 },
    );
  });
});
