import { BoundedHeap } from "../../base/bounded-heap.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import { keySignOf } from "../flat/scan-hits.ts";
import { presentIn, spreadRows } from "../present-rows.ts";
import { measureCost, type SearchCost } from "../search-time.ts";
import type { RunSteps, SharedVectors } from "../vector-index.ts";
import type { BuildSite } from "./build-site.ts";
import { TRUTH_COUNT } from "./calibration-steps.ts";
import {
  type CalibrationPoint,
  candidateCountFor,
  type GraphCalibration,
  guessedCalibration,
} from "./graph-calibration.ts";
import type { GraphIndex } from "./graph-index.ts";
import { allocateGraph, graphWord, graphWordCount } from "./graph-layout.ts";
import { type GraphStep, runOfKind } from "./graph-step.ts";

/** Rows that serve as queries. */
const SAMPLE_COUNT = 192;
/** Graphs of fewer rows are not calibrated: comparing all codes takes less than walking. */
const CALIBRATED_ROWS = 4000;
const EF_MAX = 4096;
/** More is never looked up: the highest recall that can be asked for is 0.99, for which rows of the index need 0.997. */
const RECALL_MAX = 0.997;
const QUERIES_PER_STEP = 8;

/** How many rows are inserted last, so that they can serve as queries of the graph before. */
export function sampleCountFor(rowCount: number): number {
  return rowCount < CALIBRATED_ROWS ? 0 : SAMPLE_COUNT;
}

/**
 * Searches a graph for the neighbours of nodes that it does not have yet, with ever more candidates,
 * and notes which share of the true neighbours is found.
 */
export async function calibrateGraph(
  draft: GraphIndex,
  site: BuildSite,
  nodes: Uint32Array,
  run: RunSteps<GraphStep, unknown>,
): Promise<GraphCalibration> {
  if (nodes.length === 0) return guessedCalibration;
  const rowCount = site.rows.count;
  const sample = Uint32Array.from(nodes, (node) => site.rowStart + node);
  const { source } = site;
  const index = { ...draft, ...searchGraphOf(draft, site), calibration: walkOnly };
  const [scanNsPerRow] = await runOfKind(run, [
    { kind: "graph-time-scan", source, index } as const,
  ]);
  const truth = await findTruth(draft, site, sample, run);
  const points: CalibrationPoint[] = [];
  let ten = 0;
  let hundred = 0;
  for (let ef = 10; ef <= Math.min(EF_MAX, rowCount / 2); ef = Math.ceil(1.4 * ef)) {
    if (ten < RECALL_MAX) ten = await probe({ index, site, sample, truth }, { ef, k: 10 }, run);
    if (ef >= 100 && hundred < RECALL_MAX) {
      hundred = await probe({ index, site, sample, truth }, { ef, k: 100 }, run);
    }
    points.push({ ef, recall10: ten, recall100: hundred });
    if (ten >= RECALL_MAX && hundred >= RECALL_MAX) break;
  }
  return { points, scanNsPerRow };
}

/** A calibration by which no search compares all codes. */
const walkOnly: GraphCalibration = { points: [], scanNsPerRow: Number.POSITIVE_INFINITY };

/** The graph over the codes that will be searched, with the links of the build. */
function searchGraphOf(draft: GraphIndex, site: BuildSite): { graph: number } {
  if (site.codes4 === 0) return { graph: draft.graph };
  const memory = IndexMemory.over(site.memory);
  const graph = allocateGraph(memory, {});
  const words = memory.u32(graph, graphWordCount);
  words.set(memory.u32(site.graph, graphWordCount));
  words[graphWord.codeBits] = 4;
  words[graphWord.codes] = site.codes4;
  words[graphWord.squares] = site.squares4;
  return { graph };
}

/** The exact neighbours of the sample, `TRUTH_COUNT` for each. */
async function findTruth(
  { metric, dim, rowStart, rowEnd }: GraphIndex,
  { source }: BuildSite,
  sample: Uint32Array,
  run: RunSteps<GraphStep, unknown>,
): Promise<Uint32Array> {
  const length = Math.max(1024, Math.ceil(2e6 / dim));
  const steps = [];
  for (let start = rowStart; start < rowEnd; start += length) {
    const end = Math.min(rowEnd, start + length);
    steps.push({ kind: "graph-truth", source, start, end, metric, sample } as const);
  }
  const parts = await runOfKind(run, steps);
  const truth = new Uint32Array(sample.length * TRUTH_COUNT);
  const sign = keySignOf(metric);
  for (let q = 0; q < sample.length; q++) {
    const heap = new BoundedHeap(TRUTH_COUNT);
    for (const { counts, rows, scores } of parts) {
      for (let i = q * TRUTH_COUNT; i < q * TRUTH_COUNT + counts[q]; i++) {
        heap.push(sign * scores[i], rows[i]);
      }
    }
    truth.set(heap.drain().ids, q * TRUTH_COUNT);
  }
  return truth;
}

/** The mean of what searches for the neighbours of all of the sample find. */
async function probe(
  {
    index,
    site,
    sample,
    truth,
  }: {
    index: GraphIndex;
    site: BuildSite;
    sample: Uint32Array;
    truth: Uint32Array;
  },
  { ef, k }: { ef: number; k: number },
  run: RunSteps<GraphStep, unknown>,
): Promise<number> {
  const { source } = site;
  const steps = [];
  for (let start = 0; start < sample.length; start += QUERIES_PER_STEP) {
    const end = start + QUERIES_PER_STEP;
    const part = sample.slice(start, end);
    const neighbours = truth.slice(start * TRUTH_COUNT, end * TRUTH_COUNT);
    const kind = "graph-probe";
    steps.push({ kind, source, index, ef, k, sample: part, truth: neighbours } as const);
  }
  const recalls = await runOfKind(run, steps);
  return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
}

/** Rows whose neighbours are searched for to time that. */
const TIMED_COUNT = 24;

/** Measures what searches of a finished graph cost. */
export function measureGraphCost(
  source: SharedVectors,
  index: GraphIndex,
  run: RunSteps<GraphStep, unknown>,
): Promise<SearchCost> {
  const { calibration } = index;
  const rows = spreadRows(presentIn(source.present, index), TIMED_COUNT);
  const candidates = (recall: number): number => candidateCountFor(calibration, { recall }, 10);
  const quick = candidates(0.9);
  const efforts = {
    quick,
    thorough: Math.max(2 * quick, candidates(0.99)),
    many: Math.max(quick, 100),
  };
  const walked = { ...index, calibration: walkOnly };
  return measureCost(efforts, async ({ effort, k }) => {
    const kind = "graph-time-searches";
    const [ns] = await runOfKind(run, [
      { kind, source, index: walked, rows, ef: effort, k } as const,
    ]);
    return ns;
  });
}
