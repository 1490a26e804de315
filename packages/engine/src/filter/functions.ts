import type { Relation } from "../geometry/geometry-test.ts";

/** What a function of the language does, and what it is called with. */
export type FilterFunction = Signature & Meaning;

interface Signature {
  readonly name: string;
  /** The least and the most arguments. */
  readonly argumentCounts: readonly [number, number];
  /** The name of the `name = 1` behind the arguments, and whether it may be left out. */
  readonly option?: { readonly name: string; readonly required: boolean };
}

type Meaning =
  | { readonly kind: "contains"; readonly mode: ContainsMode }
  | { readonly kind: "length" }
  | { readonly kind: "empty" }
  | { readonly kind: "starts-with" }
  | { readonly kind: "relation"; readonly relation: Relation }
  | { readonly kind: "distance" }
  | { readonly kind: "validity" }
  | { readonly kind: "sample" }
  | { readonly kind: "element-filter" }
  | { readonly kind: "match"; readonly mode: MatchMode }
  | { readonly kind: "text-search" }
  | { readonly kind: "unsupported" };

/** `one`: the element is in the array; `all` and `any`: all or some elements of a list are. */
export type ContainsMode = "one" | "all" | "any";

/** How many elements must match: all, at least one; at least, at most or exactly the threshold. */
export type MatchMode = "all" | "any" | "least" | "most" | "exact";

const relations: readonly Relation[] = [
  "equals",
  "touches",
  "overlaps",
  "crosses",
  "contains",
  "intersects",
  "within",
];

/**
 * Every function of the language. Those of full text search, which need an index of words, and
 * `bloom_match` are read and checked, and then refused by name.
 */
const definitions: readonly FilterFunction[] = [
  ...["json", "array"].flatMap((family): FilterFunction[] => [
    { name: `${family}_contains`, kind: "contains", mode: "one", argumentCounts: [2, 2] },
    { name: `${family}_contains_all`, kind: "contains", mode: "all", argumentCounts: [2, 2] },
    { name: `${family}_contains_any`, kind: "contains", mode: "any", argumentCounts: [2, 2] },
  ]),
  { name: "array_length", kind: "length", argumentCounts: [1, 1] },
  { name: "empty", kind: "empty", argumentCounts: [1, 1] },
  { name: "starts_with", kind: "starts-with", argumentCounts: [2, 2] },
  ...relations.map(
    (relation): FilterFunction => ({
      name: `st_${relation}`,
      kind: "relation",
      relation,
      argumentCounts: [2, 2],
    }),
  ),
  { name: "st_dwithin", kind: "distance", argumentCounts: [3, 3] },
  { name: "st_isvalid", kind: "validity", argumentCounts: [1, 1] },
  { name: "random_sample", kind: "sample", argumentCounts: [1, 1] },
  { name: "element_filter", kind: "element-filter", argumentCounts: [2, 2] },
  ...(["all", "any"] as const).map(
    (mode): FilterFunction => ({
      name: `match_${mode}`,
      kind: "match",
      mode,
      argumentCounts: [2, 2],
    }),
  ),
  ...(["least", "most", "exact"] as const).map(
    (mode): FilterFunction => ({
      name: `match_${mode}`,
      kind: "match",
      mode,
      argumentCounts: [2, 2],
      option: { name: "threshold", required: true },
    }),
  ),
  {
    name: "text_match",
    kind: "text-search",
    argumentCounts: [2, 2],
    option: { name: "minimum_should_match", required: false },
  },
  {
    name: "text_match_fuzzy",
    kind: "text-search",
    argumentCounts: [2, 2],
    option: { name: "max_edit_distance", required: false },
  },
  { name: "phrase_match", kind: "text-search", argumentCounts: [2, 3] },
  { name: "bloom_match", kind: "unsupported", argumentCounts: [0, 0] },
];

const functions: ReadonlyMap<string, FilterFunction> = new Map(
  definitions.map((definition) => [definition.name, definition]),
);

/**
 * The function that is written so, if there is one. Milvus reads a name in lower or in upper case,
 * and no other casing.
 */
export function functionNamed(written: string): FilterFunction | undefined {
  const name = written.toLowerCase();
  return written === name || written === name.toUpperCase() ? functions.get(name) : undefined;
}
