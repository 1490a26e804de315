import { IndexMemory } from "../../kernels/index-memory.ts";
import type { RunSteps } from "../vector-index.ts";
import type { BuildSite } from "./build-site.ts";
import type { GraphIndex } from "./graph-index.ts";
import { graphWord, graphWordCount, NONE } from "./graph-layout.ts";
import { codeBytesOf, graphParts, placeParts } from "./graph-parts.ts";
import { type GraphStep, runOfKind } from "./graph-step.ts";

const BYTES_PER_STEP = 4 * 2 ** 20;

/** Copies what a search needs of a graph to a memory of its own, of just that size. */
export async function copyGraph(
  draft: GraphIndex,
  site: BuildSite,
  run: RunSteps<GraphStep, unknown>,
): Promise<GraphIndex> {
  const from = IndexMemory.over(site.memory);
  const words = from.u32(site.graph, graphWordCount).slice();
  const { codeBits, coding } = draft;
  const isNarrow = codeBits === 4;
  const shape = {
    nodeCount: site.nodeCount,
    degree: site.degree,
    codeBytes: codeBytesOf(codeBits, coding.paddedDim),
    paddedDim: coding.paddedDim,
    upperCount: words[graphWord.upperCount],
    hasTwins: hasTwins(from.u32(words[graphWord.twins], site.nodeCount)),
    topNode: words[graphWord.topNode],
    topLevel: words[graphWord.topLevel],
  };
  const sources = {
    mean: coding.mean,
    codes: isNarrow ? site.codes4 : site.codes7,
    squares: isNarrow ? site.squares4 : site.squares7,
    links: words[graphWord.links],
    upperStarts: words[graphWord.upperStarts],
    upperLinks: words[graphWord.upperLinks],
    twins: words[graphWord.twins],
  };
  const placed = placeParts(draft, shape);
  const steps = [];
  for (const { name, byteLength } of graphParts(shape)) {
    for (let at = 0; at < byteLength; at += BYTES_PER_STEP) {
      steps.push({
        kind: "graph-copy",
        from: from.memory,
        to: placed.index.memory,
        fromAddress: sources[name] + at,
        toAddress: placed.addresses[name] + at,
        byteLength: Math.min(BYTES_PER_STEP, byteLength - at),
      } as const);
    }
  }
  await runOfKind(run, steps);
  return placed.index;
}

function hasTwins(twins: Uint32Array): boolean {
  for (let i = 0; i < twins.length; i++) if (twins[i] !== NONE) return true;
  return false;
}
