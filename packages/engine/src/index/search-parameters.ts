import { must } from "../base/assert.ts";
import type { Metric } from "../base/metric.ts";
import type { BuildParameters } from "./build-parameters.ts";
import type { KeyRange } from "./indexed-search.ts";
import {
  floatMax,
  type GivenParameters,
  numberIn,
  type ParameterRules,
  type ParameterValues,
  parameterError,
  readParameters,
} from "./parameter-rule.ts";
import { keyRangeOf, radiusMissing, type ScoreRange } from "./score-range.ts";
import type { SearchEffort } from "./vector-index.ts";
import {
  type VectorIndexType,
  type VectorIndexTypeName,
  vectorIndexTypes,
} from "./vector-index-type.ts";

/** What a search asks of an index, beside its vectors and filter. */
export interface AskedSearch {
  /** Hits that the index must find: of the answer and of the offset before them. */
  readonly k: number;
  /** Parameters by Milvus's names; those that the type has no use for are passed over. */
  readonly params?: GivenParameters;
  /** The number of lists that the index was asked to have, where it has lists. */
  readonly listCount?: number;
  /** What the index was built with, where its structure has such. */
  readonly built?: BuildParameters;
  /** Goes before `radius` and `range_filter` of `params`. */
  readonly range?: ScoreRange;
}

/** How an index is to be searched. */
export interface SearchParameters {
  readonly effort: SearchEffort;
  /** Absent: scores may be any. */
  readonly range?: KeyRange | undefined;
}

/** The share of the true neighbours that AUTOINDEX finds when no `level` is given. */
export const defaultRecall = 0.95;

/** Milvus's own is 16, which finds fewer than its users expect. */
const defaultEf = 64;
/** Where nobody says how many: some more than hits, since codes put rows in an order that is nearly right. */
function defaultEfFor(k: number): number {
  return Math.max(defaultEf, Math.ceil(1.5 * k));
}

/** Of range searches, whose number of hits is not known: knowhere's `kDefaultRangeSearchEf`. */
const defaultRangeEf = 512;

/** In any search. Numbers of 32 bits, as scores are. */
const rangeRules: ParameterRules = {
  radius: { kind: "number", min: -floatMax, max: floatMax },
  range_filter: { kind: "number", min: -floatMax, max: floatMax },
};

const rulesOfType = new Map<VectorIndexType, ParameterRules>();

function searchRules(type: VectorIndexType): ParameterRules {
  let rules = rulesOfType.get(type);
  if (rules === undefined) {
    rules = { ...type.search, ...rangeRules };
    rulesOfType.set(type, rules);
  }
  return rules;
}

/**
 * Checks the parameters of a search against the type of the index that it asks, as Milvus does:
 * types and ranges first, then against k, then the range of scores.
 * Throws `invalid-parameter`, with Milvus's texts.
 */
export function checkSearchParameters(
  typeName: VectorIndexTypeName,
  metric: Metric,
  { k, params = {}, listCount, built, range }: AskedSearch,
): SearchParameters {
  const type = vectorIndexTypes[typeName];
  const values = readParameters(searchRules(type), renamed(params));
  const scores = range ?? rangeOf(values);
  if (scores === undefined) checkAgainstK(type, values, k);
  const effort = effortOf(typeName, values, {
    k,
    isRange: scores !== undefined,
    ...(listCount !== undefined && { listCount }),
    ...(built !== undefined && { built }),
  });
  return scores === undefined ? { effort } : { effort, range: keyRangeOf(metric, scores) };
}

/** Milvus's users say `search_list` where its index library says `search_list_size`. */
function renamed(params: GivenParameters): GivenParameters {
  const { search_list: size } = params;
  return size === undefined ? params : { ...params, search_list_size: size };
}

function rangeOf(values: ParameterValues): ScoreRange | undefined {
  const radius = numberIn(values, "radius");
  const rangeFilter = numberIn(values, "range_filter");
  if (radius === undefined) {
    if (rangeFilter !== undefined) throw radiusMissing();
    return undefined;
  }
  return rangeFilter === undefined ? { radius } : { radius, rangeFilter };
}

/** A range search has no k of its own in Milvus: it is not compared. */
function checkAgainstK({ atLeastK }: VectorIndexType, values: ParameterValues, k: number): void {
  if (atLeastK === undefined) return;
  const value = numberIn(values, atLeastK);
  if (value === undefined || value >= k) return;
  throw parameterError(atLeastK, `${atLeastK}(${value}) should be larger than k(${k})`);
}

function effortOf(
  typeName: VectorIndexTypeName,
  values: ParameterValues,
  asked: Pick<AskedSearch, "k" | "listCount" | "built"> & { readonly isRange: boolean },
): SearchEffort {
  const { k, isRange } = asked;
  const recall = defaultRecall;
  const ef = numberIn(values, "ef");
  const { structure } = vectorIndexTypes[typeName];
  switch (structure) {
    case "auto": {
      const wanted = recallOfLevel(numberIn(values, "level"));
      return { recall: wanted, ...(ef !== undefined && { candidateCount: Math.max(ef, k) }) };
    }
    case "graph":
      return {
        recall,
        candidateCount: Math.max(ef ?? (isRange ? defaultRangeEf : defaultEfFor(k)), k),
      };
    case "binary":
      return { recall, probeCount: must(numberIn(values, "nprobe"), "nprobe") };
    case "ivf":
      if (typeName === "DISKANN") return { recall: recallOfSearchList(values, k) };
      return { recall, ...probesOf(numberIn(values, "nprobe"), asked) };
    case "flat":
      return { recall };
    case "sparse":
      return { recall, sparse: sparseEffort(values, asked.built) };
    case "minhash":
      return { recall, minHash: minHashEffort(values, asked.built) };
  }
}

function sparseEffort(
  values: ParameterValues,
  built: BuildParameters | undefined,
): NonNullable<SearchEffort["sparse"]> {
  const boundRatio = must(numberIn(values, "dim_max_score_ratio"), "dim_max_score_ratio");
  return {
    dropRatio: must(numberIn(values, "drop_ratio_search"), "drop_ratio_search"),
    // Milvus's bounds are approximate, so that it takes more than 1 to find all; ours are not.
    boundRatio: Math.min(1, boundRatio),
    ...(built?.structure === "sparse" && { algorithm: built.algorithm }),
  };
}

function minHashEffort(
  values: ParameterValues,
  built: BuildParameters | undefined,
): NonNullable<SearchEffort["minHash"]> {
  return {
    elementBits: built?.structure === "minhash" ? built.elementBits : 8,
    withJaccard: values.get("mh_search_with_jaccard") === true,
    candidateCount: must(numberIn(values, "refine_k"), "refine_k"),
  };
}

/** Of how many lists `nprobe` is a part where nobody said it: so many Milvus makes. */
const defaultListCount = 128;

/** Where the number of lists was ours to choose, as large a part of them is looked into. */
function probesOf(
  nprobe: number | undefined,
  { listCount }: { readonly listCount?: number },
): Pick<SearchEffort, "probeCount" | "probeShare"> {
  if (nprobe === undefined) return {};
  return listCount === undefined
    ? { probeShare: nprobe / defaultListCount }
    : { probeCount: nprobe };
}

/** Level 1 is a recall of 0.90, each level more is 0.01 more. */
function recallOfLevel(level: number | undefined): number {
  return level === undefined ? defaultRecall : (89 + level) / 100;
}

/**
 * DISKANN has no list of candidates here. A longer one is taken for the wish to miss fewer: as long
 * as k for 0.90, twice that for 0.95, ten times for 0.99.
 */
function recallOfSearchList(values: ParameterValues, k: number): number {
  const size = numberIn(values, "search_list_size");
  if (size === undefined) return defaultRecall;
  return Math.min(0.995, 1 - 0.1 * Math.min(1, k / size));
}
