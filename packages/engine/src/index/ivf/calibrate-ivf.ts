import { type PresentRows, presentIn, rowAt, spreadPlaces, spreadRows } from "../present-rows.ts";
import { measureCost, type SearchCost } from "../search-time.ts";
import type { RunSteps, SharedVectors } from "../vector-index.ts";
import type {
  CountHitsStep,
  CountProbesStep,
  FindNeighboursStep,
  NeighbourReaches,
  TimeSearchesStep,
} from "./calibration-steps.ts";
import type { IvfIndex } from "./ivf-index.ts";
import { probeCountOf } from "./ivf-plan.ts";
import type { IvfQuantizer } from "./ivf-quantizer.ts";
import type { IvfStep } from "./ivf-steps.ts";
import { curveRecalls, type ProbeCurve, type ProbeCurves } from "./probe-curves.ts";
import { isSample } from "./training-set.ts";

/** What is searched, and how. */
interface Calibration {
  readonly source: SharedVectors;
  readonly index: IvfIndex;
  readonly run: RunSteps<IvfStep, unknown>;
}

/** Rows of the index that serve as queries for one depth, and their neighbours. */
interface KnownNeighbours extends NeighbourReaches {
  readonly rows: readonly number[];
  readonly k: number;
}

/**
 * How many queries tell which lists so many neighbours are in, and how many of them what codes lose.
 * The recall of single queries differs widely for few neighbours.
 */
const samples: readonly {
  readonly k: number;
  readonly queryCount: number;
  readonly depths: readonly { readonly k: number; readonly queryCount: number }[];
}[] = [
  {
    k: 10,
    queryCount: 512,
    depths: [
      { k: 1, queryCount: 512 },
      { k: 10, queryCount: 192 },
    ],
  },
  { k: 100, queryCount: 96, depths: [{ k: 100, queryCount: 48 }] },
  { k: 1000, queryCount: 24, depths: [{ k: 1000, queryCount: 12 }] },
];

/**
 * What a search in the lists that have this share of the neighbours loses by its codes is what all
 * searches lose: fewer lists lose a little less.
 */
const searchedShare = 0.98;

/** More lists than those that have this share cost much and find nothing. */
const shareMax = 0.9995;

/**
 * How much searches for rows of the index may miss where others may miss so much: what is searched for
 * lies less well between the rows than they do themselves, and the mean of the queries is not exact. The
 * fewer are missed, the more of them are of queries that lie far from all rows.
 */
function missesAllowed(misses: number): number {
  return misses * Math.min(0.9, 0.75 + 5 * misses);
}

/** So many queries tell beyond which reach nothing is found for others that look for fewer neighbours. */
const limitingQueries = 96;

/** So many queries tell how many lists are within a reach. */
const countedQueries = 64;

/** A step should take about so long. */
const stepNs = 5e6;

/**
 * Makes an index know what its searches find and what they cost, by searches for some of its own
 * rows. What they find is the quantizer's matter: the first index measures it, for all that share
 * it. `assigned` tells the list of each row.
 */
export async function calibrateIvf(
  calibration: Calibration,
  assigned: Uint32Array,
): Promise<IvfIndex> {
  const { index } = calibration;
  const { quantizer } = index;
  const isKnown = quantizer.curves.length > 0;
  const curves = isKnown ? quantizer.curves : await measureCurves(calibration, assigned);
  const known = { ...index, quantizer: { ...quantizer, curves } };
  return { ...known, cost: await measureIvfCost({ ...calibration, index: known }) };
}

/** The curves of {@link curveDepths}. */
async function measureCurves(
  calibration: Calibration,
  assigned: Uint32Array,
): Promise<ProbeCurves> {
  const { quantizer } = calibration.index;
  const present = presentIn(calibration.source.present, calibration.index);
  const curves: ProbeCurve[] = [];
  // Where no query has any of its 100 nearest, none has one of its 10 nearest: most queries are for those.
  let reach = Number.POSITIVE_INFINITY;
  for (const { k, queryCount, depths } of samples.toReversed()) {
    if (k >= present.count) {
      // Few rows have no such neighbours.
      for (const _ of depths) curves.unshift(allLists(quantizer));
      continue;
    }
    const rows = unseenRows(present, quantizer, queryCount);
    const neighbours = await findNeighbours(calibration, { rows, k, assigned, reach });
    for (const depth of depths.toReversed()) {
      const nearest = depth.k === k ? neighbours : nearestOf(neighbours, depth.k);
      curves.unshift(await measureCurve(calibration, nearest, depth.queryCount));
    }
    if (rows.length >= limitingQueries) reach = reachOf(neighbours.reaches.toSorted(), 1);
  }
  // Behind the last depth their line goes on, which must not be downwards.
  const [last, before] = [curves.length - 1, curves.length - 2];
  curves[last] = {
    reaches: greater(curves[last].reaches, curves[before].reaches),
    counts: greater(curves[last].counts, curves[before].counts),
  };
  return curves;
}

/** The greater of the numbers at each place. */
function greater(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((value, i) => Math.max(value, b[i]));
}

/** Without limit, as a float of 32 bits and of JSON. */
const reachMax = 3.4028234663852886e38;

function allLists({ listCount }: IvfQuantizer): ProbeCurve {
  return {
    reaches: curveRecalls.map(() => reachMax),
    counts: curveRecalls.map(() => listCount),
  };
}

/** Which lists to look into for each of the recalls: so many that codes may lose their share. */
async function measureCurve(
  calibration: Calibration,
  neighbours: KnownNeighbours,
  queryCount: number,
): Promise<ProbeCurve> {
  const sorted = neighbours.reaches.toSorted();
  const kept = await keptShare(calibration, neighbours, {
    queryCount,
    reach: reachOf(sorted, searchedShare),
  });
  const reaches = curveRecalls.map((recall) => {
    const share = (1 - missesAllowed(1 - recall)) / kept;
    return reachOf(sorted, Math.min(shareMax, share));
  });
  const rows = everyNth(neighbours.rows, countedQueries);
  return { reaches, counts: await meanCounts(calibration, rows, reaches) };
}

/** The first k neighbours of each row. */
function nearestOf(neighbours: KnownNeighbours, k: number): KnownNeighbours {
  const { rows } = neighbours;
  const reaches = new Float32Array(rows.length * k);
  const keys = new Float64Array(rows.length * k);
  for (let i = 0; i < rows.length; i++) {
    const first = i * neighbours.k;
    reaches.set(neighbours.reaches.subarray(first, first + k), i * k);
    keys.set(neighbours.keys.subarray(first, first + k), i * k);
  }
  return { rows, k, reaches, keys };
}

/** Within which reach a share of the neighbours is whose reaches these are, in ascending order. */
function reachOf(reaches: Float32Array, share: number): number {
  return reaches[Math.ceil(share * reaches.length) - 1];
}

/** The mean numbers of lists within these reaches. */
async function meanCounts(
  { source, index, run }: Calibration,
  rows: readonly number[],
  reaches: readonly number[],
): Promise<readonly number[]> {
  const step: CountProbesStep = { kind: "ivf-count-probes", source, index, rows, reaches };
  // What the step answers.
  const [sums] = (await run([step])) as [readonly number[]];
  return sums.map((sum) => sum / rows.length);
}

/** At most `count` of the values, evenly spread. */
function everyNth<T>(values: readonly T[], count: number): readonly T[] {
  const stride = Math.ceil(values.length / count);
  return values.filter((_, i) => i % stride === 0);
}

async function findNeighbours(
  { source, index, run }: Calibration,
  wanted: Pick<FindNeighboursStep, "rows" | "k" | "assigned" | "reach">,
): Promise<KnownNeighbours> {
  const { rows, k } = wanted;
  const probeCount = index.quantizer.listCount;
  const parts = partsOf(rows, { index, k: 2 * k, probeCount });
  const steps = parts.map(({ start, end }): FindNeighboursStep => {
    const part = rows.slice(start, end);
    return { ...wanted, kind: "ivf-find-neighbours", source, index, rows: part };
  });
  // What the steps answer.
  const found = (await run(steps)) as readonly NeighbourReaches[];
  const reaches = new Float32Array(rows.length * k);
  const keys = new Float64Array(rows.length * k);
  for (const [i, { start }] of parts.entries()) {
    reaches.set(found[i].reaches, start * k);
    keys.set(found[i].keys, start * k);
  }
  return { rows, k, reaches, keys };
}

/** The share that searches find of the neighbours that are in the lists that they look into. */
async function keptShare(
  { source, index, run }: Calibration,
  { rows, k, reaches, keys }: KnownNeighbours,
  { queryCount, reach }: { queryCount: number; reach: number },
): Promise<number> {
  const chosen = everyNth(
    rows.map((_, i) => i),
    queryCount,
  );
  const probing = { most: index.quantizer.listCount, reach };
  const { listCount: probeCount } = index.quantizer;
  const steps = partsOf(chosen, { index, k, probeCount }).map(({ start, end }): CountHitsStep => {
    const part = chosen.slice(start, end);
    const worstKeys = part.map((i) => keys[(i + 1) * k - 1]);
    const kind = "ivf-count-hits";
    return { kind, source, index, k, probing, rows: part.map((i) => rows[i]), worstKeys };
  });
  // What the steps answer.
  const counts = (await run(steps)) as readonly number[];
  let reached = 0;
  for (const i of chosen) {
    for (const each of reaches.subarray(i * k, (i + 1) * k)) if (each <= reach) reached++;
  }
  const found = counts.reduce((sum, count) => sum + count, 0);
  return reached === 0 ? 1 : Math.min(1, found / reached);
}

/** What searches of this index cost: a quantizer's lists are longer in one segment than in another. */
export function measureIvfCost({ source, index, run }: Calibration): Promise<SearchCost> {
  const present = presentIn(source.present, index);
  const allowedCount = present.count;
  const probesOf = (recall: number): number =>
    Math.ceil(probeCountOf(index, { k: 10, effort: { recall }, allowedCount }));
  const quick = probesOf(0.9);
  const thorough = Math.min(index.quantizer.listCount, Math.max(2 * quick, probesOf(0.99)));
  return measureCost({ quick, thorough, many: quick }, async ({ effort, k, repeats }) => {
    const probeCount = effort;
    const count = Math.floor(stepNs / repeats / guessedNs({ index, k, probeCount }));
    const rows = spreadRows(present, Math.min(24, Math.max(6, count)), 0.5);
    const kind = "ivf-time-searches";
    const probing = { most: effort, reach: Number.POSITIVE_INFINITY };
    const step: TimeSearchesStep = { kind, source, index, rows, k, probing };
    const [ns] = await run([step]);
    return ns as number; // what the step answers
  });
}

/** Rows of the index, evenly spread, that the quantizer was not trained on, where there are such. */
function unseenRows(rows: PresentRows, quantizer: IvfQuantizer, count: number): readonly number[] {
  return spreadPlaces(rows, count, 0.5).map((place) => {
    let unseen = place;
    while (unseen < rows.count && isSample(quantizer, unseen)) unseen++;
    return rowAt(rows, unseen < Math.min(rows.count, place + 4) ? unseen : place);
  });
}

interface GuessedSearch {
  readonly index: IvfIndex;
  readonly k: number;
  readonly probeCount: number;
}

/** Ranges of some queries whose searches take about one step each. */
function partsOf(
  queries: readonly unknown[],
  search: GuessedSearch,
): readonly { start: number; end: number }[] {
  const length = Math.max(1, Math.floor(stepNs / guessedNs(search)));
  const parts: { start: number; end: number }[] = [];
  for (let start = 0; start < queries.length; start += length) {
    parts.push({ start, end: Math.min(queries.length, start + length) });
  }
  return parts;
}

/** The time of a search, well enough to cut steps: ranked lists, scanned codes and exact scores. */
function guessedNs({ index, k, probeCount }: GuessedSearch): number {
  const { paddedDim, listCount } = index.quantizer;
  const scanned = ((index.rowEnd - index.rowStart) * probeCount) / listCount;
  const scored = 3 * k * (1 + 1000 / paddedDim);
  return 2e4 + (scanned + 3 * listCount) * (0.4 + paddedDim / 140) + scored * (100 + paddedDim / 4);
}
