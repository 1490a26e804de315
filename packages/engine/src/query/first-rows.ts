import { Bitset } from "../base/bitset.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column, FixedColumn } from "../schema/column.ts";
import type { Picks } from "../schema/gather.ts";
import { compareAt } from "../segment/key-index.ts";
import { timestampFieldId } from "../segment/segment.ts";
import type { MatchingRows } from "./matching-rows.ts";
import { type OrderKey, RowOrder } from "./order-rows.ts";

/** A row of one of the views, by the view's number. */
interface RowPick {
  readonly from: number;
  readonly row: number;
}

/** Which of the matching rows are wanted: those after the first `offset`, at most `limit`. */
interface RowWindow {
  readonly offset: number;
  /** Absent: all. */
  readonly limit?: number;
}

/**
 * The first matching rows by `order`, then by key, each key once: the newest row of it. Keeps at most
 * twice as many as are wanted in memory: what can't be among the first is dropped on the way.
 */
export function firstRows(
  matches: readonly MatchingRows[],
  keyField: Field,
  order: readonly OrderKey[],
  { offset, limit = Number.POSITIVE_INFINITY }: RowWindow,
): Picks {
  const keys = new RowKeys(matches, keyField);
  const rowOrder = new RowOrder(
    order,
    matches.map(({ view }) => view),
  );
  const byKey = (a: RowPick, b: RowPick): number => keys.compare(a, b);
  const byOrder = (a: RowPick, b: RowPick): number =>
    rowOrder.compare(a.from, a.row, b.from, b.row) || keys.compare(a, b);
  const wanted = offset + limit;
  const trim = (picks: RowPick[]): RowPick[] => {
    if (order.length === 0) return keys.firstOfEach(picks.sort(byKey)).slice(0, wanted);
    return picks
      .filter((pick) => keys.isNewest(pick))
      .sort(byOrder)
      .slice(0, wanted);
  };
  const capacity = Math.max(2 * wanted, 4096);
  let picks: RowPick[] = [];
  for (const [from, { view, rows }] of matches.entries()) {
    (rows ?? Bitset.full(view.rowCount)).forEach((row) => {
      picks.push({ from, row });
      if (picks.length >= capacity) picks = trim(picks);
    });
  }
  picks = trim(picks).slice(offset);
  return {
    from: Uint32Array.from(picks, (pick) => pick.from),
    rows: Uint32Array.from(picks, (pick) => pick.row),
  };
}

/** The keys and ages of matching rows. */
class RowKeys {
  readonly #matches: readonly MatchingRows[];
  readonly #keys: readonly Column[];
  readonly #times: readonly FixedColumn[];

  constructor(matches: readonly MatchingRows[], keyField: Field) {
    this.#matches = matches;
    this.#keys = matches.map(({ view }) => view.column(keyField.id));
    this.#times = matches.map(({ view }) => view.column(timestampFieldId) as FixedColumn);
  }

  /** By key, of one key the newest first. */
  compare(a: RowPick, b: RowPick): number {
    const keys = this.#keys;
    return compareAt(keys[a.from], a.row, keys[b.from], b.row) || this.#newestFirst(a, b);
  }

  /** The first row of each key, of rows in the order of keys. */
  firstOfEach(sorted: readonly RowPick[]): RowPick[] {
    const keys = this.#keys;
    return sorted.filter((pick, i) => {
      if (i === 0) return true;
      const previous = sorted[i - 1];
      return compareAt(keys[previous.from], previous.row, keys[pick.from], pick.row) !== 0;
    });
  }

  /** Whether no other matching row of the same key is newer. */
  isNewest(pick: RowPick): boolean {
    let isNewest = true;
    for (const [from, { view, rows }] of this.#matches.entries()) {
      view.segment.keyIndex.visitRows(this.#keys[pick.from], pick.row, (row) => {
        const matching = row < view.rowCount && (rows === undefined || rows.has(row));
        if (matching && this.#newestFirst({ from, row }, pick) < 0) isNewest = false;
      });
    }
    return isNewest;
  }

  #newestFirst(a: RowPick, b: RowPick): number {
    const timeA = this.#times[a.from].values[a.row];
    const timeB = this.#times[b.from].values[b.row];
    // Rows of one write have one timestamp: the later row is the newer.
    if (timeA !== timeB) return timeA > timeB ? -1 : 1;
    return b.row - a.row || b.from - a.from;
  }
}
