import { unreachable } from "../../base/assert.ts";
import { monotonicNowMs } from "../../base/clock.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { ScanHits } from "../flat/scan-hits.ts";
import type { RunSteps, SharedVectors } from "../vector-index.ts";
import type { BuildSite } from "./build-site.ts";
import {
  findTruth,
  type ProbeTask,
  probe,
  type TimeSearchesTask,
  type TruthTask,
  timeScan,
  timeSearchesOfRows,
} from "./calibration-steps.ts";
import {
  encode,
  exportsOver,
  insert,
  measureScale,
  type Positions,
  roomIn,
} from "./coding-steps.ts";
import type { GraphIndex } from "./graph-index.ts";
import { findGroups, type GroupTask } from "./grouping-steps.ts";
import type { RowCoding } from "./row-coding.ts";

/** A part of the build of a graph. */
export type GraphStep =
  | { readonly kind: "graph-scale"; readonly site: BuildSite; readonly coding: RowCoding }
  | ({ readonly kind: "graph-encode"; readonly coding: RowCoding } & Positions)
  | ({ readonly kind: "graph-clear" } & Positions)
  | ({ readonly kind: "graph-group" } & GroupTask)
  | ({
      readonly kind: "graph-insert";
      readonly paddedDim: number;
      readonly order: Uint32Array;
    } & Positions)
  | ({ readonly kind: "graph-truth" } & TruthTask)
  | ({ readonly kind: "graph-probe" } & ProbeTask)
  | ({ readonly kind: "graph-time-searches" } & TimeSearchesTask)
  | {
      readonly kind: "graph-time-scan";
      readonly source: SharedVectors;
      readonly index: GraphIndex;
    }
  | {
      readonly kind: "graph-copy";
      readonly from: WasmMemory;
      readonly to: WasmMemory;
      readonly fromAddress: number;
      readonly toAddress: number;
      readonly byteLength: number;
    };

/** What each kind of step answers. */
export interface GraphStepResults {
  /** The scale of the codes; the mean is written to its place. */
  readonly "graph-scale": number;
  /** How many upper lists the rows need. */
  readonly "graph-encode": number;
  readonly "graph-clear": undefined;
  readonly "graph-group": undefined;
  readonly "graph-insert": undefined;
  readonly "graph-truth": ScanHits;
  /** The recall. */
  readonly "graph-probe": number;
  /** Nanoseconds per search. */
  readonly "graph-time-searches": number;
  /** Nanoseconds per row. */
  readonly "graph-time-scan": number;
  readonly "graph-copy": undefined;
}

/** Runs steps of one kind. */
export async function runOfKind<K extends GraphStep["kind"]>(
  run: RunSteps<GraphStep, unknown>,
  steps: readonly Extract<GraphStep, { readonly kind: K }>[],
  onFinished?: (finishedCount: number) => void,
): Promise<readonly GraphStepResults[K][]> {
  // `runGraphStep` answers for a step of a kind what the table above says.
  return (await run(steps, onFinished)) as readonly GraphStepResults[K][];
}

/** Runs a step in the thread that has these kernels. */
export function runGraphStep(
  kernels: Kernels,
  step: GraphStep,
  nowMs: () => number = monotonicNowMs,
): GraphStepResults[GraphStep["kind"]] {
  switch (step.kind) {
    case "graph-scale":
      return measureScale(roomIn(kernels, step.site, step.coding.paddedDim), step);
    case "graph-encode":
      return encode(roomIn(kernels, step.site, step.coding.paddedDim), step);
    case "graph-clear":
      exportsOver(kernels, step.site.memory).graphClear(step.site.graph, step.start, step.end);
      return undefined;
    case "graph-group":
      findGroups(kernels, step);
      return undefined;
    case "graph-insert":
      insert(roomIn(kernels, step.site, step.paddedDim), step);
      return undefined;
    case "graph-truth":
      return findTruth(kernels, step);
    case "graph-probe":
      return probe(kernels, step);
    case "graph-time-searches":
      return timeSearchesOfRows(kernels, step, nowMs);
    case "graph-time-scan":
      return timeScan(kernels, step, nowMs);
    case "graph-copy":
      new Uint8Array(step.to.buffer, step.toAddress, step.byteLength).set(
        new Uint8Array(step.from.buffer, step.fromAddress, step.byteLength),
      );
      return undefined;
    default:
      return unreachable(step);
  }
}
