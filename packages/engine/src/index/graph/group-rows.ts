import { rowAt, spreadPlaces } from "../present-rows.ts";
import type { RunSteps } from "../vector-index.ts";
import type { BuildSite } from "./build-site.ts";
import { type GraphStep, runOfKind } from "./graph-step.ts";
import type { RowGroups } from "./insertion-order.ts";

/** Fewer rows lie in the caches anyway. */
const GROUPED_ROWS_MIN = 20_000;
const GROUP_COUNT = 256;
const ROWS_PER_STEP = 1024;

/** Groups rows that are coded; `undefined` where they are too few. */
export async function groupRows(
  site: BuildSite,
  codeBytes: number,
  run: RunSteps<GraphStep, unknown>,
): Promise<RowGroups | undefined> {
  const { rows, rowStart, nodeCount } = site;
  if (rows.count < GROUPED_ROWS_MIN) return undefined;
  const groupOf = new Uint32Array(new SharedArrayBuffer(4 * nodeCount));
  const pivots = spreadPlaces(rows, GROUP_COUNT).map((i) => rowAt(rows, i) - rowStart);
  const steps = [];
  for (let start = 0; start < nodeCount; start += ROWS_PER_STEP) {
    const end = Math.min(nodeCount, start + ROWS_PER_STEP);
    steps.push({ kind: "graph-group", site, codeBytes, pivots, groupOf, start, end } as const);
  }
  await runOfKind(run, steps);
  return { groupCount: pivots.length, groupOf: groupOf.slice() };
}
