import {
  type Collection,
  countOutput,
  gatherColumn,
  isAscending,
  primaryKeyOf,
  type SearchIterator,
  type SearchIteratorRequest,
  type SearchResult,
} from "@redkite/engine";
import type { IteratorParameters } from "./iterator-parameters.ts";
import { metricOf } from "./searched-metric.ts";

/** Clients don't say when they stop: the iterations that were asked longest ago are given up. */
const openMax = 64;

/** An iteration that its client may go on with. */
interface OpenIteration {
  readonly collection: Collection;
  readonly iterator: SearchIterator;
  /** What the last answer named as its bound. */
  readonly lastBound: number;
}

/** The next batch of an iteration, and what its client must know to go on. */
export interface IteratedBatch {
  readonly result: SearchResult;
  readonly token: string;
  readonly lastBound: number;
}

/**
 * The search iterations of a service's clients. Milvus keeps no state: a batch has what lies beyond
 * the last bound, and rows that share the bound are lost. We remember how far an iteration has come,
 * and lose nothing. Where we don't know it any more (given up, a restart, a request sent again) we
 * answer as Milvus does.
 */
export class SearchIterators {
  /** By token, the one asked longest ago first. */
  readonly #open = new Map<string, OpenIteration>();
  readonly #newToken: () => string;

  /** `newToken` makes UUIDs. */
  constructor(newToken: () => string) {
    this.#newToken = newToken;
  }

  async next(
    collection: Collection,
    search: SearchIteratorRequest,
    { token = this.#newToken(), batchSize, lastBound }: IteratorParameters,
  ): Promise<IteratedBatch> {
    // Out of the list while it is under way: a second request for the same batch is one sent again.
    const open = this.#take(token, collection, lastBound);
    const iterator = open ?? beginBeyond(collection, { ...search, batchSize }, lastBound);
    const batch = await iterator?.next(batchSize);
    if (iterator === undefined || batch === undefined || batch.done === true) {
      const result = await emptyResult(collection, search);
      return { result, token, lastBound: lastBound ?? 0 };
    }
    const { scores, isLate } = batch.value;
    // A row that was overlooked is better than others that were answered: the bound stays.
    const reached = isLate && lastBound !== undefined ? lastBound : scores[scores.length - 1];
    this.#put(token, { collection, iterator, lastBound: reached });
    return { result: batch.value, token, lastBound: reached };
  }

  #take(
    token: string,
    collection: Collection,
    lastBound: number | undefined,
  ): SearchIterator | undefined {
    const open = this.#open.get(token);
    this.#open.delete(token);
    const isSame = open?.collection === collection && open.lastBound === lastBound;
    return isSame ? open.iterator : undefined;
  }

  #put(token: string, iteration: OpenIteration): void {
    this.#open.set(token, iteration);
    if (this.#open.size <= openMax) return;
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest);
      return;
    }
  }
}

/** Begins an iteration behind a bound; `undefined` when the end of the range is not behind it. */
function beginBeyond(
  collection: Collection,
  search: SearchIteratorRequest,
  lastBound: number | undefined,
): SearchIterator | undefined {
  if (lastBound === undefined) return collection.searchIterator(search);
  const sign = isAscending(metricOf(collection, search.field, search.metric)) ? 1 : -1;
  const radius = Number(search.params?.["radius"] ?? sign * floatMax);
  const rangeFilter = sign * floatAfter(sign * lastBound);
  if (!(sign * rangeFilter < sign * Math.fround(radius))) return undefined;
  return collection.searchIterator({ ...search, range: { radius, rangeFilter } });
}

const floatMax = 3.4028234663852886e38;
const floats = new Float32Array(1);
const words = new Int32Array(floats.buffer);

/** The next larger float of 32 bits. */
function floatAfter(value: number): number {
  floats[0] = value === 0 ? 0 : value;
  words[0] += floats[0] < 0 ? -1 : 1;
  return floats[0];
}

async function emptyResult(
  collection: Collection,
  search: SearchIteratorRequest,
): Promise<SearchResult> {
  const at = search.at ?? (await collection.query({ outputFields: [countOutput] })).at;
  return {
    counts: Uint32Array.of(0),
    keys: gatherColumn(primaryKeyOf(collection.schema), [], { from: [], rows: [] }),
    scores: new Float32Array(0),
    fields: [],
    at,
  };
}
