import type { GraphIndex } from "./graph/graph-index.ts";
import type { IvfIndex } from "./ivf/ivf-index.ts";

/** An index of any kind that there is. */
export type BuiltIndex = IvfIndex | GraphIndex;
