import { IndexMemory } from "../../kernels/index-memory.ts";
import type { CodeBits, GraphIndex } from "./graph-index.ts";
import { allocateGraph } from "./graph-layout.ts";
import { writeSigns } from "./row-coding.ts";

/** What the sizes of the parts of a graph depend on. */
export interface GraphShape {
  readonly nodeCount: number;
  readonly degree: number;
  readonly paddedDim: number;
  /** Bytes of a code as it is searched. */
  readonly codeBytes: number;
  readonly upperCount: number;
  /** Whether rows have equal codes. */
  readonly hasTwins: boolean;
}

export type GraphPartName =
  | "mean"
  | "codes"
  | "squares"
  | "links"
  | "upperStarts"
  | "upperLinks"
  | "twins";

export interface GraphPart {
  readonly name: GraphPartName;
  readonly byteLength: number;
}

/** The shape of a graph and the node that a search begins with. */
export interface PlacedShape extends GraphShape {
  readonly topNode: number;
  readonly topLevel: number;
}

/** What a graph consists of, in the order of its file. */
export function graphParts(shape: GraphShape): readonly GraphPart[] {
  const { nodeCount, degree, paddedDim, codeBytes, upperCount, hasTwins } = shape;
  return [
    { name: "mean", byteLength: 4 * paddedDim },
    { name: "codes", byteLength: codeBytes * nodeCount },
    { name: "squares", byteLength: 4 * nodeCount },
    { name: "links", byteLength: 8 * degree * nodeCount },
    { name: "upperStarts", byteLength: 4 * nodeCount },
    { name: "upperLinks", byteLength: 4 * degree * upperCount },
    { name: "twins", byteLength: hasTwins ? 4 * nodeCount : 0 },
  ];
}

/** A graph whose parts have their places, but are still to be written there. */
export interface PlacedGraph {
  readonly index: GraphIndex;
  readonly addresses: Readonly<Record<GraphPartName, number>>;
}

/** Bytes of a row's code as it is searched. */
export function codeBytesOf(codeBits: CodeBits, paddedDim: number): number {
  return codeBits === 4 ? paddedDim / 2 : paddedDim;
}

/** Allocates a memory for a graph like `model`. Throws `limit-exceeded` when memory is short. */
export function placeParts(
  model: Omit<GraphIndex, "memory" | "graph" | "byteSize">,
  shape: PlacedShape,
): PlacedGraph {
  const memory = IndexMemory.create();
  const addresses: Record<GraphPartName, number> = {
    mean: 0,
    codes: 0,
    squares: 0,
    links: 0,
    upperStarts: 0,
    upperLinks: 0,
    twins: 0,
  };
  const { nodeCount, degree, paddedDim, upperCount, topNode, topLevel } = shape;
  const signs = writeSigns(memory, paddedDim, model.seed);
  const parts = graphParts(shape);
  for (const { name, byteLength } of parts) {
    if (byteLength > 0) addresses[name] = memory.allocate(byteLength);
  }
  const { mean, ...addressWords } = addresses;
  const graph = allocateGraph(memory, {
    ...addressWords,
    topNode,
    topLevel,
    nodeCount,
    codeBytes: paddedDim,
    codeBits: model.codeBits,
    isLinear: Number(model.metric === "IP"),
    degree,
    upperCount,
  });
  const index: GraphIndex = {
    ...model,
    coding: { ...model.coding, mean, signs },
    memory: memory.memory,
    graph,
    byteSize: memory.byteLength,
  };
  return { index, addresses };
}
