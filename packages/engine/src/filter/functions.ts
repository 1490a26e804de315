/** What a function of the language does, with how many arguments. */
export type FilterFunction =
  | { readonly kind: "contains"; readonly mode: ContainsMode; readonly argumentCount: 2 }
  | { readonly kind: "length"; readonly argumentCount: 1 }
  | { readonly kind: "unsupported" };

/** `one`: the element is in the array; `all` and `any`: all or some elements of a list are. */
export type ContainsMode = "one" | "all" | "any";

const unsupported: FilterFunction = { kind: "unsupported" };

/**
 * Every function of the language by its name in lower case. Milvus also reads the name in upper
 * case, and no other casing. Names of Milvus that this engine does not run are here as well, so
 * that they are refused by name.
 */
const functions: ReadonlyMap<string, FilterFunction> = new Map<string, FilterFunction>([
  ...["json", "array"].flatMap((family): [string, FilterFunction][] => [
    [`${family}_contains`, { kind: "contains", mode: "one", argumentCount: 2 }],
    [`${family}_contains_all`, { kind: "contains", mode: "all", argumentCount: 2 }],
    [`${family}_contains_any`, { kind: "contains", mode: "any", argumentCount: 2 }],
  ]),
  ["array_length", { kind: "length", argumentCount: 1 }],
  ...[
    "text_match",
    "text_match_fuzzy",
    "phrase_match",
    "random_sample",
    "element_filter",
    "match_all",
    "match_any",
    "match_least",
    "match_most",
    "match_exact",
    "st_equals",
    "st_touches",
    "st_overlaps",
    "st_crosses",
    "st_contains",
    "st_intersects",
    "st_within",
    "st_dwithin",
    "st_isvalid",
    "empty",
    "starts_with",
    "bloom_match",
  ].map((name): [string, FilterFunction] => [name, unsupported]),
]);

/** The function that is written so, if there is one. */
export function functionNamed(written: string): FilterFunction | undefined {
  const name = written.toLowerCase();
  return written === name || written === name.toUpperCase() ? functions.get(name) : undefined;
}
