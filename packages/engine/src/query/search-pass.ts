import { EngineError } from "../base/errors.ts";
import type { Metric } from "../base/metric.ts";
import { keySignOf } from "../index/flat/scan-hits.ts";
import { floatMax } from "../index/parameter-rule.ts";
import type { ScoreRange } from "../index/score-range.ts";
import { keyAt } from "../schema/column-value.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { limits } from "../schema/limits.ts";
import type { ReadSource } from "./read-source.ts";
import type { SearchRequest, SearchResult } from "./request.ts";
import { runSearch } from "./search-executor.ts";
import { metricFor, searchedField } from "./searched-field.ts";

/** Rows that one search of a pass brings, unless a batch has more. */
const windowRowsMax = 8_192;
/** Rows of one score that a search may meet again. More are left out by a filter, which costs more. */
const tiesMax = 4_096;

export type Key = bigint | string;

/** What all searches of a pass ask for. */
export type PassRequest = Omit<SearchRequest, "k">;

/**
 * One way through the rows in the order of their scores, by searches that each go on at the score
 * that the one before has reached.
 */
export class SearchPass {
  readonly isLate: boolean;
  isOver = false;
  /** Rows that were new to the iteration. */
  foundCount = 0;
  readonly #source: ReadSource;
  readonly #request: PassRequest;
  #windowRows = 0;
  /** The last score, and the keys of all rows with exactly it: they are found again. */
  #reached: { readonly score: number; readonly keys: Set<Key> } | undefined;

  constructor(source: ReadSource, request: PassRequest, isLate: boolean) {
    this.#source = source;
    this.#request = request;
    this.isLate = isLate;
  }

  /** Searches for at least `count` rows from the last score on. */
  async search(count: number, at: PassRequest["at"]): Promise<SearchResult> {
    // Rows that are fetched ahead save searches, whose time hardly depends on their number, and an
    // approximate index overlooks more rows where searches meet than elsewhere.
    this.#windowRows = Math.max(count, Math.min(4 * this.#windowRows, windowRowsMax));
    const request = this.#nextRequest(at);
    const result = await runSearch(this.#source, request);
    if (result.counts.length !== 1) throw severalVectors(result.counts.length);
    this.#advance(result);
    this.isOver = result.scores.length < request.k || this.#rangeLeft() === "none";
    return result;
  }

  #nextRequest(at: PassRequest["at"]): SearchRequest {
    const ties = this.#reached?.keys ?? new Set<Key>();
    const isFiltered = ties.size > tiesMax;
    const key = primaryKeyOf(this.#source.schema).name;
    const request = isFiltered
      ? narrowed(this.#request, `${key} not in {redkite_ties}`, { redkite_ties: [...ties] })
      : this.#request;
    const range = this.#rangeLeft();
    return {
      ...request,
      k: Math.min(this.#windowRows + (isFiltered ? 0 : ties.size), limits.resultWindow),
      ...(at !== undefined && { at }),
      exhaustive: true,
      ...(typeof range === "object" && { range }),
    };
  }

  #advance({ scores, keys }: SearchResult): void {
    if (scores.length === 0) return;
    const score = scores[scores.length - 1];
    const ties = this.#reached?.score === score ? this.#reached.keys : new Set<Key>();
    for (let i = scores.length - 1; i >= 0 && scores[i] === score; i--) ties.add(keyAt(keys, i));
    this.#reached = { score, keys: ties };
  }

  /** Where the next search has to look; `undefined`: where the request says. */
  #rangeLeft(): ScoreRange | "none" | undefined {
    if (this.#reached === undefined) return undefined;
    const sign = keySignOf(metricOf(this.#source, this.#request));
    const radius = radiusOf(this.#request) ?? sign * floatMax;
    const rangeFilter = Math.max(-floatMax, Math.min(this.#reached.score, floatMax));
    return sign * rangeFilter < sign * Math.fround(radius) ? { radius, rangeFilter } : "none";
  }
}

/** The request with one more condition in its filter. */
export function narrowed(
  request: PassRequest,
  condition: string,
  values: Readonly<Record<string, readonly Key[]>>,
): PassRequest {
  const { filter = "", templates } = request;
  return {
    ...request,
    filter: filter.trim() === "" ? condition : `(${filter}) and ${condition}`,
    templates: { ...templates, ...values },
  };
}

/** The outer end of a request's range, which the first search has checked. */
export function radiusOf({ range, params }: PassRequest): number | undefined {
  const radius = range?.radius ?? params?.["radius"];
  return radius === undefined || radius === null ? undefined : Number(radius);
}

function metricOf(source: ReadSource, { field, metric }: PassRequest): Metric {
  return metricFor(source, searchedField(source, field), metric);
}

function severalVectors(found: number): EngineError {
  return new EngineError(
    "invalid-parameter",
    "search iteration is for one vector, not for several at once",
    { details: { found } },
  );
}
