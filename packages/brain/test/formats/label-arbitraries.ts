import fc from "fast-check";

// Labels and their parts, as the formats of the round trips hold them.

export const size = { width: 640, height: 480 };
export const metadata = { sizeBytes: 1, mimeType: "image/png", numChannels: 3, ...size };

export const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
/** XML has no control characters. */
export const writable = text.filter((value) => !/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(value));
export const share = fc.integer({ min: 0, max: 1 << 20 }).map((n) => n / (1 << 20));
export const id = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef"),
  minLength: 24,
  maxLength: 24,
});
export const confidence = fc.double({ min: 0, max: 1, noNaN: true });

/** Corners on whole thousandths of a pixel: what files of pixels hold exactly. */
export const pixelBox = fc
  .tuple(
    fc.integer({ min: 0, max: 600_000 }),
    fc.integer({ min: 0, max: 400_000 }),
    fc.integer({ min: 0, max: 40_000 }),
    fc.integer({ min: 0, max: 80_000 }),
  )
  .map((pixels) => pixels.map((value) => value / 1000))
  .map(
    ([x, y, width, height]) =>
      [x / size.width, y / size.height, width / size.width, height / size.height] as const,
  );
export const pixelPoint = fc
  .tuple(fc.integer({ min: 0, max: 640_000 }), fc.integer({ min: 0, max: 480_000 }))
  .map(([x, y]) => [x / 1000 / size.width, y / 1000 / size.height] as const);

export function optional<T>(name: string, value: fc.Arbitrary<T>) {
  return fc
    .option(value, { nil: undefined })
    .map((given) => (given === undefined ? {} : { [name]: given }));
}

export function detections(label: fc.Arbitrary<string>, ...rest: fc.Arbitrary<object>[]) {
  return fc
    .array(
      fc
        .tuple(label, pixelBox, ...rest)
        .map(([name, boundingBox, ...more]) =>
          Object.assign({ label: name, boundingBox }, ...more),
        ),
      { maxLength: 4 },
    )
    .map((list) => ({ type: "Detections" as const, detections: list }));
}
