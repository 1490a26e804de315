import { EngineError } from "../base/errors.ts";
import type { Metric } from "../base/metric.ts";
import type { Field } from "../schema/collection-schema.ts";
import { keyAt } from "../schema/column-value.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { limits } from "../schema/limits.ts";
import type { SegmentView } from "../segment/segment.ts";
import { type FusedScores, fuseLists, type RankedList } from "./fuse-hits.ts";
import { GroupIds } from "./group-ids.ts";
import { orderKeysOf, searchOrder } from "./order-rows.ts";
import { planOutput } from "./output-plan.ts";
import { checkWindow } from "./query-executor.ts";
import { type CheckedRanker, checkRanker } from "./ranker.ts";
import type { ReadSource } from "./read-source.ts";
import type { HybridSearchRequest, RankedSearchRequest, SearchResult } from "./request.ts";
import { valueReader } from "./scalar-path.ts";
import { answerOf, type FoundHits, fieldsOfAnswer, findHits } from "./search-executor.ts";
import type { Hits, HitWindow } from "./search-hits.ts";

/**
 * Answers several searches as one: their hits are put together by their keys, and a ranker makes
 * their scores one. Equal scores: the smaller key first. Throws what `runSearch` throws.
 */
export async function runHybridSearch(
  source: ReadSource,
  request: HybridSearchRequest,
): Promise<SearchResult> {
  const { searches, limit, offset = 0, ranker = { kind: "rrf" } as const } = request;
  checkWindow({ limit, offset });
  checkCount(searches.length);
  const checked = checkRanker(source.schema, ranker, searches.length);
  const order = orderKeysOf(source.schema, request.orderBy, searchOrder);
  const output = planOutput(source.schema, request.outputFields ?? []);
  const fieldIds = fieldsOfAnswer(output, order);
  if (checked.kind === "decay") fieldIds.push(checked.field.id);
  const found: RankedHits[] = [];
  for (const search of searches) {
    // All searches show the moment that the first one shows.
    const at = found.length === 0 ? request.at : found[0].at;
    const whole = requestOf(request, search, at);
    found.push(await findHits(source, whole, { fieldIds }));
  }
  const fusion = new Fusion(primaryKeyOf(source.schema), found, checked);
  const window = { k: limit, offset };
  const hits = fusion.fuse(window, request.groupBy);
  return answerOf(source, { ...fusion.found, hits }, { output, order });
}

type RankedHits = FoundHits & { readonly metric: Metric };

function checkCount(count: number): void {
  const max = limits.hybridSearches;
  if (count === 0) {
    throw new EngineError("invalid-parameter", "minimum of ann search requests is 1");
  }
  if (count <= max) return;
  throw new EngineError("limit-exceeded", `maximum of ann search requests is ${max}`, {
    details: { found: count, max },
  });
}

function requestOf(
  { partitions, ignoreGrowing, signal, groupBy }: HybridSearchRequest,
  search: RankedSearchRequest,
  at: HybridSearchRequest["at"],
): RankedSearchRequest & Parameters<typeof findHits>[1] {
  const own = search.partitions ?? partitions;
  return {
    ...search,
    ...(own && { partitions: own }),
    ...(ignoreGrowing !== undefined && { ignoreGrowing }),
    ...(at !== undefined && { at }),
    ...(signal && { signal }),
    ...(groupBy && { groupBy }),
  };
}

/** The rows that all searches have found for one vector, by number. */
interface FusedRows {
  /** Where each row was first found: the number of the view, among those of all searches, and row. */
  readonly from: number[];
  readonly rows: number[];
  readonly keys: (bigint | string)[];
}

/** Several searches' hits, about to become one's. */
class Fusion {
  /** The views of all searches, one search's after the other's. */
  readonly found: Omit<FoundHits, "hits">;
  readonly #searches: readonly RankedHits[];
  readonly #ranker: CheckedRanker;
  readonly #keyField: Field;
  /** The number of the first view of each search. */
  readonly #firstViews: readonly number[];

  constructor(keyField: Field, searches: readonly RankedHits[], ranker: CheckedRanker) {
    this.#keyField = keyField;
    this.#searches = searches;
    this.#ranker = ranker;
    const [first] = searches;
    if (searches.some(({ hits }) => hits.counts.length !== first.hits.counts.length)) {
      throw new EngineError(
        "invalid-parameter",
        "nq should be the same in all searches of a hybrid search",
      );
    }
    let viewCount = 0;
    this.#firstViews = searches.map(({ views }) => {
      viewCount += views.length;
      return viewCount - views.length;
    });
    const views = searches.flatMap((search): readonly SegmentView[] => search.views);
    this.found = { views, at: first.at, ...(first.groups && { groups: first.groups }) };
  }

  fuse(window: HitWindow, groupBy: HybridSearchRequest["groupBy"]): Hits {
    const starts = new Array<number>(this.#searches.length).fill(0);
    const from: number[] = [];
    const rows: number[] = [];
    const scores: number[] = [];
    const groupStarts: number[] = [];
    const counts = this.#searches[0].hits.counts.map((_, query) => {
      const fused = this.#fuseQuery(query, starts);
      const places =
        groupBy === undefined
          ? fused.sorted.slice(window.offset, window.offset + window.k).map((row) => [row])
          : this.#groupsOf(fused, window, groupBy.scorer ?? "max");
      const before = rows.length;
      for (const unit of places) {
        for (const [i, row] of unit.entries()) {
          from.push(fused.found.from[row]);
          rows.push(fused.found.rows[row]);
          scores.push(fused.scores[row]);
          groupStarts.push(i === 0 ? 1 : 0);
        }
      }
      return rows.length - before;
    });
    return {
      counts,
      picks: { from, rows },
      scores: Float32Array.from(scores),
      ...(groupBy && { groupStarts: Uint8Array.from(groupStarts) }),
    };
  }

  /** Fuses one vector's hits, which begin at `starts` in each search; moves `starts` behind them. */
  #fuseQuery(query: number, starts: number[]): FusedQuery {
    const found: FusedRows = { from: [], rows: [], keys: [] };
    const numbers = new Map<bigint | string, number>();
    const lists = this.#searches.map((search, i): RankedList => {
      const start = starts[i];
      starts[i] += search.hits.counts[query];
      return this.#listOf(i, { start, end: starts[i] }, { found, numbers });
    });
    const { scores, isAscending } = fuseLists(this.#ranker, lists, found.rows.length);
    this.#applyDecay(found, scores);
    const sign = isAscending ? 1 : -1;
    const { keys } = found;
    const sorted = Array.from(keys, (_, row) => row).sort(
      (a, b) => sign * (scores[a] - scores[b]) || (keys[a] < keys[b] ? -1 : 1),
    );
    return { found, scores, isAscending, sorted };
  }

  #listOf(
    index: number,
    { start, end }: { readonly start: number; readonly end: number },
    { found, numbers }: { found: FusedRows; numbers: Map<bigint | string, number> },
  ): RankedList {
    const { hits, views, metric } = this.#searches[index];
    const columns = views.map((view) => view.column(this.#keyField.id));
    const { from, rows } = hits.picks;
    const list = Array.from({ length: end - start }, (_, i) => {
      const place = start + i;
      const key = keyAt(columns[from[place]], rows[place]);
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, found.keys.length);
      found.from.push(this.#firstViews[index] + from[place]);
      found.rows.push(rows[place]);
      return found.keys.push(key) - 1;
    });
    return { metric, rows: list, scores: hits.scores.subarray(start, end) };
  }

  #applyDecay({ from, rows }: FusedRows, scores: Float32Array): void {
    const ranker = this.#ranker;
    if (ranker.kind !== "decay") return;
    const { field, factorOf } = ranker;
    const readers = this.found.views.map((view) =>
      valueReader({ name: field.name, field }, view.column(field.id)),
    );
    for (let i = 0; i < scores.length; i++) {
      const value = readers[from[i]](rows[i]);
      scores[i] *= value === null ? 0 : Math.fround(factorOf(Number(value)));
    }
  }

  /** The rows of the groups of the window, best first in each of them. */
  #groupsOf(
    { found, scores, isAscending, sorted }: FusedQuery,
    { k, offset }: HitWindow,
    scorer: "max" | "sum" | "avg",
  ): number[][] {
    const { groups, views } = this.found;
    if (groups === undefined) return [];
    const ids = new GroupIds(groups.readers, views);
    const members = new Map<number, number[]>();
    for (const row of sorted) {
      const id = ids.idOf(found.from[row], found.rows[row]);
      const group = members.get(id);
      if (group === undefined) members.set(id, [row]);
      else if (group.length < groups.size) group.push(row);
    }
    const sign = isAscending ? 1 : -1;
    return [...members.values()]
      .map((rows) => ({ rows, score: groupScore(rows, scores, scorer) }))
      .sort((a, b) => sign * (a.score - b.score))
      .slice(offset, offset + k)
      .map(({ rows }) => rows);
  }
}

interface FusedQuery extends FusedScores {
  readonly found: FusedRows;
  /** The numbers of the rows, best first. */
  readonly sorted: readonly number[];
}

function groupScore(
  rows: readonly number[],
  scores: Float32Array,
  scorer: "max" | "sum" | "avg",
): number {
  if (scorer === "max") return scores[rows[0]];
  const sum = rows.reduce((total, row) => Math.fround(total + scores[row]), 0);
  return scorer === "sum" ? sum : Math.fround(sum / rows.length);
}
