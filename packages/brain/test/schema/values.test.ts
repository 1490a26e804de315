import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDataset } from "../../src/dataset/registry.ts";
import type { FieldInfo } from "../../src/schema/field.ts";
import type { NewSample } from "../../src/schema/sample.ts";
import { temporaryHome } from "../temporary-home.ts";

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const json = fc.jsonValue({ depthSize: "small" }).filter((value) => !hasMinusZero(value));
const point = fc.tuple(number, number);
const id = fc.stringMatching(/^[0-9a-f]{24}$/);
const moment = fc.date({ noInvalidDate: true, min: new Date(-1e14), max: new Date(1e14) });
const mask = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height, maxLength: width * height })
      .map((data) => ({ width, height, data: new Uint8Array(data) })),
  );
const common = { tags: fc.array(text, { maxLength: 3 }), attributes: fc.dictionary(text, json) };

function label<T extends string, R extends object, O extends object>(
  type: T,
  required: { [K in keyof R]: fc.Arbitrary<R[K]> },
  optional: { [K in keyof O]: fc.Arbitrary<O[K]> },
) {
  const model = { type: fc.constant(type), id, ...common, ...required, ...optional };
  return fc.record(model, { requiredKeys: ["type", "id", ...Object.keys(required)] as never[] });
}

const confidence = number;
const index = fc.maxSafeInteger();
const classification = label("Classification", { label: text }, { confidence });
const detection = label(
  "Detection",
  { label: text, boundingBox: fc.tuple(number, number, number, number) },
  { confidence, index, mask },
);
const polyline = label(
  "Polyline",
  { label: text, points: fc.array(fc.array(point, { maxLength: 3 }), { maxLength: 3 }) },
  { closed: fc.boolean(), filled: fc.boolean(), confidence, index },
);
const keypoint = label(
  "Keypoint",
  { points: fc.array(point, { maxLength: 3 }) },
  { label: text, confidence: fc.array(number, { maxLength: 3 }), index },
);
const segmentation = label("Segmentation", {}, { maskPath: text, mask });
const regression = label("Regression", { value: number }, { confidence });
const geoLocation = label(
  "GeoLocation",
  {},
  { point, line: fc.array(point), polygon: fc.array(fc.array(point)) },
);

function list<T>(type: string, member: string, element: fc.Arbitrary<T>) {
  return fc.array(element, { maxLength: 3 }).map((labels) => ({ type, [member]: labels }));
}

/** Every type of field, with values that it holds. */
const fieldValues: readonly [FieldInfo, fc.Arbitrary<unknown>][] = [
  [{ name: "bool", type: "bool" }, fc.boolean()],
  [{ name: "int", type: "int" }, fc.maxSafeInteger()],
  [{ name: "big", type: "int" }, fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n })],
  [{ name: "float", type: "float" }, number],
  [{ name: "a text", type: "string" }, text],
  [
    { name: "day", type: "date" },
    fc.integer({ min: -1e5, max: 1e5 }).map((n) => new Date(n * 864e5)),
  ],
  [{ name: "moment", type: "datetime" }, moment],
  [{ name: "floats", type: "list", elementType: "float" }, fc.array(number)],
  [{ name: "ints", type: "list", elementType: "int" }, fc.array(fc.maxSafeInteger())],
  [
    { name: "bigs", type: "list", elementType: "int" },
    fc.array(fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n })),
  ],
  [{ name: "bools", type: "list", elementType: "bool" }, fc.array(fc.boolean())],
  [{ name: "texts", type: "list", elementType: "string" }, fc.array(text)],
  [{ name: "moments", type: "list", elementType: "datetime" }, fc.array(moment)],
  [{ name: "anything", type: "list" }, fc.array(json)],
  [{ name: "dict", type: "dict" }, fc.dictionary(text, json)],
  [
    { name: "vector", type: "vector", dim: 3 },
    fc.float32Array({ minLength: 3, maxLength: 3, noNaN: true, noDefaultInfinity: true }),
  ],
  [{ name: "classification", type: "Classification" }, classification],
  [{ name: "detection", type: "Detection" }, detection],
  [{ name: "polyline", type: "Polyline" }, polyline],
  [{ name: "keypoint", type: "Keypoint" }, keypoint],
  [{ name: "segmentation", type: "Segmentation" }, segmentation],
  [{ name: "regression", type: "Regression" }, regression],
  [{ name: "geo", type: "GeoLocation" }, geoLocation],
  [
    { name: "classifications", type: "Classifications" },
    list("Classifications", "classifications", classification),
  ],
  [{ name: "detections", type: "Detections" }, list("Detections", "detections", detection)],
  [{ name: "polylines", type: "Polylines" }, list("Polylines", "polylines", polyline)],
  [{ name: "keypoints", type: "Keypoints" }, list("Keypoints", "keypoints", keypoint)],
];

function circle(): object {
  const value: Record<string, unknown> = {};
  value["again"] = value;
  return value;
}

describe("The values of fields", () => {
  const home = temporaryHome();

  it("come out of SQL exactly as they went in", { timeout: 60_000 }, async () => {
    const dataset = await createDataset("d", { home: home.path });
    for (const [field] of fieldValues) await dataset.addField(field);
    const model = Object.fromEntries(
      fieldValues.map(([{ name }, values]) => [name, fc.option(values, { nil: undefined })]),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record(model), { minLength: 1, maxLength: 5 }), async (rows) => {
        const given = rows.map((row, at) => ({ ...plain(row), filepath: `/${at}.jpg` }));
        await dataset.addSamples(given as NewSample[]);
        const read = await dataset.samples();
        await dataset.deleteSamples(read.map((sample) => sample.id));
        expect(
          read.map(({ id: _, tags: __, createdAt: ___, lastModifiedAt: ____, ...rest }) => rest),
        ).toEqual(
          given.map((sample) =>
            Object.fromEntries(Object.entries(sample).filter(([, value]) => value !== undefined)),
          ),
        );
      }),
      { numRuns: 60 },
    );
    await dataset.delete();
  });

  it.each([
    ["float", { type: "float" }, Number.NaN],
    ["float", { type: "float" }, Number.POSITIVE_INFINITY],
    ["int", { type: "int" }, 2n ** 63n],
    ["int", { type: "int" }, 2 ** 53],
    ["string", { type: "string" }, 1],
    ["bool", { type: "bool" }, "yes"],
    ["date", { type: "date" }, new Date("2025-01-01T01:00:00Z")],
    ["datetime", { type: "datetime" }, new Date(Number.NaN)],
    ["vector", { type: "vector", dim: 2 }, new Float32Array([1, Number.NaN])],
    ["vector", { type: "vector", dim: 2 }, [1, 1e300]],
    ["dict", { type: "dict" }, { a: { b: Number.NaN } }],
    ["list", { type: "list", elementType: "int" }, [1, 1.5]],
    ["Detection", { type: "Detection" }, { type: "Detection", label: "a", boundingBox: [0, 0, 1] }],
    ["Detection", { type: "Detection" }, { type: "Detection", label: "a" }],
    [
      "Detection",
      { type: "Detection" },
      { type: "Detection", label: "a", boundingBox: [0, 0, 1, Number.NaN] },
    ],
    [
      "Detection",
      { type: "Detection" },
      { type: "Detection", label: "a", boundingBox: [0, 0, 1, 1], colour: "red" },
    ],
    [
      "Detection",
      { type: "Detection" },
      {
        type: "Detection",
        label: "a",
        boundingBox: [0, 0, 1, 1],
        mask: { width: 2, height: 2, data: new Uint8Array(3) },
      },
    ],
    ["Detections", { type: "Detections" }, { type: "Detections", detections: { label: "a" } }],
    [
      "Detections",
      { type: "Detections" },
      { type: "Detections", detections: [{ type: "Polyline", label: "a", points: [] }] },
    ],
  ])("are refused where a %s can't hold them (%#)", async (_type, field, value) => {
    const dataset = await createDataset("d", { home: home.path });
    await dataset.addField({ name: "f", ...(field as Omit<FieldInfo, "name">) });
    const refused = dataset.addSamples([{ filepath: "/a" }, { filepath: "/b", f: value as never }]);
    await expect(refused).rejects.toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(value-invalid|field-type-mismatch)$/),
      }),
    );
    expect(await dataset.count()).toBe(0);
    await dataset.delete();
  });

  it("keep an image's metadata, and refuse it without a width and a height", async () => {
    const dataset = await createDataset("d", { home: home.path });
    const metadata = {
      sizeBytes: 2 ** 40,
      mimeType: "image/png",
      width: 2 ** 33,
      height: 1,
      numChannels: 4,
    };
    await dataset.addSample({ filepath: "/a", metadata });
    expect((await dataset.first()).metadata).toEqual(metadata);
    for (const bad of [{ width: 1 }, { ...metadata, width: 0.5 }, { ...metadata, x: 1 }]) {
      const refused = dataset.addSample({ filepath: "/b", metadata: bad as never });
      await expect(refused).rejects.toMatchObject({ code: "value-invalid" });
    }
    await dataset.addSample({ filepath: "/c", metadata: { width: 3, height: 2 } });
    expect(await dataset.values("metadata")).toEqual([metadata, { width: 3, height: 2 }]);
    expect((await dataset.last()).metadata).toEqual({ width: 3, height: 2 });
    await dataset.delete();
  });

  it.each<[what: string, value: unknown, found: string]>([
    ["a Date inside JSON", { at: new Date(0) }, "value.at: expected a value of JSON, found a Date"],
    ["a Map inside JSON", { a: [new Map()] }, "value.a[0]: expected a value of JSON"],
    ["a vector inside JSON", { a: new Float32Array(2) }, "value.a: expected a value of JSON"],
    ["JSON in a circle", circle(), "nested at most 1000 deep, without circles"],
    ["half a character", "x\ud83d", "expected a text of whole characters"],
    ["half a character inside JSON", { a: "\ud83d" }, "value.a: expected a text of whole"],
    ["half a character as a key of JSON", { "\ud83d": 1 }, "expected a text of whole"],
  ])("refuse %s, which would change unseen", async (_, value, found) => {
    const dataset = await createDataset("d", { home: home.path });
    const refused = dataset.addSample({ filepath: "/a", value: value as never });
    await expect(refused).rejects.toMatchObject({
      code: "value-invalid",
      message: expect.stringContaining(found),
    });
    await dataset.delete();
  });

  it("are refused with an id that is none", async () => {
    const dataset = await createDataset("d", { home: home.path });
    const refused = dataset.addSample({
      filepath: "/a",
      f: { type: "Classification", id: "7", label: "x" },
    });
    await expect(refused).rejects.toMatchObject({ code: "id-invalid" });
    await expect(dataset.addSample({ filepath: "/a", id: "A".repeat(24) })).rejects.toMatchObject({
      code: "id-invalid",
    });
    await dataset.delete();
  });
});

/** fast-check's records and dictionaries have no prototype, which no caller's objects lack. */
function plain(value: unknown): Record<string, unknown> {
  return copy(value) as Record<string, unknown>;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date || ArrayBuffer.isView(value)) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    copy(inner),
  ]);
  return Object.fromEntries(entries);
}

/** JSON.stringify writes -0 as 0. */
function hasMinusZero(value: unknown): boolean {
  if (Object.is(value, -0)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasMinusZero);
}
