import fc from "fast-check";
import type { NewSample } from "../../src/schema/sample.ts";
import { Expression, F } from "../../src/view/expression.ts";
import type { SampleCollection, View } from "../../src/view/sample-collection.ts";
import { idOf } from "./open-samples.ts";

const texts = [
  "",
  "cat",
  "Cat",
  "it's",
  'a "b"',
  "back\\slash",
  "猫😀",
  "\uffff",
  "%_",
  "a\nb",
  "null",
];
const text = fc.constantFrom(...texts);
// Multiples of 1/4 are exact whatever the order of their sums.
const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -8, max: 8 }).map((quarters) => quarters / 4) },
  { weight: 1, arbitrary: fc.constantFrom(1e308, -1e308, 2 ** 53, 5e-324) },
);
const count = fc.integer({ min: 0, max: 6 });
const moment = fc.constantFrom(0, 1, 86_400_000, 1.7e12).map((time) => new Date(time));

/** The fields of random samples, declared so that they are there even without values. */
export const randomFields = [
  { name: "size", type: "float" },
  { name: "rank", type: "int" },
  { name: "note", type: "string" },
  { name: "flag", type: "bool" },
  { name: "seen at", type: "datetime" },
  { name: "scene", type: "Classification" },
  { name: "objects", type: "Detections" },
  { name: "extra", type: "dict" },
] as const;

/** Up to a dozen samples with values, without, and with strange ones. */
export const randomSamples: fc.Arbitrary<NewSample[]> = fc
  .array(
    fc.record({
      tags: fc.uniqueArray(text, { maxLength: 3 }),
      size: optional(number),
      rank: optional(fc.integer({ min: -3, max: 3 })),
      note: optional(text),
      flag: optional(fc.boolean()),
      "seen at": optional(moment),
      scene: optional(label()),
      objects: optional(fc.array(label(), { maxLength: 4 })),
      extra: optional(
        fc.record({ "a b": fc.oneof(number, text, fc.boolean(), fc.constant(null)) }),
      ),
    }),
    { maxLength: 12 },
  )
  .map((samples) =>
    samples.map(({ scene, objects, ...sample }, index) => ({
      ...sample,
      id: idOf(index + 1),
      filepath: `/${index}.jpg`,
      scene: scene === null ? null : { type: "Classification", id: idOf(1000 + index), ...scene },
      objects:
        objects === null
          ? null
          : {
              type: "Detections",
              detections: objects.map((object, place) => ({
                ...object,
                id: idOf(10_000 + index * 10 + place),
                boundingBox: [0, 0, 0.5, 0.25 * place] as const,
              })),
            },
    })),
  );

function label() {
  return fc.record(
    {
      label: text,
      confidence: fc.constantFrom(0, 0.25, 0.5, 1),
      tags: fc.uniqueArray(text, { maxLength: 2 }),
    },
    { requiredKeys: ["label"] },
  );
}

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(arbitrary, { freq: 3, nil: null });
}

/** What expressions can be about. */
type Place = "sample" | "label" | "patch" | "patch label";

const numberPaths: Readonly<Record<Place, readonly string[]>> = {
  sample: ["size", "rank", "scene.confidence"],
  label: ["confidence", "$size"],
  patch: ["objects.confidence"],
  "patch label": ["confidence", "$objects.confidence"],
};
const textPaths: Readonly<Record<Place, readonly string[]>> = {
  sample: ["note", "filepath", "scene.label"],
  label: ["label", "$note"],
  patch: ["objects.label", "filepath"],
  "patch label": ["label", "$filepath"],
};
const listPaths: Readonly<Record<Place, readonly string[]>> = {
  sample: ["tags", "objects.detections.label", "scene.tags"],
  label: ["tags", "$objects.detections.label"],
  patch: ["tags", "objects.tags"],
  "patch label": ["tags", "$tags"],
};

function numbers(place: Place, depth: number): fc.Arbitrary<Expression> {
  const leaf = fc.oneof(
    fc.constantFrom(...numberPaths[place]).map((path) => F(path)),
    number.map((value) => F.value(value)),
    fc.constantFrom(...listPaths[place], ...textPaths[place]).map((path) => F(path).length()),
  );
  if (depth === 0) return leaf;
  const inner = numbers(place, depth - 1);
  const nested = fc.oneof(
    fc
      .tuple(inner, inner, fc.constantFrom("add", "sub", "mul", "div", "mod", "min", "max"))
      .map(([a, b, op]) => (op === "min" ? a.min(b) : op === "max" ? a.max(b) : binary(a, op, b))),
    inner.map((a) => a.abs()),
    inner.map((a) => a.floor()),
    inner.map((a) => a.sqrt()),
  );
  if (place !== "sample") return fc.oneof(leaf, nested);
  const lists = fc.oneof(
    conditions("label", depth - 1).map((condition) =>
      F("objects.detections").filter(condition).length(),
    ),
    numbers("label", depth - 1).map((body) => F("objects").map(body).max()),
    fc.constant(F("objects.detections.confidence").sum()),
    fc.constant(F("objects.detections").at(-1).length()).map(() => F("tags").at(-1).length()),
  );
  return fc.oneof(leaf, nested, lists);
}

function binary(a: Expression, op: string, b: Expression): Expression {
  const node = { op, args: [a.node, b.node] };
  return Expression.fromJSON(node);
}

const comparison = fc.constantFrom("eq", "ne", "gt", "gte", "lt", "lte");

/** Conditions about samples, labels or patches of random datasets. */
export function conditions(place: Place, depth: number): fc.Arbitrary<Expression> {
  const aText = fc.constantFrom(...textPaths[place], ...listPaths[place]);
  const leaf = fc.oneof(
    fc
      .tuple(numbers(place, depth), comparison, numbers(place, Math.max(0, depth - 1)))
      .map(([a, op, b]) => binary(a, op, b)),
    fc
      .tuple(aText, comparison, text)
      .map(([path, op, value]) => binary(F(path), op, F.value(value))),
    fc
      .tuple(aText, fc.array(fc.option(text), { maxLength: 3 }))
      .map(([path, values]) => F(path).isIn(values)),
    fc.tuple(aText, text).map(([path, part]) => F(path).contains(part)),
    fc.tuple(aText, text).map(([path, part]) => F(path).startsWith(part)),
    fc.tuple(aText, text).map(([path, part]) => F(path).endsWith(part)),
    fc
      .tuple(aText, fc.constantFrom("^c", "[ab]", "t$", "猫."))
      .map(([path, re]) => F(path).matches(re)),
    numbers(place, depth).map((value) => value.exists()),
    aText.map((path) => F(path).isNull()),
    ...(place === "sample" ? sampleConditions() : []),
  );
  if (depth === 0) return leaf;
  const inner = conditions(place, depth - 1);
  return fc.oneof(
    leaf,
    fc.tuple(inner, inner).map(([a, b]) => a.and(b)),
    fc.tuple(inner, inner).map(([a, b]) => a.or(b)),
    inner.map((a) => a.not()),
  );
}

function sampleConditions(): fc.Arbitrary<Expression>[] {
  return [
    fc.constant(F("flag")),
    fc.tuple(comparison, moment).map(([op, value]) => binary(F("seen at"), op, F.value(value))),
    fc
      .tuple(comparison, fc.oneof(number, text))
      .map(([op, value]) => binary(F("extra.a b"), op, F.value(value))),
  ];
}

type Step = (view: SampleCollection) => View;

const ids = fc.array(fc.integer({ min: 1, max: 13 }).map(idOf), { maxLength: 5 });
const labelIds = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 11 }), count)
    .map(([sample, place]) =>
      place === 6 ? idOf(1000 + sample) : idOf(10_000 + sample * 10 + place),
    ),
  { maxLength: 8 },
);
const bool = fc.boolean();
const seed = fc.integer({ min: -3, max: 3 });
const map = fc.dictionary(text, text, { maxKeys: 3 });

/** Stages that fit samples and patches alike. */
function commonSteps(place: Place): fc.Arbitrary<Step>[] {
  const keys = [...numberPaths[place], ...textPaths[place]];
  return [
    conditions(place, 2).map(
      (condition): Step =>
        (view) =>
          view.match(condition),
    ),
    fc.tuple(fc.uniqueArray(text, { maxLength: 2 }), bool, bool).map(
      ([tags, flag, all]): Step =>
        (view) =>
          view.matchTags(tags, { bool: flag, all }),
    ),
    fc.tuple(fc.constantFrom("objects", ...keys), bool).map(
      ([path, flag]): Step =>
        (view) =>
          view.exists(path, flag),
    ),
    fc
      .array(fc.tuple(fc.constantFrom(...keys), fc.constantFrom("asc", "desc")), {
        minLength: 1,
        maxLength: 2,
      })
      .map(
        (order): Step =>
          (view) =>
            view.sortBy(order),
      ),
    numbers(place, 1).map(
      (key): Step =>
        (view) =>
          view.sortBy(key, { reverse: true }),
    ),
    count.map(
      (amount): Step =>
        (view) =>
          view.limit(amount),
    ),
    count.map(
      (amount): Step =>
        (view) =>
          view.skip(amount),
    ),
    fc.tuple(count, seed).map(
      ([amount, number]): Step =>
        (view) =>
          view.take(amount, { seed: number }),
    ),
    seed.map(
      (number): Step =>
        (view) =>
          view.shuffle({ seed: number }),
    ),
    fc.constantFrom(...keys).map(
      (path): Step =>
        (view) =>
          view.groupBy(path),
    ),
    fc.tuple(conditions(place === "patch" ? "patch label" : "label", 1), bool).map(
      ([condition, onlyMatches]): Step =>
        (view) =>
          view.filterLabels("objects", condition, { onlyMatches }),
    ),
    map.map(
      (names): Step =>
        (view) =>
          view.mapLabels("objects", names),
    ),
    fc.tuple(fc.oneof(ids, labelIds), bool).map(
      ([chosen, ordered]): Step =>
        (view) =>
          view.select(chosen, { ordered }),
    ),
    fc.oneof(ids, labelIds).map(
      (chosen): Step =>
        (view) =>
          view.exclude(chosen),
    ),
  ];
}

const sampleSteps: fc.Arbitrary<Step>[] = [
  fc.tuple(conditions("label", 1), bool).map(
    ([condition, onlyMatches]): Step =>
      (view) =>
        view.filterLabels("scene", condition, { onlyMatches }),
  ),
  fc.tuple(fc.tuple(comparison, number), bool).map(
    ([[op, value], onlyMatches]): Step =>
      (view) =>
        view.filterField("size", binary(F(), op, F.value(value)), { onlyMatches }),
  ),
  map.map(
    (names): Step =>
      (view) =>
        view.mapLabels("scene", names),
  ),
  count.map(
    (amount): Step =>
      (view) =>
        view.limitLabels("objects", amount),
  ),
  fc
    .tuple(labelIds, fc.option(fc.uniqueArray(text, { maxLength: 2 }), { nil: undefined }), bool)
    .map(
      ([chosen, tags, omitEmpty]): Step =>
        (view) =>
          view.excludeLabels({ ids: chosen, omitEmpty, ...(tags !== undefined && { tags }) }),
    ),
  fc.tuple(labelIds, bool).map(
    ([chosen, flag]): Step =>
      (view) =>
        view.matchLabels({ ids: chosen, bool: flag }),
  ),
  fc.tuple(conditions("label", 1), fc.uniqueArray(text, { minLength: 1, maxLength: 2 })).map(
    ([filter, tags]): Step =>
      (view) =>
        view.matchLabels({ filter, tags, fields: ["objects"] }),
  ),
];

const chain = fc.array(fc.oneof(...commonSteps("sample"), ...sampleSteps), { maxLength: 4 });

/** How to build a random view on a dataset. */
export const randomViews: fc.Arbitrary<(all: View) => View> = fc
  .tuple(
    chain,
    fc.option(chain, { freq: 3 }),
    fc.option(fc.array(fc.oneof(...commonSteps("patch")), { maxLength: 3 }), { freq: 2 }),
    fc.option(fc.tuple(labelIds, bool), { freq: 3 }),
  )
  .map(([steps, other, patchSteps, selected]) => (all: View): View => {
    const build = (start: View, chosen: readonly Step[]): View =>
      chosen.reduce((view, step) => step(view), start);
    let view = build(all, steps);
    if (other !== null) view = view.concat(build(all, other));
    if (patchSteps !== null) return build(view.toPatches("objects"), patchSteps);
    if (selected === null) return view;
    return view.selectLabels({ ids: selected[0], omitEmpty: selected[1] });
  });
