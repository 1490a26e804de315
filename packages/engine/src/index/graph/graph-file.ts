import { EngineError } from "../../base/errors.ts";
import { denseMetrics } from "../../base/metric.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import { isCount } from "../is-count.ts";
import { measurementsFrom } from "../search-time.ts";
import type { CalibrationPoint } from "./graph-calibration.ts";
import type { GraphIndex } from "./graph-index.ts";
import { graphWord, graphWordCount } from "./graph-layout.ts";
import {
  codeBytesOf,
  type GraphPartName,
  graphParts,
  type PlacedShape,
  placeParts,
} from "./graph-parts.ts";
import { paddedDimOf } from "./row-coding.ts";

/** All of a graph but its parts, as JSON. */
type GraphDescriptor = Omit<GraphIndex, "memory" | "graph" | "byteSize" | "coding"> & {
  readonly coding: Omit<GraphIndex["coding"], "mean" | "signs">;
  readonly upperCount: number;
  readonly hasTwins: boolean;
  readonly topNode: number;
  readonly topLevel: number;
};

/** A graph as it is stored: {@link placeGraph} takes both. The sections are the graph's own memory. */
export function graphToFile(index: GraphIndex): {
  descriptor: GraphDescriptor;
  sections: readonly Uint8Array[];
} {
  const { memory: wasmMemory, graph, byteSize: _, coding, ...rest } = index;
  const memory = IndexMemory.over(wasmMemory);
  const words = memory.u32(graph, graphWordCount);
  const { mean, signs: __, ...plainCoding } = coding;
  const descriptor: GraphDescriptor = {
    ...rest,
    coding: plainCoding,
    upperCount: words[graphWord.upperCount],
    hasTwins: words[graphWord.twins] !== 0,
    topNode: words[graphWord.topNode],
    topLevel: words[graphWord.topLevel],
  };
  const addressOf = (name: GraphPartName): number =>
    name === "mean" ? mean : words[graphWord[name]];
  const sections = graphParts(shapeOf(descriptor)).map(({ name, byteLength }) =>
    memory.u8(addressOf(name), byteLength),
  );
  return { descriptor, sections };
}

/**
 * Makes room for a stored graph: fill `targets` with the sections, then `finish`. Throws
 * `corrupt-file` when the descriptor makes no sense or the lengths are not those that follow from
 * it, `limit-exceeded` when memory is short. Wrong contents of sections make searches find wrong
 * rows, but never read elsewhere or go on for ever.
 */
export function placeGraph(
  descriptor: unknown,
  lengths: readonly number[],
): { targets: readonly Uint8Array[]; finish(): GraphIndex } {
  if (!isDescriptor(descriptor)) throw corrupt("its descriptor makes no sense");
  const shape = shapeOf(descriptor);
  const parts = graphParts(shape);
  if (parts.length !== lengths.length || parts.some((part, i) => part.byteLength !== lengths[i])) {
    const found = `${lengths.join(", ")} bytes`;
    throw corrupt(`${found}, expected ${parts.map((part) => part.byteLength).join(", ")}`);
  }
  const { upperCount, hasTwins, topNode, topLevel, coding, cost, comparison, ...rest } = descriptor;
  const measured = measurementsFrom({ cost, comparison });
  const model = { ...rest, ...measured, coding: { ...coding, mean: 0, signs: 0 } };
  const { index, addresses } = placeParts(model, shape);
  const memory = IndexMemory.over(index.memory);
  return {
    targets: parts.map(({ name, byteLength }) => memory.u8(addresses[name], byteLength)),
    finish: () => index,
  };
}

function shapeOf(descriptor: GraphDescriptor): PlacedShape {
  const { coding, codeBits, upperCount, hasTwins, topNode, topLevel, m } = descriptor;
  return {
    nodeCount: descriptor.rowEnd - descriptor.rowStart,
    degree: m,
    paddedDim: coding.paddedDim,
    codeBytes: codeBytesOf(codeBits, coding.paddedDim),
    upperCount,
    hasTwins,
    topNode,
    topLevel,
  };
}

/** Whether a search can be trusted with what a file says. */
function isDescriptor(value: unknown): value is GraphDescriptor {
  // What is asked of each of them is checked below.
  const d = value as Partial<GraphDescriptor> | null | undefined;
  if (d?.kind !== "graph") return false;
  const { rowStart, rowEnd, m, dim, coding, codeBits, metric } = d;
  return (
    isCount(rowStart) &&
    isCount(rowEnd, rowStart + 1) &&
    isCount(m, 2) &&
    isCount(d.efConstruction, 1) &&
    isCount(d.seed) &&
    isCount(dim, 1, 32_768) &&
    (codeBits === 4 || codeBits === 7) &&
    denseMetrics.some((known) => known === metric) &&
    isCount(d.upperCount) &&
    typeof d.hasTwins === "boolean" &&
    isCount(d.topNode, 0, rowEnd - rowStart - 1) &&
    isCount(d.topLevel, 0, 15) &&
    isCoding(coding) &&
    coding.dim === dim &&
    coding.metric === metric &&
    isCalibration(d.calibration)
  );
}

function isCoding(
  coding: Partial<GraphDescriptor["coding"]> | undefined,
): coding is GraphDescriptor["coding"] {
  if (coding === undefined || coding === null) return false;
  const { dim, paddedDim, scale } = coding;
  return isCount(dim, 1) && paddedDim === paddedDimOf(dim) && Number.isFinite(scale);
}

function isCalibration(calibration: Partial<GraphIndex["calibration"]> | undefined): boolean {
  if (calibration === undefined || calibration === null) return false;
  const { points, scanNsPerRow } = calibration;
  return Number.isFinite(scanNsPerRow) && Array.isArray(points) && points.every(isPoint);
}

function isPoint(point: Partial<CalibrationPoint> | null): boolean {
  if (point === null) return false;
  const { ef, recall10, recall100 } = point;
  return isCount(ef, 1) && Number.isFinite(recall10) && Number.isFinite(recall100);
}

function corrupt(reason: string): EngineError {
  return new EngineError("corrupt-file", `Cannot read a graph index: ${reason}`);
}
