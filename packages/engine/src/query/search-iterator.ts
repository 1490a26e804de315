import { EngineError } from "../base/errors.ts";
import { keyAt } from "../schema/column-value.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { gatherColumn, type Picks } from "../schema/gather.ts";
import { limits } from "../schema/limits.ts";
import { matchRows } from "./matching-rows.ts";
import type { ReadSource } from "./read-source.ts";
import type {
  SearchBatch,
  SearchIterator,
  SearchIteratorRequest,
  SearchResult,
} from "./request.ts";
import { type Key, narrowed, type PassRequest, radiusOf, SearchPass } from "./search-pass.ts";

const defaultBatchSize = 1_000;

/**
 * Answers a search batch by batch. Throws `limit-exceeded` and `invalid-parameter`, and whatever a
 * search throws; the iteration is over then.
 */
export async function* iterateSearch(
  source: ReadSource,
  request: SearchIteratorRequest,
): SearchIterator {
  const { batchSize = defaultBatchSize, limit = Number.POSITIVE_INFINITY } = request;
  checkLimit(limit);
  const rows = new SearchedRows(source, request);
  let wanted = batchSize;
  for (let left = limit; left > 0; ) {
    checkBatchSize(wanted);
    const batch = await rows.take(Math.min(wanted, left));
    if (batch === undefined) return;
    left -= batch.scores.length;
    wanted = (yield batch) ?? batchSize;
  }
}

/** What a search has brought and no batch has had yet: `rows` are those of `result`. */
interface Window {
  readonly result: SearchResult;
  rows: number[];
}

/** The rows that a search finds, one after the other, each key once. */
class SearchedRows {
  readonly #source: ReadSource;
  readonly #request: PassRequest;
  /** The rows of all passes share a moment. */
  #at: PassRequest["at"];
  /** The keys of all rows that were found. */
  readonly #found = new Set<Key>();
  #pass: SearchPass;
  #windows: Window[] = [];

  constructor(source: ReadSource, { batchSize: _, limit: __, ...request }: SearchIteratorRequest) {
    this.#source = source;
    this.#request = { ...request, hold: true };
    this.#at = request.at;
    this.#pass = new SearchPass(source, this.#request, false);
  }

  /** The next rows, best first: at most `count`, fewer at the end of a pass; `undefined` at the end. */
  async take(count: number): Promise<SearchBatch | undefined> {
    let available = this.#windows.reduce((sum, { rows }) => sum + rows.length, 0);
    while (available < count && !this.#pass.isOver) available += await this.#fetch(count);
    if (available > 0) return this.#cut(count);
    if (!(await this.#beginNextPass())) return undefined;
    return this.take(count);
  }

  /** Makes the next search of the pass; answers how many new rows it has brought. */
  async #fetch(count: number): Promise<number> {
    const result = await this.#pass.search(count, this.#at);
    this.#at = result.at;
    const rows: number[] = [];
    for (let row = 0; row < result.scores.length; row++) {
      const key = keyAt(result.keys, row);
      if (this.#found.has(key)) continue;
      this.#found.add(key);
      rows.push(row);
    }
    this.#pass.foundCount += rows.length;
    if (rows.length > 0) this.#windows.push({ result, rows });
    return rows.length;
  }

  #cut(count: number): SearchBatch {
    const results = this.#windows.map(({ result }) => result);
    const from: number[] = [];
    const rows: number[] = [];
    for (const [i, window] of this.#windows.entries()) {
      for (const row of window.rows.splice(0, count - rows.length)) {
        from.push(i);
        rows.push(row);
      }
    }
    this.#windows = this.#windows.filter((window) => window.rows.length > 0);
    const result = gatherResults(this.#source, results, { from, rows });
    return { ...result, isLate: this.#pass.isLate };
  }

  /**
   * An approximate index may overlook rows. When all that it finds have been answered, the others
   * are searched, until nothing more is found. A range is left as it was found: what lies outside
   * it would have to be searched too.
   */
  async #beginNextPass(): Promise<boolean> {
    if (this.#pass.foundCount === 0 || radiusOf(this.#request) !== undefined) return false;
    const missing = await this.#missingKeys();
    if (missing.length === 0) return false;
    const key = primaryKeyOf(this.#source.schema).name;
    const request = narrowed(this.#request, `${key} in {redkite_missing}`, {
      redkite_missing: missing,
    });
    this.#pass = new SearchPass(this.#source, request, true);
    return true;
  }

  /** Keys of matching rows that were not found. Those of rows without a vector are among them. */
  async #missingKeys(): Promise<Key[]> {
    const at = this.#at;
    const request = { ...this.#request, ...(at !== undefined && { at }) };
    const { matches } = await matchRows(this.#source, request, []);
    const keyFieldId = primaryKeyOf(this.#source.schema).id;
    const missing = new Set<Key>();
    for (const { view, rows } of matches) {
      const keys = view.column(keyFieldId);
      for (let row = 0; row < view.rowCount; row++) {
        if (rows !== undefined && !rows.has(row)) continue;
        const key = keyAt(keys, row);
        if (!this.#found.has(key)) missing.add(key);
      }
    }
    return [...missing];
  }
}

/** Picked rows of several results as one. */
function gatherResults(
  source: ReadSource,
  results: readonly SearchResult[],
  picks: { from: readonly number[]; rows: readonly number[] } & Picks,
): SearchResult {
  const { from, rows } = picks;
  const [first] = results;
  return {
    counts: Uint32Array.of(rows.length),
    keys: gatherColumn(
      primaryKeyOf(source.schema),
      results.map(({ keys }) => keys),
      picks,
    ),
    scores: Float32Array.from(rows, (row, i) => results[from[i]].scores[row]),
    fields: first.fields.map((output, i) => {
      const { field } = output;
      if (field === undefined) return output;
      const columns = results.map(({ fields }) => fields[i].column);
      return { ...output, column: gatherColumn(field, columns, picks) };
    }),
    at: first.at,
  };
}

function checkLimit(limit: number): void {
  if (limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit >= 1)) return;
  throw new EngineError(
    "invalid-parameter",
    `limit [${limit}] is invalid, it should be at least 1`,
    { details: { found: limit } },
  );
}

function checkBatchSize(size: number): void {
  const max = limits.resultWindow;
  if (Number.isInteger(size) && size >= 1 && size <= max) return;
  throw new EngineError(
    "limit-exceeded",
    `batch size is invalid, it should be in range [1, ${max}], but got ${size}`,
    { details: { found: size, max } },
  );
}
