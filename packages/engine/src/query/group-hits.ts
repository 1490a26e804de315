import { Bitset } from "../base/bitset.ts";
import type { Metric } from "../base/metric.ts";
import { keySignOf, type MergedHits } from "../index/flat/scan-hits.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column } from "../schema/column.ts";
import { keyAt } from "../schema/column-value.ts";
import { limits } from "../schema/limits.ts";
import { GroupIds } from "./group-ids.ts";
import type { GroupPlan } from "./group-plan.ts";
import type { MatchingRows } from "./matching-rows.ts";
import { throwIfAborted } from "./matching-rows.ts";
import {
  type HitSearch,
  type Hits,
  type HitWindow,
  rowCountOf,
  searchSegments,
} from "./search-hits.ts";

/** Searches that fetch fewer hits hardly take less time. */
const fetchMin = 64;

/**
 * The hits of the best `k` groups after the first `offset`, group by group. The first search is for
 * a few times as many hits. Where those are of too few groups, it goes on among the rows of other
 * groups, and then, if groups are to be full, among those of groups that are not: so no hit is
 * fetched twice, and none is missed because a large group stands before it.
 */
export async function groupedHits(
  search: HitSearch,
  plan: GroupPlan,
  { keyField, window, searchFor }: GroupedSearch,
): Promise<Hits> {
  const { matches, vectorQuery } = search;
  const { queryCount } = vectorQuery;
  const rowCount = rowCountOf(matches);
  const wanted = window.k + window.offset;
  const rows = new GroupedRows(matches, plan, keyField);
  const fetchMax = Math.max(1, Math.min(rowCount, Math.floor(limits.searchHits / queryCount)));
  const fetch = Math.min(Math.max(fetchMin, 2 * wanted * plan.size), fetchMax);
  const merged = await searchSegments(search, fetch);
  const collectors: HitCollector[] = [];
  for (let query = 0; query < queryCount; query++) {
    const collector = new HitCollector(rows, wanted, plan.size);
    const found = collector.take(merged, query);
    collectors.push(collector);
    const isMore = isMoreBehind(found, fetch, () => countOf(matches));
    if (isMore) await complete(searchFor(query), rows, collector, { fetch, strict: plan.strict });
  }
  return windowOf(collectors, window, vectorQuery.metric);
}

/** What a grouping search is given beside its plan. */
interface GroupedSearch {
  readonly keyField: Field;
  readonly window: HitWindow;
  /** The search for one of the request's vectors. */
  readonly searchFor: (query: number) => HitSearch;
}

/** Searches on until there are enough groups, and until they are full where they are to be. */
async function complete(
  search: HitSearch,
  rows: GroupedRows,
  collector: HitCollector,
  { fetch, strict }: { readonly fetch: number; readonly strict: boolean },
): Promise<void> {
  let k = fetch;
  const more = async (isAllowed: (group: number) => boolean): Promise<boolean> => {
    throwIfAborted(search.signal);
    k = Math.min(2 * k, limits.searchHits);
    const matches = rows.matchesOf(isAllowed);
    const merged = await searchSegments({ ...search, matches }, k);
    return isMoreBehind(collector.take(merged, 0), k, () => countOf(matches));
  };
  let isMore = true;
  while (isMore && !collector.hasEnough) isMore = await more((group) => !collector.has(group));
  isMore = strict;
  while (isMore && !collector.isFull) isMore = await more((group) => collector.isOpen(group));
}

/**
 * Whether a search for more hits may find some: an approximate one may have overlooked rows even if
 * it has found fewer than it was to.
 */
function isMoreBehind(found: number, fetch: number, countRows: () => number): boolean {
  return found === fetch || (found > 0 && found < countRows());
}

function countOf(matches: readonly MatchingRows[]): number {
  return matches.reduce((total, { view, rows }) => total + (rows?.count() ?? view.rowCount), 0);
}

/** The matching rows by group. Groups of rows are found when they are first asked for. */
class GroupedRows {
  readonly keys: readonly Column[];
  readonly ids: GroupIds;
  readonly #matches: readonly MatchingRows[];
  #groups: readonly Int32Array[] | undefined;

  constructor(matches: readonly MatchingRows[], plan: GroupPlan, keyField: Field) {
    this.#matches = matches;
    this.keys = matches.map(({ view }) => view.column(keyField.id));
    this.ids = new GroupIds(
      plan.readers,
      matches.map(({ view }) => view),
    );
  }

  /** The matching rows of some groups only. */
  matchesOf(isAllowed: (group: number) => boolean): MatchingRows[] {
    const groups = this.#groupsOfRows();
    return this.#matches.map(({ view, rows }, from) => {
      const allowed = new Bitset(view.rowCount);
      (rows ?? Bitset.full(view.rowCount)).forEach((row) => {
        if (isAllowed(groups[from][row])) allowed.add(row);
      });
      return { view, rows: allowed };
    });
  }

  #groupsOfRows(): readonly Int32Array[] {
    this.#groups ??= this.#matches.map(({ view }, from) => this.ids.idsOf(from, view.rowCount));
    return this.#groups;
  }
}

/** The hits of a group, best first within each search that has brought some. */
interface HitGroup {
  readonly from: number[];
  readonly rows: number[];
  readonly scores: number[];
}

/** The groups of the hits of one query, each key once. */
class HitCollector {
  readonly groups = new Map<number, HitGroup>();
  readonly #rows: GroupedRows;
  readonly #wanted: number;
  readonly #size: number;
  readonly #seen = new Set<bigint | string>();

  constructor(rows: GroupedRows, wanted: number, size: number) {
    this.#rows = rows;
    this.#wanted = wanted;
    this.#size = size;
  }

  get hasEnough(): boolean {
    return this.groups.size >= this.#wanted;
  }

  /** Whether each group that was found has as many hits as a group may have. */
  get isFull(): boolean {
    for (const { rows } of this.groups.values()) if (rows.length < this.#size) return false;
    return true;
  }

  has(group: number): boolean {
    return this.groups.has(group);
  }

  /** Whether a group that was found may have more hits. */
  isOpen(group: number): boolean {
    const found = this.groups.get(group);
    return found !== undefined && found.rows.length < this.#size;
  }

  /** Takes in the hits of a query; answers how many the search has found. */
  take(merged: MergedHits, query: number): number {
    const fetch = merged.rows.length / merged.counts.length;
    const found = merged.counts[query];
    for (let i = query * fetch; i < query * fetch + found; i++) this.#takeHit(merged, i);
    return found;
  }

  #takeHit({ segments, rows, scores }: MergedHits, i: number): void {
    const group = this.#rows.ids.idOf(segments[i], rows[i]);
    let hits = this.groups.get(group);
    if (hits === undefined ? this.hasEnough : hits.rows.length >= this.#size) return;
    const key = keyAt(this.#rows.keys[segments[i]], rows[i]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (hits === undefined) {
      hits = { from: [], rows: [], scores: [] };
      this.groups.set(group, hits);
    }
    hits.from.push(segments[i]);
    hits.rows.push(rows[i]);
    hits.scores.push(scores[i]);
  }
}

/** The hits of the groups after `offset`, as an answer has them. */
function windowOf(
  collectors: readonly HitCollector[],
  { k, offset }: HitWindow,
  metric: Metric,
): Hits {
  const sign = keySignOf(metric);
  const from: number[] = [];
  const rows: number[] = [];
  const scores: number[] = [];
  const groupStarts: number[] = [];
  const counts = Uint32Array.from(collectors, ({ groups }) => {
    const before = rows.length;
    // An approximate search may find a better hit, of another group, later.
    const sorted = [...groups.values()].sort((a, b) => sign * (a.scores[0] - b.scores[0]));
    for (const group of sorted.slice(offset, offset + k)) {
      from.push(...group.from);
      rows.push(...group.rows);
      scores.push(...group.scores);
      for (let i = 0; i < group.rows.length; i++) groupStarts.push(i === 0 ? 1 : 0);
    }
    return rows.length - before;
  });
  return {
    counts,
    picks: { from, rows },
    scores: Float32Array.from(scores),
    groupStarts: Uint8Array.from(groupStarts),
  };
}
