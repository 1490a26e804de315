import { BrainError } from "../base/brain-error.ts";
import { isObjectId } from "../base/object-id.ts";

/** A list of numbers. */
export type QueryVector = Float32Array | Float64Array | readonly number[];

/**
 * One thing to look for. A text of 24 hex digits is an id and any other a prompt; a prompt of 24 hex
 * digits is given as `{ text }`. An image is a file's path, an `http(s)` URL, or its bytes.
 */
export type QueryItem =
  | string
  | QueryVector
  | { readonly id: string }
  | { readonly vector: QueryVector }
  | { readonly text: string }
  | { readonly image: string | Uint8Array };

/** What to look for: one thing or several, of any kinds. */
export type SimilarityQuery = QueryItem | readonly QueryItem[];

/** A query's things by their kinds. */
export interface SortedQuery {
  readonly ids: readonly string[];
  readonly vectors: readonly Float32Array[];
  readonly texts: readonly string[];
  readonly images: readonly (string | Uint8Array)[];
}

/**
 * Sorts a query's things by kind, each by itself.
 *
 * @throws {BrainError} `invalid-argument` for a query that is empty or none.
 */
export function sortQuery(query: SimilarityQuery): SortedQuery {
  const items = itemsOf(query);
  if (items.length === 0) throw invalidQuery("At least one query must be provided");
  const sorted = { ids: [], vectors: [], texts: [], images: [] } satisfies SortedQuery;
  for (const item of items) addItem(item, sorted);
  return sorted;
}

/** The lists that a query is sorted into. */
interface QueryLists {
  readonly ids: string[];
  readonly vectors: Float32Array[];
  readonly texts: string[];
  readonly images: (string | Uint8Array)[];
}

function addItem(item: QueryItem, { ids, vectors, texts, images }: QueryLists): void {
  if (typeof item === "string") (isObjectId(item) ? ids : texts).push(textOf(item));
  else if (isVector(item)) vectors.push(vectorOf(item));
  else if (typeof item !== "object" || item === null) throw invalidItem(item);
  else if ("id" in item) ids.push(textOf(item.id));
  else if ("text" in item) texts.push(textOf(item.text));
  else if ("image" in item) images.push(item.image);
  else if ("vector" in item && isVector(item.vector)) vectors.push(vectorOf(item.vector));
  else throw invalidItem(item);
}

/** A list of numbers is one vector; any other list has a thing in each place. */
function itemsOf(query: SimilarityQuery): readonly QueryItem[] {
  if (!Array.isArray(query) || (query.length > 0 && typeof query[0] === "number")) {
    // The condition says so: what is no array, or an array of numbers, is one thing.
    return [query as QueryItem];
  }
  return query as readonly QueryItem[];
}

function isVector(item: unknown): item is QueryVector {
  if (item instanceof Float32Array || item instanceof Float64Array) return true;
  return Array.isArray(item) && item.every((value) => typeof value === "number");
}

function vectorOf(vector: QueryVector): Float32Array {
  if (vector.length === 0) throw invalidQuery("At least one query vector must be provided");
  return Float32Array.from(vector);
}

function textOf(value: unknown): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw invalidItem(value);
}

function invalidItem(item: unknown): BrainError {
  return invalidQuery(
    `Invalid query ${JSON.stringify(item) ?? String(item)}; expected an id, a vector, a prompt, or { id }, { vector }, { text } or { image }`,
  );
}

function invalidQuery(message: string): BrainError {
  return new BrainError("invalid-argument", message);
}
