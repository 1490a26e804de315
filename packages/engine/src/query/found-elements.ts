import { Bitset } from "../base/bitset.ts";
import { type ElementFilter, evaluateElements } from "../filter/filter.ts";
import type { ListColumn } from "../schema/column.ts";
import { keyAt } from "../schema/column-value.ts";
import type { Picks } from "../schema/gather.ts";
import type { SegmentView } from "../segment/segment.ts";
import type { QueryRequest } from "./request.ts";

/** Which of the elements are wanted: those after the first `offset`, at most `limit`. */
export type ElementWindow = Pick<QueryRequest, "limit" | "offset" | "afterElement">;

/** Rows, and for each of them the numbers of elements. */
export interface FoundElements {
  readonly picks: Picks;
  readonly elements: readonly (readonly number[])[];
}

/**
 * The elements of rows that an `element_filter` has found, row by row as `picks` lists them. The
 * window counts elements: rows of which no element is in it are left out.
 */
export function foundElements(
  filter: ElementFilter,
  { picks, views, keyFieldId }: { picks: Picks; views: readonly SegmentView[]; keyFieldId: number },
  { offset = 0, limit = Number.POSITIVE_INFINITY, afterElement }: ElementWindow,
): FoundElements {
  const finders = new Map<number, ElementFinder>();
  const found: { readonly from: number; readonly row: number; readonly elements: number[] }[] = [];
  let skip = offset;
  let left = limit;
  for (let i = 0; i < picks.rows.length && left > 0; i++) {
    const [from, row] = [picks.from[i], picks.rows[i]];
    const view = views[from];
    const finder = finders.get(from) ?? new ElementFinder(filter, view);
    finders.set(from, finder);
    const isLast = afterElement?.key === keyAt(view.column(keyFieldId), row);
    const first = isLast ? (afterElement?.element ?? 0) + 1 : 0;
    const all = finder.elementsOf(row).filter((element) => element >= first);
    const elements = all.slice(skip, skip + left);
    skip = Math.max(0, skip - all.length);
    left -= elements.length;
    if (elements.length > 0) found.push({ from, row, elements });
  }
  return {
    picks: {
      from: Uint32Array.from(found, ({ from }) => from),
      rows: Uint32Array.from(found, ({ row }) => row),
    },
    elements: found.map(({ elements }) => elements),
  };
}

/** The elements of the rows of one view that a filter passes. */
class ElementFinder {
  readonly #offsets: Uint32Array;
  readonly #passed: Bitset;

  constructor(filter: ElementFilter, view: SegmentView) {
    this.#offsets = offsetsIn(filter, view);
    this.#passed = evaluateElements(filter, (fieldId) => view.column(fieldId), view.rowCount);
  }

  elementsOf(row: number): number[] {
    const start = this.#offsets[row];
    const elements: number[] = [];
    for (let i = start; i < this.#offsets[row + 1]; i++) {
      if (this.#passed.has(i - this.#offsets[0])) elements.push(i - start);
    }
    return elements;
  }
}

/** Where the elements of each row begin. All sub-fields of an array of structs have as many. */
function offsetsIn({ match }: ElementFilter, view: SegmentView): Uint32Array {
  const column = view.column(match.fieldId) as ListColumn; // as those of such fields are
  return column.offsets;
}

/** How many elements of the rows (all when they are absent) a filter passes. */
export function countElements(
  filter: ElementFilter,
  view: SegmentView,
  allowed: Bitset | undefined,
): number {
  return allowedElements(view, offsetsIn(filter, view), { allowed, filter })?.count() ?? 0;
}

/**
 * The elements of the rows of `allowed` (all of them when it is absent) that a filter passes, by
 * their places in the column whose rows begin at `offsets`; `undefined` when those are all.
 */
export function allowedElements(
  view: SegmentView,
  offsets: Uint32Array,
  { allowed, filter }: { allowed: Bitset | undefined; filter: ElementFilter | undefined },
): Bitset | undefined {
  if (allowed === undefined && filter === undefined) return undefined;
  const passed =
    filter && evaluateElements(filter, (fieldId) => view.column(fieldId), view.rowCount);
  const places = new Bitset(offsets[view.rowCount]);
  (allowed ?? Bitset.full(view.rowCount)).forEach((row) => {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      if (passed === undefined || passed.has(i - offsets[0])) places.add(i);
    }
  });
  return places;
}

/** The row that the element at a place belongs to: the last that begins at or before it. */
export function rowOfElement(offsets: Uint32Array, rowCount: number, place: number): number {
  let low = 0;
  let high = rowCount - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle] <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
