import { expect } from "vitest";
import type { Collection } from "../../src/index.ts";
import { type FieldKind, structKind } from "./field-kind.ts";
import {
  baseField,
  isSearched,
  type Key,
  type ModelField,
  type ModelRow,
  type SearchedField,
  searchedName,
} from "./model-row.ts";
import { pick, type Random } from "./random.ts";

/** What a collection is to show. */
export interface ModelState {
  readonly fields: readonly ModelField[];
  readonly isDynamic: boolean;
  readonly hasPartitions: boolean;
  /** The rows that have not expired, in the order in which they were written. */
  readonly rows: readonly ModelRow[];
}

/** Compares what reads of all kinds show with the model. */
export async function checkReads(
  collection: Collection,
  state: ModelState,
  random: Random,
): Promise<void> {
  await new ReadCheck(collection, state, random).run();
}

/** Each key once, the row that came last. */
export function newestOf(rows: readonly ModelRow[]): Map<Key, ModelRow> {
  return new Map(rows.map((row) => [row.key, row]));
}

class ReadCheck {
  readonly #collection: Collection;
  readonly #state: ModelState;
  readonly #random: Random;

  constructor(collection: Collection, state: ModelState, random: Random) {
    this.#collection = collection;
    this.#state = state;
    this.#random = random;
  }

  async run(): Promise<void> {
    const { fields, isDynamic, hasPartitions } = this.#state;
    await this.#checkAll();
    if (hasPartitions) await this.#checkPartition(pick(this.#random, ["_default", "other"]));
    for (const field of fields) await this.#checkScalar(field);
    if (isDynamic) {
      await this.#checkFilter("extra == 1", ({ values }) => values["extra"] === 1);
      await this.#checkFilter("exists extra", ({ values }) => values["extra"] !== undefined);
    }
    for (const field of [...fields, baseField]) {
      if (isSearched(field)) await this.#checkSearch(field);
    }
  }

  async #checkAll(): Promise<void> {
    const found = await this.#collection.queryRows({ outputFields: ["*"] });
    const rows = sorted(newestOf(this.#state.rows));
    expect(found).toEqual(rows.map(({ key, values }) => ({ key, ...values })));
  }

  async #checkPartition(partition: string): Promise<void> {
    const found = await this.#collection.queryRows({ partitions: [partition] });
    const rows = this.#state.rows.filter((row) => row.partition === partition);
    expect(found.map(({ key }) => key)).toEqual(keysOf(rows));
  }

  async #checkScalar(field: ModelField): Promise<void> {
    const { name, kind } = field;
    // Filters ask nothing of vectors.
    if (kind === structKind || kind.search !== undefined) return;
    await this.#checkFilter(`${name} is null`, ({ values }) => values[name] === null);
    await this.#checkFilter(`${name} is not null`, ({ values }) => values[name] !== null);
    const { scalar, values } = kind as FieldKind;
    if (scalar === undefined) return;
    const wanted = pick(this.#random, values) as number;
    const literal = scalar.literal(wanted);
    const isSome =
      (test: (value: number) => boolean) =>
      (row: ModelRow): boolean =>
        row.values[name] !== null && test(row.values[name] as number);
    await this.#checkFilter(
      `${name} == ${literal}`,
      isSome((value) => value === wanted),
    );
    await this.#checkFilter(
      `not (${name} == ${literal})`,
      isSome((value) => value !== wanted),
    );
    // Texts are in the order of their UTF-8, which JavaScript's is not.
    if (typeof wanted === "string") return;
    await this.#checkFilter(
      `${name} > ${literal}`,
      isSome((value) => value > wanted),
    );
    await this.#checkOrder(name);
    if (scalar.isGroupable) await this.#checkGroups(name);
  }

  async #checkFilter(filter: string, matches: (row: ModelRow) => boolean): Promise<void> {
    const found = await this.#collection.queryRows({ filter });
    expect(
      found.map(({ key }) => key),
      filter,
    ).toEqual(keysOf(this.#state.rows.filter(matches)));
  }

  /** Nulls count as the greatest. */
  async #checkOrder(name: string): Promise<void> {
    const orderBy = [{ field: name, direction: "desc" }] as const;
    const request = { outputFields: [name], orderBy, limit: 5, offset: 1 };
    const found = await this.#collection.queryRows(request);
    const values = [...newestOf(this.#state.rows).values()].map(
      (row) => row.values[name] as number | null,
    );
    const nulls = values.filter((value) => value === null);
    const others = values.filter((value) => value !== null);
    others.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
    expect(found.map((row) => row[name])).toEqual([...nulls, ...others].slice(1, 6));
  }

  /** Aggregates are over all rows, however often a key is there. */
  async #checkGroups(name: string): Promise<void> {
    const counted = `count(${name})`;
    const found = await this.#collection.queryRows({
      groupBy: ["tenant"],
      outputFields: ["tenant", "count(*)", counted],
      limit: 100,
    });
    const expected = new Map<unknown, { rows: number; present: number }>();
    for (const { values } of this.#state.rows) {
      const { rows, present } = expected.get(values["tenant"]) ?? { rows: 0, present: 0 };
      const isPresent = values[name] !== null;
      expected.set(values["tenant"], { rows: rows + 1, present: present + (isPresent ? 1 : 0) });
    }
    const groups = found.map((row): [unknown, object] => [
      row["tenant"],
      { rows: Number(row["count(*)"]), present: Number(row[counted]) },
    ]);
    expect(new Map(groups)).toEqual(expected);
  }

  async #checkSearch(field: SearchedField): Promise<void> {
    const random = this.#random;
    const name = searchedName(field);
    const { metric, query } = field.kind.search;
    const isFiltered = random() < 0.4;
    const isMatch = ({ values }: ModelRow): boolean =>
      !isFiltered || (values["tenant"] as bigint) > 1n;
    const best = bestScores(this.#state.rows.filter(isMatch), field);
    const k = 1 + Math.floor(random() * 15);
    const offset = Math.floor(random() * 3);
    const [hits] = await this.#collection.searchRows({
      field: name,
      vectors: query,
      k,
      offset,
      metric,
      ...(isFiltered && { filter: "tenant > 1" }),
    });
    const wanted = best.slice(offset, offset + k);
    expect(hits.length, `hits in ${name}`).toBe(wanted.length);
    for (const [i, { key, score }] of hits.entries()) {
      expectScore(score, wanted[i].score, `score ${i} in ${name}`);
      const own = best.find((candidate) => candidate.key === key);
      expectScore(score, own?.score ?? Number.NaN, `score of ${key} in ${name}`);
    }
    expect(new Set(hits.map(({ key }) => key)).size).toBe(hits.length);
  }
}

/** Of each key the score of the best row, the best first. */
function bestScores(
  rows: readonly ModelRow[],
  { name, kind: { search } }: SearchedField,
): { key: Key; score: number }[] {
  const isDescending = search.metric !== "L2" && search.metric !== "HAMMING";
  const best = new Map<Key, number>();
  for (const { key, values } of rows) {
    const value = values[name];
    const score = value === null ? undefined : search.score(value as never);
    if (score === undefined) continue;
    const known = best.get(key) ?? score;
    best.set(key, isDescending ? Math.max(known, score) : Math.min(known, score));
  }
  const scores = [...best].map(([key, score]) => ({ key, score }));
  return scores.sort((a, b) => (isDescending ? b.score - a.score : a.score - b.score));
}

/** The engine adds up in single precision. */
function expectScore(found: number, expected: number, what: string): void {
  const error = found === expected ? 0 : Math.abs(found - expected) / Math.abs(expected);
  expect(error, `${what}: ${found}, not ${expected}`).toBeLessThan(1e-4);
}

function keysOf(rows: readonly ModelRow[]): Key[] {
  return sorted(newestOf(rows)).map(({ key }) => key);
}

function sorted(rows: ReadonlyMap<Key, ModelRow>): ModelRow[] {
  return [...rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
