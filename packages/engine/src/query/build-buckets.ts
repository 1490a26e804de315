import type { Field } from "../schema/collection-schema.ts";
import { type Accumulator, accumulatorOf } from "./aggregate.ts";
import type { BucketValue, SearchBucket } from "./aggregate-search-request.ts";
import type { AggregationLevel, HitOrder, LevelMetric } from "./aggregation-plan.ts";
import { GroupIds } from "./group-ids.ts";
import { RowOrder } from "./order-rows.ts";
import type { SearchHit } from "./result-rows.ts";
import { compareValues, type PathValue, type ValueReader, valueReader } from "./scalar-path.ts";
import type { FoundHits } from "./search-executor.ts";
import { forEachQuery } from "./search-hits.ts";

/** Puts hits into buckets, level by level. */
export class BucketBuilder {
  readonly #levels: readonly AggregationLevel[];
  readonly #found: FoundHits;
  /** As the answer shows them, in the order of the hits. */
  readonly #shown: readonly SearchHit[];

  constructor(levels: readonly AggregationLevel[], found: FoundHits, shown: readonly SearchHit[]) {
    this.#levels = levels;
    this.#found = found;
    this.#shown = shown;
  }

  /** The buckets of each query. */
  bucketsOfQueries(): SearchBucket[][] {
    const buckets: SearchBucket[][] = [];
    forEachQuery(this.#found.hits, (query, start, end) => {
      const places = Array.from({ length: end - start }, (_, i) => start + i);
      buckets[query] = this.#bucketsOf(0, places);
    });
    return buckets;
  }

  #bucketsOf(depth: number, places: readonly number[]): SearchBucket[] {
    const level = this.#levels[depth];
    const { picks } = this.#found.hits;
    const ids = new GroupIds(
      level.fields.map((field) => (view) => valueReader(asPath(field), view.column(field.id))),
      this.#found.views,
    );
    const members: number[][] = [];
    for (const place of places) {
      const id = ids.idOf(picks.from[place], picks.rows[place]);
      members[id] ??= [];
      members[id].push(place);
    }
    const metrics = level.metrics.map((metric) => this.#measure(metric, members));
    const measured = members.map((_, id) => ({
      id,
      values: Object.fromEntries(
        level.metrics.map(({ name }, i): [string, PathValue] => [name, metrics[i].resultOf(id)]),
      ),
    }));
    const compare = (a: Measured, b: Measured): number =>
      compareBuckets(level, { ids, members }, a, b);
    return measured
      .sort(compare)
      .slice(0, level.size)
      .map(({ id, values }) => ({
        key: level.fields.map((field, i) => ({ field, value: ids.valuesOf(id)[i] })),
        count: members[id].length,
        metrics: values,
        hits: level.topHits === undefined ? [] : this.#topHits(level.topHits, members[id]),
        buckets: depth + 1 < this.#levels.length ? this.#bucketsOf(depth + 1, members[id]) : [],
      }));
  }

  #measure(
    { operator, source }: LevelMetric,
    members: readonly (readonly number[])[],
  ): Accumulator {
    const type = typeof source === "object" ? source.type : "Float";
    const accumulator = accumulatorOf(operator, type);
    const read = this.#valuesOf(source);
    for (const [id, places] of members.entries()) {
      for (const place of places) {
        const value = read(place);
        if (value !== null) accumulator.add(id, value);
      }
    }
    return accumulator;
  }

  /** What a metric takes in of the hit at a place. */
  #valuesOf(source: LevelMetric["source"]): ValueReader {
    if (source === "rows") return () => true;
    const { hits, views } = this.#found;
    if (source === "score") return (place) => hits.scores[place];
    const readers = views.map((view) => valueReader(asPath(source), view.column(source.id)));
    return (place) => readers[hits.picks.from[place]](hits.picks.rows[place]);
  }

  #topHits(
    { size, sort }: NonNullable<AggregationLevel["topHits"]>,
    places: readonly number[],
  ): SearchHit[] {
    const compare = this.#hitOrder(sort);
    return places
      .toSorted(compare)
      .slice(0, size)
      .map((place) => this.#shown[place]);
  }

  #hitOrder(sort: readonly HitOrder[]): (a: number, b: number) => number {
    const { hits, views } = this.#found;
    const { from, rows } = hits.picks;
    const orders = sort.map((order) => {
      if ("score" in order) {
        return (a: number, b: number) => order.score * (hits.scores[a] - hits.scores[b]);
      }
      const rowOrder = new RowOrder([order.row], views);
      return (a: number, b: number) => rowOrder.compare(from[a], rows[a], from[b], rows[b]);
    });
    return (a, b) => {
      for (const order of orders) {
        const comparison = order(a, b);
        if (comparison !== 0) return comparison;
      }
      return a - b;
    };
  }
}

function asPath(field: Field): { readonly name: string; readonly field: Field } {
  return { name: field.name, field };
}

/** A bucket with its metrics, before it is known whether it is answered. */
interface Measured {
  readonly id: number;
  readonly values: Readonly<Record<string, BucketValue>>;
}

/** By the criteria of the level; as they were met where those don't decide. */
function compareBuckets(
  { fields, order }: AggregationLevel,
  { ids, members }: { readonly ids: GroupIds; readonly members: readonly (readonly number[])[] },
  a: Measured,
  b: Measured,
): number {
  for (const { key, sign } of order) {
    let comparison = 0;
    if (key === "_count") comparison = members[a.id].length - members[b.id].length;
    else if (key === "_key") {
      const [keyA, keyB] = [ids.valuesOf(a.id), ids.valuesOf(b.id)];
      for (let i = 0; i < fields.length && comparison === 0; i++) {
        comparison = compareNullFirst(keyA[i], keyB[i]);
      }
    } else comparison = compareNullFirst(a.values[key], b.values[key]);
    if (comparison !== 0) return sign * comparison;
  }
  return a.id - b.id;
}

function compareNullFirst(a: PathValue, b: PathValue): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return compareValues(a, b);
}
