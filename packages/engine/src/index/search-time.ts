/**
 * What a search for one vector in an index costs, in nanoseconds of one core: measured where and when
 * the index was built. What is not the effort's or the hits' part is the fixed one.
 */
export interface SearchCost {
  readonly fixedNs: number;
  /** Per list of an IVF that is looked into, per candidate that a graph search keeps. */
  readonly effortNs: number;
  /** Per hit that is asked for: its exact score, and those of the rows that it is chosen from. */
  readonly hitNs: number;
}

/** What searches took in the indexes that were built to choose one of them. */
export interface IndexComparison {
  /** The recall that they were to reach. */
  readonly recall: number;
  readonly ivfNs: number;
  readonly graphNs: number;
}

/** Where nothing was measured, or nonsense: a modest index on a machine of our days. */
export const guessedCost: SearchCost = { fixedNs: 30_000, effortNs: 1_000, hitNs: 1_000 };

/** How thorough a search is that is timed. */
export interface TimedEffort {
  /** Lists, or candidates. */
  readonly effort: number;
  readonly k: number;
  /** How often {@link timeSearches} repeats each search. */
  readonly repeats: number;
}

/** The fastest of several times counts: a busy machine only ever makes a search slower. */
const repeats = 3;

/** The mean time of some searches in this thread, in nanoseconds. */
export function timeSearches(searches: readonly (() => void)[], nowMs: () => number): number {
  const best = searches.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < repeats; round++) {
    for (const [i, search] of searches.entries()) {
      const begin = nowMs();
      search();
      best[i] = Math.min(best[i], nowMs() - begin);
    }
  }
  return (best.reduce((sum, ms) => sum + ms, 0) / best.length) * 1e6;
}

/** The hits of most searches, and those of many. */
const fewHits = 10;
const manyHits = 100;

/** Efforts with which searches are timed: for few hits a little and much, and what many hits need. */
export interface TimedEfforts {
  readonly quick: number;
  readonly thorough: number;
  readonly many: number;
}

/** Measures what searches cost: `time` answers the nanoseconds that a search takes. */
export async function measureCost(
  { quick, thorough, many }: TimedEfforts,
  time: (timed: TimedEffort) => Promise<number>,
): Promise<SearchCost> {
  const quickNs = await time({ effort: quick, k: fewHits, repeats });
  const thoroughNs = await time({ effort: thorough, k: fewHits, repeats });
  const manyNs = await time({ effort: many, k: manyHits, repeats });
  const effortNs = between((thoroughNs - quickNs) / Math.max(1, thorough - quick), quickNs / quick);
  const hitsNs = manyNs - quickNs - effortNs * (many - quick);
  const hitNs = between(hitsNs / (manyHits - fewHits), quickNs / fewHits);
  const fixedNs = Math.max(0, quickNs - effortNs * quick - hitNs * fewHits);
  return costFrom({ fixedNs, effortNs, hitNs });
}

/** A share of the whole can't be less than nothing or more than all. */
function between(ns: number, most: number): number {
  return Math.min(Math.max(0, ns), most);
}

/** A cost as a file or a measurement has it; {@link guessedCost} in place of nonsense. */
export function costFrom(value: unknown): SearchCost {
  // What is asked of each of them is checked below.
  const { fixedNs, effortNs, hitNs } = (value ?? {}) as Record<keyof SearchCost, unknown>;
  if (!isTime(fixedNs) || !isTime(effortNs) || !isTime(hitNs)) return guessedCost;
  if (fixedNs + effortNs + hitNs === 0) return guessedCost;
  return { fixedNs, effortNs, hitNs };
}

/** No part of a search takes a second. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < 1e9;
}

/** How long a search takes. */
export function costOf(
  { fixedNs, effortNs, hitNs }: SearchCost,
  { effort, k }: Omit<TimedEffort, "repeats">,
): number {
  return fixedNs + effortNs * effort + hitNs * k;
}

/** What a file tells of an index's searches, less what makes no sense: it decides no answer. */
export function measurementsFrom(descriptor: {
  readonly cost?: unknown;
  readonly comparison?: unknown;
}): { readonly cost: SearchCost; readonly comparison?: IndexComparison } {
  const cost = costFrom(descriptor.cost);
  // As above.
  const { recall, ivfNs, graphNs } = (descriptor.comparison ?? {}) as Record<string, unknown>;
  if (!isTime(recall) || !isTime(ivfNs) || !isTime(graphNs)) return { cost };
  return { cost, comparison: { recall, ivfNs, graphNs } };
}
