import { assert } from "../../base/assert.ts";
import type { DenseMetric } from "../../base/metric.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import { presentIn } from "../present-rows.ts";
import { guessedCost } from "../search-time.ts";
import type { RunSteps, SharedVectors } from "../vector-index.ts";
import type { BuildSite } from "./build-site.ts";
import { calibrateGraph, measureGraphCost, sampleCountFor } from "./calibrate-graph.ts";
import { copyGraph } from "./copy-graph.ts";
import { guessedCalibration } from "./graph-calibration.ts";
import type { CodeBits, GraphIndex, GraphParameters } from "./graph-index.ts";
import { allocateGraph, NONE, writeGraph } from "./graph-layout.ts";
import { type GraphStep, runOfKind } from "./graph-step.ts";
import { groupRows } from "./group-rows.ts";
import { insertionOrderOf } from "./insertion-order.ts";
import { paddedDimOf, type RowCoding, writeSigns } from "./row-coding.ts";

/** How to build a graph. What is not given is chosen. */
export interface GraphOptions {
  readonly metric: DenseMetric;
  /** Links of a row on an upper level, at least 2; twice as many on the lowest one. 16. */
  readonly m?: number;
  /** Candidates that are looked for while a row is inserted, at least 1. 200. */
  readonly efConstruction?: number;
  /** 4 unless rows have few components. */
  readonly codeBits?: CodeBits;
  /** The source of all randomness, 32 bits. */
  readonly seed: number;
}

/** The rows of a segment that an index has. */
export interface RowRange {
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** Components from which on half the bits find almost as much. */
const NARROW_CODE_DIM = 192;
/** Steps that are handed out at a time. */
const STEPS_PER_RUN = 256;
const NS_PER_STEP = 5e6;

/**
 * Builds a graph of at least one vector. Rejects as `run` does, and with `limit-exceeded` when memory
 * is short. `onProgress` is told the share of the work that is done.
 */
export async function buildGraph(
  source: SharedVectors,
  range: RowRange,
  options: GraphOptions,
  run: RunSteps<GraphStep, unknown>,
  onProgress?: (share: number) => void,
): Promise<GraphIndex> {
  const { count: rowCount } = presentIn(source.present, range);
  assert(rowCount >= 1, `a graph of ${rowCount} rows`);
  const parameters: GraphParameters = {
    m: options.m ?? 16,
    efConstruction: options.efConstruction ?? 200,
    codeBits: options.codeBits ?? (source.dim >= NARROW_CODE_DIM ? 4 : 7),
    seed: options.seed,
  };
  assert(parameters.m >= 2 && parameters.efConstruction >= 1, "m and efConstruction in range");
  const { site, coding } = await encodeRows(
    { source, range, parameters, metric: options.metric },
    run,
  );
  const draft = draftOf(site, { range, parameters, coding });

  const sampleCount = sampleCountFor(rowCount);
  const order = insertionOrderOf(
    site.rows,
    sampleCount,
    await groupRows(site, coding.paddedDim, run),
  );
  const insert = (start: number, end: number): Promise<void> =>
    insertRows({ site, coding, order }, { start, end }, run, onProgress);
  await insert(0, 1);
  await insert(1, rowCount - sampleCount);
  const calibration = await calibrateGraph(draft, site, order.slice(rowCount - sampleCount), run);
  await insert(rowCount - sampleCount, rowCount);
  const graph = await copyGraph({ ...draft, calibration }, site, run);
  return { ...graph, cost: await measureGraphCost(source, graph, run) };
}

/** Allocates all that a build needs, and codes the rows. */
async function encodeRows(
  build: {
    readonly source: SharedVectors;
    readonly range: RowRange;
    readonly parameters: GraphParameters;
    readonly metric: DenseMetric;
  },
  run: RunSteps<GraphStep, unknown>,
): Promise<{ site: BuildSite; coding: RowCoding }> {
  const { source, range, parameters, metric } = build;
  const { dim } = source;
  const rowCount = range.rowEnd - range.rowStart;
  const paddedDim = paddedDimOf(dim);
  const memory = IndexMemory.create();
  const site = allocateSite(memory, source, range, { parameters, metric, paddedDim });
  const mean = memory.allocate(4 * paddedDim);
  const signs = writeSigns(memory, paddedDim, parameters.seed);
  const guess: RowCoding = { metric, dim, paddedDim, mean, signs, scale: 1 };
  const [scale] = await runOfKind(run, [{ kind: "graph-scale", site, coding: guess } as const]);
  const coding: RowCoding = { ...guess, scale };

  const spans = spansOf(0, rowCount, Math.ceil(1e6 / paddedDim));
  const encoding = spans.map((span) => ({ kind: "graph-encode", site, coding, ...span }) as const);
  const upperCounts = await runOfKind(run, encoding);
  const upperCount = upperCounts.reduce((sum, count) => sum + count, 0);
  const upperLinks = memory.allocate(4 * parameters.m * upperCount);
  writeGraph(memory, site.graph, { upperCount, upperLinks });
  const clearing = spansOf(0, rowCount, 65_536).map(
    (span) => ({ kind: "graph-clear", site, ...span }) as const,
  );
  await runOfKind(run, clearing);
  return { site, coding };
}

function allocateSite(
  memory: IndexMemory,
  source: SharedVectors,
  { rowStart, rowEnd }: RowRange,
  coding: { parameters: GraphParameters; metric: DenseMetric; paddedDim: number },
): BuildSite {
  const nodeCount = rowEnd - rowStart;
  const rows = presentIn(source.present, { rowStart, rowEnd });
  const { metric, paddedDim } = coding;
  const { m, codeBits, seed } = coding.parameters;
  // There must be enough candidates to choose m links from.
  const efConstruction = Math.max(m, coding.parameters.efConstruction);
  const codes7 = memory.allocate(paddedDim * nodeCount);
  const squares7 = memory.allocate(4 * nodeCount);
  const isNarrow = codeBits === 4;
  const graph = allocateGraph(memory, {
    nodeCount,
    codeBytes: paddedDim,
    codeBits: 7,
    isLinear: Number(metric === "IP"),
    degree: m,
    efConstruction,
    seed,
    codes: codes7,
    squares: squares7,
    links: memory.allocate(8 * m * nodeCount),
    linkDistances: memory.allocate(8 * m * nodeCount),
    upperStarts: memory.allocate(4 * nodeCount),
    locks: memory.allocate(nodeCount),
    twins: memory.allocate(4 * nodeCount),
    topNode: NONE,
  });
  return {
    source,
    rowStart,
    nodeCount,
    rows,
    memory: memory.memory,
    graph,
    degree: m,
    efConstruction,
    codes7,
    squares7,
    codes4: isNarrow ? memory.allocate((paddedDim / 2) * nodeCount) : 0,
    squares4: isNarrow ? memory.allocate(4 * nodeCount) : 0,
  };
}

/** The graph as it will be searched, still in the memory of the build. */
function draftOf(
  site: BuildSite,
  plan: { range: RowRange; parameters: GraphParameters; coding: RowCoding },
): GraphIndex {
  const { range, parameters, coding } = plan;
  return {
    kind: "graph",
    ...parameters,
    ...range,
    metric: coding.metric,
    dim: coding.dim,
    byteSize: 0,
    memory: site.memory,
    graph: site.graph,
    coding,
    calibration: guessedCalibration,
    cost: guessedCost,
  };
}

/** Inserts the rows at positions of the order. */
async function insertRows(
  { site, coding, order }: { site: BuildSite; coding: RowCoding; order: Uint32Array },
  { start, end }: { start: number; end: number },
  run: RunSteps<GraphStep, unknown>,
  onProgress?: (share: number) => void,
): Promise<void> {
  const { paddedDim } = coding;
  // 27 distances per candidate, of which most are read from main memory.
  const rowNs = 27 * site.efConstruction * (20 + 0.09 * paddedDim);
  const spans = spansOf(start, end, Math.max(1, Math.floor(NS_PER_STEP / rowNs)));
  for (let first = 0; first < spans.length; first += STEPS_PER_RUN) {
    const steps = spans
      .slice(first, first + STEPS_PER_RUN)
      .map((span) => ({ kind: "graph-insert", site, order, paddedDim, ...span }) as const);
    await runOfKind(run, steps, (count) => onProgress?.(steps[count - 1].end / order.length));
    onProgress?.(steps[steps.length - 1].end / order.length);
  }
}

function spansOf(start: number, end: number, length: number): { start: number; end: number }[] {
  const spans = [];
  for (let at = start; at < end; at += length) {
    spans.push({ start: at, end: Math.min(end, at + length) });
  }
  return spans;
}
