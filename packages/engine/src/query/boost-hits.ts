import type { Bitset } from "../base/bitset.ts";
import { EngineError } from "../base/errors.ts";
import type { Metric } from "../base/metric.ts";
import { type BoundFilter, compileFilter, evaluateFilter } from "../filter/filter.ts";
import type { FilterOptions } from "../filter/filter-options.ts";
import { keySignOf } from "../index/flat/scan-hits.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { fieldNamed, primaryKeyOf } from "../schema/define-schema.ts";
import { hashAt } from "../segment/key-index.ts";
import type { SegmentView } from "../segment/segment.ts";
import type { Boost, BoostFunction, BoostMode } from "./request.ts";
import { forEachQuery, type Hits, type HitWindow, reordered } from "./search-hits.ts";

/** A boost, its filters compiled and its fields found. */
export interface BoostPlan {
  readonly functions: readonly PlannedFunction[];
  readonly boostMode: BoostMode;
  readonly functionMode: BoostMode;
  /** The fields that it reads. */
  readonly fieldIds: readonly number[];
}

interface PlannedFunction {
  readonly weight: number;
  readonly filter: BoundFilter | undefined;
  readonly random: { readonly seed: bigint; readonly field: Field } | undefined;
}

/** Checks a boost. Throws `invalid-parameter`, `field-not-found` and `filter-invalid`. */
export function planBoost(
  schema: CollectionSchema,
  boost: Boost,
  options: FilterOptions,
): BoostPlan {
  const { boostMode = "multiply", functionMode = "multiply" } = boost;
  checkMode("boost", boostMode);
  checkMode("function", functionMode);
  const functions = boost.functions.map((given) => planFunction(schema, given, options));
  const fieldIds = functions.flatMap(({ filter, random }) => [
    ...(filter?.fieldIds ?? []),
    ...(random ? [random.field.id] : []),
  ]);
  return { functions, boostMode, functionMode, fieldIds };
}

function checkMode(kind: string, mode: string): void {
  if (mode === "multiply" || mode === "sum") return;
  throw new EngineError("invalid-parameter", `unknown ${kind} mode: ${mode}`);
}

function planFunction(
  schema: CollectionSchema,
  given: BoostFunction,
  options: FilterOptions,
): PlannedFunction {
  const { weight, filter = "", templates, random } = given;
  if (!Number.isFinite(weight)) {
    throw new EngineError(
      "invalid-parameter",
      `parse function scorer weight params failed with error: {weight ${weight} is not a number}`,
    );
  }
  return {
    weight: Math.fround(weight),
    filter: filter.trim() === "" ? undefined : boostFilter(schema, { filter, templates, options }),
    random: random && { seed: random.seed ?? 0n, field: seedField(schema, random.field) },
  };
}

interface GivenFilter {
  readonly filter: string;
  readonly templates: BoostFunction["templates"];
  readonly options: FilterOptions;
}

function boostFilter(
  schema: CollectionSchema,
  { filter, templates, options }: GivenFilter,
): BoundFilter {
  try {
    return compileFilter(filter, schema, templates, options);
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    throw new EngineError(cause.code, `parse expr failed with error: {${cause.message}}`, {
      details: cause.details,
      cause,
    });
  }
}

function seedField(schema: CollectionSchema, name: string | undefined): Field {
  if (name === undefined) return primaryKeyOf(schema);
  const field = fieldNamed(schema, name);
  if (field === undefined) {
    throw new EngineError("field-not-found", `random seed field not found: ${name}`, {
      details: { field: name },
    });
  }
  if (field.type === "Int64") return field;
  throw new EngineError(
    "invalid-parameter",
    `only support int64 field as random seed, but got ${field.type}`,
    { details: { field: name, type: field.type } },
  );
}

/** The hits of the window in their order after the boost, of hits from the very first one on. */
export function boostHits(
  hits: Hits,
  plan: BoostPlan,
  { views, metric, window }: BoostedSearch,
): Hits {
  const factors = new BoostFactors(plan, views);
  const { from, rows } = hits.picks;
  const scores = hits.scores.map((score, i) => {
    const factor = factors.factorOf(from[i], rows[i]);
    if (factor === undefined) return score;
    return plan.boostMode === "sum" ? score + factor : score * factor;
  });
  const sign = keySignOf(metric);
  const order: number[][] = [];
  const { k, offset } = window;
  forEachQuery(hits, (query, start, end) => {
    const places = Array.from({ length: end - start }, (_, i) => start + i);
    places.sort((a, b) => sign * (scores[a] - scores[b]));
    order[query] = places.slice(offset, offset + k);
  });
  return reordered({ ...hits, scores }, order);
}

/** What a boost must know of the search whose hits it changes. */
interface BoostedSearch {
  readonly views: readonly SegmentView[];
  readonly metric: Metric;
  readonly window: HitWindow;
}

/** What the functions of a boost say about rows. Filters are evaluated when they are first needed. */
class BoostFactors {
  readonly #plan: BoostPlan;
  readonly #views: readonly SegmentView[];
  /** By function, then by view. */
  readonly #matching: (Bitset | undefined)[][];

  constructor(plan: BoostPlan, views: readonly SegmentView[]) {
    this.#plan = plan;
    this.#views = views;
    this.#matching = plan.functions.map(() => []);
  }

  /** `undefined` for rows that no function is for. */
  factorOf(from: number, row: number): number | undefined {
    const { functions, functionMode } = this.#plan;
    let factor: number | undefined;
    for (const [i, { weight, random }] of functions.entries()) {
      if (!this.#isFor(i, from, row)) continue;
      const view = this.#views[from];
      const own =
        random === undefined
          ? weight
          : weight * randomOf(hashAt(view.column(random.field.id), row), random.seed);
      if (factor === undefined) factor = own;
      else factor = functionMode === "sum" ? factor + own : factor * own;
    }
    return factor;
  }

  #isFor(index: number, from: number, row: number): boolean {
    const { filter } = this.#plan.functions[index];
    if (filter === undefined) return true;
    const view = this.#views[from];
    const ofViews = this.#matching[index];
    ofViews[from] ??= evaluateFilter(filter, (fieldId) => view.column(fieldId), view.rowCount);
    return ofViews[from].has(row);
  }
}

/** A number from 0 to 1 from a hash and a seed (the finaliser of SplitMix, over 32 bits). */
function randomOf(hash: number, seed: bigint): number {
  const low = Number(BigInt.asUintN(32, seed));
  const high = Number(BigInt.asUintN(32, seed >> 32n));
  let word = (hash ^ Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> 0;
  word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
  return ((word ^ (word >>> 15)) >>> 0) / 2 ** 32;
}
