import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldInfo } from "../../src/schema/field.ts";
import type { NewSample } from "../../src/schema/sample.ts";
import { makeImage, newFolder, readAll, sampleOf, writeAll } from "./format-test-kit.ts";
import {
  confidence,
  detections,
  id,
  metadata,
  optional,
  share,
  text,
} from "./label-arbitraries.ts";

describe("formats of fields bring back what they hold", () => {
  it("csv: values of each type, tags and classifications", async () => {
    const columnTypes = {
      flag: "bool",
      count: "int",
      score: "float",
      when: "datetime",
      day: "date",
      words: "json",
    } as const;
    const fields: FieldInfo[] = [
      { name: "flag", type: "bool" },
      { name: "count", type: "int" },
      { name: "score", type: "float" },
      { name: "when", type: "datetime" },
      { name: "day", type: "date" },
      { name: "words", type: "list", elementType: "string" },
      { name: "name", type: "string" },
      { name: "weather", type: "Classification" },
    ];
    const moment = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true });
    const sample = fc
      .tuple(
        optional("flag", fc.boolean()),
        optional(
          "count",
          fc
            .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
            .map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n)),
        ),
        optional(
          "score",
          fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
        ),
        optional("when", moment),
        optional(
          "day",
          moment.map((time) => new Date(Math.floor(time.getTime() / 864e5) * 864e5)),
        ),
        optional("words", fc.array(text)),
        optional("name", text),
        optional(
          "weather",
          fc
            .tuple(text, optional("confidence", confidence))
            .map(([label, more]) => ({ type: "Classification", label, ...more })),
        ),
        fc.array(text),
      )
      .map(
        ([a, b, c, d, e, f, g, h, tags]) =>
          ({ ...a, ...b, ...c, ...d, ...e, ...f, ...g, ...h, tags }) as object as NewSample,
      );
    await fc.assert(
      fc.asyncProperty(fc.array(sample, { minLength: 1, maxLength: 4 }), async (given) => {
        const samples = given.map((one, index) =>
          sampleOf({ ...one, filepath: `/i/${index}.png` }),
        );
        const { folder } = await writeAll("csv", samples, { description: { fields } });
        const { samples: read } = await readAll("csv", folder, {
          columnTypes,
          requireMedia: false,
        });
        const strip = ({
          id: _,
          createdAt: __,
          lastModifiedAt: ___,
          filepath: ____,
          ...rest
        }: NewSample) => rest;
        expect(read.map(strip)).toEqual(samples.map(strip));
      }),
      { numRuns: 40 },
    );
  });

  it.each(["jsonl", "fiftyone"] as const)("%s: everything", async (format) => {
    const fields: FieldInfo[] = [
      { name: "when", type: "datetime" },
      { name: "big", type: "int" },
      { name: "vector", type: "vector", dim: 3 },
      { name: "dates", type: "list", elementType: "datetime" },
      { name: "note", type: "string" },
    ];
    const moment = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true });
    const rest = [
      optional("id", id),
      optional("tags", fc.array(text, { minLength: 1 })),
      optional(
        "attributes",
        fc.dictionary(
          fc.constantFrom("x", "note", "a b"),
          fc.oneof(text, fc.boolean(), fc.integer()),
          { minKeys: 1 },
        ),
      ),
    ];
    const mask = fc
      .tuple(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 255 }),
      )
      .map(([width, height, byte]) => ({
        width,
        height,
        data: new Uint8Array(width * height).fill(byte),
      }));
    const sample = fc
      .tuple(
        optional("when", moment),
        optional("big", fc.constantFrom(2n ** 60n + 1n, -(2n ** 62n), 5)),
        optional(
          "vector",
          fc
            .array(
              fc.float({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
              { minLength: 3, maxLength: 3 },
            )
            .map((list) => Float32Array.from(list)),
        ),
        optional("dates", fc.array(moment)),
        optional("note", text),
        optional(
          "nested",
          fc.record({ a: fc.array(fc.oneof(text, fc.integer())), b: fc.constant(null) }),
        ),
        optional(
          "ground_truth",
          detections(
            text,
            ...rest,
            optional("mask", mask),
            optional("index", fc.nat()),
            optional("confidence", confidence),
          ),
        ),
        optional(
          "place",
          fc.record({
            type: fc.constant("GeoLocation"),
            point: fc.tuple(share, share),
            polygon: fc.constant([
              [
                [0, 0],
                [1, 0],
                [1, 1],
                [0, 0],
              ],
            ]),
          }),
        ),
        optional("value", fc.record({ type: fc.constant("Regression"), value: confidence })),
        optional("seg", fc.record({ type: fc.constant("Segmentation"), mask })),
      )
      .map(
        (parts) => parts.reduce((all, part) => Object.assign(all, part), {} as object) as NewSample,
      );
    await fc.assert(
      fc.asyncProperty(
        fc.array(sample, { minLength: 1, maxLength: 3 }),
        fc.array(text),
        async (given, tags) => {
          const samples = given.map((one, index) =>
            sampleOf({ ...one, tags, metadata, filepath: `/i/${index}.png` }),
          );
          const { folder, dropped } = await writeAll(format, samples, { description: { fields } });
          const { samples: read } = await readAll(format, folder, { requireMedia: false });
          expect(read).toEqual(samples);
          expect(dropped).toEqual({});
        },
      ),
      { numRuns: 40 },
    );
  });

  it("class-directory-tree: images of one name in several classes, and without a class", async () => {
    const images = await newFolder();
    const filepaths = await Promise.all(
      ["a/1.png", "b/1.png", "c/1.PNG", "d/1.png"].map((name) =>
        makeImage(join(images, name), 2, 2),
      ),
    );
    const labels = ["cat", "cat", "cat", undefined];
    const samples = filepaths.map((filepath, index) => {
      const label = labels[index];
      return sampleOf({
        filepath,
        ...(label === undefined ? {} : { ground_truth: { type: "Classification", label } }),
      });
    });
    const { folder } = await writeAll("class-directory-tree", samples, { mode: "copy" });
    const { samples: read } = await readAll("class-directory-tree", folder);
    expect(read.map(({ filepath }) => filepath.slice(folder.length))).toEqual([
      "/_unlabeled/1.png",
      "/cat/1-2.png",
      "/cat/1-3.PNG",
      "/cat/1.png",
    ]);
    expect(read.map((sample) => sample["ground_truth"])).toEqual([
      undefined,
      ...["cat", "cat", "cat"].map((label) => ({ type: "Classification", label })),
    ]);
  });
});
